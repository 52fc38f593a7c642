/** STM32_SigningTool_CLI, which comes with STM32CubeProgrammer. */
import { type LinePattern, line, say } from "./log-reader.ts";

const tool = "stm32cubeprogrammer";

export const signingTool: readonly LinePattern[] = [
  line(
    ["stm32 signing tool", "stm32_signingtool"],
    10,
    /stm32[ _]signing ?tool(?:_cli)?(?:\.exe)?(?: +v(\d[\d.]*\d))?/i,
    (match, { memory }) => {
      memory.set("signing", true);
      if (match[1] !== undefined) {
        memory.set("signing-release", match[1]);
        return [say("tool", { name: tool, version: match[1] })];
      }
      // A command line; its banner comes behind it.
      if (/\s-{1,2}(?:hv|of|nk|bin|in)\b/i.test(match.input)) {
        memory.set("aligned", /\s-{1,2}align\b/i.test(match.input));
      }
      return [];
    },
  ),
  line("header version", 4, /^header version (\d(?:\.\d)?) preparation/i, (match, { memory }) => {
    const release = memory.get("signing-release") as string | undefined;
    const aligned = memory.get("aligned") as boolean | undefined;
    return [
      say("image-signed", {
        header: match[1],
        ...(release !== undefined && { release }),
        ...(aligned !== undefined && { aligned }),
      }),
    ];
  }),
  line(
    ["error", "wrong ", "bad "],
    0,
    /^error: *.*\b(password|passphrase|header[ -]version)\b.*(?:wrong|bad|incorrect|invalid|not (?:supported|valid))|^error: *(?:wrong|bad|incorrect|invalid|unsupported) .{0,20}\b(password|passphrase|header[ -]version)\b/i,
    (match, { memory }) => {
      if (memory.get("signing") !== true) return [];
      const option = /version/i.test(match[1] ?? match[2]) ? "-hv (header version)" : "-pwd (the password of the key)";
      return [say("option-unknown", { option, refused: "value" })];
    },
  ),
  // From 2.21 on it moves the payload to 0x400 only when it is told to.
  line(
    ["warning", "the payload", "payload"],
    0,
    /^(?!.*option byte).*\b(?:not aligned|--?align\b|padding)/i,
    ({ input }, { memory }) =>
      memory.get("signing") === true && /align/i.test(input) && !/^"?\S*stm32_signingtool/i.test(input)
        ? [say("image-unusable", { unaligned: true })]
        : [],
  ),
];
