import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { isatty } from "node:tty";

/** What asks a program to end. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What a command may do with the process it runs in; tests put another in its place. */
export interface Terminal {
  /** Writes at once: a client that waits for the ready line must see it without delay. */
  out(text: string): void;
  error(text: string): void;
  /** Progress bars are drawn only here. */
  readonly errorIsTerminal: boolean;
  /** Somebody sits there who can be asked; absent: nobody. */
  readonly inputIsTerminal?: boolean;
  /** One line of input without its end; empty when there is no more. */
  readLine?(): Promise<string>;
  /** Calls back on SIGINT, SIGTERM and SIGHUP. */
  onStop(callback: (signal?: StopSignal) => void): void;
  exit(status: number): void;
}

/** Writes all of it, though a pipe may take it in parts; a reader that has gone away is no reason to fail. */
function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") continue;
      return;
    }
  }
}

function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  return new Promise((resolve) => {
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
    });
    lines.once("close", () => resolve(""));
  });
}

export const processTerminal: Terminal = {
  out: (text) => writeAll(1, text),
  error: (text) => writeAll(2, text),
  errorIsTerminal: isatty(2),
  inputIsTerminal: isatty(0),
  readLine,
  onStop: (callback) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => callback(signal));
  },
  exit: (status) => process.exit(status),
};
