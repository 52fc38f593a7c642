import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** A program that has a file or a socket open. */
export interface Holder {
  readonly name: string;
  readonly pid: number;
}

/**
 * The program that has a file open whose name in `/proc/PID/fd` is `file` (`/dev/...`, `socket:[...]`), as far as `/proc` of
 * Linux tells: it shows the open files of this user's programs, and to root those of all. `undefined` when none is seen, or
 * where there is no such folder. `root`: where `/proc` is found; `self` is left out.
 */
export function holderOfFile(file: string, root = "/", self: number | undefined = process.pid): Holder | undefined {
  for (const entry of list(join(root, "proc"))) {
    if (!/^\d+$/.test(entry) || Number(entry) === self) continue;
    const folder = join(root, "proc", entry);
    const files = list(join(folder, "fd"));
    if (files.some((open) => target(join(folder, "fd", open)) === file)) {
      return { name: nameOf(folder), pid: Number(entry) };
    }
  }
  return undefined;
}

function nameOf(folder: string): string {
  try {
    return readFileSync(join(folder, "comm"), "utf8").trim();
  } catch {
    return "a program";
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
