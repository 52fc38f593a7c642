import type { Asked } from "./recording/exchange.ts";

/** What a replay has to know of the bytes' meaning, which the link itself does not. */
export interface ReplayProtocol {
  /** What is asked for, in words. */
  describe(asked: Asked): string;
  /** True for what leaves probe and target as they are. */
  isReading(asked: Asked): boolean;
  /** What it would look like in the recording, where that has memory contents left out. */
  redact?(asked: Asked): Asked;
}
