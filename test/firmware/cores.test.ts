import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import type { Board, BoardOptions } from "../../src/sim/boards/board.ts";

const folder = fileURLToPath(new URL("cores/", import.meta.url));

/** Compiles cores/NAME.c to start at `origin` and returns the flash image. */
function buildCore(name: string, optimisation: string, origin = 0x08000000): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), "probity-cores-"));
  try {
    const elf = join(work, "program.elf");
    const flags = ["-mcpu=cortex-m3", "-mthumb", "-std=gnu11", "-ffreestanding", "-Wall", "-Werror", "-nostdlib"];
    const sources = ["core.c", `${name}.c`].map((file) => join(folder, file));
    const link = [`-Wl,--defsym=FLASH_ORIGIN=${origin}`, `-T${join(folder, "core.ld")}`, "-Wl,--build-id=none"];
    execFileSync("arm-none-eabi-gcc", [
      ...flags,
      optimisation,
      "-fno-tree-loop-distribute-patterns",
      ...sources,
      ...link,
      "-lgcc",
      "-o",
      elf,
    ]);
    const image = join(work, "program.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, image]);
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(work, { recursive: true });
  }
}

interface Program {
  readonly milliseconds: number;
  readonly options?: BoardOptions;
  readonly wiring?: (board: Board) => void;
  readonly passes: number;
}

const programs: Readonly<Record<string, Program>> = {
  hal: { milliseconds: 12_000, passes: 35 },
  maple: {
    milliseconds: 400,
    passes: 17,
    options: { eeprom: { bus: "I2C1" } },
    wiring: (board) => board.chip.setAnalog(0, 1.65),
  },
};

/** Runs a program to its END and returns its lines. */
function run(board: Board, milliseconds: number): string[] {
  let text = "";
  const heard = board.onUart("usart1", (byte) => {
    text += String.fromCharCode(byte);
  });
  for (let spent = 0; spent < milliseconds && !text.includes("END\n"); spent += 5) board.chip.advance(5e6);
  heard.dispose();
  return text.trimEnd().split("\n");
}

describe.each(["-Os", "-O0"])("programs in the manner of other people's cores, built with %s", (optimisation) => {
  it.each(Object.entries(programs))("%s", (name, { milliseconds, options = {}, wiring, passes }) => {
    const flash = [{ address: 0x08000000, data: buildCore(name, optimisation) }];
    const board = createBluePill({ ...options, flash });
    wiring?.(board);
    const lines = run(board, milliseconds);
    expect(lines.filter((line) => !line.startsWith("PASS "))).toEqual(["END"]);
    expect(lines).toHaveLength(passes + 1);
  });
});
