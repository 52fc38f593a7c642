import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeU16, writeU32 } from "../base/bytes.ts";
import { isProbityError, ProbityError } from "../base/errors.ts";
import { findSection, readElf } from "./elf.ts";
import { readBuildAttributes } from "./elf-attributes.ts";
import { readElfSymbols, symbolAddress } from "./elf-symbols.ts";

const path = new URL("../../firmware/inspect/inspect.elf", import.meta.url);
const inspect = new Uint8Array(readFileSync(path));

/** What reading `bytes` throws, which must be a ProbityError. */
function failure(bytes: Uint8Array): ProbityError {
  try {
    readElf(bytes, "x.elf");
  } catch (error) {
    if (error instanceof ProbityError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
  const copy = inspect.slice();
  change(copy);
  return copy;
};

describe("readElf", () => {
  const elf = readElf(inspect, "inspect.elf");

  it("loads exactly what objcopy makes of the same file", () => {
    const folder = mkdtempSync(join(tmpdir(), "probity-elf-"));
    try {
      const binary = join(folder, "image.bin");
      execFileSync("arm-none-eabi-objcopy", ["-O", "binary", path.pathname, binary]);
      const expected = new Uint8Array(readFileSync(binary));
      expect(elf.segments[0].address).toBe(0x08000000);
      const flat = new Uint8Array(expected.length);
      for (const { address, data } of elf.segments) flat.set(data, address - 0x08000000);
      expect(Buffer.compare(flat, expected)).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("reads sections and symbols as nm does", () => {
    expect(findSection(elf, ".data")?.address).toBe(0x20000000);
    const symbols = readElfSymbols(elf);
    const listed = execFileSync("arm-none-eabi-nm", [path.pathname], { encoding: "utf8" });
    for (const name of ["main", "watched_total", "factorial", "fault_on_demand"]) {
      const value = Number.parseInt(new RegExp(`^([0-9a-f]+) . ${name}$`, "m").exec(listed)?.[1] ?? "", 16);
      expect(symbolAddress(symbols, name), name).toBe(value);
    }
    expect(symbols.find((symbol) => symbol.name === "main")).toMatchObject({ type: "function", binding: "global" });
    expect(elf.entry & ~1).toBe(symbolAddress(symbols, "Reset_Handler"));
  });

  it("reads the build attributes", () => {
    expect(readBuildAttributes(elf)).toMatchObject({ cpuArch: 10, cpuArchName: "ARMv7", profile: "M", cpuName: "7-M" });
  });

  it("reads an ELF without section headers by its segments", () => {
    const stripped = changed((bytes) => {
      writeU32(bytes, 32, 0);
      writeU16(bytes, 48, 0);
      writeU16(bytes, 50, 0);
    });
    const segments = readElf(stripped, "x.elf").segments;
    expect(segments.map(({ address }) => address)).toContain(0x08000000);
    expect(segments.at(-1)!.data.at(-1)).toBe(elf.segments.at(-1)!.data.at(-1));
  });

  it.each([
    ["64-bit", "elf-foreign", { 4: 2, 18: 62 }, /64-bit file for x86-64/],
    ["x86", "elf-foreign", { 18: 3 }, /for x86 \(32-bit\)/],
    ["big-endian", "elf-foreign", { 5: 2, 18: 0, 19: 40 }, /big-endian, for ARM/],
    ["object", "elf-not-linked", { 16: 1 }, /object file/],
    ["no magic", "elf-foreign", { 0: 0 }, /not an ELF file/],
    ["program table", "elf-truncated", { 31: 0xff }, /program header table/],
    ["section table", "elf-truncated", { 35: 0xff }, /section header table/],
    ["header size", "elf-malformed", { 42: 8 }, /8 bytes instead of 32/],
    ["name table", "elf-malformed", { 50: 0xe7, 51: 3 }, /section 999/],
  ])("refuses %s", (_what, code, edits, message) => {
    const error = failure(
      changed((bytes) => {
        for (const [at, value] of Object.entries(edits)) bytes[Number(at)] = value;
      }),
    );
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("x.elf");
    expect(error.remedy.length).toBeGreaterThan(0);
  });

  it("names what is missing wherever the file is cut", () => {
    for (const length of [0, 3, 4, 51, 52, 60, 4096, 8192, inspect.length - 1]) {
      const error = failure(inspect.subarray(0, length));
      expect(error.code, `cut at ${length}`).toBe(length < 4 ? "elf-foreign" : "elf-truncated");
      expect(error.message).toMatch(length < 4 ? /not an ELF/ : /is cut short: .+ ends at byte \d+/);
    }
  });

  it("refuses two segments for one address", () => {
    const second = 52 + 32;
    const error = failure(changed((bytes) => writeU32(bytes, second + 12, 0x08000010)));
    expect(error.code).toBe("image-overlap");
    expect(error.facts.address).toBe(0x08000010);
  });

  it("throws nothing but ProbityError on any damage", () => {
    const headerBytes = fc.integer({ min: 0, max: 52 + 3 * 32 });
    const tableBytes = fc.integer({ min: inspect.length - 20 * 40, max: inspect.length - 1 });
    const anywhere = fc.integer({ min: 0, max: inspect.length - 1 });
    const edit = fc.tuple(fc.oneof(headerBytes, tableBytes, anywhere), fc.integer({ min: 0, max: 255 }));
    let refused = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), fc.option(anywhere), (edits, cut) => {
        const bytes = inspect.slice(0, cut ?? inspect.length);
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        try {
          const elf = readElf(bytes, "x.elf");
          expect(elf.segments.reduce((total, { data }) => total + data.length, 0)).toBeLessThanOrEqual(bytes.length);
          readElfSymbols(elf);
          readBuildAttributes(elf);
        } catch (error) {
          if (!isProbityError(error)) throw error;
          refused++;
        }
      }),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
