/** What GDB misses of a program's file: its symbols, or which line of source an instruction is of. */
import { baseName } from "../../base/paths.ts";
import { type LineContext, type LinePattern, line, type Said, say } from "./log-reader.ts";

/** A command was refused that needs what the file lacks. */
function wanted({ memory }: LineContext, what: "lines" | "file"): Said[] {
  const path = memory.get("without-debug") as string | undefined;
  return [say("debug-info-missing", { what, ...(path !== undefined && path !== "" && { path: baseName(path) }) })];
}

export const gdbSymbols: readonly LinePattern[] = [
  line("no debugging symbols found", 4, /no debugging symbols found(?: in (.{1,300}?))?\)/i, (match, { memory }) => {
    memory.set("without-debug", match[1] ?? "");
    return [];
  }),
  line("reading symbols from", 0, /^reading symbols from \S/i, ({ input }, { memory }) => {
    memory.set("with-file", true);
    memory.set("elf", /\.(?:elf|axf|out)\b/i.test(input));
    return [];
  }),
  line("no symbol table", 4, /^no symbol table is loaded\b/i, (_, context) => {
    const { memory } = context;
    // Of the machine interface GDB's records say so as well, and of a file that is yet to be loaded.
    return wanted(context, memory.has("without-debug") || memory.get("with-file") === true ? "lines" : "file");
  }),
  line("which has no line number information", 4, /^which has no line number information\b/i, (_, context) =>
    wanted(context, "lines"),
  ),
  line(
    ["no source file named", "no line number", "function "],
    0,
    /^(?:no source file named|no line number|function "[\w:~]{1,120}" not defined)/i,
    (_, context) => (context.memory.has("without-debug") ? wanted(context, "lines") : []),
  ),
];
