import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkOneRecorded } from "../../src/cli/record-options.ts";
import { folder, probity } from "./bench.ts";

it("probes records what it asks the probe, and a replay answers the same", async () => {
  const file = join(folder, "probes.rec");
  const first = await probity("probes", "--probe", "sim:bluepill?pace=fast", "--record", file);
  expect(first.status).toBe(0);
  expect(first.out).toContain("V2J37M27  3.30 V");
  expect(existsSync(file)).toBe(true);
  const again = await probity("probes", "--probe", `replay:${file}`);
  expect(again).toMatchObject({ status: 0 });
  expect(again.out).toContain("V2J37M27  3.30 V");
  const page = await probity("inspect", file);
  expect(page.out).toContain("GET_TARGET_VOLTAGE");
});

it("a recording is of one probe", () => {
  const choice = { file: "f", redact: false, command: [], tool: "t", note: () => {} };
  expect(() => checkOneRecorded(choice, ["A", "B"])).toThrowError(/one probe, and there are 2/);
  expect(() => checkOneRecorded(choice, ["A"])).not.toThrow();
  expect(() => checkOneRecorded(undefined, ["A", "B"])).not.toThrow();
});
