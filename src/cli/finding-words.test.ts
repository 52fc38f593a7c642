import { describe, expect, it } from "vitest";
import type { Finding } from "../diagnose/finding.ts";
import { diagnoseLoaderFailure } from "../diagnose/loader/diagnose-loader.ts";
import { busFaultAt, failureOf, findInstruction, ownLoader } from "../diagnose/loader/loader-fixtures.ts";
import { findingLines } from "./finding-words.ts";

const finding: Finding = {
  code: "some-code",
  certainty: "likely",
  cause: "One thing led to another.",
  evidence: ["a register", "a line"],
  remedy: ["do this"],
};

describe("a finding in words", () => {
  it("has its cause, evidence and remedy under each other", () => {
    expect(findingLines(finding)).toEqual([
      "Cause:    One thing led to another. (likely) [some-code]",
      "Evidence: a register",
      "          a line",
      "Remedy:   do this",
    ]);
  });

  it("wraps what is long, further in", () => {
    const long = { ...finding, evidence: ["word ".repeat(40).trim(), "short"] };
    const lines = findingLines(long);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(118);
    expect(lines.slice(1, 4).map((line) => line.slice(0, 14))).toEqual([
      "Evidence: word",
      "            wo",
      "          shor",
    ]);
  });

  it("leaves a word that is longer than a line whole", () => {
    const key = "k".repeat(200);
    expect(findingLines({ ...finding, cause: key })[0]).toBe(`Cause:    ${key}`);
  });

  it("fits a wrong loader on one screen", () => {
    const nand = ownLoader("nand512w3a_stm3210e-eval.stldr");
    const { at } = findInstruction(nand, "FSMC_NAND_Init", ({ kind }) => kind === "store");
    const lines = findingLines(diagnoseLoaderFailure(failureOf(nand, { core: busFaultAt(at, 0xa0000060) })));
    expect(lines.length).toBeLessThanOrEqual(15);
    expect(lines.join("\n")).toMatch(
      /^Cause: {4}Init\(\) of nand512w3a.*\(certain\) \[loader-needs-fsmc\]\nEvidence: CFSR/s,
    );
  });
});
