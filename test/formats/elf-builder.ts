import { writeU16, writeU32 } from "../../src/base/bytes.ts";

/** A section to build; without `data` it is NOBITS of `size` bytes. */
export interface TestSection {
  readonly name: string;
  readonly address: number;
  readonly data?: Uint8Array;
  readonly size?: number;
  /** SHF_ALLOC unless said. */
  readonly flags?: number;
  readonly type?: number;
}

/** A PT_LOAD from the first of those sections to the end of the last. */
export interface TestProgram {
  readonly address: number;
  readonly physical?: number;
  readonly sections: readonly string[];
  /** The file size unless said. */
  readonly memorySize?: number;
}

export interface TestSymbol {
  readonly name: string;
  readonly value: number;
  readonly size?: number;
  readonly type?: "none" | "object" | "function";
  readonly binding?: "local" | "global";
  readonly hidden?: boolean;
  /** Name of its section; absolute unless said. */
  readonly section?: string;
}

export interface TestElf {
  readonly entry?: number;
  readonly type?: number;
  readonly sections: readonly TestSection[];
  readonly programs: readonly TestProgram[];
  readonly symbols?: readonly TestSymbol[];
}

const HEADER = 52;
const PROGRAM = 32;
const SECTION = 40;
const types = { none: 0, object: 1, function: 2 };

/** An ARM ELF file, byte by byte, for layouts that no linker at hand makes. Sections follow each other as given. */
export function buildElf(elf: TestElf): Uint8Array {
  const names = new Texts();
  const symbolNames = new Texts();
  const all: (TestSection & { link?: number; entrySize?: number })[] = [...elf.sections];
  if (elf.symbols !== undefined) {
    const numbers = new Map(elf.sections.map(({ name }, index) => [name, index + 1]));
    const data = new Uint8Array(16 * (elf.symbols.length + 1));
    for (const [index, symbol] of elf.symbols.entries()) {
      data.set(symbolEntry(symbol, symbolNames, numbers.get(symbol.section ?? "") ?? 0xfff1), 16 * (index + 1));
    }
    all.push({ name: ".symtab", address: 0, data, flags: 0, type: 2, link: all.length + 2, entrySize: 16 });
    all.push({ name: ".strtab", address: 0, data: symbolNames.bytes(), flags: 0, type: 3 });
  }
  const nameOffsets = [...all.map(({ name }) => names.add(name)), names.add(".shstrtab")];
  all.push({ name: ".shstrtab", address: 0, data: names.bytes(), flags: 0, type: 3 });

  let position = HEADER + PROGRAM * elf.programs.length;
  const offsets = all.map(({ data }) => {
    const at = position;
    position += data?.length ?? 0;
    return at;
  });
  const bytes = new Uint8Array(position + SECTION * (all.length + 1));
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  writeU16(bytes, 16, elf.type ?? 2);
  writeU16(bytes, 18, 40);
  for (const [at, value] of [
    [20, 1],
    [24, elf.entry ?? 0],
    [28, HEADER],
    [32, position],
    [36, 0x05000000],
  ]) {
    writeU32(bytes, at, value);
  }
  for (const [index, value] of [HEADER, PROGRAM, elf.programs.length, SECTION, all.length + 1, all.length].entries()) {
    writeU16(bytes, 40 + 2 * index, value);
  }
  for (const [index, program] of elf.programs.entries()) {
    const inside = program.sections.map((name) => all.findIndex((section) => section.name === name));
    const first = offsets[inside[0]];
    const last = inside[inside.length - 1];
    const fileSize = offsets[last] + (all[last].data?.length ?? 0) - first;
    const { address, physical = address, memorySize = fileSize } = program;
    writeWords(bytes, HEADER + PROGRAM * index, [1, first, address, physical, fileSize, memorySize, 7, 4]);
  }
  for (const [index, section] of all.entries()) {
    const { data, address, size = data?.length ?? 0, flags = 2, link = 0, entrySize = 0 } = section;
    const type = section.type ?? (data === undefined ? 8 : 1);
    const words = [nameOffsets[index], type, flags, address, offsets[index], size, link, 0, 4, entrySize];
    writeWords(bytes, position + SECTION * (index + 1), words);
  }
  for (const [index, { data }] of all.entries()) if (data !== undefined) bytes.set(data, offsets[index]);
  return bytes;
}

function writeWords(bytes: Uint8Array, at: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) writeU32(bytes, at + 4 * index, word);
}

function symbolEntry(symbol: TestSymbol, names: Texts, section: number): Uint8Array {
  const entry = new Uint8Array(16);
  writeWords(entry, 0, [names.add(symbol.name), symbol.value, symbol.size ?? 0]);
  entry[12] = ((symbol.binding === "local" ? 0 : 1) << 4) | types[symbol.type ?? "function"];
  entry[13] = symbol.hidden === true ? 2 : 0;
  writeU16(entry, 14, section);
  return entry;
}

class Texts {
  #text = "\0";

  add(name: string): number {
    const at = this.#text.length;
    this.#text += `${name}\0`;
    return at;
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.from(this.#text, "latin1"));
  }
}
