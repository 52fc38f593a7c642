import { readFileSync } from "node:fs";
import { ProbityError } from "../base/errors.ts";
import { type Recording, readRecording } from "../link/recording/reader.ts";
import { replayLink } from "../link/replay.ts";
import { describeAsked } from "../probe/stlink/describe-command.ts";
import { isReadingCommand } from "../probe/stlink/parse-command.ts";
import { Redactor } from "../probe/stlink/redact.ts";
import { nameOfAddress } from "./address-names.ts";
import type { OpenedLink } from "./opened-link.ts";
import type { ProbeSpec } from "./probe-spec.ts";

/** `replay:FILE` after `--probe`. */
export type ReplaySpec = Extract<ProbeSpec, { kind: "replay" }>;

/**
 * Opens a recording in place of a probe; `wantedSerial` is refused unless it is that of the probe that was recorded. `note`
 * is told of the first question that the recording does not answer.
 */
export function openReplay(
  spec: ReplaySpec,
  wantedSerial: string | undefined,
  note: (text: string) => void = () => {},
): OpenedLink {
  const recording = openRecording(spec.file);
  const { serial } = recording.header.link;
  if (wantedSerial !== undefined && !recording.header.redacted && wantedSerial.toUpperCase() !== serial) {
    throw new ProbityError("link-serial-not-found", `No ST-LINK with serial number ${wantedSerial} was recorded.`, {
      facts: { serial: wantedSerial, there: serial },
      remedy: ["Correct or leave out -i."],
    });
  }
  if (recording.header.redacted) {
    note(
      "Note: in this recording what memories hold was left out; they are shown as zeros, and what hangs on them differs.",
    );
  }
  const redactor = new Redactor();
  const link = replayLink(recording, {
    name: `replay:${spec.file}`,
    lenient: spec.lenient,
    onFailure: ({ message, facts: { recorded, asked } }) => {
      const should = recorded === undefined ? "" : ` The recording has: ${recorded}.`;
      note(`Warning: ${message}${should} Asked was: ${asked}.`);
    },
    protocol: {
      describe: (asked) => describeAsked(asked, nameOfAddress),
      isReading: ({ kind, command, write }) => kind === "trace" || isReadingCommand(command, write),
      redact: (asked) => redactor.asked(asked),
    },
  });
  return { link, clock: link.clock, dispose: () => {} };
}

/** Serial number of the probe that was recorded. */
export function recordedSerial({ file }: ReplaySpec): string {
  return openRecording(file).header.link.serial;
}

/** Reads a recording. Throws `recording-unreadable`, `recording-invalid`, `recording-version`. */
export function openRecording(file: string): Recording {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const system = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ProbityError("recording-unreadable", `The recording ${file} cannot be read (${system}).`, {
      facts: { path: file, system },
      remedy: ["Correct the path."],
      cause,
    });
  }
  return readRecording(bytes);
}
