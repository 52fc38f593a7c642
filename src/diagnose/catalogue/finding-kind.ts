import type { Severity } from "../finding.ts";

/** What is always true of a finding code; its page in `docs/findings/` is made from this. */
export interface FindingKind {
  /** Stable and kebab-case. */
  readonly code: string;
  /** A few words, as a headline. */
  readonly title: string;
  /** `error` if left out. */
  readonly severity?: Severity;
  /** The cause in one or two sentences. `{name}` is filled in from what was read. */
  readonly cause: string;
  /** Other sentences for the same cause, by name, where one does not fit all that can be known. */
  readonly variants?: Readonly<Record<string, string>>;
  /** How it is known: what is read, why it excludes other causes, and what would make it only likely. */
  readonly how: string;
  /** What to do, most promising first. `{name}` as in the cause. */
  readonly remedy: readonly string[];
  /** What the cause can be more closely: a name, the words for it, and the remedies that are told after {@link remedy}. */
  readonly details?: readonly FindingDetail[];
  /** Those of the remedies that are nothing new to who has connected under reset. */
  readonly doneUnderReset?: readonly string[];
}

/** One of the closer causes of a finding. */
export interface FindingDetail {
  /** As the manual calls it: the bit of a register, or a word of ours where no bit stands for it. */
  readonly name: string;
  /** Goes on after "NAME: ". */
  readonly cause: string;
  readonly remedy: readonly string[];
}
