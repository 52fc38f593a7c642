import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Half a kilobyte of start-up is enough: a vector table, and main() in a loop. */
const source = (line: string): string => `
extern int main(void);
__attribute__((section(".vectors"), used)) static const void *const vectors[] = { (void *)0x20005000, (void *)main };
volatile unsigned total;
int main(void) {
  unsigned a = 1, b = 2;
  for (;;) {
    total = a;
    ${line}
    total = b;
  }
}
`;

/** Adds in one statement; at -O0 each is four instructions (two loads, an addition, a store), without a call. */
const longLine = Array.from({ length: 10 }, () => "a += b;").join(" ");

/** The program for `next` over a line of forty instructions, and the numbers of the lines in main(). */
export function lineProgram(folder: string): { readonly elf: string; readonly longLine: number } {
  const c = join(folder, "line.c");
  const script = join(folder, "line.ld");
  const elf = join(folder, "line.elf");
  const text = source(longLine);
  writeFileSync(c, text);
  writeFileSync(
    script,
    "SECTIONS { .text 0x08000000 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } .bss 0x20000000 (NOLOAD) : { *(.bss*) *(COMMON) } }\n",
  );
  const options = ["-mcpu=cortex-m3", "-mthumb", "-O0", "-g", "-nostdlib", "-ffreestanding"];
  execFileSync("arm-none-eabi-gcc", [...options, "-T", script, "-o", elf, c], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return { elf, longLine: text.split("\n").findIndex((each) => each.includes(longLine)) + 1 };
}

/** An object file with these bytes where flash is, for GDB's `load`. */
export function imageFile(folder: string, name: string, bytes: Uint8Array): string {
  const binary = join(folder, `${name}.bin`);
  const object = join(folder, `${name}.elf`);
  writeFileSync(binary, bytes);
  const format = ["-I", "binary", "-O", "elf32-littlearm", "-B", "arm"];
  execFileSync("arm-none-eabi-objcopy", [...format, "--change-section-address", ".data=0x08000000", binary, object]);
  return object;
}
