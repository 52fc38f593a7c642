/** How tools write values, read. */
import { baseName } from "../../base/paths.ts";

/** `0x410`, `410`, `0X0410`: hexadecimal. */
export function hexValue(text: string): number {
  return Number.parseInt(text.replace(/^0x/i, ""), 16) >>> 0;
}

/** `3.26`, `3,26`: some tools write numbers as the system's language does. */
export function decimalValue(text: string): number {
  return Number(text.replace(",", "."));
}

/** `V2J34S7`, `v3J13M4B5S1`, `V2.J43.S7`: generation and the number behind J. */
export function probeFirmware(text: string): { text: string; generation?: number; stlink?: number } {
  const match = /V ?(\d)[. ]?J ?(\d{1,3})/i.exec(text);
  return match === null
    ? { text: text.trim() }
    : { text: text.trim(), generation: Number(match[1]), stlink: Number(match[2]) };
}

/** The last part of a path that may stand in quotes. */
export function unquotedName(path: string): string {
  return baseName(path.replace(/^["']|["']$/g, "")).trim();
}

/** Words of a command line; quotes hold words together, a backslash is no escape (Windows paths). */
export function commandWords(text: string): string[] {
  const words = (text.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []).map((word) => word.replace(/^["']|["']$/g, ""));
  return joinedPaths(words);
}

/** A path whose quotes were lost in a log, `C:\Program Files\...\X.stldr`, as one word: up to its file's extension. */
function joinedPaths(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const rest = words.slice(i + 1);
    const option = rest.findIndex((word) => word.startsWith("-"));
    const candidates = option < 0 ? rest : rest.slice(0, option);
    const end = candidates.findIndex((word) => /\.[a-z]\w{1,5}$/i.test(word));
    const isOpenPath = /^(?:[a-z]:[\\/]|\.{0,2}[\\/])/i.test(words[i]) && !/\.[a-z]\w{1,5}$/i.test(words[i]);
    if (isOpenPath && end >= 0) {
      joined.push([words[i], ...candidates.slice(0, end + 1)].join(" "));
      i += end + 1;
    } else joined.push(words[i]);
  }
  return joined;
}

/**
 * Whether a DPIDR or JTAG IDCODE can be one: bit 0 is 1, and bits 11 to 1 are a designer of JEP106, of which 0 is none, nor
 * is 127 in a bank (ADIv5 B2.2.5; IEEE 1149.1 12.1).
 */
export function isJep106(id: number): boolean {
  const code = (id >>> 1) & 0x7f;
  return (id & 1) === 1 && code !== 0 && code !== 0x7f;
}

/** Whether 32 bits are those of a line that nobody drives: all alike but for one or two. */
export function isUndriven(bits: number): boolean {
  const ones = (bits >>> 0).toString(2).replace(/0/g, "").length;
  return ones <= 2 || ones >= 30;
}
