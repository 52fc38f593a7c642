import { expect, it } from "vitest";
import { engineTable } from "../../bench/engine/rows.ts";
import type { Row } from "../../bench/row.ts";

const row = (name: string, ours: number, peer: number, spread: number): Row => ({
  ...{ name, unit: "ms", ours, peer, peerName: "QEMU 7.2.22 TCG" },
  ...{ ratio: peer / ours, spread },
});

it("gives a line for each program that was run, and nothing when none was", () => {
  const rows = [row("engine.copy.ratio", 500, 1000, 0.1), row("engine.copy.with-start", 800, 1100, 0.2)];
  const lines = engineTable([row("start.ready-ms", 1, 2, 0), ...rows])
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain("| QEMU 7.2.22 TCG, ms |");
  expect(lines[2]).toBe("| copy | 1000 | 500 | 2.00 (10 %) |  |  | 1.38 (20 %) |  |");
  // Every line has as many cells as the head.
  expect(new Set(lines.map((line) => line.split("|").length)).size).toBe(1);
  expect(engineTable([row("start.ready-ms", 1, 2, 0)])).toBe("");
});
