/** Programs of the computer's that crashed, in the words of shells, C libraries, macOS and Windows. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** zsh and job control name the program behind the signal; make and scripts do not. */
const signal =
  /\b(segmentation fault|bus error|illegal (?:hardware )?instruction|abort trap|access violation|(?:exception|code|status):? 0xc0000005)\b(?:: \d+)?(?: *\(core dumped\))? *((?:[\w./~-]*\/)?[a-z][\w.+-]{1,40})?/i;

/** A program on the chip may end so as well, where its own output is part of the text. */
const ofTarget = /\b(?:hard ?fault|target|cfsr|firmware)\b/i;

export const crashPatterns: readonly LinePattern[] = [
  line(
    [
      "segmentation fault",
      "bus error",
      "illegal instruction",
      "illegal hardware",
      "abort trap",
      "access violation",
      "0xc0000005",
    ],
    0,
    signal,
    (match) => {
      if (ofTarget.test(match.input.slice(0, match.index))) return [];
      const program = match[2]?.replace(/^.*\//, "");
      return [say("program-crashed", { signal: match[1], ...(program !== undefined && { program }) })];
    },
  ),
];
