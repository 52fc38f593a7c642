/** pyOCD's index of CMSIS packs, and what is looked for in it. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";

interface Search {
  readonly line: LogLine;
  readonly name: string;
  found: boolean;
}

function searches(memory: Map<string, unknown>): Search[] {
  const list = memory.get("searches") as Search[] | undefined;
  if (list !== undefined) return list;
  const none: Search[] = [];
  memory.set("searches", none);
  return none;
}

export const pyocdPacks: readonly LinePattern[] = [
  // The description of a family's pack, by which the index gets its chips.
  line(
    ["download of", "downloading ", "failed to download", "fetching "],
    6,
    /^(?=.*\bfail)(?:\d{7}\S* ?)?.{0,60}(?:download|fetch).{1,160}?\b(stm32\w\w)\w*\.pdsc\b/i,
    (match, { memory }) => {
      const failed = (memory.get("undescribed") as readonly string[] | undefined) ?? [];
      memory.set("undescribed", [...failed, match[1].toLowerCase()]);
      return [];
    },
  ),
  line(
    "pack ",
    0,
    /pyocd(?:\.exe)? +pack +(?:-f|--find|find|-i|--install|install|show|-s|--show) *=? *"?(stm32\w+)/i,
    (match, { memory, line: at }) => {
      searches(memory).push({ line: at, name: match[1], found: false });
      return [];
    },
  ),
  // What is found, or installed, is told with its pack.
  line(["keil.stm32", "stmicroelectronics"], 0, /^(?:stm32\S* .{1,80} )?keil\.stm32\w+_dfp\b/i, (_, { memory }) => {
    const last = searches(memory).at(-1);
    if (last !== undefined) last.found = true;
    return [];
  }),
];

/** Chips that were not found in an index whose description of their family could not be downloaded. */
export function finishPacks(memory: Map<string, unknown>): { line: LogLine; said: Said }[] {
  const failed = (memory.get("undescribed") as readonly string[] | undefined) ?? [];
  const all = searches(memory);
  return all
    .filter(({ name }) => failed.some((family) => name.toLowerCase().startsWith(family)))
    .filter(({ name }) => !all.some((other) => other.found && other.name === name))
    .map(({ line: at, name }) => ({ line: at, said: say("chip-unsupported", { name, has: "no-index" }) }));
}
