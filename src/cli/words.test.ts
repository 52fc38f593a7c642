import { expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import { describeError, noticeLines } from "./words.ts";

const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");

it("an error's lines are no wider than a terminal, and lose no word", () => {
  const error = new ProbityError("a-code", words, { facts: { address: 0x20, count: 3 }, remedy: [words, "Or not."] });
  const lines = describeError(error);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(118);
  expect(lines.filter((line) => /^\w/.test(line)).map((line) => line.split(" ")[0])).toEqual([
    "Cause:",
    "Evidence:",
    "Remedy:",
  ]);
  expect(lines.join(" ").replace(/\s+/g, " ")).toBe(
    `Cause: ${words} [a-code] Evidence: address = 0x00000020, count = 3 Remedy: ${words} Or not.`,
  );
});

it("a notice is wrapped behind its label", () => {
  const lines = noticeLines(`Warning: ${words}`);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(118);
  expect(lines.every((line, i) => (i === 0 ? /^Warning: word0/ : /^ {9}word/).test(line))).toBe(true);
  expect(noticeLines("JTAG is not wired here.")).toEqual(["JTAG is not wired here."]);
});
