import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One program of the bench. */
export interface Program {
  /** The row's name is `engine.NAME.ratio`. */
  readonly name: string;
  /** How often its main loop turns: hot code for about a second on the faster side, too. */
  readonly turns: number;
}

export const programs: readonly Program[] = [
  { name: "coremark", turns: 18_000 },
  { name: "dhrystone", turns: 4_000_000 },
  { name: "copy", turns: 1_000_000 },
  { name: "polling", turns: 24_000_000 },
  { name: "selfmod", turns: 4_500_000 },
  { name: "flat", turns: 16_000 },
  { name: "interrupts", turns: 800_000 },
];

const folder = fileURLToPath(new URL("./programs/", import.meta.url));

/** Builds a program with `arm-none-eabi-gcc`; the ELF file stands in a folder of its own, which `drop` removes. */
export function buildProgram({ name }: Program, turns: number): { file: string; elf: Uint8Array; drop(): void } {
  const place = mkdtempSync(join(tmpdir(), "probity-engine-"));
  const file = join(place, `${name}.elf`);
  let source = join(folder, `${name}.c`);
  if (name === "flat") {
    source = join(place, "flat.c");
    writeFileSync(source, flatProgram());
  }
  const flags = ["-mcpu=cortex-m3", "-mthumb", "-O2", "-ffreestanding", "-fno-tree-loop-distribute-patterns"];
  execFileSync("arm-none-eabi-gcc", [
    ...[...flags, "-nostdlib", "-std=c11", "-Wall", `-DTURNS=${turns}`, `-I${folder}`, "-T", join(folder, "board.ld")],
    ...["-Wl,--no-warn-rwx-segments", "-o", file, join(folder, "board.c"), source],
  ]);
  return { file, elf: readFileSync(file), drop: () => rmSync(place, { recursive: true, force: true }) };
}

/** 300 functions of their own, called through a table: no code is hotter than the rest. */
function flatProgram(): string {
  const count = 300;
  let seed = 12345;
  const draw = (limit: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % limit;
  };
  const lines = ['#include "board.h"', "static uint32_t data[64];"];
  for (let index = 0; index < count; index++) {
    lines.push(`static uint32_t __attribute__((noinline)) f${index}(uint32_t x, uint32_t y) {`);
    for (let line = 0; line < 12; line++) {
      const [p, q, k] = [draw(64), draw(64), draw(1000)];
      lines.push(
        [
          `  x = x * ${2 * k + 1}u + (y ^ data[${p}]);`,
          `  if ((x & ${1 << draw(8)}u) != 0) y += data[${q}] + ${k}u; else y ^= x >> ${1 + draw(12)};`,
          `  data[${p}] = x + y;`,
          `  for (uint32_t i = 0; i < (y & 3); i++) x += data[(x >> 3) & 63] ^ i;`,
          `  y -= (x << ${1 + draw(8)}) | ${k}u;`,
        ][draw(5)],
      );
    }
    lines.push("  return x ^ y;", "}");
  }
  lines.push("static uint32_t (*const table[])(uint32_t, uint32_t) = {");
  for (let index = 0; index < count; index++) lines.push(`  f${index},`);
  lines.push("};", "int main(void) {", "  uint32_t x = 1;");
  lines.push("  for (uint32_t turn = 0; turn < TURNS; turn++)");
  lines.push(`    for (uint32_t i = 0; i < ${count}; i++) x = table[i](x, turn + i);`);
  lines.push('  finish("flat", x);', "}");
  return `${lines.join("\n")}\n`;
}
