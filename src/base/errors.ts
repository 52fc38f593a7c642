/** The facts an error carries: addresses, values, expected values, names. Numbers stay numbers. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface ProbityErrorOptions {
  /** What was read or asked for; whoever prints the error may show these as evidence. */
  readonly facts?: Facts;
  /** What the user can do about it, most promising first. */
  readonly remedy?: readonly string[];
  /** The error underneath. */
  readonly cause?: unknown;
}

/**
 * Every error a user can meet. `code` is stable and kebab-case (`"swd-no-answer"`), `message` is one plain sentence
 * that names the cause, `facts` are the figures behind it and `remedy` is what to do.
 */
export class ProbityError extends Error {
  override readonly name = "ProbityError";
  readonly code: string;
  readonly facts: Facts;
  readonly remedy: readonly string[];

  constructor(code: string, message: string, options: ProbityErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
    this.remedy = options.remedy ?? [];
  }
}

/** True when `error` is a {@link ProbityError} (with that code, if one is given). */
export function isProbityError(error: unknown, code?: string): error is ProbityError {
  return error instanceof ProbityError && (code === undefined || error.code === code);
}
