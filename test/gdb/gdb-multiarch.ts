import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface GdbRun {
  readonly output: string;
  readonly status: number | null;
}

/**
 * Runs `gdb-multiarch` on a script of commands. GDB ends such a script at its first error with status 1. The process is
 * killed after `milliseconds`.
 */
export async function runGdb(commands: readonly string[], milliseconds = 30_000): Promise<GdbRun> {
  const folder = await mkdtemp(join(tmpdir(), "gdb-"));
  const script = join(folder, "commands.gdb");
  writeFileSync(script, ["set pagination off", "set confirm off", "set width 0", ...commands, ""].join("\n"));
  const gdb = spawn("gdb-multiarch", ["-nx", "-batch", "-x", script], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    return await collect(gdb, milliseconds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function collect(gdb: ChildProcess, milliseconds: number): Promise<GdbRun> {
  let output = "";
  gdb.stdout?.on("data", (bytes) => (output += bytes));
  gdb.stderr?.on("data", (bytes) => (output += bytes));
  const timer = setTimeout(() => {
    output += "\n(killed: took too long)\n";
    gdb.kill("SIGKILL");
  }, milliseconds);
  return new Promise((resolve, reject) => {
    gdb.once("error", reject);
    gdb.once("close", (status) => {
      clearTimeout(timer);
      resolve({ output, status });
    });
  });
}

/** A GDB under its machine interface, as IDEs use it. */
export class MiGdb {
  readonly #gdb: ChildProcess;
  readonly #waiters: {
    readonly pattern: RegExp;
    readonly resolve: (line: string) => void;
    readonly timer: NodeJS.Timeout;
  }[] = [];
  readonly lines: string[] = [];
  #rest = "";
  #token = 0;
  /** Lines before this one were looked at by `until`. */
  #seen = 0;

  constructor(...args: readonly string[]) {
    this.#gdb = spawn("gdb-multiarch", ["-nx", "-q", "-i=mi3", ...args], { stdio: ["pipe", "pipe", "pipe"] });
    this.#gdb.stdout?.on("data", (bytes) => {
      const parts = (this.#rest + bytes).split("\n");
      this.#rest = parts.pop() ?? "";
      for (const line of parts) this.#line(line);
    });
  }

  /** Sends a command and resolves to its result record; rejects when that is an error. */
  async command(text: string, milliseconds = 20_000): Promise<string> {
    const token = ++this.#token;
    this.#gdb.stdin?.write(`${token}${text}\n`);
    const line = await this.#find(new RegExp(`^${token}\\^`), 0, milliseconds, text);
    if (line.startsWith(`${token}^error`)) throw new Error(`${text}: ${line}`);
    return line;
  }

  /** The next line after those already awaited that matches. */
  async until(pattern: RegExp, milliseconds = 20_000): Promise<string> {
    const line = await this.#find(pattern, this.#seen, milliseconds, String(pattern));
    this.#seen = this.lines.lastIndexOf(line) + 1;
    return line;
  }

  /** Everything said so far counts as seen. */
  forget(): void {
    this.#seen = this.lines.length;
  }

  async quit(): Promise<void> {
    if (this.#gdb.exitCode !== null) return;
    const closed = new Promise<void>((resolve) => this.#gdb.once("close", () => resolve()));
    this.#gdb.stdin?.write("-gdb-exit\n");
    const timer = setTimeout(() => this.#gdb.kill("SIGKILL"), 3000);
    await closed;
    clearTimeout(timer);
  }

  #line(line: string): void {
    this.lines.push(line);
    for (const waiter of [...this.#waiters]) {
      if (!waiter.pattern.test(line)) continue;
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      clearTimeout(waiter.timer);
      waiter.resolve(line);
    }
  }

  #find(pattern: RegExp, from: number, milliseconds: number, what: string): Promise<string> {
    const ready = this.lines.slice(from).find((line) => pattern.test(line));
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`GDB did not answer ${what}; it said:\n${this.lines.slice(-30).join("\n")}`));
      }, milliseconds);
      this.#waiters.push({ pattern, resolve, timer });
    });
  }
}
