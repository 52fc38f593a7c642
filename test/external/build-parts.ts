import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const firmware = fileURLToPath(new URL("firmware/", import.meta.url));

/** Builds `firmware/parts.c` as `folder/NAME.elf`; another greeting and seed make another program. */
export function buildParts(folder: string, name: string, greeting: string, seed: number): string {
  const elf = join(folder, `${name}.elf`);
  const flags = ["-mcpu=cortex-m3", "-mthumb", "-Og", "-g", "-ffreestanding", "-nostdlib", "-Wl,--build-id=none"];
  const defines = [`-DGREETING="${greeting}"`, `-DSEED=${seed}u`];
  const files = [`-T${join(firmware, "parts.ld")}`, join(firmware, "parts.c"), "-o", elf];
  execFileSync("arm-none-eabi-gcc", [...flags, ...defines, ...files]);
  return elf;
}

/** Builds `folder/NAME.elf` that holds these words at these addresses and an empty function at `code`. */
export function buildWords(
  folder: string,
  name: string,
  words: readonly (readonly [number, number])[],
  code = 0x08001000,
): string {
  const source = join(folder, `${name}.c`);
  const elf = join(folder, `${name}.elf`);
  const lines = words.map(
    ([, value], i) => `__attribute__((section(".n${i}"), used)) const unsigned word_${i} = ${value}u;`,
  );
  writeFileSync(source, `${lines.join("\n")}\nvoid Reset_Handler(void) {}\n`);
  const places = words.map(([address], i) => `-Wl,--section-start=.n${i}=0x${address.toString(16)}`);
  const flags = ["-mcpu=cortex-m3", "-mthumb", "-ffreestanding", "-nostdlib", "-Wl,--build-id=none"];
  const entry = ["-Wl,-eReset_Handler", `-Wl,-Ttext=0x${code.toString(16)}`];
  execFileSync("arm-none-eabi-gcc", [...flags, ...entry, ...places, source, "-o", elf]);
  return elf;
}
