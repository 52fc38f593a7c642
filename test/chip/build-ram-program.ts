import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("firmware-f4/", import.meta.url));

/** A program that runs in RAM from 0x20000000. */
export interface RamProgram {
  readonly bytes: Uint8Array;
  /** Addresses of its functions and variables. */
  readonly symbols: ReadonlyMap<string, number>;
}

/** Compiles firmware-f4/NAME.c for a Cortex-M4 without FPU. */
export function buildRamProgram(name: string): RamProgram {
  const work = mkdtempSync(join(tmpdir(), "probity-f4-"));
  try {
    const elf = join(work, "program.elf");
    const core = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"];
    const flags = [...core, "-O2", "-ffreestanding", "-Wall", "-Werror", "-nostdlib", `-T${join(folder, "ram.ld")}`];
    execFileSync("arm-none-eabi-gcc", [...flags, join(folder, `${name}.c`), "-lgcc", "-o", elf]);
    const image = join(work, "program.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, image]);
    const symbols = new Map<string, number>();
    for (const line of execFileSync("arm-none-eabi-nm", [elf], { encoding: "utf8" }).split("\n")) {
      const [address, , symbol] = line.split(" ");
      if (symbol !== undefined) symbols.set(symbol, Number.parseInt(address, 16));
    }
    return { bytes: new Uint8Array(readFileSync(image)), symbols };
  } finally {
    rmSync(work, { recursive: true });
  }
}
