import { quotes } from "../../fact-set.ts";
import type { FactSource } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** A program that was stopped in a loop whose condition is a register's. */
export const programWaits: Rule = {
  name: "program-waits-from-log",
  why: "The line that GDB shows of a program that was interrupted is where it is most of the time: a loop without a body that reads a peripheral's register goes on until the hardware sets or clears that bit.",
  conclude(facts) {
    const waits = facts.last("waits-for", (value) => "condition" in value);
    if (waits === undefined || !("condition" in waits.value)) return [];
    // Let run again, and stopped elsewhere.
    const later = facts.last("stop", ({ function: name }) => name !== undefined);
    if (later !== undefined && facts.before(waits, later) && !sameStop(waits.source, later.source)) return [];
    return [
      conclusion("program-waits", {
        certainty: "possible",
        values: { condition: waits.value.condition },
        evidence: quotes(waits),
        weight: 45,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** A back-trace that follows tells of the same stop. */
function sameStop(one: FactSource, other: FactSource): boolean {
  return one.from === "log" && other.from === "log" && /^#/.test(other.text) && other.line - one.line <= 3;
}
