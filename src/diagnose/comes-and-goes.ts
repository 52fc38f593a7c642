import type { FactSet } from "./fact-set.ts";

/** Once may be a reset that the user pressed. */
const OFTEN = 2;

/** A target that was lost and came back so often is not well, though it answered last. */
export function comesAndGoes(facts: FactSet): boolean {
  return facts.all("target-back").length >= OFTEN;
}
