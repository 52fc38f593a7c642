import { countedRow, type Row } from "../row.ts";
import type { Figures } from "./gdb-jobs.ts";
import { linkFigures } from "./jobs.ts";
import { openocdFigures } from "./openocd.ts";

/** Units by what of a job is counted. */
const units: Readonly<Record<string, string>> = {
  "modelled-over-chip": "of the chip's own time",
  "of-wire-limit": "of the model's limit",
  "of-swd-alone": "of SWD's limit, USB left out",
  "transfers-a-sample": "transfers a sample, looks at the run state apart",
  "looks-a-second": "looks at the run state a second",
  "gdb-exchanges": "packets of GDB's",
};

/** What says more about some rows than their units do. */
const unitsByName: Readonly<Record<string, string>> = {
  "breakpoint-bt.transfers": "transfers from `continue` on, looks until the hit included",
};

/** Rows of which more is better. */
const moreIsBetter = /\.of-(wire-limit|swd-alone)$/;

/** The rows of the link, beside that one of OpenOCD's transports which does better; the other stands with its name. */
export async function linkRows(): Promise<Row[]> {
  const ours = await linkFigures();
  const peers = await openocdFigures();
  return Object.entries(ours).map(([name, value]): Row => {
    const more = moreIsBetter.test(name);
    const others = peers
      .flatMap((peer) => (peer.figures[name] === undefined ? [] : [{ name: peer.name, value: peer.figures[name] }]))
      .sort((a, b) => (more ? b.value - a.value : a.value - b.value));
    if (others.length === 0) return countedRow(name, unitOf(name), value);
    const [best, ...rest] = others;
    const also = rest.map((other) => `; ${other.name.split(" ").at(-1)} ${Number(other.value.toFixed(3))}`).join("");
    const row = countedRow(name, unitOf(name), value, { name: `${best.name}${also}`, value: best.value });
    return more ? { ...row, ratio: value / best.value } : row;
  });
}

function unitOf(name: string): string {
  return unitsByName[name] ?? units[name.split(".")[1]] ?? "transfers";
}

/** The figures as lines that diff well. */
export function figureLines(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toFixed(4))}\n`)
    .join("");
}

/** What is worse than it was: each as a sentence. */
export function worseThan(figures: Figures, lines: string): string[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [name, text] = line.split(" ");
      const [now, was] = [Number((figures[name] ?? Number.NaN).toFixed(4)), Number(text)];
      const fine = moreIsBetter.test(name) ? now >= was : now <= was;
      return fine ? [] : [`${name} is ${now}, it was ${was}`];
    });
}
