import type { Command } from "commander";
import { ProbityError } from "../base/errors.ts";
import type { RecordChoice } from "../session/open-recorded.ts";
import { probityVersion } from "./version.ts";

/** `--record` and `--redact`. */
export interface RecordOptions {
  readonly record?: string;
  readonly redact?: boolean;
}

/** Adds the two. */
export function withRecordOptions(command: Command): Command {
  return command
    .option("--record <file>", "write everything that goes over the link to a file")
    .option("--redact", "with --record: leave out what memories hold, and the probe's serial number");
}

/** A recording is of one probe: refuses it for several, by their serial numbers. Throws `record-one-probe`. */
export function checkOneRecorded(choice: RecordChoice | undefined, serials: readonly string[]): void {
  if (choice === undefined || serials.length < 2) return;
  throw new ProbityError("record-one-probe", `A recording is of one probe, and there are ${serials.length}.`, {
    facts: { serials: serials.join(", ") },
    remedy: ["Name one by its serial number, such as --probe usb:SERIAL."],
  });
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
