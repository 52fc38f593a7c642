import { describe, expect, it } from "vitest";
import { cpuTime } from "../../../test/support/cpu-time.ts";
import { type LogReader, line } from "./log-reader.ts";
import { PatternIndex } from "./pattern-index.ts";
import { readers } from "./readers.ts";

const reader: LogReader = {
  tools: ["gdb"],
  patterns: [line("error", 0, /error/i), line("error in start", 0, /start/i), line(["start", "begin"], 0, /x/)],
};
const index = new PatternIndex([reader]);
const found = (text: string): number[] => index.candidates(text).map(({ order }) => order);

describe("the index of patterns", () => {
  it("finds patterns by their words, in any case, where a word begins", () => {
    expect(found("ERROR: x")).toEqual([0]);
    expect(found("terror")).toEqual([]);
    expect(found("nothing")).toEqual([]);
    expect(index.touches("We begin")).toBe(true);
    expect(index.touches("nothing")).toBe(false);
  });

  it("finds patterns whose words overlap", () => {
    expect(found("Error in start of x")).toEqual([0, 1, 2]);
    expect(found("begin at the start, begin")).toEqual([2]);
  });

  it("refuses words that could not be found", () => {
    const bad =
      (word: string): (() => unknown) =>
      () =>
        new PatternIndex([{ tools: ["gdb"], patterns: [line(word, 0, /x/)] }]);
    expect(bad("Error")).toThrow(/lower case/);
    expect(bad("-d")).toThrow(/begin/);
  });
});

describe("every reader's patterns", () => {
  const patterns = readers.flatMap((each) => each.patterns);

  it("have no state", () => {
    for (const { pattern } of patterns) expect(pattern.flags, pattern.source).not.toMatch(/[gy]/);
  });

  it("take no time worth mention on long lines that nearly match", () => {
    const hostile = [" ", "a", "a ", "0", "0x", "(", "error ", ": ", "- ", '"', "st-link "].map((piece) =>
      piece.repeat(4000 / piece.length),
    );
    for (const { pattern, words } of patterns) {
      const took = (): number => {
        const started = cpuTime();
        for (const tail of hostile) pattern.test(`${words[0]}${tail}`);
        return cpuTime() - started;
      };
      // The clock counts other threads of this process, too: one that is slow is looked at again.
      const once = took();
      expect(once < 200 ? once : Math.min(once, took(), took()), pattern.source).toBeLessThan(400);
    }
  });
});
