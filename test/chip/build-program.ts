import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("firmware/", import.meta.url));

/** Compiles firmware/NAME.c for the F103 and returns the flash image that starts at 0x08000000. */
export function buildProgram(name: string): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), "probity-chip-"));
  try {
    const elf = join(work, "program.elf");
    const flags = ["-mcpu=cortex-m3", "-mthumb", "-O1", "-ffreestanding", "-Wall", "-Werror", "-nostdlib"];
    const sources = ["startup.c", `${name}.c`].map((file) => join(folder, file));
    execFileSync("arm-none-eabi-gcc", [...flags, `-T${join(folder, "program.ld")}`, ...sources, "-lgcc", "-o", elf]);
    const image = join(work, "program.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, image]);
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(work, { recursive: true });
  }
}
