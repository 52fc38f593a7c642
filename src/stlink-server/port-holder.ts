import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Holder, holderOfFile } from "../link/open-files.ts";

/** State LISTEN in `/proc/net/tcp`. */
const LISTEN = "0A";

/** The program that listens on a TCP port of this machine, as far as `/proc` of Linux tells; this one is not left out. */
export function portHolder(port: number, root = "/"): Holder | undefined {
  for (const table of ["tcp", "tcp6"]) {
    for (const inode of listeners(join(root, "proc/net", table), port)) {
      const holder = holderOfFile(`socket:[${inode}]`, root, undefined);
      if (holder !== undefined) return holder;
    }
  }
  return undefined;
}

/** Columns: number, local address `HEX:PORT`, remote address, state, five more, inode. */
function listeners(file: string, port: number): string[] {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return [];
  }
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text.split("\n").flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    return columns.length > 9 && columns[1].endsWith(wanted) && columns[3] === LISTEN ? [columns[9]] : [];
  });
}
