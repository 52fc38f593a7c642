import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hex32 } from "../../src/base/bytes.ts";
import type { EngineName } from "../../src/sim/cpu/cpu.ts";
import { mistakes } from "../engine/mistakes.ts";
import { compare, runInQemu } from "./generated/compare.ts";
import { assembleHarness } from "./generated/harness.ts";
import { mostPrograms } from "./generated/layout.ts";
import { type GeneratedProgram, generate } from "./generated/program.ts";
import { mutant } from "./mutant.ts";
import { countOf, seedOfRun } from "./random.ts";

const seed = seedOfRun();
const programs = countOf("PROBITY_PROGRAMS", 12);
const thorough = programs >= 1000;
const harness = assembleHarness();

/** Programs with what QEMU has left of their data. */
async function withExpected(first: number, count: number): Promise<{ program: GeneratedProgram; left: Uint8Array }[]> {
  const drawn = Array.from({ length: count }, (_, slot) => generate(seed, first + slot, slot, harness.next));
  const left = await runInQemu(drawn, harness);
  return drawn.map((program, slot) => ({ program, left: left[slot] }));
}

describe("generated programs", () => {
  it("do the same in QEMU's Cortex-M3, interpreted, and with --engine check", {
    timeout: 60_000 + programs * 3000,
  }, async () => {
    const reports: string[] = [];
    let instructions = 0;
    let interrupts = 0;
    let faults = 0;
    for (let first = 0; first < programs; first += mostPrograms) {
      for (const { program, left } of await withExpected(first, Math.min(mostPrograms, programs - first))) {
        const outcome = compare(program, harness, left, seed, "check");
        instructions += outcome.instructions;
        interrupts += outcome.ticks;
        faults += outcome.faults;
        if (outcome.difference !== undefined) reports.push(outcome.difference);
      }
    }
    console.log(
      `generated programs against QEMU: seed ${hex32(seed)} (PROBITY_SEED), ${programs} programs, ${instructions} instructions, ` +
        `${interrupts} interrupts at random times, ${faults} faults`,
    );
    expect(reports.slice(0, 5).join("\n\n"), `${reports.length} programs differ`).toBe("");
    expect(instructions).toBeGreaterThan(programs * 5000);
    expect(interrupts).toBeGreaterThan(programs * 5);
    expect(faults).toBeGreaterThan(programs * 5);
  });
});

describe("a broken translator is caught", () => {
  let expected: { program: GeneratedProgram; left: Uint8Array }[] = [];
  beforeAll(async () => {
    expected = await withExpected(0, 40);
  });
  afterAll(() => {
    expected = [];
  });

  for (const { what, file, from, to } of mistakes) {
    it(what, { timeout: 120_000 }, async () => {
      const { parts, drop } = await mutant(file, (text) => text.replace(from, to));
      try {
        const seen = (engine: EngineName): boolean =>
          expected.some(
            ({ program, left }) => compare(program, harness, left, seed, engine, parts).difference !== undefined,
          );
        expect(seen("check")).toBe(true);
        // Without the look of `check` the states behind each stretch show it, or what QEMU has left.
        if (thorough) expect(seen("translator")).toBe(true);
      } finally {
        drop();
      }
    });
  }
});
