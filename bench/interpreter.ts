import { readFileSync } from "node:fs";
import { readElf } from "../src/formats/elf.ts";
import { createBoard } from "../src/sim/boards/boards.ts";
import type { Row } from "./row.ts";

/** Virtual milliseconds of a program that never sleeps. */
const milliseconds = 1000;

/** Instructions a second of wall time, median of five. The one figure here that depends on the machine. */
export async function benchInterpreter(): Promise<Row[]> {
  const { segments } = readElf(
    readFileSync(new URL("../firmware/inspect/inspect.elf", import.meta.url)),
    "inspect.elf",
  );
  const figures: number[] = [];
  for (let run = 0; run < 5; run++) {
    const board = createBoard("bluepill", { flash: segments });
    board.chip.advance(100e6);
    const retired = board.chip.cpu.retired;
    const started = performance.now();
    board.chip.advance(milliseconds * 1e6);
    figures.push((board.chip.cpu.retired - retired) / (performance.now() - started) / 1000);
  }
  figures.sort((a, b) => a - b);
  const spread = (figures[4] - figures[0]) / figures[2];
  return [{ name: "interpreter.mips", unit: "million instructions a second", ours: figures[2], spread }];
}
