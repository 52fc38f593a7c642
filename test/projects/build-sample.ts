import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("sources/", import.meta.url));
const script = fileURLToPath(new URL("healthy/STM32F103C8TX_FLASH.ld", import.meta.url));

export interface Sample {
  /** Macros that choose what the program does (`sources/msp.c`, `main.c`, `startup.c`): `SWJ_OFF`, `BIG=70000`. */
  readonly defines?: readonly string[];
  /** `-O0` unless said. */
  readonly optimization?: string;
  /** `cortex-m3` unless said. */
  readonly cpu?: readonly string[];
  /** Changes to the linker script of the healthy project. */
  readonly script?: (text: string) => string;
  readonly strip?: boolean;
  /** Added to the sources: `eeprom.c`. */
  readonly more?: readonly string[];
}

/** Builds a sample program with arm-none-eabi-gcc and returns its ELF file. */
export function buildSample(sample: Sample = {}): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "probity-sample-"));
  try {
    const linker = readFileSync(script, "utf8");
    writeFileSync(join(folder, "link.ld"), sample.script?.(linker) ?? linker);
    const cpu = sample.cpu ?? ["-mcpu=cortex-m3"];
    execFileSync(
      "arm-none-eabi-gcc",
      [
        ...cpu,
        "-mthumb",
        "-std=c11",
        "-ffreestanding",
        "-fno-common",
        sample.optimization ?? "-O0",
        "-g",
        "-gdwarf-4",
        "-Wall",
        "-Werror",
        "-Wno-array-bounds",
        `-ffile-prefix-map=${sources}=Core/Src/`,
        ...(sample.defines ?? []).map((define) => `-D${define}`),
        "-nostdlib",
        "-nostartfiles",
        "-Wl,--build-id=none",
        "-Wl,--no-warn-rwx-segments",
        `-T${join(folder, "link.ld")}`,
        ...(sample.strip === true ? ["-s"] : []),
        ...["startup.c", "main.c", "msp.c", ...(sample.more ?? [])].map((name) => join(sources, name)),
        "-lgcc",
        "-o",
        join(folder, "sample.elf"),
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    return new Uint8Array(readFileSync(join(folder, "sample.elf")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
