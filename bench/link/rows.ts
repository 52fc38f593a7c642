import { countedRow, type Row } from "../row.ts";
import { type Figures, linkFigures } from "./jobs.ts";
import { openocdFigures } from "./openocd.ts";

/** Units by what of a job is counted. */
const units: Readonly<Record<string, string>> = {
  "modelled-over-chip": "of the chip's own time",
  "of-wire-limit": "of the wire's limit",
  "transfers-a-sample": "transfers a sample",
  "gdb-exchanges": "packets of GDB's",
};

/** Rows of which more is better. */
const moreIsBetter = "of-wire-limit";

/** The rows of the link, with OpenOCD beside those that it can do: a row for each of its transports. */
export async function linkRows(): Promise<Row[]> {
  const ours = await linkFigures();
  const peers = await openocdFigures();
  return Object.entries(ours).flatMap(([name, value]): Row[] => {
    const rows = peers.flatMap(({ name: peerName, figures }): Row[] => {
      const peer = figures[name];
      if (peer === undefined) return [];
      const row = countedRow(name, unitOf(name), value, { name: peerName, value: peer });
      return [name.endsWith(moreIsBetter) ? { ...row, ratio: value / peer } : row];
    });
    return rows.length > 0 ? rows : [countedRow(name, unitOf(name), value)];
  });
}

function unitOf(name: string): string {
  return units[name.split(".")[1]] ?? "transfers";
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
      const fine = name.endsWith(moreIsBetter) ? now >= was : now <= was;
      return fine ? [] : [`${name} is ${now}, it was ${was}`];
    });
}
