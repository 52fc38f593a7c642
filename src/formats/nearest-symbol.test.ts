import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readElfTables } from "./elf.ts";
import { type ElfSymbol, readElfSymbols } from "./elf-symbols.ts";
import { symbolAt } from "./nearest-symbol.ts";

const symbol = (name: string, value: number, more: Partial<ElfSymbol> = {}): ElfSymbol => ({
  name,
  value,
  size: 0x10,
  type: "function",
  binding: "global",
  section: 1,
  ...more,
});

describe("symbolAt", () => {
  const symbols = [
    symbol("$t", 0x20000004, { type: "none", size: 0, binding: "local" }),
    symbol("Init", 0x20000005, { size: 0x40 }),
    symbol("table", 0x20000010, { type: "object", size: 0x100 }),
    symbol("alias", 0x20000045, { binding: "local" }),
    symbol("Write", 0x20000045),
    symbol("$d", 0x20000050, { type: "none", size: 0, binding: "local" }),
    symbol("trap", 0x20000101, { size: 0, type: "none" }),
    symbol(".Lend", 0x20000110, { size: 0, type: "none" }),
    symbol("missing", 0x20000108, { section: 0 }),
    symbol("absolute", 0x20000108, { section: 0xfff1 }),
  ];

  it.each([
    [0x20000004, { name: "Init", offset: 0 }],
    [0x20000012, { name: "Init", offset: 0xe }],
    [0x20000043, { name: "Init", offset: 0x3f }],
    [0x20000044, { name: "Write", offset: 0 }],
    [0x20000053, { name: "Write", offset: 0xf }],
    [0x20000054, undefined],
    [0x20000100, { name: "trap", offset: 0 }],
    [0x20000120, { name: "trap", offset: 0x20 }],
    [0x20001100, undefined],
    [0x20000003, undefined],
  ])("names what 0x%s lies in", (address, place) => {
    expect(symbolAt(symbols, address)).toEqual(place);
  });

  it("prefers the function that covers the address to a label nearer by", () => {
    const inner = [symbol("retry", 0x20000011, { type: "none", size: 0 }), symbol("Init", 0x20000005, { size: 0x40 })];
    expect(symbolAt(inner, 0x20000014)).toEqual({ name: "Init", offset: 0x10 });
  });

  it("names every function of a program at its first and last byte", () => {
    const elf = readElfTables(new Uint8Array(readFileSync("firmware/inspect/inspect.elf")), "x.elf");
    const all = readElfSymbols(elf);
    const functions = all.filter(({ type, size, section }) => type === "function" && size > 0 && section !== 0);
    expect(functions.length).toBeGreaterThan(30);
    for (const { value, size } of functions) {
      const start = value & ~1;
      const twins = functions.filter((other) => (other.value & ~1) === start).map(({ name }) => name);
      expect(twins).toContain(symbolAt(all, start)?.name);
      expect(symbolAt(all, start + size - 1)).toEqual({ name: symbolAt(all, start)?.name, offset: size - 1 });
    }
  });
});
