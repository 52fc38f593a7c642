import { type Facts, ProbityError } from "../../base/errors.ts";

/** What is wrong with the faults in `sim:BOARD?fault=...`. */
export function specError(message: string, facts: Facts, remedy: readonly string[]): ProbityError {
  return new ProbityError("probe-spec-invalid", message, { facts, remedy });
}
