import { ProbityError } from "../base/errors.ts";
import type { RecordChoice } from "../session/open-recorded.ts";
import { probityVersion } from "./version.ts";

/** `--record` and `--redact`. */
export interface RecordOptions {
  readonly record?: string;
  readonly redact?: boolean;
}

/** What the two ask for; `note` is told when the file can't be written to its end. Throws `option-missing`. */
export function recordChoice(
  { record, redact = false }: RecordOptions,
  note: (text: string) => void,
): RecordChoice | undefined {
  if (record === undefined) {
    if (!redact) return undefined;
    throw new ProbityError("option-missing", "--redact says what --record leaves out, and there is no --record.", {
      remedy: ["Add --record FILE."],
    });
  }
  return { file: record, redact, command: process.argv.slice(2), tool: `probity ${probityVersion}`, note };
}
