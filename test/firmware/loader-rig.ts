import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LoaderFile } from "../../src/formats/loader-file.ts";
import { readLoader } from "../../src/formats/read-loader.ts";
import type { BoardChip } from "../../src/sim/boards/board.ts";
import type { CpuRegisters } from "../../src/sim/cpu/cpu.ts";

const DHCSR = 0xe000edf0;
/** DBGKEY, C_MASKINTS, C_HALT and C_DEBUGEN; and without C_HALT. */
const HALT = 0xa05f000b;
const RUN = 0xa05f0009;
const S_RESET_ST = 1 << 25;
const DEMCR = 0xe000edfc;
/** VC_HARDERR and the catches of every other fault. */
const CATCH_FAULTS = 0x7f0;
const CFSR = 0xe000ed28;
const HFSR = 0xe000ed2c;
const BFAR = 0xe000ed38;
const BKPT = 0xbe00;
/** Nanoseconds between looks whether the core has halted. */
const LOOK = 20_000;

const folder = fileURLToPath(new URL("../../firmware/loaders/", import.meta.url));

/** The bytes of a built loader, by its path in firmware/loaders/. */
export function loaderBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(`${folder}${path}`));
}

/** Where {@link LoaderRig} puts things. */
export interface Places {
  /** Where a position-independent loader goes; others go where they were linked. */
  readonly at?: number;
  /** Where the data that it writes goes, when not behind its code. */
  readonly dataAt?: number;
  /** Above the stack. */
  readonly stack: number;
  /** RAM for buffers. */
  readonly buffer: number;
}

/** How a call went. */
export interface Outcome {
  /** R0, when it returned. */
  readonly returned: number | undefined;
  /** The core halted within the time, in the trap, at a BKPT or at a fault. */
  readonly halted: boolean;
  /** The core was reset meanwhile. */
  readonly wasReset: boolean;
  readonly pc: number;
  readonly cfsr: number;
  readonly hfsr: number;
  readonly bfar: number;
}

/** A loader in the RAM of a virtual chip, whose functions are called as a debugger calls them; nothing else of the host. */
export class LoaderRig {
  readonly loader: LoaderFile;
  readonly chip: BoardChip;
  readonly #places: Places;
  readonly #base: number;
  /** A BKPT where functions return to: the word that loaders leave free, or the one above the stack. */
  readonly #trap: number;
  /** DHCSR at the end of a run, and whether the core had halted by itself. */
  #status = 0;
  #halted = false;
  #duration = 0;

  constructor(chip: BoardChip, path: string, places: Places) {
    this.chip = chip;
    this.loader = readLoader(loaderBytes(path), path);
    this.#places = places;
    this.#base = this.loader.format === "flm" ? (places.at ?? 0x20000100) : 0;
    this.#trap = this.loader.format === "flm" ? places.stack : 0x20000000;
    this.#debug(DHCSR, HALT);
    chip.advance(1000);
    for (const { address, data } of this.loader.segments) {
      data.forEach((byte, i) => {
        this.poke(this.place(address + i), Uint8Array.of(byte));
      });
    }
    for (const { start, length } of this.loader.zeroed) this.poke(this.place(start), new Uint8Array(length));
    this.poke(this.#trap, Uint8Array.of(BKPT & 0xff, BKPT >> 8, BKPT & 0xff, BKPT >> 8));
  }

  /** Where a byte of the loader is: code where it was put, data where that was put. */
  place(address: number): number {
    const { loader } = this;
    const { dataAt } = this.#places;
    if (loader.format === "flm" && dataAt !== undefined && address >= loader.staticBase) {
      return dataAt + address - loader.staticBase;
    }
    return this.#base + address;
  }

  /** Calls a function and returns the registers at its return. Throws when it does not return within a time. */
  call(name: string, args: readonly number[] = [], milliseconds = 20_000): CpuRegisters {
    const entry = (this.loader.functions as ReadonlyMap<string, number>).get(name);
    if (entry === undefined) throw new Error(`${name} is not in ${this.loader.fileName}`);
    const registers = this.start(this.#base + entry, args, milliseconds);
    if (registers.r[15] !== this.#trap) throw new Error(`${name} stopped at ${registers.r[15].toString(16)}`);
    return registers;
  }

  /** Calls a function and returns its result. */
  result(name: string, ...args: readonly number[]): number {
    return this.call(name, args).r[0];
  }

  /** Runs from an address until the core halts, or the time is over. */
  start(address: number, args: readonly number[], milliseconds: number): CpuRegisters {
    const { chip, loader } = this;
    const r = new Array<number>(16).fill(0);
    args.forEach((value, i) => {
      r[i] = value;
    });
    if (loader.format === "flm") r[9] = this.place(loader.staticBase);
    r[13] = this.#places.stack;
    r[14] = this.#trap | 1;
    r[15] = address;
    chip.cpu.setRegisters({ r, xpsr: 1 << 24, msp: this.#places.stack, primask: 1, faultmask: 0, control: 0 });
    return this.goOn(milliseconds);
  }

  /** Runs on from where the core was halted, because the time was over. */
  goOn(milliseconds: number): CpuRegisters {
    const { chip } = this;
    const started = chip.scheduler.nanoseconds;
    this.#debug(DHCSR, RUN);
    const end = started + milliseconds * 1e6;
    while (chip.scheduler.nanoseconds < end && !chip.cpu.halted) chip.advance(LOOK);
    this.#duration = (chip.scheduler.nanoseconds - started) / 1e6;
    this.#halted = chip.cpu.halted;
    this.#status = chip.busRead(DHCSR, 4);
    this.#debug(DHCSR, HALT);
    chip.advance(1000);
    return chip.cpu.registers();
  }

  /** Milliseconds of virtual time that the last run took, to some hundredths. */
  get duration(): number {
    return this.#duration;
  }

  /** Calls a function of which nothing is expected, and tells how it went. */
  attempt(name: string, args: readonly number[], milliseconds: number): Outcome {
    const entry = (this.loader.functions as ReadonlyMap<string, number>).get(name);
    if (entry === undefined) throw new Error(`${name} is not in ${this.loader.fileName}`);
    this.#debug(DEMCR, CATCH_FAULTS);
    this.chip.busRead(DHCSR, 4);
    const { r } = this.start(this.#base + entry, args, milliseconds);
    const status = this.#status;
    const wasReset = ((status | this.chip.busRead(DHCSR, 4)) & S_RESET_ST) !== 0;
    const returned = this.#halted && r[15] === this.#trap ? r[0] : undefined;
    const [cfsr, hfsr, bfar] = [CFSR, HFSR, BFAR].map((address) => this.chip.busRead(address, 4) >>> 0);
    return { returned, halted: this.#halted, wasReset, pc: r[15], cfsr, hfsr, bfar };
  }

  /** Puts data into the buffer and calls Write, or a function with the same arguments. */
  write(address: number, data: Uint8Array, name = "Write"): number {
    this.poke(this.#places.buffer, data);
    return this.result(name, address, data.length, this.#places.buffer);
  }

  /** Reads through the loader's Read. */
  read(address: number, length: number): Uint8Array {
    if (this.result("Read", address, length, this.#places.buffer) !== 1) throw new Error("Read failed");
    return this.peek(this.#places.buffer, length);
  }

  /** Memory as the debugger sees it. */
  peek(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => {
      const byte = this.chip.busRead(address + i, 1);
      if (byte < 0) throw new Error(`nothing answers at ${(address + i).toString(16)}`);
      return byte;
    });
  }

  poke(address: number, data: Uint8Array): void {
    data.forEach((byte, i) => {
      if (!this.chip.busWrite(address + i, 1, byte)) throw new Error(`nothing takes ${(address + i).toString(16)}`);
    });
  }

  #debug(address: number, value: number): void {
    if (!this.chip.busWrite(address, 4, value)) throw new Error("the debug registers do not answer");
  }
}

/** Bytes that look random and are always the same. */
export function sample(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}
