import { ProbityError } from "../base/errors.ts";
import type { Finding } from "../diagnose/finding.ts";

/** An error whose cause was diagnosed: code, sentence and remedy are those of the finding. */
export class FindingError extends ProbityError {
  readonly finding: Finding;

  constructor(finding: Finding, cause?: unknown) {
    super(finding.code, finding.cause, { remedy: finding.remedy, cause });
    this.finding = finding;
  }
}
