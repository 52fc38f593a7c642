/** What the stlink tools say of NRST under reset, and what it is worth. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";

interface Told {
  readonly line: LogLine;
  /** Whether the target answered in that run. */
  readonly answered: boolean;
}

/**
 * The tool pulls NRST low, reads DHCSR and looks for S_RESET_ST. It does not look whether the read itself went well: of a
 * target that does not answer it says the same (stlink 1.7 at a board without power, and at one whose program took SWD away).
 */
export const nrstPattern: LinePattern = line(
  "nrst is not connected",
  10,
  // The tool's line ends here, or tells what is done instead; whoever asks about it goes on otherwise.
  /nrst is not connected(?: *-->|\W*$)/i,
  (_, { memory, line: at }) => {
    memory.set("nrst-told", at);
    return [];
  },
);

/** The end of a run, of which it is known whether the target answered. */
export function endNrst(memory: Map<string, unknown>): void {
  const at = memory.get("nrst-told") as LogLine | undefined;
  if (at === undefined) return;
  memory.delete("nrst-told");
  const runs = (memory.get("nrst-runs") as readonly Told[] | undefined) ?? [];
  memory.set("nrst-runs", [...runs, { line: at, answered: memory.get("identified") === true }]);
}

/** What the whole log tells of NRST. */
export function finishNrst(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  endNrst(memory);
  return ((memory.get("nrst-runs") as readonly Told[] | undefined) ?? []).map(({ line: at, answered }) => ({
    line: at,
    said: answered ? say("nrst-follows", { follows: false }) : say("tool-defect", { what: "nrst-unread" }),
  }));
}
