import { ProbityError } from "../base/errors.ts";

/** A record of a text format with the line it stands in, counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines of a text file that are not empty, without white space at their ends; a byte order mark is dropped. */
export function recordLines(bytes: Uint8Array): Line[] {
  const text = new TextDecoder("latin1").decode(bytes).replace(/^\u00ef\u00bb\u00bf/, "");
  return text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== "");
}

/** Bytes of `text` from `start`, two hexadecimal digits each; the caller has checked that they are digits. */
export function hexBytes(text: string, start: number): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(start), "hex"));
}

/** The error that a line of a text format is not what it should be. */
export function lineError(code: string, fileName: string, line: number, what: string): ProbityError {
  return new ProbityError(code, `${fileName}, line ${line}: ${what}.`, {
    facts: { line },
    remedy: ["Make the file again; it was damaged, cut short or edited by hand."],
  });
}
