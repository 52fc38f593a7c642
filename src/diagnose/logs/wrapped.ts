import type { LogLine } from "./log-reader.ts";

/** Columns at which terminals, mail programs and forms wrap. */
const columns = [72, 76, 78, 79, 80, 100, 120, 132];

/**
 * Whether a line may be the rest of the one before it, which was wrapped: its first word would not have fitted. A line
 * with a prefix of its own starts anew.
 */
export function continues(before: string, line: LogLine): boolean {
  if (before.length < 40 || line.seconds !== undefined || line.text === "") return false;
  const blank = line.text.indexOf(" ");
  const word = blank < 0 ? line.text.length : blank;
  return columns.some((column) => before.length <= column + 8 && before.length + 1 + word > column);
}
