import { describe, expect, it } from "vitest";
import { diagnose } from "./diagnose.ts";
import { type Fact, fact } from "./facts.ts";
import type { Conclusion, Rule } from "./rule.ts";
import { conclusion } from "./rule.ts";

const told = (code: string, parts: Partial<Conclusion> = {}): Conclusion => ({
  code,
  certainty: "likely",
  cause: `cause of ${code}`,
  evidence: [`seen for ${code}`],
  remedy: [],
  weight: 50,
  explains: [],
  ...parts,
});
const rule = (...conclusions: Conclusion[]): Rule => ({ name: "rule", why: "test", conclude: () => conclusions });
const codes = (...conclusions: Conclusion[]): string[] => diagnose([], [rule(...conclusions)]).map(({ code }) => code);

describe("the engine", () => {
  it("puts errors before warnings, sure before unsure, and special before general", () => {
    expect(
      codes(
        told("note", { severity: "note", certainty: "certain" }),
        told("general", { weight: 0 }),
        told("possible", { certainty: "possible", weight: 100 }),
        told("special", { weight: 90 }),
        told("warning", { severity: "warning", certainty: "certain" }),
        told("certain", { certainty: "certain", weight: 0 }),
      ),
    ).toEqual(["certain", "special", "general", "possible", "warning", "note"]);
  });

  it("leaves out what another finding explains, however sure it is", () => {
    expect(codes(told("symptom", { certainty: "certain" }), told("root", { explains: ["symptom"] }))).toEqual(["root"]);
  });

  it("keeps the first of two that explain each other", () => {
    expect(codes(told("a", { explains: ["b"] }), told("b", { certainty: "certain", explains: ["a"] }))).toEqual(["b"]);
  });

  it("tells a code once, with the evidence of every rule that found the same cause", () => {
    const same = { cause: "one cause" };
    const found = diagnose(
      [],
      [
        rule(told("x", { ...same, evidence: ["first"] })),
        rule(told("x", { ...same, certainty: "certain", evidence: ["second", "first"] })),
      ],
    );
    expect(found).toEqual([
      { code: "x", certainty: "certain", cause: "one cause", evidence: ["second", "first"], remedy: [] },
    ]);
  });

  it("tells a code once for each thing it is about", () => {
    expect(codes(told("x", { subject: "a.launch" }), told("x", { subject: "b.launch" }))).toEqual(["x", "x"]);
  });
});

describe("the words of a conclusion", () => {
  it("are the catalogue's, filled in", () => {
    const made = conclusion("not-enough-to-tell", {
      certainty: "possible",
      values: { known: "the probe answers", next: "Run probity doctor." },
      evidence: ["line 1: x"],
    });
    expect(made.cause).toBe("What was read does not tell the cause: the probe answers.");
    expect(made.remedy).toEqual(["Run probity doctor."]);
  });

  it("leave out what the way of connecting has done already", () => {
    const connected = (mode: "normal" | "under-reset") =>
      fact("connect-mode", { mode }, { from: "option", text: mode }) as Fact;
    const parts = { certainty: "likely", evidence: [], values: { after: "" } } as const;
    const remedies = (mode: "normal" | "under-reset") =>
      diagnose([connected(mode)], [rule(conclusion("firmware-disables-swd", parts))])[0].remedy;
    expect(remedies("normal").join()).toMatch(/gdbserver -k/);
    expect(remedies("under-reset").join()).not.toMatch(/gdbserver -k/);
    expect(remedies("under-reset").length).toBeGreaterThan(0);
  });

  it("fail when a value is missing, rather than print a brace", () => {
    expect(() => conclusion("not-enough-to-tell", { certainty: "possible", evidence: [] })).toThrow(/known/);
  });
});
