import { type OpenedSession, openSession } from "../session/open-session.ts";
import { parseProbeSpec } from "../session/probe-spec.ts";
import { DiagnosedError } from "./diagnosed-error.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "./find-loaders.ts";
import { findingsFile, LiveDiagnosis } from "./live-diagnosis.ts";
import type { Terminal } from "./terminal.ts";
import { noticeLines } from "./words.ts";

/** Options that every verb with a target takes. */
export interface TargetOptions {
  readonly probe: string;
  readonly frequency?: number;
  readonly underReset?: boolean;
  readonly loader?: readonly string[];
  /** Seconds. */
  readonly loaderTimeout: number;
  readonly verify?: boolean;
  /** File for what is found to be wrong. */
  readonly findingsJson?: string;
}

/**
 * Opens a session for one piece of work and closes it afterwards, whatever happened. The core was reset and is halted.
 * Init() of the loaders is left to the work. Rejects with a `DiagnosedError` whose lines tell the cause.
 */
export async function withTarget<Result>(
  options: TargetOptions,
  terminal: Terminal,
  work: (opened: OpenedSession) => Promise<Result>,
): Promise<Result> {
  const folders = loaderFolders("", process.env[loaderFoldersVariable]);
  const files = (options.loader ?? []).map((name) => ({ loader: openLoader(name, folders), initAfterReset: false }));
  const diagnosis = new LiveDiagnosis(
    options.findingsJson === undefined ? undefined : findingsFile(options.findingsJson),
  );
  const note = (text: string): void => terminal.error(`${noticeLines(text).join("\n")}\n`);
  const opened = await openSession({
    spec: parseProbeSpec(options.probe),
    protocol: "swd",
    ...(options.frequency !== undefined && { frequency: options.frequency }),
    connect: options.underReset ? "under-reset" : "normal",
    ap: 0,
    verify: options.verify ?? false,
    incremental: false,
    haltTimeout: 1000,
    loaders: { files, timeout: 1000 * options.loaderTimeout, strict: true, initAtStart: false },
    log: () => {},
    note,
    diagnosis: {
      recorder: diagnosis.recorder,
      onStep: (doing) => terminal.error(`Looking for the cause: ${doing}...\n`),
    },
  }).catch((error: unknown) => {
    throw new DiagnosedError(diagnosis.failed(error), error);
  });
  for (const text of diagnosis.connected()) note(text);
  const { session, chip } = opened;
  session.events.on("flash.planned", ({ image }) => {
    for (const text of diagnosis.loading(image, chip.row?.flashBase)) note(text);
  });
  try {
    return await work(opened);
  } catch (error) {
    throw new DiagnosedError(await diagnosis.loadFailed(error, session, opened.clock), error);
  } finally {
    await opened.session.close().catch(() => {});
    opened.dispose();
  }
}
