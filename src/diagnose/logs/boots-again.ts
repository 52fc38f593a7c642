/** What whoever asks says of the chip's next start, in a session that went well: which memory it was from, and BOOT0's level. */
import { type LinePattern, line, say } from "./log-reader.ts";

const afterReset =
  /\b(?:after|at|on|upon|with|each|every|any)\b[^.]{0,40}\b(?:resets?|power(?:[- ]?(?:up|on|cycl\w+))?|reboots?|re-?plug\w*|unplug\w*)\b/i;
const inBootLoader = /\b(?:dfu|boot ?loader|0483:df11)\b/i;
const again = /\b(?:again|always|back|still|every time|each time|once more)\b/i;
const denied = /\b(?:no longer|never|not|neither|nor|gone|without)\b|n't\b/i;

export const bootsAgain: readonly LinePattern[] = [
  line(["bootloader", "boot loader", "dfu", "0483:df11"], 0, afterReset, ({ input }, { memory }) => {
    if (memory.get("downloaded") !== true || memory.get("boot-loader") !== true) return [];
    const sentence = input.split(/(?<=[.!?])\s/).find((each) => afterReset.test(each) && inBootLoader.test(each));
    const told = sentence !== undefined && again.test(sentence) && !denied.test(sentence);
    return told ? [say("boot-memory", { memory: "system" })] : [];
  }),
  line(
    ["power", "power-cycle", "powercycle"],
    0,
    /\bpower(?:ed)?[ -]?(?:off and on|cycl(?:e|ed|ing)|it off and on|off,? (?:then )?on)\b/i,
    ({ input }, { memory }) => {
      if (memory.get("downloaded") !== true) return [];
      return denied.test(input) || /\b(?:please|should|until|if)\b/i.test(input) ? [] : [say("power-cycled", {})];
    },
  ),
  line(
    "boot0",
    0,
    /\bboot0\b[^.]{0,40}?(?:\b0(?:[.,]0+)? ?v\b|\blow\b|\bgnd\b|\bground\b|\bvss\b|[=:] ?0\b)/i,
    ({ 0: words }) => (denied.test(words) || /\bif\b|\bset\b/i.test(words) ? [] : [say("boot-pin", { level: "low" })]),
  ),
];
