import { hex32, readU32 } from "../../../src/base/bytes.ts";
import type { EngineName } from "../../../src/sim/cpu/cpu.ts";
import { type Parts, realParts } from "../../engine/lockstep.ts";
import { Qemu, type Segment } from "../qemu.ts";
import { Random } from "../random.ts";
import type { Harness } from "./harness.ts";
import { codeBase, countAddress, dataBase, dataSize, faultsOffset, ticksOffset } from "./layout.ts";
import { descriptors, Machine } from "./machine.ts";
import type { GeneratedProgram } from "./program.ts";

/** What the programs left in their data, in QEMU. */
export async function runInQemu(programs: readonly GeneratedProgram[], harness: Harness): Promise<Uint8Array[]> {
  const segments: Segment[] = [
    { address: 0, bytes: harness.bytes },
    { address: countAddress, bytes: descriptors(programs) },
  ];
  for (const { slot, code, data } of programs) {
    segments.push({ address: codeBase(slot), bytes: code }, { address: dataBase(slot), bytes: data });
  }
  const qemu = await Qemu.start(segments);
  try {
    await qemu.runTo([harness.stop], 120_000);
    const left = [];
    for (const { slot } of programs) left.push(await qemu.stub.read(dataBase(slot), dataSize));
    return left;
  } finally {
    await qemu.close();
  }
}

/** What became of a program on the virtual core. */
export interface Outcome {
  readonly instructions: number;
  /** Interrupts that came at random times. */
  readonly ticks: number;
  readonly faults: number;
  /** What differed first, if anything did. */
  readonly difference: string | undefined;
}

const longest = 40_000_000;

/**
 * Runs a program interpreted and with another engine, in steps of random lengths, and compares the state behind each, and
 * at the end the data with what QEMU has left. `thresholds` are drawn, so that code is translated early and late.
 */
export function compare(
  program: GeneratedProgram,
  harness: Harness,
  expected: Uint8Array,
  seed: number,
  engine: EngineName,
  parts: Parts = realParts,
): Outcome {
  const random = new Random(seed ^ 0xc0de, program.index);
  const thresholds = {
    visits: random.pick([-1, 0, 3, 20, 200]),
    batch: random.pick([1, 3]),
    patience: random.pick([1, 5]),
    longest: random.pick([8, 40, 1500]),
    instances: random.pick([1, 4, 1024]),
  };
  const plain = new Machine(program, harness, "interpreter", thresholds, seed ^ program.index);
  const fast = new Machine(program, harness, engine, thresholds, seed ^ program.index, parts);
  const outcome = (difference: string | undefined): Outcome => ({
    instructions: plain.retired,
    ticks: readU32(plain.data, ticksOffset),
    faults: readU32(plain.data, faultsOffset),
    difference: difference && `program ${program.index}, ${JSON.stringify(thresholds)}: ${difference}`,
  });
  try {
    for (let at = 0; ; ) {
      at += random.oneIn(4) ? random.between(1, 300) : random.between(1000, 20_000);
      const ended = plain.runTo(at);
      fast.runTo(at);
      if (plain.state() !== fast.state()) return outcome(`at cycle ${at}:\n  ${plain.state()}\n  ${fast.state()}`);
      if (ended) break;
      if (at > longest) return outcome(`no end: ${plain.state()}`);
    }
  } catch (error) {
    return outcome(error instanceof Error ? error.message : String(error));
  }
  return outcome(
    dataDifference(program, plain.data, fast.data, `with ${engine}`) ??
      dataDifference(program, expected, plain.data, "interpreted, the former in QEMU"),
  );
}

function dataDifference(
  { slot }: GeneratedProgram,
  expected: Uint8Array,
  actual: Uint8Array,
  where: string,
): string | undefined {
  const at = expected.findIndex((byte, index) => byte !== actual[index] && index >>> 2 !== ticksOffset >>> 2);
  if (at < 0) return undefined;
  return `the byte at ${hex32(dataBase(slot) + at)} is ${expected[at]}, and ${actual[at]} ${where}`;
}
