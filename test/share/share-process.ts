import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the built executables are. */
const folder = process.env.PROBITY_DIST ?? fileURLToPath(new URL("../../dist/", import.meta.url));

/** A program that runs beside the test, with all that it has said so far on both streams. */
export interface Running {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves when the output matches; rejects after `milliseconds` or when the program ends before. */
  waitFor(pattern: RegExp, milliseconds?: number): Promise<RegExpMatchArray>;
  /** Resolves to the exit status, or the signal that killed it. */
  readonly exited: Promise<number | string>;
  /** Sends the signal (SIGTERM), after five seconds SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface ShareProcess extends Running {
  readonly port: number;
  /** Resident memory of the process in bytes, from `/proc`. */
  memory(): number;
}

/** Starts a program, with more in its environment. */
export function startProgram(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  let output = "";
  const listeners = new Set<() => void>();
  const hear = (bytes: unknown): void => {
    output += bytes;
    for (const listener of [...listeners]) listener();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve(code ?? signal ?? -1);
      for (const listener of [...listeners]) listener();
    });
  });
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    output: () => output,
    exited,
    waitFor: (pattern, milliseconds = 20_000) =>
      new Promise((resolve, reject) => {
        const end = (act: () => void): void => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const failed = (why: string): Error => new Error(`${why} before ${pattern} came:\n${output}`);
        const timer = setTimeout(() => end(() => reject(failed("time over"))), milliseconds);
        const look = (): void => {
          const match = output.match(pattern);
          if (match !== null) end(() => resolve(match));
          else if (over()) end(() => reject(failed("the program ended")));
        };
        listeners.add(look);
        look();
      }),
    stop: async (signal = "SIGTERM") => {
      if (!over()) child.kill(signal);
      const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
      const status = await exited;
      clearTimeout(killer);
      return status;
    },
  };
}

/** Starts a built executable of this project. */
export function startProbity(words: readonly string[], environment?: Readonly<Record<string, string>>): Running {
  return startProgram(process.execPath, [join(folder, "probity.js"), ...words], environment);
}

/** `probity share` on a port of its own; resolves once clients can connect. */
export async function startShare(words: readonly string[]): Promise<ShareProcess> {
  const running = startProbity(["share", "--port", "0", ...words]);
  const [, port] = await running.waitFor(/ on 127\.0\.0\.1:(\d+)\. Ctrl-C ends\./);
  const memory = (): number => {
    const status = readFileSync(`/proc/${running.child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  };
  return { ...running, port: Number(port), memory };
}
