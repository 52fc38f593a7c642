import { ProbityError } from "../base/errors.ts";

/** The error that a file of a project is not what it should be: file, line (from 1) and what is wrong there. */
export function projectFileError(
  code: string,
  fileName: string,
  line: number | undefined,
  what: string,
  remedy: readonly string[],
): ProbityError {
  const place = line === undefined ? fileName : `${fileName}, line ${line}`;
  return new ProbityError(code, `${place}: ${what}.`, {
    facts: { file: fileName, ...(line !== undefined && { line }) },
    remedy,
  });
}

/** Tells the line, counted from 1, of a place in a text. */
export function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 1);
  };
}
