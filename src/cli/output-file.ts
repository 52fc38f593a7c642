import { existsSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ProbityError } from "../base/errors.ts";
import { intelHexOf, srecOf } from "../formats/write-image.ts";
import { reasonOf, systemCode } from "./program-file.ts";

export type OutputFormat = "binary" | "intel-hex" | "srec";

const endings: readonly (readonly [RegExp, OutputFormat])[] = [
  [/\.bin$/i, "binary"],
  [/\.(hex|ihex|ihx)$/i, "intel-hex"],
  [/\.(srec|s19|s28|s37|mot)$/i, "srec"],
];

/** A file that may be written, and in what format. */
export interface OutputFile {
  readonly path: string;
  readonly format: OutputFormat;
  readonly force: boolean;
}

/**
 * Checks a file before there is anything to write into it. Throws `file-format-unknown` for an ending that names none,
 * `file-exists` unless `force` is given, and `file-unwritable` for a folder that is not there or a path that is a folder.
 */
export function outputFile(path: string, force = false): OutputFile {
  const format = endings.find(([ending]) => ending.test(path))?.[1];
  const status = existsSync(path) ? statSync(path) : undefined;
  if (status?.isDirectory()) throw unwritable(path, "EISDIR");
  if (format === undefined) {
    throw new ProbityError("file-format-unknown", `The name ${path} does not say in which format to write.`, {
      facts: { path },
      remedy: ["End it with .bin (raw), .hex (Intel HEX) or .srec (S-record)."],
    });
  }
  if (status !== undefined && !force) throw exists(path);
  if (!existsSync(dirname(path))) throw unwritable(path, "ENOENT");
  return { path, format, force };
}

/** Writes the content of memory at `address`. Throws `file-exists` or `file-unwritable`. */
export function writeOutput({ path, format, force }: OutputFile, address: number, data: Uint8Array): void {
  const content = format === "binary" ? data : format === "srec" ? srecOf(address, data) : intelHexOf(address, data);
  try {
    writeFileSync(path, content, { flag: force ? "w" : "wx" });
  } catch (error) {
    const system = systemCode(error);
    throw system === "EEXIST" ? exists(path) : unwritable(path, system, error);
  }
}

function exists(path: string): ProbityError {
  return new ProbityError("file-exists", `${path} is there already, and was left as it is.`, {
    facts: { path },
    remedy: ["Choose another name, or give --force to overwrite it."],
  });
}

function unwritable(path: string, system: string, cause?: unknown): ProbityError {
  return new ProbityError("file-unwritable", `${path} cannot be written: ${reasonOf(system)}.`, {
    facts: { path, system },
    remedy: ["Choose a file in a folder that is there and that you may write to."],
    cause,
  });
}
