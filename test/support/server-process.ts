import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** The built executable under ST's name. */
export const serverProgram = fileURLToPath(new URL("../../dist/ST-LINK_gdbserver.js", import.meta.url));

/** A running server with all it has printed so far. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** stdout so far. */
  output(): string;
  errors(): string;
  /** Resolves when stdout matches, rejects after `milliseconds` or when the server ends before. */
  waitFor(pattern: RegExp, milliseconds?: number): Promise<RegExpMatchArray>;
  /** Resolves to the exit status (-signal when killed by one). */
  readonly exited: Promise<number | string>;
  /** SIGTERM, then SIGKILL after five seconds. */
  stop(): Promise<number | string>;
}

/** Below the ports that systems give to connections of their own accord (Linux: from 32768). */
const ports = { first: 20_000, pairs: 6_000 };
let asked = process.pid * 97;

/**
 * A TCP port that was free a moment ago, as is the one after it. Vitest's workers take every second pair each, and no pair
 * comes again soon, so that what one test was given is not taken by another before its server listens.
 */
export async function freePort(): Promise<number> {
  const parity = Number(process.env.VITEST_POOL_ID ?? 0) % 2;
  for (let attempt = 0; attempt < 50; attempt++) {
    const pair = (2 * asked++ + parity) % ports.pairs;
    const port = ports.first + 2 * pair;
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error("no free pair of ports found");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Starts the server on a free port; `words` follow `-p PORT`. */
export async function startServer(words: readonly string[], port?: number): Promise<ServerProcess> {
  const chosen = port ?? (await freePort());
  const child = spawn(process.execPath, [serverProgram, "-p", String(chosen), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout.on("data", (bytes) => {
    output += bytes;
    heard();
  });
  child.stderr.on("data", (bytes) => {
    errors += bytes;
  });
  const exited = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => {
      resolve(code ?? signal ?? -1);
      heard();
    });
  });
  return {
    child,
    port: chosen,
    output: () => output,
    errors: () => errors,
    exited,
    waitFor: (pattern, milliseconds = 20_000) =>
      new Promise((resolve, reject) => {
        const end = (act: () => void): void => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const failure = (why: string) =>
          new Error(`${why} before ${pattern} came; stdout:\n${output}\nstderr:\n${errors}`);
        const timer = setTimeout(() => end(() => reject(failure("time over"))), milliseconds);
        const look = (): void => {
          const match = output.match(pattern);
          if (match !== null) end(() => resolve(match));
          else if (child.exitCode !== null || child.signalCode !== null) end(() => reject(failure("server ended")));
        };
        listeners.add(look);
        look();
      }),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
      const status = await exited;
      clearTimeout(killer);
      return status;
    },
  };
}

/** Runs the server to its end (for command lines that print and exit). */
export async function runServer(
  words: readonly string[],
): Promise<{ status: number | string; out: string; err: string }> {
  const child = spawn(process.execPath, [serverProgram, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    err += bytes;
  });
  const killer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const status = await new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  clearTimeout(killer);
  return { status, out, err };
}
