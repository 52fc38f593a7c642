import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Row } from "./row.ts";
import { median } from "./start.ts";

const measured = fileURLToPath(new URL("./memory-run.ts", import.meta.url));
const RUNS = 3;

/** By how much a process grows with virtual boards that have run for a second of theirs (ten: for a tenth), in MiB, a process each. */
export async function memoryRows(): Promise<Row[]> {
  const kinds = [
    ["memory.board-mib", "interpreter", 1],
    ["memory.translated-board-mib", "translator", 1],
    ["memory.ten-boards-mib", "interpreter", 10],
    ["memory.ten-translated-boards-mib", "translator", 10],
  ] as const;
  return kinds.map(([name, engine, boards]) => {
    const figures: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const words = ["--expose-gc", "--import", "tsx", measured, engine, String(boards)];
      figures.push(Number(execFileSync(process.execPath, words, { encoding: "utf8" })));
    }
    const [ours, spread] = median(figures);
    return { name, unit: "MiB", ours, spread };
  });
}
