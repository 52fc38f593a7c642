import type { FactSet } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";

/** Whether the debugger went on after a stop and failed at something else: then where it found the program is no more than worth knowing. */
export function failedLater(facts: FactSet, stop: Fact): boolean {
  const trouble = facts.last("client-trouble", ({ what }) => what !== "memory");
  return trouble !== undefined && facts.before(stop, trouble);
}
