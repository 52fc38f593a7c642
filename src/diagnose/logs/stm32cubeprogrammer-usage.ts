/** What STM32CubeProgrammer says of a command line that it does not take. */
import { type LinePattern, line, say } from "./log-reader.ts";

export const programmerUsage: readonly LinePattern[] = [
  // A raw image has no address in it, as .hex and .elf have.
  line(
    ["address"],
    6,
    /^error: *(?:you )?(?:must|need to|have to|please) (?:enter|specify|give|provide|set)\b.{0,30}\baddress\b.*/i,
    ({ input }) => [
      say("option-unknown", { option: `"${input.replace(/^error: */i, "").trim()}"`, refused: "address" }),
    ],
  ),
  line("wrong verify command use", 8, /wrong verify command use/i, () => [
    say("option-unknown", { option: "-v (it has to stand right behind -w)" }),
  ]),
  line("input value", 8, /input value *:? *(\S+) for option byte *:? *(\w+),? is not valid/i, (match) => [
    say("option-unknown", { option: `the option byte ${match[2]} (${match[1]})`, refused: "value" }),
  ]),
  // What is wrong with a command line is said in a few words of its grammar.
  line(
    ["wrong ", "missing ", "invalid ", "unknown ", "bad ", "parameter ", "argument ", "no connect"],
    2,
    /^error: *(?=.*\b(?:arguments?|parameters?|commands?|options?|syntax|address format|frequency|baud ?rate|number of|sector(?:s|'s)? (?:code|index|number))\b)(?!.*\boption byte)(?!.*\bprotect)(?!.*\bnot acknowledged)(?!.*: *-)(?:wrong|missing|invalid|unknown|bad|incorrect|(?:parameter|argument|option)\b.*(?:missing|invalid|wrong|not (?:supported|valid)))\b.*/i,
    ({ input }, { memory }) =>
      memory.get("identified") === true && memory.get("operation") !== undefined
        ? []
        : [say("option-unknown", { option: `"${input.replace(/^error: */i, "").trim()}"`, refused: "words" })],
  ),
  // Families name their option bytes differently, and releases have renamed some.
  line("option byte", 8, /\boption bytes?:? *["']?(\w{1,30})["']?,? does(?: not|n't) exist/i, (match) => [
    say("option-unknown", { option: `the option byte "${match[1]}" for this chip` }),
  ]),
];
