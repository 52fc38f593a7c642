import { expect, it, describe as suite } from "vitest";
import { hex32 } from "../../src/base/bytes.ts";
import { classes, classNames } from "./classes.ts";
import { compareOutcomes, describe } from "./compare.ts";
import { buildBatch } from "./image.ts";
import { changeOpcode, mutant } from "./mutant.ts";
import { seedOfRun } from "./random.ts";
import { runInQemu, runInVirtualCore } from "./run-batch.ts";
import { stepThrough } from "./step.ts";

/** Cases of the run: every class is the main one of this many. */
const turns = 100;
const seed = seedOfRun();

suite("random instructions", () => {
  it("leave the same registers, flags and memory in QEMU's Cortex-M3 and in the virtual one", {
    timeout: 240_000,
  }, async () => {
    const total = turns * classNames.length;
    console.log(`differential test against QEMU: seed ${hex32(seed)} (PROBITY_SEED), ${total} cases`);
    const counts = new Map<string, number>(classNames.map((name) => [name, 0]));
    const reports = [];
    let differences = 0;
    for (let first = 0; first < total; ) {
      const batch = buildBatch(seed, first, total - first);
      const expected = await runInQemu(batch);
      for (const difference of compareOutcomes(batch, expected, runInVirtualCore(batch))) {
        differences++;
        if (reports.length < 10) reports.push(describe(seed, difference, batch));
      }
      for (const { body } of batch.cases) {
        for (const { name } of body.classes) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      first += batch.cases.length;
    }
    const instructions = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(`${instructions} instructions of ${counts.size} classes:\n${table(counts)}`);
    expect(reports.join("\n\n"), `${differences} differences, seed ${hex32(seed)}`).toBe("");
    expect([...counts].filter(([, count]) => count < turns)).toEqual([]);
    expect(instructions).toBeGreaterThanOrEqual(20_000);
  });

  it("leave the same registers, PC and IT state after every single step", { timeout: 120_000 }, async () => {
    const batch = buildBatch(seed ^ 0x5e9, 0, 4 * classNames.length);
    const wrong = [];
    let steps = 0;
    for (const { slot, expected, actual } of await stepThrough(batch)) {
      steps += expected.length - 1;
      const at = expected.findIndex((state, i) => state.some((value, register) => value !== actual[i][register]));
      if (at < 0) continue;
      const what = expected[at].flatMap((value, register) =>
        value === actual[at][register]
          ? []
          : [
              `${register === 16 ? "xPSR" : `R${register}`} after step ${at}: ${hex32(value)}, ${hex32(actual[at][register])} here`,
            ],
      );
      wrong.push(describe(seed ^ 0x5e9, { case: batch.cases[slot], what }, batch));
    }
    expect(wrong.slice(0, 5).join("\n\n"), `${wrong.length} differences`).toBe("");
    expect(steps).toBeGreaterThan(4 * classNames.length);
  });
});

suite("a broken CPU is caught", () => {
  /** Small mistakes, and the classes that must show each. */
  const mistakes: readonly [what: string, opcode: string, from: RegExp, to: string, seenBy: RegExp][] = [
    ["the carry of ADC with an immediate", "ADCS_IMM", /<= x >>> 0/, "< x >>> 0", /^ADC/],
    ["the carry of ADC with a register", "ADCS_REG", /<= x >>> 0/, "< x >>> 0", /^ADC/],
    ["the overflow of SUB", "SUBS_IMM", /vf = \(x \^ imm\)/, "vf = ~(x ^ imm)", /^(SUB|CMP)/],
  ];
  for (const [what, opcode, from, to, seenBy] of mistakes) {
    it(what, async () => {
      const primaries = classes.filter(({ name }) => seenBy.test(name));
      const batch = buildBatch(seed, 0, turns * primaries.length, primaries);
      const { make, drop } = await mutant("execute.ts", changeOpcode(opcode, from, to));
      try {
        const expected = await runInQemu(batch);
        expect(compareOutcomes(batch, expected, runInVirtualCore(batch)).length).toBe(0);
        expect(compareOutcomes(batch, expected, runInVirtualCore(batch, make)).length).toBeGreaterThan(0);
      } finally {
        drop();
      }
    });
  }
});

function table(counts: ReadonlyMap<string, number>): string {
  const cells = [...counts].map(([name, count]) => `${name} ${count}`);
  const lines = [];
  for (let i = 0; i < cells.length; i += 6) lines.push(`  ${cells.slice(i, i + 6).join(" | ")}`);
  return lines.join("\n");
}
