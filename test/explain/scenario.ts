/** A log with a known cause. */
import type { Session } from "./st-logs.ts";

export interface Scenario {
  readonly name: string;
  /** Row of the catalogue of failures that it stands for. */
  readonly row?: number;
  readonly session: Session;
  readonly log: (session: Session) => readonly string[];
  /** Codes of which the first finding must be one. */
  readonly first: readonly string[];
  /** Other codes that may be told as certain as well. */
  readonly alsoCertain?: readonly string[];
  /** The true cause where the log cannot tell it: words that a finding's cause or remedy must have. */
  readonly names?: RegExp;
}

/** ST's sentence for whatever it has no other for. */
export const unknown = "Unknown. Please check power and cabling to target.";

/** What stands behind a chip that does not answer, and that no log tells apart. */
export const silent = [
  "target-silent",
  "board-jumpers-off",
  "firmware-disables-swd",
  "wires-open",
  "firmware-low-power",
  "not-enough-to-tell",
];
/** What stands behind a chip that is gone once its program runs. */
export const lostAfterStart = ["firmware-disables-swd", "firmware-low-power"];
