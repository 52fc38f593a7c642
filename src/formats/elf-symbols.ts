import { readU16, readU32 } from "../base/bytes.ts";
import { type ElfTables, malformed, SHT_SYMTAB, sectionBytes, stringAt } from "./elf.ts";

export type ElfSymbolType = "none" | "object" | "function" | "section" | "file" | "other";

export interface ElfSymbol {
  readonly name: string;
  /** Address; bit 0 is set for a Thumb function (ELF for the Arm Architecture, 5.5.3). */
  readonly value: number;
  readonly size: number;
  readonly type: ElfSymbolType;
  readonly binding: "local" | "global" | "weak" | "other";
  /** Number of the section it lies in; 0 when undefined, 0xFFF1 when absolute. */
  readonly section: number;
}

const ENTRY_SIZE = 16;
const types: readonly ElfSymbolType[] = ["none", "object", "function", "section", "file"];
const bindings = ["local", "global", "weak"] as const;

/** All symbols of the file, in its order; none when it was stripped. Throws `elf-malformed`. */
export function readElfSymbols(elf: ElfTables): ElfSymbol[] {
  const section = elf.sections.find((candidate) => candidate.type === SHT_SYMTAB);
  if (section === undefined) return [];
  const strings = elf.sections[section.link];
  if (strings === undefined)
    throw malformed(elf.fileName, `the symbols' names are in section ${section.link}, which is not there`);
  if (section.entrySize !== ENTRY_SIZE || section.size % ENTRY_SIZE !== 0) {
    throw malformed(
      elf.fileName,
      `its symbol table of ${section.size} bytes has entries of ${section.entrySize} bytes`,
    );
  }
  const bytes = sectionBytes(elf, section);
  const names = sectionBytes(elf, strings);
  const symbols: ElfSymbol[] = [];
  // Names may share their ends, but never add up to a multiple of the file: a damaged one could fill the memory.
  let room = 16 * elf.bytes.length;
  for (let at = 0; at < bytes.length; at += ENTRY_SIZE) {
    const name = stringAt(names, readU32(bytes, at));
    if (name === undefined) {
      if (at === 0) continue;
      throw malformed(elf.fileName, `symbol ${at / ENTRY_SIZE} has no name in the table of names`);
    }
    room -= name.length;
    if (room < 0) throw malformed(elf.fileName, "its symbols' names are longer than the file");
    symbols.push({
      name,
      value: readU32(bytes, at + 4),
      size: readU32(bytes, at + 8),
      type: types[bytes[at + 12] & 15] ?? "other",
      binding: bindings[bytes[at + 12] >> 4] ?? "other",
      section: readU16(bytes, at + 14),
    });
  }
  return symbols;
}

/** Address of the first symbol of that name, without the Thumb bit of a function. */
export function symbolAddress(symbols: readonly ElfSymbol[], name: string): number | undefined {
  const symbol = symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) return undefined;
  return symbol.type === "function" ? (symbol.value & ~1) >>> 0 : symbol.value;
}
