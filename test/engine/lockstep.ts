import { CortexM3 } from "../../src/sim/cpu/cortex-m3.ts";
import { cortexM3F103 } from "../../src/sim/cpu/cortex-m3-f103.ts";
import { type AccessSize, BUS_FAULT, type CpuHost, type EngineName } from "../../src/sim/cpu/cpu.ts";
import { GuestMemory } from "../../src/sim/cpu/translator/guest-memory.ts";
import type { Thresholds } from "../../src/sim/cpu/translator/thresholds.ts";
import { Scheduler } from "../../src/sim/time/scheduler.ts";
import type { Random } from "../qemu/random.ts";
import { flashBase, peripheralBase, ramBase, type TestProgram } from "./program.ts";

/** The classes under test; a test of the test gives broken ones. */
export interface Parts {
  readonly CortexM3: typeof CortexM3;
  readonly GuestMemory: typeof GuestMemory;
}

export const realParts: Parts = { CortexM3, GuestMemory };

/** A core with flash, RAM and a few words of peripheral, whose interrupt comes after a time that the program chose. */
export class Machine {
  readonly scheduler = new Scheduler(8_000_000);
  readonly cpu: CortexM3;
  readonly ram: Uint8Array;
  readonly #words = new Uint32Array(16);

  constructor(program: TestProgram, engine: EngineName, thresholds: Thresholds, parts = realParts) {
    const [flash, ram] = new parts.GuestMemory([0x8000, 0x4000]).arrays;
    flash.fill(0xff).set(program.flash);
    ram.set(program.ram);
    this.ram = ram;
    const host: CpuHost = {
      scheduler: this.scheduler,
      bus: {
        windows: [
          { base: ramBase, bytes: ram, writable: true, flash: false },
          { base: flashBase, bytes: flash, writable: false, flash: true },
          { base: 0, bytes: flash, writable: false, flash: true },
        ],
        flashBusyUntil: 0,
        read: (address, size) => this.#read(address, size),
        write: (address, _size, value) => this.#write(address, value),
      },
      requestSystemReset: () => this.cpu.reset(),
      haltChanged: () => undefined,
    };
    this.cpu = new parts.CortexM3(host, { ...cortexM3F103, engine, thresholds });
    this.cpu.powerOn();
  }

  /** Runs to a cycle, as a chip does. */
  runTo(cycle: number): void {
    const { scheduler } = this;
    scheduler.setLimit(cycle);
    for (let turn = 0; scheduler.cycles < cycle && turn < 100_000; turn++) {
      const result = this.cpu.run();
      if (result !== "deadline") scheduler.cycles = Math.max(scheduler.cycles, Math.min(scheduler.next, cycle));
      scheduler.fireDue();
    }
  }

  /** Everything that can be seen of it, as text. */
  state(): string {
    const { r, xpsr, msp, psp, primask } = this.cpu.registers();
    const words = [...r, xpsr, msp, psp, primask].map((value) => (value >>> 0).toString(16));
    return `${words.join(" ")} retired ${this.cpu.retired} cycles ${this.scheduler.cycles}`;
  }

  #read(address: number, size: AccessSize): number {
    const offset = address - peripheralBase;
    if (offset < 0 || offset >= 0x40) return BUS_FAULT;
    // Word 0 counts time: a look at the wrong cycle shows.
    const word = offset < 4 ? this.scheduler.cycles >>> 0 : this.#words[offset >>> 2];
    return (word >>> ((offset & 3) * 8)) & (size === 4 ? -1 : size === 2 ? 0xffff : 0xff);
  }

  #write(address: number, value: number): boolean {
    const offset = address - peripheralBase;
    if (offset < 0 || offset >= 0x40) return false;
    this.#words[offset >>> 2] = value;
    // Word 1 orders an interrupt, word 5 wants it now, word 2 takes it back.
    if (offset >>> 2 === 1) this.scheduler.afterCycles(1 + (value & 0xff), () => this.cpu.setInterruptLine(0, true));
    if (offset >>> 2 === 5) this.cpu.setInterruptLine(0, true);
    if (offset >>> 2 === 2) this.cpu.setInterruptLine(0, false);
    return true;
  }
}

/**
 * Runs the program interpreted and with another engine and compares at random cycles: undefined when they agree, else
 * what differed.
 */
export function difference(
  program: TestProgram,
  engine: EngineName,
  thresholds: Thresholds,
  random: Random,
  cycles: number,
  parts = realParts,
): string | undefined {
  const plain = new Machine(program, "interpreter", thresholds);
  const fast = new Machine(program, engine, thresholds, parts);
  for (let at = 0; at < cycles; ) {
    at += random.oneIn(8) ? random.between(1000, 5000) : random.between(1, 300);
    plain.runTo(at);
    fast.runTo(at);
    if (plain.state() !== fast.state()) return `at cycle ${at}:\n  ${plain.state()}\n  ${fast.state()}`;
  }
  const byte = plain.ram.findIndex((value, index) => value !== fast.ram[index]);
  return byte < 0 ? undefined : `RAM at 0x${(ramBase + byte).toString(16)}`;
}
