import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** A program that waits at a call of semihosting. */
export const semihostingOff: Rule = {
  name: "semihosting-off",
  why: "A call of semihosting is BKPT 0xAB (Arm, Semihosting for AArch32 and AArch64, 2): a debugger that serves it answers and lets the core go on behind it, and any other stops there as at a breakpoint that nobody set.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const call = facts.last("semihosting-call");
    if (call === undefined) return [];
    return [
      conclusion("semihosting-off", {
        certainty: "likely",
        evidence: quotes(call),
        weight: 64,
        explains: ["not-enough-to-tell", "program-gave-up"],
      }),
    ];
  },
};
