import type { FactValues } from "./facts.ts";

/** Whether a stage is one at which flash holds what was to be written. */
export function isWritten({ stage, reached }: FactValues["stage"]): boolean {
  return reached && (stage === "programmed" || stage === "verified");
}
