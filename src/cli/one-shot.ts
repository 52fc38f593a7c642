import { isProbityError } from "../base/errors.ts";
import type { Finding } from "../diagnose/finding.ts";
import { CANCELLED } from "../flash/cancelled.ts";
import { probeSpecWithEngine } from "../session/engine-of-spec.ts";
import { type OpenedSession, openSession } from "../session/open-session.ts";
import type { ConnectMode } from "../stm32/connect.ts";
import { DiagnosedError } from "./diagnosed-error.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "./find-loaders.ts";
import { findingsFile, LiveDiagnosis } from "./live-diagnosis.ts";
import { type RecordOptions, recordChoice } from "./record-options.ts";
import { isRefusal } from "./refusal.ts";
import { Stopped, StopRequest } from "./stop-request.ts";
import type { Terminal } from "./terminal.ts";
import { describeError, noticeLines } from "./words.ts";

/** Options that every verb with a target takes. */
export interface TargetOptions extends RecordOptions {
  readonly probe: string;
  readonly engine?: string;
  readonly frequency?: number;
  readonly underReset?: boolean;
  readonly loader?: readonly string[];
  /** Seconds. */
  readonly loaderTimeout: number;
  readonly verify?: boolean;
  /** Sectors that hold the right content already are skipped. */
  readonly incremental?: boolean;
  /** `attach` leaves the core as it is, running or halted; left out: reset and halted. `--under-reset` comes first. */
  readonly connect?: ConnectMode;
  /** Every word that tells of the chip is read, though old firmware needs a transfer for each. */
  readonly thorough?: boolean;
  readonly json?: boolean;
  /** File for what is found to be wrong. */
  readonly findingsJson?: string;
}

/** What a verb works with. */
export interface TargetForWork extends OpenedSession {
  /** What was warned of, as it grows. */
  readonly findings: readonly Finding[];
  /** What must not be left half done goes on inside of its `inOrder`. */
  readonly stop: StopRequest;
}

/**
 * Opens a session for one piece of work and closes it afterwards, whatever happened. The core was reset and is halted,
 * unless the options say to attach. Init() of the loaders is left to the work. Rejects with a `DiagnosedError` whose lines tell the cause,
 * or with `Stopped` when the user ended it.
 */
export async function withTarget<Result>(
  options: TargetOptions,
  terminal: Terminal,
  work: (opened: TargetForWork) => Promise<Result>,
): Promise<Result> {
  const folders = loaderFolders("", process.env[loaderFoldersVariable]);
  const files = (options.loader ?? []).map((name) => ({ loader: openLoader(name, folders), initAfterReset: false }));
  const toFile = options.findingsJson === undefined ? undefined : findingsFile(options.findingsJson);
  const told: Finding[] = [];
  let latest: readonly Finding[] = [];
  const diagnosis = new LiveDiagnosis((moment, findings) => {
    toFile?.(moment, findings);
    told.push(...findings);
    latest = findings;
  });
  const note = (text: string): void => terminal.error(`${noticeLines(text).join("\n")}\n`);
  const stop = new StopRequest(terminal);
  const opening = openSession({
    spec: probeSpecWithEngine(options.probe, options.engine),
    record: recordChoice(options, note),
    protocol: "swd",
    ...(options.frequency !== undefined && { frequency: options.frequency }),
    connect: options.underReset ? "under-reset" : (options.connect ?? "normal"),
    ap: 0,
    ...(options.thorough && { thorough: true }),
    verify: options.verify ?? false,
    incremental: options.incremental ?? false,
    haltTimeout: 1000,
    loaders: { files, timeout: 1000 * options.loaderTimeout, strict: true, initAtStart: false },
    log: () => {},
    note,
    diagnosis: {
      recorder: diagnosis.recorder,
      onStep: (doing) => terminal.error(`Looking for the cause: ${doing}...\n`),
    },
  });
  const opened = await stop.orStop(opening).catch((error: unknown) => {
    if (error instanceof Stopped) throw error;
    const lines = diagnosis.failed(error);
    throw new DiagnosedError(lines, latest, error);
  });
  const clock = clockNote(options.frequency, opened.target.frequencyKhz);
  if (clock !== undefined) note(clock);
  // What the work will probably fail for is told with the failure, or after the work when it went well all the same.
  const held: { readonly code: string; readonly text: string }[] = [];
  const warn = (lines: readonly string[]): void => {
    for (const [i, text] of lines.entries()) {
      const { code, severity = "error" } = latest[i];
      if (severity === "error") held.push({ code, text });
      else note(text);
    }
  };
  warn(diagnosis.connected());
  const { session, chip } = opened;
  session.events.on("flash.planned", ({ image }) => {
    warn(diagnosis.loading(image, chip.row?.flashBase));
  });
  try {
    const result = await stop.orStop(work({ ...opened, findings: told, stop }));
    for (const { text } of held) note(text);
    return result;
  } catch (error) {
    if (error instanceof Stopped) throw error;
    if (isProbityError(error, CANCELLED)) throw stop.stopped(error) ?? error;
    if (isRefusal(error)) {
      for (const { text } of held) note(text);
      diagnosis.refused(error);
      throw new DiagnosedError(
        describeError(error),
        [...latest, ...told.filter((each) => !latest.includes(each))],
        error,
      );
    }
    const { lines } = await diagnosis.loadFailed(error, session, opened.clock);
    for (const { code, text } of held) if (!latest.some((each) => each.code === code)) note(text);
    throw new DiagnosedError(lines, latest, error);
  } finally {
    await opened.session.close().catch(() => {});
    opened.dispose();
  }
}

/** A line when the probe has no clock as low as the one that was asked for; both in kHz. */
export function clockNote(asked: number | undefined, used: number | undefined): string | undefined {
  if (asked === undefined || used === undefined || used <= asked) return undefined;
  return `Note: the lowest clock of this probe is ${used} kHz. That is used in place of ${asked} kHz.`;
}
