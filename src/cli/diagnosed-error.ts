/** An error whose cause was looked for: what its user reads is in `lines`. */
export class DiagnosedError extends Error {
  override readonly name = "DiagnosedError";
  readonly lines: readonly string[];

  constructor(lines: readonly string[], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.lines = lines;
  }
}
