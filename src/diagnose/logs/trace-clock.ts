/** The core's clock, as a trace by SWO is set up for it and as the program has it. */
import { type LinePattern, line, type Said, say } from "./log-reader.ts";
import { decimalValue } from "./values.ts";

const units: Readonly<Record<string, number>> = { h: 1, k: 1_000, m: 1_000_000 };

function clock(amount: string, unit: string | undefined): Said[] {
  const hertz = Math.round(decimalValue(amount) * (units[(unit ?? "h")[0].toLowerCase()] ?? 1));
  return [say("option", { name: "cpu-clock", value: String(hertz) })];
}

export const traceClock: readonly LinePattern[] = [
  line(["swv itm data console", "serial wire viewer"], 10, /\bswv itm data console\b|\bserial wire viewer\b/i),
  // The field of the Debugger tab, under Serial Wire Viewer.
  line("core clock", 2, /\bcore clock(?: \(([km]?hz)\))? *[:=] *(\d{1,9}(?:[.,]\d{1,6})?) *([km]?hz)?\b/i, (match) =>
    clock(match[2], match[1] ?? match[3]),
  ),
  line("systemcoreclock", 2, /\bSystemCoreClock\b\D{1,60}?(\d{6,9})\b/i, (match) => [
    say("core-clock", { hertz: Number(match[1]) }),
  ]),
];
