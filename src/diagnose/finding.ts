/** How sure a finding is: `certain` only when what was read excludes every other cause. */
export type Certainty = "certain" | "likely" | "possible";

/** What went wrong, how that is known, and what to do about it. */
export interface Finding {
  /** Stable and kebab-case: `loader-needs-fsmc`. */
  readonly code: string;
  readonly certainty: Certainty;
  /** One plain sentence or two. */
  readonly cause: string;
  /** Each line quotes something that was read. */
  readonly evidence: readonly string[];
  /** What the user can do, most promising first. */
  readonly remedy: readonly string[];
}
