import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The assembled harness, to be at address 0. */
export interface Harness {
  readonly bytes: Uint8Array;
  /** Where a program goes at its end. */
  readonly next: number;
  /** A branch to itself behind the last program. */
  readonly stop: number;
}

/** Assembles harness.s with arm-none-eabi-gcc. */
export function assembleHarness(): Harness {
  const source = fileURLToPath(new URL("harness.s", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "probity-harness-"));
  const tool = (name: string, ...options: string[]): string =>
    execFileSync(`arm-none-eabi-${name}`, options, { encoding: "utf8", cwd: folder });
  try {
    tool("gcc", "-c", source, "-o", "harness.o");
    tool("ld", "-Ttext=0", "-e", "start", "harness.o", "-o", "harness.elf");
    tool("objcopy", "-O", "binary", "harness.elf", "harness.bin");
    const symbols = tool("nm", "harness.elf");
    const address = (name: string): number => {
      const found = new RegExp(`^([0-9a-f]+) \\w ${name}$`, "m").exec(symbols);
      if (found === null) throw new Error(`harness.s has no symbol ${name}`);
      return Number.parseInt(found[1], 16);
    };
    return { bytes: readFileSync(join(folder, "harness.bin")), next: address("next"), stop: address("stop") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
