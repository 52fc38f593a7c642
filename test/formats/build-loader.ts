import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small loader's source: initialised data, constants, bss, and what the host looks for. */
export const stldrSource = `
typedef unsigned int u32;
struct StorageInfo { char name[100]; unsigned short type; u32 start, size, page; unsigned char erased; u32 sectors[10][2]; };
__attribute__((section(".info"))) const struct StorageInfo StorageInfo =
  { "SAMPLE_BOARD", 3, 0x64000000, 0x20000, 512, 0xff, { { 8, 0x2000 }, { 1, 0x10000 } } };
static const u32 timings[4] = { 11, 22, 33, 44 };
static volatile u32 started = 0x12345678;
static volatile u32 count[32];
__attribute__((noinline)) static u32 timing(u32 index) { return timings[index & 3]; }
int Init(void) { started++; count[0] = timing(started); return 1; }
int Write(u32 address, u32 size, unsigned char *buffer) {
  volatile unsigned char *to = (volatile unsigned char *)address;
  for (u32 at = 0; at < size; at++) to[at] = buffer[at];
  return count[1]++ < timing(size);
}
int SectorErase(u32 from, u32 to) { return from <= to; }
`;

/** The same layouts as the compilers that loaders come from make, reduced to what matters here. */
export const stldrScripts = {
  iar: `PHDRS { info PT_LOAD; code PT_LOAD; } SECTIONS {
    .info 0 : { KEEP(*(.info)) } :info
    P3 0x20000004 : { KEEP(*(.text* .rodata* .data*)) } :code
    .bss (NOLOAD) : { *(.bss* COMMON) } :NONE }`,
  keil: `PHDRS { code PT_LOAD; info PT_LOAD; } SECTIONS {
    PrgCode 0x20000004 : { KEEP(*(.text* .rodata* .data*)) } :code
    PrgData : { *(.bss* COMMON) } :code
    DevInfo ADDR(PrgData) : { KEEP(*(.info)) } :info }`,
  gcc: `ENTRY(Init) MEMORY { RAM (rwx) : ORIGIN = 0x20000004, LENGTH = 60K  ROM (rx) : ORIGIN = 0x08000000, LENGTH = 64K }
    PHDRS { Loader PT_LOAD; Data PT_LOAD; SgInfo PT_LOAD; } SECTIONS {
    .text : { KEEP(*(.text*)) } >RAM :Loader
    .rodata : { *(.rodata*) } >RAM :Loader
    .data : { *(.data*) } >RAM AT>ROM :Data
    .bss (NOLOAD) : { *(.bss* COMMON) } >RAM :NONE
    .Dev_Info : { KEEP(*(.info)) } >RAM AT>RAM :SgInfo }`,
};

/** A flash algorithm whose linker names its sections as GCC does. */
export const flmSource = `
typedef unsigned long u32;
struct FlashDevice { unsigned short vers; char name[128]; unsigned short type; u32 start, size, page, res;
  unsigned char empty; u32 toProg, toErase; struct { u32 size, offset; } sectors[3]; };
__attribute__((section("DevDscr"))) const struct FlashDevice FlashDevice =
  { 0x101, "SAMPLE", 5, 0x90000000, 0x10000, 256, 0, 0xff, 100, 3000, { { 0x1000, 0 }, { 0x2000, 0x8000 }, { 0xffffffff, 0xffffffff } } };
static volatile u32 state = 7;
static volatile u32 last[4];
int Init(u32 address, u32 clock, u32 function) { state = address + clock + function; return 0; }
int UnInit(u32 function) { return (int)function & 0; }
int EraseSector(u32 address) { last[0] = address; return 0; }
int ProgramPage(u32 address, u32 size, unsigned char *buffer) { last[1] = address + size + *buffer; return 0; }
`;

export const flmScript = `SECTIONS {
  .text 0 : { KEEP(*(.text*)) *(.rodata*) }
  .data : { *(.data*) }
  .bss : { *(.bss*) }
  DevDscr 0x1000 : { KEEP(*(DevDscr)) } }`;

/** Compiles and links `source` by `script`; the file's bytes and, to `use` it, its path. */
export function buildWithGcc<Result>(
  source: string,
  script: string,
  use: (path: string, bytes: Uint8Array) => Result,
  options: readonly string[] = [],
): Result {
  const folder = mkdtempSync(join(tmpdir(), "probity-loader-"));
  try {
    writeFileSync(join(folder, "loader.c"), source);
    writeFileSync(join(folder, "loader.ld"), script);
    execFileSync(
      "arm-none-eabi-gcc",
      [
        ..."-mcpu=cortex-m3 -mthumb -Os -g -ffreestanding -nostdlib -Wl,--build-id=none -Wl,--no-warn-rwx-segments".split(
          " ",
        ),
        ...options,
        ..."-T loader.ld -o loader.elf loader.c".split(" "),
      ],
      { cwd: folder, stdio: "pipe" },
    );
    const path = join(folder, "loader.elf");
    return use(path, new Uint8Array(readFileSync(path)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
