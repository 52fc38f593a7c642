import { Scheduler } from "../time/scheduler.ts";
import { CortexM3 } from "./cortex-m3.ts";
import { cortexM3F103 } from "./cortex-m3-f103.ts";
import { type AccessSize, BUS_FAULT, type CpuBus, type CpuHost, type MemoryWindow, type RunResult } from "./cpu.ts";
import { GuestMemory } from "./translator/guest-memory.ts";

export const FLASH = 0x0800_0000;
export const RAM = 0x2000_0000;
/** Plain words at 0x40000000–0x400000FF, so that tests have something behind the bus. */
export const PERIPHERAL = 0x4000_0000;

/** The smallest chip around a core, for tests: flash (aliased at 0), SRAM, a few peripheral words, nothing else. */
export class TestBoard implements CpuHost {
  readonly scheduler = new Scheduler(8_000_000);
  readonly #memories = new GuestMemory([0x10000, 0x5000]).arrays;
  readonly flash = this.#memories[0].fill(0xff);
  readonly ram = this.#memories[1];
  readonly words = new Uint32Array(64);
  readonly bus: CpuBus & { flashBusyUntil: number };
  readonly cpu: CortexM3;
  /** What the core told the chip, in order. */
  readonly log: string[] = [];
  readonly trace: number[] = [];
  /** Called on every peripheral write, before it is stored. */
  onWrite: (address: number, value: number) => void = () => {};

  constructor() {
    const windows: readonly MemoryWindow[] = [
      { base: 0, bytes: this.flash, writable: false, flash: true },
      { base: FLASH, bytes: this.flash, writable: false, flash: true },
      { base: RAM, bytes: this.ram, writable: true, flash: false },
    ];
    this.bus = {
      windows,
      flashBusyUntil: 0,
      read: (address, size) => {
        for (const { base, bytes } of windows) {
          if (address >= base && address + size <= base + bytes.length) return readBytes(bytes, address - base, size);
        }
        if (address >= PERIPHERAL && address < PERIPHERAL + 0x100) {
          return readBytes(new Uint8Array(this.words.buffer), address - PERIPHERAL, size);
        }
        return BUS_FAULT;
      },
      write: (address, size, value) => {
        if (address >= RAM && address + size <= RAM + this.ram.length) {
          writeBytes(this.ram, address - RAM, size, value);
          return true;
        }
        if (address < PERIPHERAL || address >= PERIPHERAL + 0x100) return false;
        this.onWrite(address, value);
        writeBytes(new Uint8Array(this.words.buffer), address - PERIPHERAL, size, value);
        return true;
      },
    };
    this.cpu = new CortexM3(this, cortexM3F103);
  }

  requestSystemReset(): void {
    this.log.push("system reset");
    this.cpu.reset();
  }

  haltChanged(halted: boolean): void {
    this.log.push(halted ? "halted" : "running");
  }

  sleepChanged(sleeping: boolean, deep: boolean): void {
    this.log.push(sleeping ? (deep ? "deep sleep" : "sleep") : "awake");
  }

  traceByte(byte: number): void {
    this.trace.push(byte);
  }

  /** Half-words of code at `address`, in flash or RAM. */
  code(address: number, ...halfWords: number[]): this {
    const [bytes, offset] = address >= RAM ? [this.ram, address - RAM] : [this.flash, address - FLASH];
    halfWords.forEach((halfWord, index) => {
      writeBytes(bytes, offset + index * 2, 2, halfWord);
    });
    this.cpu.invalidateCode(address, halfWords.length * 2);
    return this;
  }

  /** Words anywhere in flash or RAM. */
  data(address: number, ...words: number[]): this {
    const [bytes, offset] = address >= RAM ? [this.ram, address - RAM] : [this.flash, address - FLASH];
    words.forEach((word, index) => {
      writeBytes(bytes, offset + index * 4, 4, word);
    });
    return this;
  }

  word(address: number): number {
    return this.bus.read(address, 4, "cpu");
  }

  /** Vectors: SP at the top of RAM, reset at FLASH + 0x100, exception n at FLASH + 0x200 + n * 0x20; then power on. */
  boot(): this {
    const vectors = [RAM + 0x5000, FLASH + 0x101];
    for (let number = 2; number < 16 + 43; number++) vectors.push(handler(number) | 1);
    this.data(FLASH, ...vectors);
    this.cpu.powerOn();
    return this;
  }

  /** Runs for `cycles`, firing the alarms on the way. */
  run(cycles: number): RunResult {
    const end = this.scheduler.cycles + cycles;
    this.scheduler.setLimit(end);
    for (;;) {
      const before = this.scheduler.cycles;
      const result = this.cpu.run();
      // Held in reset: no time passes by itself.
      if (result === "reset" && this.scheduler.cycles === before) return result;
      if (result !== "deadline" && result !== "reset") {
        if (result !== "sleeping" || this.scheduler.next > end) return result;
        this.scheduler.cycles = Math.max(this.scheduler.cycles, this.scheduler.next);
      }
      this.scheduler.fireDue();
      if (this.scheduler.cycles >= end) return result;
    }
  }

  /** Enables halting debug. */
  attach(): this {
    this.cpu.debugWrite(DHCSR, 4, 0xa05f_0001);
    return this;
  }

  halt(): void {
    this.cpu.debugWrite(DHCSR, 4, 0xa05f_0003);
  }

  resume(): void {
    this.cpu.debugWrite(DHCSR, 4, 0xa05f_0001);
  }

  /** One debugger step; `mask` sets C_MASKINTS. */
  step(mask = false): void {
    this.cpu.debugWrite(DHCSR, 4, mask ? 0xa05f_000d : 0xa05f_0005);
    this.run(1000);
  }

  get pc(): number {
    return this.cpu.registers().r[15];
  }

  r(index: number): number {
    return this.cpu.registers().r[index];
  }
}

export const DHCSR = 0xe000_edf0;

/** Address of the handler of exception `number`, as {@link TestBoard.boot} lays them out. */
export function handler(number: number): number {
  return FLASH + 0x200 + number * 0x20;
}

function readBytes(bytes: Uint8Array, offset: number, size: AccessSize): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + bytes[offset + index];
  return value;
}

function writeBytes(bytes: Uint8Array, offset: number, size: number, value: number): void {
  for (let index = 0; index < size; index++) bytes[offset + index] = value >>> (index * 8);
}
