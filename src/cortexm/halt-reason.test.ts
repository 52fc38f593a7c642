import { describe, expect, it } from "vitest";
import { type HaltEvidence, haltReasonOf } from "./halt-reason.ts";

const PC = 0x08000140;

function evidence(changes: Partial<HaltEvidence>): HaltEvidence {
  return {
    dfsr: 0,
    stepped: false,
    pc: async () => PC,
    xpsr: async () => 0x01000000,
    watchpoint: async () => undefined,
    hasComparator: () => false,
    halfWord: async () => 0xbf00,
    ...changes,
  };
}

describe("a stop whose DFSR another program has cleared", () => {
  it("is at a breakpoint when there is one at PC, in a comparator or as an instruction", async () => {
    expect(await haltReasonOf(evidence({ hasComparator: (address) => address === PC }))).toEqual({
      kind: "breakpoint",
      address: PC,
      hardware: true,
    });
    expect(await haltReasonOf(evidence({ halfWord: async () => 0xbe00 }))).toEqual({
      kind: "breakpoint",
      address: PC,
      hardware: false,
    });
  });

  it("is a request elsewhere, and a step where one was made", async () => {
    expect(await haltReasonOf(evidence({}))).toEqual({ kind: "request" });
    expect(await haltReasonOf(evidence({ stepped: true, hasComparator: () => true }))).toEqual({ kind: "step" });
  });

  it("with HALTED set is a request, though a breakpoint waits at PC", async () => {
    expect(await haltReasonOf(evidence({ dfsr: 1, hasComparator: () => true }))).toEqual({ kind: "request" });
  });
});
