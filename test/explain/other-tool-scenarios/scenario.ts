/** A failure of known cause, as one tool tells it, and what may be concluded from that. */
import { loose, type Voice } from "../other-tool-logs.ts";

export interface ToolScenario {
  readonly name: string;
  /** Row of the catalogue of failures that it stands for. */
  readonly row?: number;
  readonly voice: Voice;
  readonly log: (voice: Voice) => readonly string[];
  /** Codes of which the first finding must be one. */
  readonly first: readonly string[];
  /** Other codes that may be told as certain as well. */
  readonly alsoCertain?: readonly string[];
}

/** What a chip that does not answer may have, and no log tells apart. */
export const silent = [
  "target-silent",
  "wires-open",
  "firmware-disables-swd",
  "firmware-low-power",
  "board-jumpers-off",
];
export const lostAfterStart = ["firmware-disables-swd", "firmware-low-power"];

export function scenario(
  name: string,
  first: readonly string[],
  log: ToolScenario["log"],
  more: Partial<ToolScenario> = {},
): ToolScenario {
  return { name, first, log, voice: loose, ...more };
}
