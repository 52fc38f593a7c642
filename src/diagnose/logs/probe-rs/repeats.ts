/** A message of the program's that comes again and again, with the time that it was sent at. */
import { type LinePattern, line, say } from "../log-reader.ts";

/** So often in a row no program sends a message within one step of its clock. */
const OFTEN = 5;

export const repeatPatterns: readonly LinePattern[] = [
  line(
    ["info ", "debug ", "trace ", "warn ", "error "],
    0,
    /^[\d.:]{1,20} +\[?(?:info|debug|trace|warn|error)\]? +\S/i,
    ({ input }, { memory }) => {
      const last = memory.get("message") as { readonly text: string; readonly count: number } | undefined;
      const count = last?.text === input ? last.count + 1 : 1;
      memory.set("message", { text: input, count });
      return count === OFTEN ? [say("rtt-repeats", { count })] : [];
    },
  ),
];
