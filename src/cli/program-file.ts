import { readFileSync } from "node:fs";
import { ProbityError } from "../base/errors.ts";
import { isElf, readElfTables } from "../formats/elf.ts";
import { type BuildAttributes, readBuildAttributes } from "../formats/elf-attributes.ts";
import { type Image, readImage } from "../formats/image.ts";

/** A program file as read. */
export interface ProgramFile extends Image {
  /** What the compiler noted of the core it built for; ELF only. */
  readonly build?: BuildAttributes;
}

/**
 * Reads a program: ELF, Intel HEX, S-record, or raw binary at `baseAddress`. Throws `file-unreadable` (facts: path,
 * system), and what `readImage` throws for a file that is empty, cut short, damaged or for another kind of processor.
 */
export function readProgram(path: string, baseAddress: number | undefined): ProgramFile {
  const bytes = readFileOf(path, "program");
  const image = readImage(bytes, path, { baseAddress });
  if (image.format !== "elf" || !isElf(bytes)) return image;
  return { ...image, build: readBuildAttributes(readElfTables(bytes, path)) };
}

/** What is in a file; `what` names it in the words of the error. Throws `file-unreadable` (facts: path, system). */
export function readFileOf(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const system = systemCode(cause);
    throw new ProbityError("file-unreadable", `The ${what} ${path} cannot be read: ${reasonOf(system)}.`, {
      facts: { path, system },
      remedy: [system === "EACCES" ? "Give yourself the right to read it." : "Correct the path."],
      cause,
    });
  }
}

/** Node's code of an error of a file, such as ENOENT. */
export function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** What an error of a file means. */
export function reasonOf(system: string): string {
  return reasons[system] ?? `the system says ${system}`;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder, not a file",
  ENOTDIR: "a part of the path is a file, not a folder",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the disk can only be read",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links go in a circle",
  EMFILE: "too many files are open",
};
