import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { linkFigures } from "../../bench/link/jobs.ts";
import { worseThan } from "../../bench/link/rows.ts";

vi.setConfig({ testTimeout: 240_000 });

const kept = readFileSync(new URL("../../bench/results/link.txt", import.meta.url), "utf8");

it("costs no more over the link than what bench/results/link.txt keeps", async () => {
  expect(worseThan(await linkFigures(), kept)).toEqual([]);
});

it("finds what is worse, and what is missing", () => {
  const lines = "a.transfers 5\nb.of-wire-limit 0.9\nc.transfers 1\n";
  expect(worseThan({ "a.transfers": 5, "b.of-wire-limit": 0.95, "c.transfers": 1 }, lines)).toEqual([]);
  expect(worseThan({ "a.transfers": 6, "b.of-wire-limit": 0.8 }, lines)).toHaveLength(3);
});
