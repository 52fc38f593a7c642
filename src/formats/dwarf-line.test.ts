import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildWithGcc, stldrScripts, stldrSource } from "../../test/formats/build-loader.ts";
import { buildElf } from "../../test/formats/elf-builder.ts";
import { concat } from "../base/bytes.ts";
import { readLineTable } from "./dwarf-line.ts";
import { readElfTables } from "./elf.ts";

const inspect = new URL("../../firmware/inspect/inspect.elf", import.meta.url).pathname;

/** Compares every half-word of code with what addr2line says; how many have a line, and how many none. */
function compare(path: string, bytes: Uint8Array): { known: number; unknown: number; files: Set<string> } {
  const elf = readElfTables(bytes, "x.elf");
  const table = readLineTable(elf);
  const addresses = elf.sections
    .filter(({ flags }) => (flags & 6) === 6)
    .flatMap(({ address, size }) => Array.from({ length: size / 2 }, (_, index) => address + 2 * index));
  const input = addresses.map((address) => address.toString(16)).join("\n");
  const lines = execFileSync("arm-none-eabi-addr2line", ["-e", path], { input, encoding: "utf8" }).trim().split("\n");
  const result = { known: 0, unknown: 0, files: new Set<string>() };
  for (const [index, address] of addresses.entries()) {
    const found = table?.lineAt(address);
    const [, file, line] = /^(.*):(\d+|\?)/.exec(lines[index]) ?? [];
    const where = `0x${address.toString(16)}: ${lines[index]}`;
    if (file === "??" || line === "?" || line === "0") {
      expect(found, where).toBeUndefined();
      result.unknown++;
    } else {
      expect(found?.line, where).toBe(Number(line));
      expect(file.endsWith(found?.file ?? "none"), `${where}, found ${found?.file}`).toBe(true);
      result.files.add(found?.file ?? "");
      result.known++;
    }
  }
  return result;
}

/** A program of 0x100 bytes at 0x20000000 with that `.debug_line`. */
function withTable(...units: readonly Uint8Array[]): ReturnType<typeof readLineTable> {
  const bytes = buildElf({
    sections: [
      { name: ".text", address: 0x20000000, data: new Uint8Array(0x100), flags: 6 },
      { name: ".debug_line", address: 0, data: concat(...units), flags: 0 },
    ],
    programs: [{ address: 0x20000000, sections: [".text"] }],
  });
  return readLineTable(readElfTables(bytes, "x.elf"));
}

/** A unit with its length in front. */
function unit(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([bytes.length, 0, 0, 0, ...bytes]);
}

const names = [0x61, 0, 0, 0x62, 0x2e, 0x63, 0, 1, 0, 0, 0]; // directory a, file b.c in it
const header2 = [2, 0, 14 + names.length, 0, 0, 0, 1, 1, 0xfb, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, ...names];
const at = (offset: number): number[] => [0, 5, 2, offset, 0, 0, 0x20];
const line = (step: number): number[] => [3, step, 1];
const end = (length: number): number[] => [2, length, 0, 1, 1];

describe("readLineTable", () => {
  it("agrees with addr2line on a program of several files", () => {
    const { known, unknown, files } = compare(inspect, new Uint8Array(readFileSync(inspect)));
    expect(known).toBeGreaterThan(1000);
    expect(unknown).toBeGreaterThan(50);
    expect([...files].some((file) => file.endsWith("main.c"))).toBe(true);
  });

  it.each([2, 3, 4, 5])("agrees with addr2line on DWARF version %i", (version) => {
    const source = `${stldrSource}\n#line 70 "drivers/flash/nor.c"\nint MassErase(void) { return (int)count[2]; }\n`;
    const { known, files } = buildWithGcc(source, stldrScripts.gcc, compare, [
      `-gdwarf-${version}`,
      "-ffunction-sections",
    ]);
    expect(known).toBeGreaterThan(30);
    expect([...files].sort()).toEqual(["flash/nor.c", "loader.c"]);
  });

  it("agrees with addr2line on assembly, whose line tables the assembler makes", () => {
    const source = `__asm__(".thumb_func\\n.global Init\\nInit: movs r0, #1\\n nop\\n bx lr\\n");${stldrSource.replace("int Init(void)", "int Start(void)")}`;
    expect(buildWithGcc(source, stldrScripts.iar, compare, ["-gdwarf-5"]).known).toBeGreaterThan(30);
  });

  it("forgets functions that the linker dropped", () => {
    const source = `${stldrSource}\nint unused(int value) { return value * 3; }\nint unused2(int value) { return value * 5; }\n`;
    const script = stldrScripts.gcc.replace("KEEP(*(.text*))", "*(.text*)");
    const options = ["-Wl,--gc-sections", "-ffunction-sections"];
    buildWithGcc(
      source,
      script,
      (path, bytes) => {
        compare(path, bytes);
        const table = readLineTable(readElfTables(bytes, "x.elf"));
        for (let address = 0; address < 0x100; address += 2) expect(table?.lineAt(address)).toBeUndefined();
      },
      options,
    );
  });

  it("finds nothing where there is no table, and keeps what stands before damage", () => {
    buildWithGcc(stldrSource, stldrScripts.gcc, (_path, bytes) => {
      const elf = readElfTables(bytes, "x.elf");
      const without = elf.sections.filter(({ name }) => name !== ".debug_line");
      expect(readLineTable({ ...elf, sections: without })).toBeUndefined();
    });
    const bytes = new Uint8Array(readFileSync(inspect));
    const elf = readElfTables(bytes, "x.elf");
    const section = elf.sections.find(({ name }) => name === ".debug_line");
    if (section === undefined) throw new Error("no .debug_line");
    const whole = readLineTable(elf);
    const code = Array.from({ length: 0x1000 }, (_, index) => 0x08000000 + 2 * index);
    const known = (table = whole): number[] => code.filter((address) => table?.lineAt(address) !== undefined);
    bytes.fill(0xff, section.offset + Math.floor(section.size / 2), section.offset + section.size);
    const damaged = readLineTable(readElfTables(bytes, "x.elf"));
    expect(known(damaged).length).toBeGreaterThan(100);
    expect(known(damaged).length).toBeLessThan(known(whole).length);
    for (const address of known(damaged)) expect(damaged?.lineAt(address)).toEqual(whole?.lineAt(address));
  });

  it("finds the code around a sequence that lies within another", () => {
    const rows = [...at(0), ...line(9), ...end(0x70), ...at(0x20), ...line(19), ...end(0x10)];
    const table = withTable(unit(...header2, ...rows));
    expect(table?.lineAt(0x20000000)).toEqual({ file: "a/b.c", line: 10 });
    expect(table?.lineAt(0x2000002f)).toEqual({ file: "a/b.c", line: 20 });
    expect(table?.lineAt(0x20000030)).toEqual({ file: "a/b.c", line: 10 });
    expect(table?.lineAt(0x20000070)).toBeUndefined();
  });

  it("takes no rows of code that is not there, and none that go backwards", () => {
    const rows = [...at(0xf0), ...line(1), ...end(0x8), 0, 5, 2, 0, 1, 0, 0x20, ...line(2), ...end(0x10)];
    const backwards = [...at(0x40), ...line(3), ...at(0x20), ...line(4), ...end(0x40)];
    const table = withTable(unit(...header2, ...rows, ...backwards));
    expect(table?.lineAt(0x200000f7)?.line).toBe(2);
    expect(table?.lineAt(0x20000100)).toBeUndefined();
    expect(table?.lineAt(0x20000044)).toBeUndefined();
  });

  it("goes on behind a unit that announces four thousand million names of no size", () => {
    const header5 = [5, 0, 4, 0, 40, 0, 0, 0, 1, 1, 1, 0xfb, 14, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f];
    const broken = unit(...header5, ...new Array(40).fill(0));
    const table = withTable(broken, unit(...header2, ...at(0), ...line(9), ...end(0x10)));
    expect(table?.lineAt(0x20000000)).toEqual({ file: "a/b.c", line: 10 });
  });
});
