/** The tick of ST's HAL, as a user looks at it in GDB more than once, with the program let run in between. */
import { type LinePattern, line, say } from "./log-reader.ts";
import { valueWords } from "./memory-words.ts";

export const gdbTick: readonly LinePattern[] = [
  line("uwtick", 0, /(?:^|\) *)(?:p|print|output)(?:\/\w)? uwTick$/, (_, { memory, line: at }) => {
    memory.set("asks-tick", at.number);
    return [];
  }),
  line("continuing.", 0, /^continuing\.$/i, (_, { memory }) => {
    memory.set("ran-since-tick", true);
    return [];
  }),
  line(valueWords, 0, /^\$\d{1,4} = ((?:0x)?[0-9a-f]{1,10})$/i, (match, { memory, line: at }) => {
    if (at.number - ((memory.get("asks-tick") as number | undefined) ?? -9) !== 1) return [];
    const same = memory.get("tick") === match[1] && memory.get("ran-since-tick") === true;
    memory.set("tick", match[1]);
    memory.delete("ran-since-tick");
    return same ? [say("tick-stopped", { value: match[1] })] : [];
  }),
];
