import { buildProgram, type Program, programs } from "./engine/programs.ts";
import { runOurs } from "./engine/run-ours.ts";
import type { Row } from "./row.ts";
import { median } from "./start.ts";

/**
 * Programs that compute, so that it is instructions that are measured and not peripherals: those two whose mix is taken
 * for that of ordinary code, memory copied, and code without loops worth the name.
 */
const mix = ["coremark", "dhrystone", "copy", "flat"];
/** As a part of what the comparison with QEMU runs: some ten or hundred million instructions. */
const PART = 10;
const RUNS = 3;

/**
 * Instructions per second of CPU time, over all programs of the mix. Host compilation is in it, but for that of the first
 * run; medians per program.
 */
export async function benchInterpreter(): Promise<Row[]> {
  const images = programs
    .filter(({ name }) => mix.includes(name))
    .map((program: Program) => buildProgram(program, Math.ceil(program.turns / PART)));
  try {
    const rates: number[] = [];
    for (const { elf } of images) runOurs(elf, "interpreter", 4);
    for (let run = 0; run < RUNS; run++) {
      let instructions = 0;
      let milliseconds = 0;
      for (const { elf } of images) {
        const { retired, cpu } = runOurs(elf, "interpreter");
        instructions += retired;
        milliseconds += cpu;
      }
      rates.push(instructions / milliseconds / 1000);
    }
    const [ours, spread] = median(rates);
    return [{ name: "interpreter.mips", unit: "million instructions a second", ours, spread }];
  } finally {
    for (const { drop } of images) drop();
  }
}
