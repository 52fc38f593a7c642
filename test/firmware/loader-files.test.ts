import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ProbityError } from "../../src/base/errors.ts";
import { PT_LOAD } from "../../src/formats/elf.ts";
import type { LoaderFile } from "../../src/formats/loader-file.ts";
import { readLoader } from "../../src/formats/read-loader.ts";
import { loaderBytes } from "./loader-rig.ts";

const firmware = fileURLToPath(new URL("../../firmware/", import.meta.url));

/** Built loaders below firmware/loaders/. */
const built = (readdirSync(join(firmware, "loaders"), { recursive: true }) as string[])
  .filter((path) => /\.(stldr|FLM)$/.test(path))
  .sort();

const read = (path: string): LoaderFile => readLoader(loaderBytes(path), path);

/** Address, file size, memory size of each load segment. */
const segments = (path: string): number[][] =>
  read(path)
    .elf.programs.filter(({ type }) => type === PT_LOAD)
    .map(({ virtualAddress, fileSize, memorySize }) => [virtualAddress, fileSize, memorySize]);

describe("built loaders", () => {
  it("are what their sources give", () => {
    const copy = mkdtempSync(join(tmpdir(), "probity-loaders-"));
    try {
      cpSync(firmware, copy, { recursive: true, filter: (path) => !/\.(stldr|FLM)$/.test(path) });
      execFileSync("make", ["-C", copy, "loaders"], { stdio: "pipe" });
      const different = built.filter(
        (path) => !readFileSync(join(copy, "loaders", path)).equals(readFileSync(join(firmware, "loaders", path))),
      );
      expect(different).toEqual([]);
      expect(built.length).toBeGreaterThan(30);
    } finally {
      rmSync(copy, { recursive: true });
    }
  }, 120_000);

  it("name no path of the machine they were built on", () => {
    const telling = built.filter((path) =>
      /\/(home|root|work|tmp|usr)\//.test(Buffer.from(loaderBytes(path)).toString("latin1")),
    );
    expect(telling).toEqual([]);
  });

  it("are small", () => {
    // Most of a file is debug information.
    for (const path of built) expect(loaderBytes(path).length, path).toBeLessThan(48 * 1024);
    for (const path of built.filter((candidate) => !candidate.startsWith("bad"))) {
      const inRam = read(path).segments.reduce((sum, { data }) => sum + data.length, 0);
      expect(inRam, path).toBeLessThan(4 * 1024);
    }
  });
});

describe("how loaders are linked", () => {
  it("the GCC way: two load segments, constants apart from code, the description last", () => {
    const path = "is61wv51216_stm3210e-eval.stldr";
    const { elf, symbols } = read(path);
    const [loader, info] = segments(path);
    expect(loader[0]).toBe(0x20000004);
    expect(info).toEqual([loader[0] + loader[2], 200, 200]);
    expect(elf.sections.find(({ name }) => name === ".rodata")?.size).toBeGreaterThan(0);
    expect(elf.entry).toBe(symbols.find(({ name }) => name === "Init")?.value);
  });

  it("the Keil way: the description within bss, symbols hidden, no entry", () => {
    const path = "m29w128_stm3210e-eval.stldr";
    const { elf } = read(path);
    const [loader, info] = segments(path);
    expect(loader[0]).toBe(0x20000004);
    expect(loader[2]).toBeGreaterThan(loader[1]);
    expect(info).toEqual([loader[0] + loader[1], 200, 200]);
    expect(elf.entry).toBe(0);
    const table = execFileSync("arm-none-eabi-readelf", ["-sW", join(firmware, "loaders", path)], { encoding: "utf8" });
    expect(table).toMatch(/GLOBAL HIDDEN.* Init$/m);
    expect(table).not.toMatch(/GLOBAL DEFAULT/);
  });

  it.each(["nand512w3a_stm3210e-eval.stldr", "mt25ql512a_stm32469i-eval.stldr"])(
    "the IAR way: the description at 0, bss in no load segment: %s",
    (path) => {
      const { elf, zeroed } = read(path);
      const [info, loader, ...more] = segments(path);
      expect(more).toEqual([]);
      expect(info).toEqual([0, 200, 200]);
      expect(loader).toEqual([0x20000004, loader[1], loader[1]]);
      expect(zeroed.map(({ start }) => start)).toEqual([loader[0] + loader[1]]);
      expect(elf.entry).toBe(0x20000005);
    },
  );

  it("armlink's way: code, data, zeros, then the description in a segment of its own", () => {
    const path = "flm/stm32f10x_64.FLM";
    const { elf } = read(path);
    expect(elf.sections.filter(({ address, flags }) => flags & 2 && address >= 0).map(({ name }) => name)).toEqual([
      "PrgCode",
      "PrgData",
      "PrgData",
      "DevDscr",
    ]);
    const [program, description] = segments(path);
    expect(program[0]).toBe(0);
    expect(program[2]).toBe(program[1] + 8);
    expect(description).toEqual([program[2], 4256, 4256]);
  });
});

describe("what loaders say of their memories", () => {
  const block = (start: number, size: number, count: number) => [{ start, size, count }];

  it.each([
    [
      "m29w128_stm3210e-eval.stldr",
      "M29W128_STM3210E-EVAL",
      "NOR flash",
      0x64000000,
      0x1000000,
      block(0x64000000, 0x20000, 128),
    ],
    ["is61wv51216_stm3210e-eval.stldr", "IS61WV51216_STM3210E-EVAL", "SRAM", 0x68000000, 0x100000, []],
    [
      "nand512w3a_stm3210e-eval.stldr",
      "NAND512W3A_STM3210E-EVAL",
      "NAND flash",
      0x70000000,
      0x4000000,
      block(0x70000000, 0x4000, 4096),
    ],
    [
      "mt25ql512a_stm32469i-eval.stldr",
      "MT25QL512A_STM32469I-EVAL",
      "SPI flash",
      0x90000000,
      0x4000000,
      block(0x90000000, 0x10000, 1024),
    ],
    [
      "flm/stm32f10x_64.FLM",
      "STM32F10x medium density, 64 KiB",
      "on-chip flash",
      0x08000000,
      0x10000,
      block(0x08000000, 1024, 64),
    ],
  ])("%s", (path, name, kind, start, size, sectors) => {
    expect(read(path).device).toMatchObject({ name, kind, start, size, sectors });
  });

  it("every bad one that can be read names itself", () => {
    for (const path of built.filter((candidate) => candidate.startsWith("bad"))) {
      const stem = path.slice(4, -6);
      if (stem === "no-storage-info" || stem === "big-endian") {
        expect(() => read(path), path).toThrow(ProbityError);
      } else {
        expect(read(path).device.name, path).toBe(`${stem.toUpperCase()}_IMAGINARY-BOARD`);
      }
    }
  });
});
