import { readU16, readU32, writeU16, writeU32 } from "../src/base/bytes.ts";
import { type AccessSize, BUS_FAULT } from "../src/sim/cpu/cpu.ts";
import type { DebugTarget } from "../src/sim/dap/debug-target.ts";

export interface BusAccess {
  readonly kind: "read" | "write";
  readonly address: number;
  readonly size: AccessSize;
  readonly value: number;
}

const DHCSR = 0xe000edf0;
const DCRSR = 0xe000edf4;
const DCRDR = 0xe000edf8;
const AIRCR = 0xe000ed0c;
const S_HALT = 1 << 17;
const S_RESET_ST = 1 << 25;

/**
 * A target for tests of the probe alone: memories as arrays, a core that does nothing but halt, run and hand out its
 * registers. Everything else is a bus fault.
 */
export class ScriptedTarget implements DebugTarget {
  dpidr = 0x1ba01477;
  jtagIdcode: number | undefined = 0x3ba00477;
  boundaryScanIdcode = 0x16410041;
  ap = { idr: 0x14770011, cfg: 0, base: 0xe00ff003 };
  voltage = 3.249;
  answers = true;
  powerOns = 1;
  nanoseconds = 0;
  nrst: boolean[] = [];
  debugPower: boolean[] = [];
  traceBaud: number | undefined = 2_000_000;
  trace: number[] = [];
  /** Every bus access since it was last emptied. */
  log: BusAccess[] = [];
  readonly registers = new Uint32Array(128);
  readonly sram = new Uint8Array(20 * 1024);
  readonly flash = new Uint8Array(128 * 1024);
  readonly words = new Map<number, number>([
    [0xe000ed00, 0x411fc231],
    [0xe000edfc, 0],
    [0xe0002000, 0x260],
    ...Array.from({ length: 8 }, (_, index): [number, number] => [0xe0002008 + index * 4, 0]),
    ...Array.from({ length: 16 }, (_, index): [number, number] => [0xe0001020 + index * 4, 0]),
    [0xe00fffe0, 0x10],
    [0xe00fffe4, 0x04],
    [0xe00fffe8, 0x0a],
  ]);
  #control = 0;
  #resetSeen = true;
  #transfer = 0;

  get halted(): boolean {
    return (this.#control & 2) !== 0;
  }

  debugPortAnswers(): boolean {
    return this.answers;
  }

  busRead(address: number, size: AccessSize): number {
    const value = this.#read(address, size);
    this.log.push({ kind: "read", address, size, value });
    return value;
  }

  busWrite(address: number, size: AccessSize, value: number): boolean {
    this.log.push({ kind: "write", address, size, value });
    return this.#write(address, size, value);
  }

  driveNrst(low: boolean): void {
    if (this.nrst.at(-1) === true && !low) this.#resetSeen = true;
    this.nrst.push(low);
  }

  debugPowerChanged(on: boolean): void {
    this.debugPower.push(on);
  }

  takeTrace(limit: number): Uint8Array {
    return Uint8Array.from(this.trace.splice(0, limit));
  }

  advance(nanoseconds: number): void {
    this.nanoseconds += nanoseconds;
  }

  #memory(address: number): { bytes: Uint8Array; offset: number } | undefined {
    for (const [base, bytes] of [
      [0x20000000, this.sram],
      [0x08000000, this.flash],
      [0, this.flash],
    ] as const) {
      if (address >= base && address < base + bytes.length) return { bytes, offset: address - base };
    }
    return undefined;
  }

  #read(address: number, size: AccessSize): number {
    const memory = this.#memory(address);
    if (memory !== undefined) {
      if (size === 4) return readU32(memory.bytes, memory.offset);
      return size === 2 ? readU16(memory.bytes, memory.offset) : memory.bytes[memory.offset];
    }
    switch (address) {
      case DHCSR: {
        const value =
          (this.#control | (1 << 16) | (this.halted ? S_HALT : 0) | (this.#resetSeen ? S_RESET_ST : 0)) >>> 0;
        this.#resetSeen = false;
        return value;
      }
      case DCRDR:
        return this.#transfer;
      case AIRCR:
        return 0xfa050000;
      default:
        return this.words.get(address) ?? BUS_FAULT;
    }
  }

  #write(address: number, size: AccessSize, value: number): boolean {
    const memory = this.#memory(address);
    if (memory !== undefined) {
      if (size === 4) writeU32(memory.bytes, memory.offset, value);
      else if (size === 2) writeU16(memory.bytes, memory.offset, value);
      else memory.bytes[memory.offset] = value;
      return true;
    }
    switch (address) {
      case DHCSR:
        if (value >>> 16 === 0xa05f) this.#control = value & 0xf;
        return true;
      case DCRSR:
        if ((value & (1 << 16)) !== 0) this.registers[value & 0x7f] = this.#transfer;
        else this.#transfer = this.registers[value & 0x7f];
        return true;
      case DCRDR:
        this.#transfer = value;
        return true;
      case AIRCR:
        if (value === 0x05fa0004) this.#resetSeen = true;
        return true;
      default:
        if (!this.words.has(address)) return false;
        this.words.set(address, value);
        return true;
    }
  }
}
