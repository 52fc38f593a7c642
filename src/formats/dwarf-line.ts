import { DwarfCursor, DwarfDamage } from "./dwarf-cursor.ts";
import { type LineFile, type LineHeader, readFileEntry, readLineHeader, type TextPlace } from "./dwarf-line-header.ts";
import { type ElfTables, findSection, SHF_ALLOC, SHT_NOBITS, sectionBytes } from "./elf.ts";

/** A line of a source file. */
export interface SourceLine {
  /** The file's name behind its last directory, such as `src/main.c`, as the compiler noted it. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

/** The line number table of a program. */
export interface LineTable {
  /** The line that the instruction at `address` was made from; `undefined` when none is known. */
  lineAt(address: number): SourceLine | undefined;
}

const SHF_EXECINSTR = 4;
const SHF_COMPRESSED = 0x800;
/** Longest name that is made; a damaged table's may run through a whole section. */
const NAME_LIMIT = 512;

/** Rows of ascending addresses, each valid up to the next; the last row only marks the end. */
interface Sequence {
  readonly unit: LineHeader;
  readonly addresses: number[];
  readonly files: number[];
  readonly lines: number[];
}

/**
 * Reads `.debug_line`, DWARF versions 2 to 5. `undefined` when there is none (or a compressed one). A unit that is
 * damaged ends where the damage is; what stands before it and in other units is still found.
 */
export function readLineTable(elf: ElfTables): LineTable | undefined {
  const bytes = debugSection(elf, ".debug_line");
  if (bytes === undefined) return undefined;
  const texts = { lineStr: debugSection(elf, ".debug_line_str"), str: debugSection(elf, ".debug_str") };
  const sequences: Sequence[] = [];
  const cursor = new DwarfCursor(bytes);
  quietly(() => {
    while (cursor.left > 0) {
      const first = cursor.u32();
      const is64 = first === 0xffffffff;
      const length = is64 ? cursor.offset(true) : first;
      const unit = new DwarfCursor(bytes, cursor.position, Math.min(cursor.position + length, cursor.end));
      quietly(() => runProgram(unit, readLineHeader(unit, is64, texts), sequences));
      cursor.skip(length);
    }
  });
  const isCode = codeTest(elf);
  return new SequenceTable(sequences.filter(({ addresses }) => isCode(addresses[0])));
}

function quietly(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DwarfDamage)) throw error;
  }
}

function debugSection(elf: ElfTables, name: string): Uint8Array | undefined {
  const section = findSection(elf, name);
  if (section === undefined || section.type === SHT_NOBITS || (section.flags & SHF_COMPRESSED) !== 0) return undefined;
  return sectionBytes(elf, section);
}

/**
 * Tells code from functions that the linker dropped: their rows remain, at addresses where there is no code. The answer
 * is found in sorted ends, as a damaged file may have very many sections and rows.
 */
function codeTest(elf: ElfTables): (address: number) => boolean {
  const code = elf.sections
    .filter(({ flags }) => (flags & (SHF_ALLOC | SHF_EXECINSTR)) === (SHF_ALLOC | SHF_EXECINSTR))
    .sort((a, b) => a.address - b.address);
  let highest = 0;
  const ends = code.map(({ address, size }) => {
    highest = Math.max(highest, address + size);
    return highest;
  });
  return (address) => {
    const before = countUpTo(code.length, (at) => code[at].address, address);
    return before > 0 && address < ends[before - 1];
  };
}

/** The state machine of DWARF 5, 6.2.2 and 6.2.5, as far as addresses, files and lines go. */
function runProgram(unit: DwarfCursor, header: LineHeader, sequences: Sequence[]): void {
  const { minimumInstructionLength, lineBase, lineRange, opcodeBase, operands } = header;
  let address = 0;
  let file = 1;
  let line = 1;
  let sequence: Sequence = { unit: header, addresses: [], files: [], lines: [] };
  const advance = (operations: number): void => {
    address = (address + operations * minimumInstructionLength) % 2 ** 32;
  };
  const append = (): void => {
    sequence.addresses.push(address);
    sequence.files.push(file);
    sequence.lines.push(line);
  };
  const endSequence = (): void => {
    append();
    if (sequence.addresses.length > 1 && ascends(sequence.addresses)) sequences.push(sequence);
    sequence = { unit: header, addresses: [], files: [], lines: [] };
    address = 0;
    file = 1;
    line = 1;
  };
  const extended = (): void => {
    const length = unit.uleb();
    if (length === 0) return;
    if (length > unit.left) throw new DwarfDamage();
    const next = unit.position + length;
    const opcode = unit.u8();
    if (opcode === 1) endSequence();
    else if (opcode === 2 && length >= 5) address = unit.u32();
    else if (opcode === 3) header.files.push(readFileEntry(unit));
    unit.position = next;
  };

  while (unit.left > 0) {
    const opcode = unit.u8();
    if (opcode >= opcodeBase) {
      const special = opcode - opcodeBase;
      advance(Math.floor(special / lineRange));
      line = (line + lineBase + (special % lineRange)) >>> 0;
      append();
      continue;
    }
    switch (opcode) {
      case 0:
        extended();
        break;
      case 1: // DW_LNS_copy
        append();
        break;
      case 2: // DW_LNS_advance_pc
        advance(unit.uleb());
        break;
      case 3: // DW_LNS_advance_line
        line = (line + unit.sleb()) >>> 0;
        break;
      case 4: // DW_LNS_set_file
        file = unit.uleb();
        break;
      case 8: // DW_LNS_const_add_pc
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case 9: // DW_LNS_fixed_advance_pc
        address = (address + unit.u16()) % 2 ** 32;
        break;
      default: // the rest says nothing of addresses or lines
        for (let count = operands[opcode - 1]; count > 0; count--) unit.uleb();
    }
  }
}

function ascends(addresses: readonly number[]): boolean {
  return addresses.every((address, index) => index === 0 || address >= addresses[index - 1]);
}

class SequenceTable implements LineTable {
  readonly #sequences: readonly Sequence[];
  /** By sequence, the highest end of it and all before it. */
  readonly #ends: readonly number[];

  constructor(sequences: Sequence[]) {
    this.#sequences = sequences.sort((a, b) => a.addresses[0] - b.addresses[0]);
    let highest = 0;
    this.#ends = this.#sequences.map(({ addresses }) => {
      highest = Math.max(highest, addresses[addresses.length - 1]);
      return highest;
    });
  }

  lineAt(address: number): SourceLine | undefined {
    const sequences = this.#sequences;
    let index = countUpTo(sequences.length, (at) => sequences[at].addresses[0], address) - 1;
    for (; index >= 0 && this.#ends[index] > address; index--) {
      const { unit, addresses, files, lines } = sequences[index];
      const row = countUpTo(addresses.length, (at) => addresses[at], address) - 1;
      if (row === addresses.length - 1) continue;
      const file = fileName(unit, unit.files[files[row]]);
      return file === undefined || lines[row] === 0 ? undefined : { file, line: lines[row] };
    }
    return undefined;
  }
}

/** How many of `length` ascending values are `value` or less. */
function countUpTo(length: number, valueAt: (index: number) => number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A name that has no directory of its own is put behind the last part of the one that the table gives. */
function fileName(unit: LineHeader, file: LineFile | undefined): string | undefined {
  if (file === undefined) return undefined;
  const parts = pathParts(file.name);
  const own = parts.at(-1);
  if (own === undefined) return undefined;
  const parent = parts.length > 1 ? parts.at(-2) : parentName(unit, file.directory);
  return parent === undefined ? own : `${parent}/${own}`;
}

function parentName(unit: LineHeader, directory: number): string | undefined {
  const place = directory === 0 ? undefined : unit.directories[directory];
  return place === undefined ? undefined : pathParts(place).at(-1);
}

/** The parts of a path of either kind of system, without what could steer a terminal. */
function pathParts({ bytes, at }: TextPlace): string[] {
  const end = bytes.indexOf(0, at);
  const stop = Math.min(end < 0 ? bytes.length : end, at + NAME_LIMIT);
  const text = Buffer.from(bytes.subarray(at, stop)).toString("utf8");
  return text
    .replace(/\p{Cc}/gu, "")
    .split(/[/\\]/)
    .filter((part) => part !== "" && part !== "." && part !== "..");
}
