import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/server-process.ts";
import { atEnd, pause } from "./bench.ts";

/** Where the built executables are; PROBITY_TEST_DIST names another folder. */
const dist = process.env.PROBITY_TEST_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));
export const program = join(dist, "probity.js");
const serverProgram = join(dist, "ST-LINK_gdbserver.js");

export interface Running {
  readonly child: ChildProcess;
  /** For GDB. */
  readonly port: number;
  out(): string;
  errors(): string;
  until(what: RegExp): Promise<void>;
  readonly ended: Promise<number | string>;
  stop(): Promise<number | string>;
}

/** Starts `ST-LINK_gdbserver -t` with `sharedPort` in place of 7184. */
export async function gdbserver(sharedPort: number, ...words: string[]): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [serverProgram, "-t", "-d", "-p", String(port), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PROBITY_SHARED_PORT: String(sharedPort) },
  });
  let out = "";
  let errors = "";
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    errors += bytes;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<number | string> => {
    if (running()) child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
    const status = await ended;
    clearTimeout(killer);
    return status;
  };
  atEnd(stop);
  const until = async (what: RegExp): Promise<void> => {
    for (const end = performance.now() + 30_000; !what.test(out); await pause(10)) {
      if (performance.now() > end || !running()) throw new Error(`${what} did not come; there is:\n${out}\n${errors}`);
    }
  };
  return { child, port, out: () => out, errors: () => errors, until, ended, stop };
}

/** A port for a shared server; what listens there when the test ends is ended. */
export async function sharedPort(): Promise<number> {
  const port = await freePort();
  atEnd(async () => {
    for (const pid of sharers(port)) process.kill(pid);
    await unshared(port);
  });
  return port;
}

/** Servers that were started in the background for this port. */
export function sharers(port: number): number[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      return words[1] === program && words[2] === "share" && words[4] === String(port) ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

/** Resolves once no server of ours is left for this port. */
export async function unshared(port: number, milliseconds = 15_000): Promise<void> {
  for (const end = performance.now() + milliseconds; sharers(port).length > 0; await pause(50)) {
    if (performance.now() > end) throw new Error(`the server on port ${port} does not end`);
  }
}
