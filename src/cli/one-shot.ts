import { type OpenedSession, openSession } from "../session/open-session.ts";
import { parseProbeSpec } from "../session/probe-spec.ts";
import { loaderFolders, loaderFoldersVariable, openLoader } from "./find-loaders.ts";
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
}

/**
 * Opens a session for one piece of work and closes it afterwards, whatever happened. The core was reset and is halted.
 * Init() of the loaders is left to the work.
 */
export async function withTarget<Result>(
  options: TargetOptions,
  terminal: Terminal,
  work: (opened: OpenedSession) => Promise<Result>,
): Promise<Result> {
  const folders = loaderFolders("", process.env[loaderFoldersVariable]);
  const files = (options.loader ?? []).map((name) => ({ loader: openLoader(name, folders), initAfterReset: false }));
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
    note: (text) => terminal.error(`${noticeLines(text).join("\n")}\n`),
  });
  try {
    return await work(opened);
  } finally {
    await opened.session.close().catch(() => {});
    opened.dispose();
  }
}
