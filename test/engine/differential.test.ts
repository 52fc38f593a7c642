import { describe, expect, it } from "vitest";
import type { EngineName } from "../../src/sim/cpu/cpu.ts";
import { mutant } from "../qemu/mutant.ts";
import { Random, seedOfRun } from "../qemu/random.ts";
import { difference, type Parts, realParts } from "./lockstep.ts";
import { mistakes } from "./mistakes.ts";
import { randomProgram } from "./program.ts";

const seed = seedOfRun();
const cycles = 15_000;

/** The first difference among some programs, each with its own thresholds. */
function firstDifference(engine: EngineName, count: number, parts: Parts = realParts): string | undefined {
  for (let index = 0; index < count; index++) {
    const random = new Random(seed, index);
    const program = randomProgram(random);
    const thresholds = {
      visits: random.pick([-1, 0, 3, 20, 200]),
      batch: random.pick([1, 3]),
      patience: random.pick([1, 5]),
      longest: random.pick([8, 40, 1500]),
      instances: random.pick([1, 4, 1024]),
    };
    const found = difference(program, engine, thresholds, random, cycles, parts);
    if (found !== undefined) return `program ${index}, ${JSON.stringify(thresholds)}: ${found}`;
  }
  return undefined;
}

describe("translated code and the interpreter", () => {
  it("have the same state at random cycles, whenever code is translated", { timeout: 120_000 }, () => {
    expect(firstDifference("translator", 60)).toBeUndefined();
  });

  it("agree run by run with engine=check", { timeout: 120_000 }, () => {
    expect(firstDifference("check", 15)).toBeUndefined();
  });
});

describe("a broken translator is caught", () => {
  for (const { what, file, from, to } of mistakes) {
    it(what, { timeout: 120_000 }, async () => {
      const { parts, drop } = await mutant(file, (text) => text.replace(from, to));
      try {
        expect(firstDifference("translator", 240, parts)).toBeDefined();
      } finally {
        drop();
      }
    });
  }
});
