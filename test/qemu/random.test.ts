import { expect, it, describe as suite } from "vitest";
import { hex32 } from "../../src/base/bytes.ts";
import { CortexM3 } from "../../src/sim/cpu/cortex-m3.ts";
import type { EngineName } from "../../src/sim/cpu/cpu.ts";
import { mistakes } from "../engine/mistakes.ts";
import { classes, classNames } from "./classes.ts";
import { compareOutcomes, describe, type Outcome } from "./compare.ts";
import { type Batch, buildBatch } from "./image.ts";
import { changeOpcode, mutant } from "./mutant.ts";
import { countOf, seedOfRun } from "./random.ts";
import { runInQemu, runInVirtualCore } from "./run-batch.ts";
import { stepThrough } from "./step.ts";
import type { MakeCpu } from "./virtual-core.ts";

/** Instructions that each way of executing has to go through: half of them are beside the main one of their case. */
const wanted = countOf("PROBITY_INSTRUCTIONS", 20_000);
const checked = countOf("PROBITY_INSTRUCTIONS", 3000);
const seed = seedOfRun();

/** A core that translates every body before it is executed for the first time, where its engine translates. */
function core(engine: EngineName, make: MakeCpu = (host, config) => new CortexM3(host, config)): MakeCpu {
  const thresholds = { visits: 0, batch: 1, patience: 1, longest: 12, instances: 64 };
  return (host, config) => make(host, { ...config, engine, thresholds });
}

/** Cases of a kind until `least` instructions were drawn, `most` cases at a time; each class is the main one in turn. */
async function compareCases(least: number, most: number, execute: (batch: Batch) => Outcome): Promise<void> {
  const counts = new Map<string, number>(classNames.map((name) => [name, 0]));
  const reports = [];
  let differences = 0;
  let cases = 0;
  let instructions = 0;
  while (instructions < least || cases < classNames.length) {
    const batch = buildBatch(seed, cases, most);
    for (const difference of compareOutcomes(batch, await runInQemu(batch), execute(batch))) {
      differences++;
      if (reports.length < 10) reports.push(describe(seed, difference, batch));
    }
    for (const { body } of batch.cases) {
      for (const { name } of body.classes) counts.set(name, (counts.get(name) ?? 0) + 1);
      instructions += body.classes.length;
    }
    cases += batch.cases.length;
  }
  console.log(
    `differential test against QEMU: seed ${hex32(seed)} (PROBITY_SEED), ${cases} cases, ${instructions} instructions ` +
      `of ${counts.size} classes:\n${table(counts)}`,
  );
  expect(reports.join("\n\n"), `${differences} differences, seed ${hex32(seed)}`).toBe("");
  const turns = Math.floor(cases / classNames.length);
  expect([...counts].filter(([, count]) => count < turns)).toEqual([]);
}

suite("random instructions", () => {
  it("leave the same registers, flags and memory in QEMU's Cortex-M3 and in the virtual one", {
    timeout: 240_000 + 10 * wanted,
  }, async () => {
    await compareCases(wanted, Number.POSITIVE_INFINITY, (batch) => runInVirtualCore(batch, core("interpreter")));
  });

  it("leave the same in QEMU's and in translated code, which is compared with the interpreter besides", {
    timeout: 240_000 + 20 * checked,
  }, async () => {
    // Small batches: a module for each case makes the next one slower.
    await compareCases(checked, 200, (batch) => runInVirtualCore(batch, core("check"), { fixedCode: true }));
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
    ["the carry of ADC with an immediate", "ADCS_IMM", /& ~result/, "& result", /^ADC/],
    ["the carry of ADC with a register", "ADCS_REG", /& ~result/, "& result", /^ADC/],
    ["the overflow of SUB", "SUBS_IMM", /vf = \(x \^ imm\)/, "vf = ~(x ^ imm)", /^(SUB|CMP)/],
  ];
  for (const [what, opcode, from, to, seenBy] of mistakes) {
    it(what, async () => {
      const primaries = classes.filter(({ name }) => seenBy.test(name));
      const batch = buildBatch(seed, 0, 100 * primaries.length, primaries);
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

suite("a broken translator is caught", () => {
  it(mistakes[0].what, { timeout: 120_000 }, async () => {
    const { file, from, to } = mistakes[0];
    const primaries = classes.filter(({ name }) => /^(SUB|CMP)/.test(name));
    const batch = buildBatch(seed, 0, 30 * primaries.length, primaries);
    const { make, parts, drop } = await mutant(file, (text) => text.replace(from, to));
    try {
      const expected = await runInQemu(batch);
      const differences = (engine: EngineName, broken?: MakeCpu): number => {
        const options = { fixedCode: true, ...(broken !== undefined && { Memories: parts.GuestMemory }) };
        return compareOutcomes(batch, expected, runInVirtualCore(batch, core(engine, broken), options)).length;
      };
      expect(differences("translator")).toBe(0);
      expect(differences("translator", make)).toBeGreaterThan(0);
      expect(() => differences("check", make)).toThrow("something else than the interpreter");
    } finally {
      drop();
    }
  });
});

function table(counts: ReadonlyMap<string, number>): string {
  const cells = [...counts].map(([name, count]) => `${name} ${count}`);
  const lines = [];
  for (let i = 0; i < cells.length; i += 6) lines.push(`  ${cells.slice(i, i + 6).join(" | ")}`);
  return lines.join("\n");
}
