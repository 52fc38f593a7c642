/** A list of OpenOCD's folder of scripts, which somebody made to see what is there. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";

/** A file of Tcl, with or without its folder. */
const script = /^(?:\S{0,200}[\\/])?([\w.+-]{1,60}\.(?:cfg|tcl))$/i;
/** How `ls -l`, and `dir` of Windows, begin a line that ends in a file's name. */
const withDetails = /^-[rwxst-]{9}[.+@]? |^\d{1,4}[./-]\d{1,2}[./-]\d{1,4} /;

/** Begins and ends with such a file. */
const list = /^(?:-[rwxst-]{9}.{1,80} |\d{1,4}[./-]\d.{1,60} )?\S{1,250}\.(?:cfg|tcl)(?:\s.{0,500}\.(?:cfg|tcl))?$/i;

/** More than any folder of them has. */
const MOST = 2_000;

interface Listed {
  readonly line: LogLine;
  readonly names: string[];
}

/** The files that a line lists, and nothing else is in it. */
function filesOf(text: string): string[] {
  const words = text.trim().split(/\s+/);
  const names = words.flatMap((word) => script.exec(word)?.[1] ?? []);
  return names.length === words.length || (names.length === 1 && withDetails.test(text)) ? names : [];
}

export const listedScripts: readonly LinePattern[] = [
  line(["stm32", "stlink"], 0, list, ({ input }, { line: at, memory }) => {
    const before = (memory.get("listed-scripts") as Listed | undefined)?.names ?? [];
    const names = input.length < 600 && before.length < MOST ? filesOf(input) : [];
    before.push(...names);
    if (names.length > 0) memory.set("listed-scripts", { line: at, names: before } satisfies Listed);
    return [];
  }),
];

/** All that were listed. */
export function finishListed(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const listed = memory.get("listed-scripts") as Listed | undefined;
  return listed === undefined ? [] : [{ line: listed.line, said: say("scripts-listed", { names: listed.names }) }];
}
