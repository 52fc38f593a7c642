import { describe, expect, it } from "vitest";
import { ProbityError } from "../../base/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import { FactRecorder } from "./fact-recorder.ts";
import { measureQuality } from "./wire-steps.ts";

const clock = { now: () => 0, sleep: async () => {} } as unknown as Parameters<typeof measureQuality>[2];

/** The protocols over which debugging was entered, in order. */
const entered: string[] = [];

/** A probe whose reads fail as told, by their number; `silent` says from which read on nothing answers at all. */
function probe(fails: (read: number) => boolean, silent = Number.POSITIVE_INFINITY): Probe {
  let reads = 0;
  const answer = <Result>(result: Result): Result => {
    if (reads > silent) throw new ProbityError("swd-no-answer", "Nothing answers.");
    return result;
  };
  return {
    setFrequency: async (_: string, khz: number) => khz,
    enterDebug: async (protocol: string) => {
      entered.push(protocol);
      return answer(undefined);
    },
    leaveDebug: async () => {},
    readIdcode: async () => answer(0x1ba01477),
    readMemory: async (_ap: number, _address: number, length: number) => {
      reads++;
      if (fails(reads)) throw new ProbityError("swd-line-error", "Garbled.");
      return answer(new Uint8Array(length));
    },
  } as unknown as Probe;
}

async function measured(target: Probe, protocol?: "jtag") {
  const recorder = new FactRecorder();
  await measureQuality(recorder, target, clock, 4000, true, protocol);
  return recorder.facts.flatMap((each) => (each.kind === "wire-quality" ? [each.value] : []));
}

describe("a search for rare errors on the wires", () => {
  it("finds one in two hundred reads", async () => {
    const [first] = await measured(probe((read) => read === 200));
    expect(first).toMatchObject({ khz: 4000, accesses: 240, errors: 1 });
  });

  it("counts errors that follow one another as one burst", async () => {
    const [first] = await measured(probe((read) => read >= 50 && read < 60));
    expect(first).toMatchObject({ accesses: 240, errors: 10, bursts: 1 });
  });

  it("reads so much at the next clock that one burst in the first would have shown again", async () => {
    const [, second] = await measured(probe((read) => read >= 50 && read < 70));
    expect(second).toEqual({ khz: 950, accesses: 600, errors: 0 });
  });

  it("does not count a target that went silent for good", async () => {
    expect(await measured(probe(() => false, 40))).toEqual([{ khz: 4000, accesses: 40, errors: 0 }]);
    expect(await measured(probe(() => false, 0))).toEqual([]);
  });

  it("stays with the protocol of the session", async () => {
    entered.length = 0;
    const [first] = await measured(
      probe((read) => read === 20),
      "jtag",
    );
    expect(first).toMatchObject({ khz: 4000, errors: 1 });
    expect(new Set(entered)).toEqual(new Set(["jtag"]));
  });

  it("counts reads that all fail where a new connection finds the target", async () => {
    const [first] = await measured(probe(() => true));
    expect(first).toMatchObject({ accesses: 24, errors: 24 });
  });
});
