import { CortexM3 } from "../../src/sim/cpu/cortex-m3.ts";
import { type AccessSize, BUS_FAULT, type Cpu, type CpuConfig, type CpuHost } from "../../src/sim/cpu/cpu.ts";
import { GuestMemory } from "../../src/sim/cpu/translator/guest-memory.ts";
import { Scheduler } from "../../src/sim/time/scheduler.ts";
import * as layout from "./layout.ts";
import type { Segment } from "./qemu.ts";

const dhcsr = 0xe000_edf0;

/** What QEMU's `mps2-an385` has, so that ID and priority registers read alike. */
export const qemuConfig: CpuConfig = {
  cpuid: layout.cpuid,
  interrupts: layout.interrupts,
  priorityBits: layout.priorityBits,
  sysTickCalibration: 0,
  sysTickDivider: 25,
  flashPatch: { code: 6, literal: 2 },
  watchpoints: 4,
};

/** Makes the CPU under test; a test of the test gives a broken one. */
export type MakeCpu = (host: CpuHost, config: CpuConfig) => Cpu;

export interface CoreOptions {
  /** Nothing stores to code by right, so that the memories of code need not be RAM. */
  readonly fixedCode?: boolean;
  /** The memories that belong to a broken CPU. */
  readonly Memories?: typeof GuestMemory;
}

/** The virtual CPU with the RAM of QEMU's board and nothing else. */
export class VirtualCore {
  readonly cpu: Cpu;
  readonly #scheduler = new Scheduler(25_000_000);
  readonly #windows: readonly { base: number; bytes: Uint8Array; writable: boolean; flash: boolean }[];

  constructor(
    segments: readonly Segment[],
    makeCpu: MakeCpu = (host, settings) => new CortexM3(host, settings),
    { fixedCode = false, Memories = GuestMemory }: CoreOptions = {},
  ) {
    const memories = [layout.lowMemory, layout.dataMemory, layout.highMemory].filter(
      (memory) => memory !== layout.highMemory || segments.some(({ address }) => address >= memory.base),
    );
    const { arrays } = new Memories(memories.map(({ size }) => size));
    this.#windows = memories.map((memory, index) => {
      const { base, size } = memory;
      const rom = fixedCode && memory !== layout.dataMemory;
      const bytes = arrays[index];
      for (const segment of segments) {
        if (segment.address >= base && segment.address < base + size) bytes.set(segment.bytes, segment.address - base);
      }
      return { base, bytes, writable: !rom, flash: rom };
    });
    const host: CpuHost = {
      scheduler: this.#scheduler,
      bus: {
        windows: this.#windows,
        flashBusyUntil: 0,
        read: (address, size) => this.#read(address, size),
        write: (address, size, value) => this.#write(address, size, value),
      },
      requestSystemReset: () => this.cpu.reset(),
      haltChanged: () => undefined,
    };
    this.cpu = makeCpu(host, qemuConfig);
    this.cpu.powerOn();
  }

  /** Runs until PC is at one of the stops, each a branch to itself; undefined when that takes over `cycles` cycles. */
  runTo(stops: readonly number[], cycles: number): number | undefined {
    const slice = 4000;
    const end = this.#scheduler.cycles + cycles;
    while (this.#scheduler.cycles < end) {
      this.#scheduler.setLimit(this.#scheduler.cycles + slice);
      const result = this.cpu.run();
      if (result === "sleeping") {
        this.#scheduler.cycles = Math.min(this.#scheduler.next, this.#scheduler.cycles + slice);
      } else if (result !== "deadline" && result !== "reset") {
        return undefined;
      }
      this.#scheduler.fireDue();
      const pc = this.cpu.registers().r[15];
      if (stops.includes(pc)) return pc;
    }
    return undefined;
  }

  /** Enters debug state. */
  halt(): void {
    this.cpu.debugWrite(dhcsr, 4, 0xa05f_0003); // DBGKEY, C_HALT, C_DEBUGEN (ARMv7-M C1.6.2)
    this.cpu.run();
  }

  /** Executes one instruction in debug state. */
  step(): void {
    this.cpu.debugWrite(dhcsr, 4, 0xa05f_0005); // C_STEP
    this.#scheduler.setLimit(this.#scheduler.cycles + 1000);
    this.cpu.run();
    this.#scheduler.fireDue();
  }

  set(r: ArrayLike<number>, xpsr: number, control: number): void {
    this.cpu.setRegisters({ control, primask: 0, basepri: 0, faultmask: 0 });
    this.cpu.setRegisters({ r, xpsr });
  }

  /** R0 to R15, then xPSR. */
  state(): number[] {
    const { r, xpsr } = this.cpu.registers();
    return [...r, xpsr >>> 0];
  }

  /** Memory from `address`, as it is now. */
  memory(address: number, length: number): Uint8Array {
    const window = this.#windowOf(address);
    if (window === undefined) throw new Error("no such memory");
    return window.bytes.subarray(address - window.base, address - window.base + length);
  }

  #windowOf(address: number): { base: number; bytes: Uint8Array } | undefined {
    return this.#windows.find(({ base, bytes }) => address >= base && address < base + bytes.length);
  }

  #read(address: number, size: AccessSize): number {
    const window = this.#windowOf(address);
    if (window === undefined) return BUS_FAULT;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + window.bytes[address - window.base + i];
    return value;
  }

  #write(address: number, size: AccessSize, value: number): boolean {
    const window = this.#windowOf(address);
    if (window === undefined) return false;
    for (let i = 0; i < size; i++) window.bytes[address - window.base + i] = value >>> (8 * i);
    return true;
  }
}
