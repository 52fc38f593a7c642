/** Words of memory that GDB and OpenOCD print on request, where the address is a register that tells something. */
import { resetFlagsAt } from "../../chips/reset-cause.ts";
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { hexValue } from "./values.ts";

/** Fault and debug registers of the core (ARMv7-M B3.2, C1.6). */
const ofCore: ReadonlyMap<number, string> = new Map([
  [0xe000_ed04, "ICSR"],
  [0xe000_ed28, "CFSR"],
  [0xe000_ed2c, "HFSR"],
  [0xe000_ed34, "MMFAR"],
  [0xe000_ed38, "BFAR"],
  [0xe000_edf0, "DHCSR"],
]);

function told(address: number, value: number): Said[] {
  const name = ofCore.get(address);
  if (name !== undefined) return [say("register", { name, value, address })];
  if (address >>> 20 === 0x1ff) return [say("system-memory-word", { address, value })];
  const flags = resetFlagsAt(address, value);
  return flags === undefined ? [] : [say("reset-flags", { flags })];
}

/** How a value of GDB's history begins, `$12 = `: a word of a pattern starts with a digit. */
export const valueWords = ["1 = ", "2 = ", "3 = ", "4 = ", "5 = ", "6 = ", "7 = ", "8 = ", "9 = ", "0 = "];

/** A row of words, by the address of its first. */
function row([, start, words]: RegExpExecArray): Said[] {
  const values = words.trim().split(/\s+/);
  return values.flatMap((word, index) => told(hexValue(start) + 4 * index, hexValue(word.replace(/^0x/i, ""))));
}

/** STM32CubeProgrammer's `-r32`. */
export const programmerRows: readonly LinePattern[] = [
  line("0x", 3, /^0x([0-9a-f]{8}) : ((?:[0-9a-f]{8} {0,2}){1,8})$/i, row),
];

export const memoryWords: readonly LinePattern[] = [
  // GDB: `x/4xw 0xE000ED28`; OpenOCD: `mdw 0x40023874`, without 0x before its words.
  line(["0x"], 0, /^0x([0-9a-f]{8})(?: <[^>]{1,120}>)?:\s{1,4}((?:(?:0x)?[0-9a-f]{8}\s{0,4}){1,8})$/i, row),
  // `p/x *(unsigned int *)0x40023874`, and the value in the next line.
  line(
    ["print", "p ", "p/"],
    0,
    /^p(?:rint)?(?:\/\w+)? +\*.{0,60}\)? *0x([0-9a-f]{8})$/i,
    (match, { memory, line: at }) => {
      memory.set("asked", { address: hexValue(match[1]), line: at.number });
      return [];
    },
  ),
  line(valueWords, 0, /^\$\d{1,4} = (?:0x([0-9a-f]{1,8})|(\d{1,10}))$/i, (match, { memory, line: at }) => {
    const asked = memory.get("asked") as { address: number; line: number } | undefined;
    if (asked === undefined || at.number - asked.line !== 1) return [];
    return told(asked.address, match[1] === undefined ? Number(match[2]) : hexValue(match[1]));
  }),
];
