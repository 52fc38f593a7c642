/** How sure a finding is: `certain` only when what was read excludes every other cause. */
export type Certainty = "certain" | "likely" | "possible";

/**
 * How bad it is: an `error` keeps the user from working, a `warning` will or may, a `note` is worth knowing and no
 * reason for a verb to end with a failure.
 */
export type Severity = "error" | "warning" | "note";

/** What went wrong, how that is known, and what to do about it. */
export interface Finding {
  /** Stable and kebab-case: `loader-needs-fsmc`. */
  readonly code: string;
  readonly certainty: Certainty;
  /** `error` if left out. */
  readonly severity?: Severity;
  /** One plain sentence or two. */
  readonly cause: string;
  /** Each line quotes something that was read. */
  readonly evidence: readonly string[];
  /** What the user can do, most promising first. */
  readonly remedy: readonly string[];
}
