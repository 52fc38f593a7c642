import type { AccessSize, Cpu, CpuBus, CpuHost, CpuRegisters, RunResult } from "../cpu/cpu.ts";

/**
 * A CPU that executes nothing: it lets cycles pass and records what the chip does to it. For unit tests of the chip's
 * blocks; a test may hang a step function on it that plays the program.
 */
export class FakeCpu implements Cpu {
  readonly host: CpuHost;
  readonly bus: CpuBus;
  halted = false;
  sleeping = false;
  lockedUp = false;
  retired = 0;
  held = false;
  readonly lines = new Set<number>();
  readonly calls: string[] = [];
  nmis = 0;
  events = 0;
  readonly invalidated: { address: number; length: number }[] = [];
  /** Called instead of executing; it must spend cycles or put the CPU to sleep. */
  step: (() => void) | undefined;

  constructor(host: CpuHost) {
    this.host = host;
    this.bus = host.bus;
  }

  registers(): CpuRegisters {
    return {
      r: new Uint32Array(16),
      xpsr: 0x01000000,
      msp: 0,
      psp: 0,
      primask: 0,
      basepri: 0,
      faultmask: 0,
      control: 0,
    };
  }

  setRegisters(): void {}

  run(): RunResult {
    const { scheduler } = this.host;
    if (this.held) return "reset";
    if (this.halted) return "halted";
    while (scheduler.cycles < scheduler.deadline) {
      if (this.sleeping) return "sleeping";
      if (this.step === undefined) {
        scheduler.cycles = scheduler.deadline;
      } else {
        scheduler.cycles += 1;
        this.step();
      }
    }
    return "deadline";
  }

  /** As WFI does. */
  sleep(deep: boolean): void {
    this.sleeping = true;
    this.host.sleepChanged?.(true, deep);
  }

  halt(halted: boolean): void {
    this.halted = halted;
    this.host.haltChanged(halted);
  }

  powerOn(): void {
    this.calls.push("powerOn");
    this.held = false;
    this.sleeping = false;
  }

  reset(): void {
    this.calls.push("reset");
    this.sleeping = false;
  }

  setHeldInReset(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    this.calls.push(held ? "hold" : "release");
  }

  setInterruptLine(irq: number, high: boolean): void {
    if (!high) {
      this.lines.delete(irq);
      return;
    }
    this.lines.add(irq);
    this.#wake();
  }

  raiseNmi(): void {
    this.nmis++;
    this.#wake();
  }

  signalEvent(): void {
    this.events++;
    this.#wake();
  }

  debugRead(address: number, size: AccessSize): number {
    return this.bus.read(address, size, "debug");
  }

  debugWrite(address: number, size: AccessSize, value: number): boolean {
    return this.bus.write(address, size, value, "debug");
  }

  invalidateCode(address: number, length: number): void {
    this.invalidated.push({ address, length });
  }

  #wake(): void {
    if (!this.sleeping) return;
    this.sleeping = false;
    this.host.sleepChanged?.(false, false);
  }
}
