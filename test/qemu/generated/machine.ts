import { writeU32 } from "../../../src/base/bytes.ts";
import { type AccessSize, BUS_FAULT, type CpuHost, type EngineName } from "../../../src/sim/cpu/cpu.ts";
import type { Thresholds } from "../../../src/sim/cpu/translator/thresholds.ts";
import { Scheduler } from "../../../src/sim/time/scheduler.ts";
import { type Parts, realParts } from "../../engine/lockstep.ts";
import { Random } from "../random.ts";
import { qemuConfig } from "../virtual-core.ts";
import type { Harness } from "./harness.ts";
import { codeBase, codeSize, countAddress, dataBase, dataSize, stacks } from "./layout.ts";
import type { GeneratedProgram } from "./program.ts";

const ISPR0 = 0xe000_e200;
/** Interrupts that leave nothing but a count. */
const anyTime = { first: 8, count: 8 };

/** The words by which the harness finds its programs. */
export function descriptors(programs: readonly GeneratedProgram[]): Uint8Array {
  const bytes = new Uint8Array(4 + 16 * programs.length);
  writeU32(bytes, 0, programs.length);
  programs.forEach(({ entry, slot, ccr, control, reload }, index) => {
    const words = [entry + 1, dataBase(slot), ccr | (control << 16), reload];
    words.forEach((word, at) => {
      writeU32(bytes, 4 + 16 * index + 4 * at, word);
    });
  });
  return bytes;
}

/** The virtual core with one program, and interrupts at random cycles beside those that the program asks for. */
export class Machine {
  readonly scheduler = new Scheduler(25_000_000);
  readonly data: Uint8Array;
  readonly #cpu: InstanceType<Parts["CortexM3"]>;
  readonly #stop: number;

  constructor(
    program: GeneratedProgram,
    harness: Harness,
    engine: EngineName,
    thresholds: Thresholds,
    seed: number,
    parts: Parts = realParts,
  ) {
    this.#stop = harness.stop;
    const [data, stack, code, low] = new parts.GuestMemory([dataSize, stacks.size, codeSize, codeBase(0)]).arrays;
    data.set(program.data);
    code.set(program.code);
    low.set(harness.bytes);
    low.set(descriptors([program]), countAddress);
    this.data = data;
    const ram = { writable: true, flash: false };
    const rom = { writable: false, flash: true };
    const windows = [
      { base: dataBase(program.slot), bytes: data, ...ram },
      { base: stacks.base, bytes: stack, ...ram },
      { base: codeBase(program.slot), bytes: code, ...(program.fixed ? rom : ram) },
      { base: 0, bytes: low, ...rom },
    ];
    const find = (address: number) =>
      windows.find(({ base, bytes }) => address >= base && address < base + bytes.length);
    const host: CpuHost = {
      scheduler: this.scheduler,
      bus: {
        windows,
        flashBusyUntil: 0,
        read: (address: number, size: AccessSize) => {
          const window = find(address);
          if (window === undefined) return BUS_FAULT;
          let value = 0;
          for (let at = size - 1; at >= 0; at--) value = value * 256 + window.bytes[address - window.base + at];
          return value;
        },
        write: (address: number, size: AccessSize, value: number) => {
          const window = find(address);
          if (!window?.writable) return false;
          for (let at = 0; at < size; at++) window.bytes[address - window.base + at] = value >>> (8 * at);
          return true;
        },
      },
      requestSystemReset: () => this.#cpu.reset(),
      haltChanged: () => undefined,
    };
    this.#cpu = new parts.CortexM3(host, { ...qemuConfig, engine, thresholds });
    this.#cpu.powerOn();
    this.#interruptLater(new Random(seed, 0x1000));
  }

  get retired(): number {
    return this.#cpu.retired;
  }

  /** Runs to a cycle, or to the end; true at the end. */
  runTo(cycle: number): boolean {
    const { scheduler } = this;
    scheduler.setLimit(cycle);
    for (let turn = 0; scheduler.cycles < cycle && turn < 100_000; turn++) {
      if (this.#cpu.run() !== "deadline") throw new Error(`the program does not run any more: ${this.state()}`);
      scheduler.fireDue();
    }
    return this.#cpu.registers().r[15] === this.#stop;
  }

  /** Everything that can be seen of the core, as text. */
  state(): string {
    const { r, xpsr, msp, psp, primask, basepri, control } = this.#cpu.registers();
    const words = [...r, xpsr, msp, psp, primask, basepri, control].map((value) => (value >>> 0).toString(16));
    return `${words.join(" ")} retired ${this.#cpu.retired} cycles ${this.scheduler.cycles}`;
  }

  #interruptLater(random: Random): void {
    this.scheduler.afterCycles(random.oneIn(4) ? random.between(1, 60) : random.between(60, 4000), () => {
      this.#cpu.debugWrite(ISPR0, 4, 1 << (anyTime.first + random.below(anyTime.count)));
      this.#interruptLater(random);
    });
  }
}
