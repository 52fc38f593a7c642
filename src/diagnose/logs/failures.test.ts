import { expect, it } from "vitest";
import { explainLog } from "./explain-log.ts";
import { failuresIn } from "./failures.ts";

const standing = (...lines: readonly string[]): string[] =>
  failuresIn(explainLog(Buffer.from(lines.join("\n"))).facts).standing.map(({ kind }) => kind);

const run = (id: string, option = "") => [
  `$ st-info --probe${option}`,
  "Found 1 stlink programmers",
  `  chipid:     ${id}`,
];
const held = " --connect-under-reset";

it("an answer makes up for silence, where both came in one manner", () => {
  expect(standing(...run("0x0000"))).toContain("wire-answer");
  expect(standing(...run("0x0000"), ...run("0x0410"))).toEqual([]);
  expect(standing(...run("0x0000", held), ...run("0x0410", held))).toEqual([]);
  expect(standing(...run("0x0000"), ...run("0x0410", held))).toContain("wire-answer");
  expect(standing(...run("0x0000", held), ...run("0x0410"))).toContain("wire-answer");
});

it("a target that was lost and is back is well, unless it goes on like that", () => {
  const lost = "Polling target stm32f4x.cpu failed, trying to reexamine";
  const back = "Info : stm32f4x.cpu: Cortex-M4 r0p1 processor detected";
  expect(standing("Open On-Chip Debugger 0.12.0", back, lost)).toEqual(["target-lost"]);
  expect(standing("Open On-Chip Debugger 0.12.0", back, lost, back)).toEqual([]);
  expect(standing("Open On-Chip Debugger 0.12.0", back, lost, back, lost, back)).toEqual([
    "target-lost",
    "target-lost",
  ]);
});
