import { describe as suite, expect, it } from "vitest";
import { hex32 } from "../../src/base/bytes.ts";
import { classNames } from "./classes.ts";
import { compareOutcomes, describe } from "./compare.ts";
import { buildBatch } from "./image.ts";
import { seedOfRun } from "./random.ts";
import { runInQemu, runInVirtualCore } from "./run-batch.ts";

/** Cases of the run: every class is the main one of this many. */
const turns = 100;

suite("random instructions", () => {
  it("leave the same registers, flags and memory in QEMU's Cortex-M3 and in the virtual one", { timeout: 240_000 }, async () => {
    const seed = seedOfRun();
    const total = turns * classNames.length;
    console.log(`differential test against QEMU: seed ${hex32(seed)} (PROBITY_SEED), ${total} cases`);
    const counts = new Map<string, number>(classNames.map((name) => [name, 0]));
    const reports = [];
    let differences = 0;
    for (let first = 0; first < total; ) {
      const batch = buildBatch(seed, first, total - first);
      const running = runInQemu(batch);
      const [expected, actual] = [await running, runInVirtualCore(batch)];
      for (const difference of compareOutcomes(batch, expected, actual)) {
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
});

function table(counts: ReadonlyMap<string, number>): string {
  const cells = [...counts].map(([name, count]) => `${name} ${count}`);
  const lines = [];
  for (let i = 0; i < cells.length; i += 6) lines.push(`  ${cells.slice(i, i + 6).join(" | ")}`);
  return lines.join("\n");
}
