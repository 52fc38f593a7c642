import { readFileSync } from "node:fs";
import { readElf } from "../src/formats/elf.ts";
import { createBoard } from "../src/sim/boards/boards.ts";
import type { EngineName } from "../src/sim/cpu/cpu.ts";

/** `memory-run.ts ENGINE BOARDS`: prints by how many MiB the process has grown with so many boards. */
const [engine, boards] = process.argv.slice(2);
const { segments } = readElf(readFileSync(new URL("../firmware/inspect/inspect.elf", import.meta.url)), "inspect.elf");

const resident = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
};

const kept: unknown[] = [];
const before = resident();
for (let index = 0; index < Number(boards); index++) {
  const board = createBoard("bluepill", { flash: segments, engine: engine as EngineName });
  board.chip.advance(Number(boards) === 1 ? 1e9 : 0.1e9);
  kept.push(board);
}
console.log(resident() - before);
