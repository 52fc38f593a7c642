import type { Finding } from "../diagnose/finding.ts";

/** An error whose cause was looked for: what its user reads is in `lines`, what a program reads in `findings`. */
export class DiagnosedError extends Error {
  override readonly name = "DiagnosedError";
  readonly lines: readonly string[];
  readonly findings: readonly Finding[];

  constructor(lines: readonly string[], findings: readonly Finding[], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.lines = lines;
    this.findings = findings;
  }
}
