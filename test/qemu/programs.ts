import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hex32, readU32 } from "../../src/base/bytes.ts";

/** A directed program, assembled: it starts at the vector table at 0 and ends at `stop`. */
export interface Program {
  readonly name: string;
  readonly image: Uint8Array;
  readonly stop: number;
}

/** Where the programs write their trace, and the most that they may write. */
export const traceBase = 0x2000_0000;
export const traceSize = 0x6000;

const sources = fileURLToPath(new URL("programs", import.meta.url));
const startup = "startup.s";

/** Assembles every program of the folder `programs` with arm-none-eabi-gcc. */
export function assemblePrograms(): Program[] {
  const folder = mkdtempSync(join(tmpdir(), "probity-programs-"));
  const tool = (name: string, ...options: string[]): string =>
    execFileSync(`arm-none-eabi-${name}`, options, { encoding: "utf8", cwd: folder });
  const assemble = (source: string): string => {
    const object = join(folder, source.replace(/\.s$/, ".o"));
    tool("gcc", "-c", "-x", "assembler", `-I${sources}`, join(sources, source), "-o", object);
    return object;
  };
  try {
    const first = assemble(startup);
    const names = readdirSync(sources).filter((name) => name.endsWith(".s") && name !== startup);
    return names.sort().map((source) => {
      const name = source.replace(/\.s$/, "");
      tool("ld", "-Ttext=0", "-e", "start", first, assemble(source), "-o", `${name}.elf`);
      tool("objcopy", "-O", "binary", `${name}.elf`, `${name}.bin`);
      const stop = /^([0-9a-f]+) \w stop$/m.exec(tool("nm", `${name}.elf`));
      if (stop === null) throw new Error(`${name}: no symbol stop`);
      return { name, image: readFileSync(join(folder, `${name}.bin`)), stop: Number.parseInt(stop[1], 16) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The words of a trace up to `end`, the program's r11. */
export function traceWords(bytes: Uint8Array, end: number): number[] {
  const count = Math.max(0, Math.min(bytes.length, end - traceBase)) >> 2;
  return Array.from({ length: count }, (_, i) => readU32(bytes, 4 * i));
}

/** Traces side by side around the first word that differs; undefined when they are alike. */
export function traceDifference(expected: readonly number[], actual: readonly number[]): string | undefined {
  const length = Math.max(expected.length, actual.length);
  const first = Array.from({ length }, (_, i) => i).find((i) => expected[i] !== actual[i]);
  if (first === undefined) return undefined;
  const show = (word: number | undefined): string => (word === undefined ? "(end)     " : hex32(word));
  const lines = [`word ${first} of ${expected.length} (QEMU) and ${actual.length} (here):`];
  for (let i = Math.max(0, first - 16); i < Math.min(length, first + 8); i++) {
    lines.push(
      `  ${String(i).padStart(5)}  ${show(expected[i])}  ${show(actual[i])}${expected[i] === actual[i] ? "" : "  <"}`,
    );
  }
  return lines.join("\n");
}
