import { expect, it } from "vitest";
import { webAssembly } from "../../src/sim/cpu/translator/web-assembly.ts";
import { Random } from "../qemu/random.ts";
import { difference } from "./lockstep.ts";
import { randomProgram } from "./program.ts";

/** Tables that one core made while it ran a program of which each place that it comes to is translated at once. */
function tablesWith(instances: number): number {
  let made = 0;
  const { Table } = webAssembly;
  const countable = webAssembly as { Table: typeof Table };
  countable.Table = class extends Table {
    constructor(description: { initial: number; element: "anyfunc" }) {
      super(description);
      made++;
    }
  };
  try {
    const thresholds = { visits: -1, batch: 1, patience: 1, longest: 8, instances };
    const random = new Random(1, 0);
    expect(difference(randomProgram(random), "translator", thresholds, random, 15_000)).toBeUndefined();
  } finally {
    countable.Table = Table;
  }
  return made;
}

it("code is linked to another table after so many modules, and does the same", () => {
  const [many, few] = [tablesWith(1024), tablesWith(2)];
  expect(few).toBeGreaterThan(many + 3);
});
