import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";

/** Starts a program that Linux ends with this process, in whatever way this process ends. */
export function spawnBound(program: string, words: readonly string[], stdio: StdioOptions): ChildProcess {
  return spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...words], { stdio });
}
