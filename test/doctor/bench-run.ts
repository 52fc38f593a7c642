import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGdbServer } from "../../src/cli/st-compat/gdbserver.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { runVerb } from "../../src/cli/verbs.ts";
import type { Finding } from "../../src/diagnose/finding.ts";

/** What came of a command line that ran in this process. */
export interface BenchRun {
  readonly status: number;
  readonly out: string;
  readonly error: string;
  /** In the order in which they were told. */
  readonly findings: readonly Finding[];
}

/** Longest time a run may take before the test gives up, in milliseconds. */
const patience = 30_000;

/** `probity doctor --json` on a bench. */
export async function runDoctor(probe: string, ...words: readonly string[]): Promise<BenchRun> {
  const text = recording();
  const status = await inTime(runVerb(["doctor", "--json", "--probe", probe, ...words], text.terminal));
  const { findings } = text.out === "" ? { findings: [] } : (JSON.parse(text.out) as { findings: Finding[] });
  return { status, out: text.out, error: text.error, findings };
}

/** `probity flash` on a bench; every sector is erased, though it be blank. */
export function runFlash(probe: string, file: string): Promise<BenchRun> {
  return withFindings((path, text) =>
    runVerb(["flash", file, "--verify", "--full", "--probe", probe, "--findings-json", path], text.terminal),
  );
}

/** `probity loader test` on a bench. */
export function runLoaderTest(probe: string, file: string): Promise<BenchRun> {
  return withFindings((path, text) =>
    runVerb(["loader", "test", file, "--probe", probe, "--findings-json", path], text.terminal),
  );
}

/**
 * `probity gdbserver` on a bench, ended once it is ready; or, when `until` is given, once its output matches, or after
 * `seconds`.
 */
export function runServer(
  probe: string,
  words: readonly string[],
  until?: { readonly output: RegExp; readonly seconds: number },
): Promise<BenchRun> {
  return withFindings((path, text) => {
    let timer: NodeJS.Timeout | undefined;
    const ready = /^Attach with/m;
    const look = (): void => {
      if (!ready.test(text.out)) return;
      if (until === undefined || until.output.test(text.out)) text.stop();
      else timer ??= setTimeout(() => text.stop(), 1000 * until.seconds);
    };
    text.onText = look;
    const run = runGdbServer(
      "probity gdbserver",
      ["-p", "0", ...words, "--findings-json", path, "--probe", probe],
      text.terminal,
    );
    return run.finally(() => clearTimeout(timer));
  });
}

async function withFindings(run: (path: string, text: Recording) => Promise<number>): Promise<BenchRun> {
  const folder = mkdtempSync(join(tmpdir(), "probity-findings-"));
  const path = join(folder, "findings.jsonl");
  const text = recording();
  try {
    const status = await inTime(run(path, text));
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    const findings = lines.flatMap((line) => (JSON.parse(line) as { findings: Finding[] }).findings);
    return { status, out: text.out, error: text.error, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Recording {
  readonly terminal: Terminal;
  readonly out: string;
  readonly error: string;
  onText: () => void;
  stop: () => void;
}

/** A terminal that keeps what is written to it. */
function recording(): Recording {
  const text = { out: "", error: "", onText: (): void => {}, stop: (): void => {} };
  const terminal: Terminal = {
    out: (more) => {
      text.out += more;
      text.onText();
    },
    error: (more) => {
      text.error += more;
    },
    errorIsTerminal: false,
    onStop: (callback) => {
      text.stop = callback;
    },
    exit: () => {},
  };
  return Object.assign(text, { terminal });
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
