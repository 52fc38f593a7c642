/** Programs of the computer's that crashed, in the words of shells, C libraries, macOS and Windows. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** zsh and job control name the program behind the signal; make and scripts do not. */
const signal =
  /\b(segmentation fault|bus error|illegal (?:hardware )?instruction|abort trap|access violation|(?:exception|code|status):? 0xc0000005)\b(?:: \d+)?(?: *\(core dumped\))? *((?:[\w./~-]*\/)?[a-z][\w.+-]{1,40})?/i;

/**
 * How Windows ends a program, as build tools print its status: in decimal, of NTSTATUS (ntstatus.h). What is no crash is
 * left out: 0xC000013A is Ctrl-C, and a library that is missing (0xC0000135) has its own words.
 */
const statuses: ReadonlyMap<number, string> = new Map([
  [0xc0000005, "access violation, 0xC0000005"],
  [0xc000001d, "illegal instruction, 0xC000001D"],
  [0xc00000fd, "stack overflow, 0xC00000FD"],
  [0xc0000374, "heap corruption, 0xC0000374"],
  [0xc0000409, "stack buffer overrun, 0xC0000409"],
]);

/** A program on the chip may end so as well, where its own output is part of the text. */
const ofTarget = /\b(?:hard ?fault|target|cfsr|firmware)\b/i;

export const crashPatterns: readonly LinePattern[] = [
  line(
    ["exited with status", "exit status", "exit code", "returned exit"],
    0,
    /\b(?:exit(?:ed)?|returned)\b.{0,30}?\b(?:status|code):? *(32212\d{5}|-10737\d{5})\b(?:: *(\S{1,200}))?/i,
    (match) => {
      const status = Number(match[1]) >>> 0;
      const program = match[2]?.replace(/^.*[\\/]/, "").replace(/\.exe\b.*$/i, "");
      const signal = statuses.get(status);
      return signal === undefined ? [] : [say("program-crashed", { signal, ...(program && { program }) })];
    },
  ),
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
