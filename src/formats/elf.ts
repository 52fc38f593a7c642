import { readU16, readU32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import { type FoundSegment, joinSegments, type Segment } from "./segments.ts";

/** Numbers of the ELF specification and of "ELF for the Arm Architecture" that this reader goes by. */
export const PT_LOAD = 1;
export const SHT_SYMTAB = 2;
export const SHT_NOBITS = 8;
export const SHT_ARM_ATTRIBUTES = 0x70000003;
export const SHF_ALLOC = 2;
const EM_ARM = 40;
const HEADER_SIZE = 52;
const PROGRAM_SIZE = 32;
const SECTION_SIZE = 40;
const PN_XNUM = 0xffff;
/** More loadable segments than any linker makes. */
const LOADABLE_LIMIT = 256;

export interface ElfProgram {
  readonly type: number;
  readonly offset: number;
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** An ARM ELF file with its tables read and checked. */
export interface ElfTables {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly entry: number;
  readonly flags: number;
  readonly programs: readonly ElfProgram[];
  readonly sections: readonly ElfSection[];
}

/** An ARM ELF file and the image that it loads. */
export interface ElfFile extends ElfTables {
  /** What is to be loaded, by physical (load) address, in address order. */
  readonly segments: readonly Segment[];
}

/** True when the bytes begin as every ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Reads a linked 32-bit little-endian ARM ELF file: header, program headers, sections and the image to load. Throws
 * `elf-foreign` (not for this kind of chip), `elf-not-linked`, `elf-truncated` or `elf-malformed`, each saying which
 * part is wrong.
 */
export function readElf(bytes: Uint8Array, fileName: string): ElfFile {
  const tables = readElfTables(bytes, fileName);
  return { ...tables, segments: loadImage(bytes, fileName, tables.programs, tables.sections) };
}

/**
 * The tables alone, for files whose segments may lie over one another or nowhere. Every loadable segment and every
 * section lies within the file. Throws as {@link readElf} does.
 */
export function readElfTables(bytes: Uint8Array, fileName: string): ElfTables {
  checkIdentity(bytes, fileName);
  const programCount = readU16(bytes, 44);
  const sectionCount = readU16(bytes, 48);
  const programs = table(
    bytes,
    fileName,
    "program header",
    readU32(bytes, 28),
    programCount,
    readU16(bytes, 42),
    PROGRAM_SIZE,
  ).map((at) => readProgram(bytes, at));
  for (const [index, program] of programs.entries()) {
    if (program.type === PT_LOAD) checkRange(bytes, fileName, `segment ${index}`, program.offset, program.fileSize);
  }
  const sections = readSections(bytes, fileName, sectionCount);
  return { fileName, bytes, entry: readU32(bytes, 24), flags: readU32(bytes, 36), programs, sections };
}

/** The first section of that name. */
export function findSection(elf: ElfTables, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/** The bytes of a section; none for one that takes no room in the file. */
export function sectionBytes(elf: ElfTables, section: ElfSection): Uint8Array {
  if (section.type === SHT_NOBITS) return new Uint8Array(0);
  return elf.bytes.subarray(section.offset, section.offset + section.size);
}

/** The error that some part of the file contradicts itself or the format. */
export function malformed(fileName: string, what: string): ProbityError {
  return new ProbityError("elf-malformed", `${fileName} is a damaged ELF file: ${what}.`, {
    remedy: ["Build the file again, and copy it in binary mode."],
  });
}

/** Text at `offset` of a string table, up to its end mark. */
export function stringAt(table: Uint8Array, offset: number): string | undefined {
  if (offset >= table.length) return undefined;
  const end = table.indexOf(0, offset);
  if (end < 0) return undefined;
  return Buffer.from(table.buffer, table.byteOffset + offset, end - offset).toString("latin1");
}

const machines: Readonly<Record<number, string>> = {
  2: "SPARC",
  3: "x86 (32-bit)",
  8: "MIPS",
  20: "PowerPC",
  62: "x86-64",
  83: "AVR",
  94: "Xtensa",
  105: "MSP430",
  183: "AArch64 (64-bit ARM)",
  243: "RISC-V",
};

function checkIdentity(bytes: Uint8Array, fileName: string): void {
  if (!isElf(bytes)) {
    throw new ProbityError(
      "elf-foreign",
      `${fileName} is not an ELF file: it does not begin with the four bytes 7f 45 4c 46.`,
      {
        facts: { length: bytes.length },
        remedy: ["Give the .elf file that the linker wrote, not an object list, a map or a source file."],
      },
    );
  }
  if (bytes.length < HEADER_SIZE) throw truncated(bytes, fileName, "the file header", HEADER_SIZE);
  const machine = bytes[5] === 2 ? (bytes[18] << 8) | bytes[19] : readU16(bytes, 18);
  const name = machineName(machine);
  const foreign = (what: string): ProbityError =>
    new ProbityError("elf-foreign", `${fileName} is not a program for a Cortex-M: ${what}.`, {
      facts: { class: bytes[4], data: bytes[5], machine },
      remedy: ["Build it with a compiler for ARM Cortex-M, such as arm-none-eabi-gcc."],
    });
  if (bytes[4] !== 1)
    throw foreign(bytes[4] === 2 ? `it is a 64-bit file for ${name}` : `its class ${bytes[4]} does not exist`);
  if (bytes[5] !== 1)
    throw foreign(bytes[5] === 2 ? `it is big-endian, for ${name}` : `its byte order ${bytes[5]} does not exist`);
  if (machine !== EM_ARM) throw foreign(`it is for ${name}`);
  const type = readU16(bytes, 16);
  if (type !== 2 && type !== 3) {
    const what = type === 1 ? "an object file that was not linked yet" : type === 4 ? "a core dump" : `of type ${type}`;
    throw new ProbityError("elf-not-linked", `${fileName} holds no program to load: it is ${what}.`, {
      facts: { type },
      remedy: ["Give the file that the linker wrote."],
    });
  }
}

function machineName(machine: number): string {
  return machine === EM_ARM ? "ARM" : (machines[machine] ?? `machine ${machine}`);
}

function truncated(bytes: Uint8Array, fileName: string, what: string, end: number): ProbityError {
  return new ProbityError(
    "elf-truncated",
    `${fileName} is cut short: ${what} ends at byte ${end}, and the file at byte ${bytes.length}.`,
    { facts: { needed: end, length: bytes.length }, remedy: ["Build the file again, or copy it again in full."] },
  );
}

function checkRange(bytes: Uint8Array, fileName: string, what: string, offset: number, size: number): void {
  if (offset + size > bytes.length) throw truncated(bytes, fileName, what, offset + size);
}

/** Offsets of the entries of a header table; every entry lies within the file. */
function table(
  bytes: Uint8Array,
  fileName: string,
  what: string,
  offset: number,
  count: number,
  stride: number,
  size: number,
): number[] {
  if (count === 0) return [];
  if (count === PN_XNUM) throw malformed(fileName, `it announces ${count} entries of the ${what} table`);
  if (stride < size) throw malformed(fileName, `an entry of the ${what} table has ${stride} bytes instead of ${size}`);
  checkRange(bytes, fileName, `the ${what} table`, offset, count * stride);
  return Array.from({ length: count }, (_, index) => offset + index * stride);
}

function readProgram(bytes: Uint8Array, at: number): ElfProgram {
  return {
    type: readU32(bytes, at),
    offset: readU32(bytes, at + 4),
    virtualAddress: readU32(bytes, at + 8),
    physicalAddress: readU32(bytes, at + 12),
    fileSize: readU32(bytes, at + 16),
    memorySize: readU32(bytes, at + 20),
    flags: readU32(bytes, at + 24),
  };
}

function readSections(bytes: Uint8Array, fileName: string, count: number): ElfSection[] {
  const offsets = table(bytes, fileName, "section header", readU32(bytes, 32), count, readU16(bytes, 46), SECTION_SIZE);
  for (const [index, at] of offsets.entries()) {
    if (index > 0 && readU32(bytes, at + 4) !== SHT_NOBITS) {
      checkRange(bytes, fileName, `section ${index}`, readU32(bytes, at + 16), readU32(bytes, at + 20));
    }
  }
  const names = sectionNames(bytes, fileName, offsets);
  return offsets.map((at, index) => {
    const name = names === undefined || index === 0 ? "" : stringAt(names, readU32(bytes, at));
    if (name === undefined) throw malformed(fileName, `section ${index} has no name in the table of names`);
    if (name.length > 1000) throw malformed(fileName, `the name of section ${index} is ${name.length} characters long`);
    return {
      name,
      type: readU32(bytes, at + 4),
      flags: readU32(bytes, at + 8),
      address: readU32(bytes, at + 12),
      offset: readU32(bytes, at + 16),
      size: readU32(bytes, at + 20),
      link: readU32(bytes, at + 24),
      info: readU32(bytes, at + 28),
      entrySize: readU32(bytes, at + 36),
    };
  });
}

function sectionNames(bytes: Uint8Array, fileName: string, offsets: readonly number[]): Uint8Array | undefined {
  const index = readU16(bytes, 50);
  if (index === 0 || offsets.length === 0) return undefined;
  const at = offsets[index];
  if (at === undefined)
    throw malformed(fileName, `section ${index} should hold the names, and there are ${offsets.length}`);
  const offset = readU32(bytes, at + 16);
  return readU32(bytes, at + 4) === SHT_NOBITS ? undefined : bytes.subarray(offset, offset + readU32(bytes, at + 20));
}

/**
 * What is to be loaded, as objcopy and GDB see it: the allocated sections inside loadable segments, at the physical
 * address of their segment; headers and padding that a segment happens to cover are left out. A file without such
 * sections is loaded by whole segments.
 */
function loadImage(
  bytes: Uint8Array,
  fileName: string,
  programs: readonly ElfProgram[],
  sections: readonly ElfSection[],
): Segment[] {
  const loadable = programs.filter((program) => program.type === PT_LOAD && program.fileSize > 0);
  if (loadable.length > LOADABLE_LIMIT) throw malformed(fileName, `it announces ${loadable.length} loadable segments`);
  const bySection = loadable.flatMap((program) =>
    sections
      .filter((section) => isLoadedFrom(section, program))
      .map(({ name, offset, size }) => ({ program, offset, size, origin: `section ${name}` })),
  );
  const bySegment = loadable.map((program, index) => ({
    program,
    offset: program.offset,
    size: program.fileSize,
    origin: `loadable segment ${index}`,
  }));
  const chosen = bySection.length > 0 ? bySection : bySegment;
  if (chosen.reduce((total, piece) => total + piece.size, 0) > bytes.length) {
    throw malformed(fileName, "the same bytes are to be loaded more than once");
  }
  const pieces = chosen.map(
    ({ program, offset, size, origin }): FoundSegment => ({
      address: program.physicalAddress + (offset - program.offset),
      data: bytes.subarray(offset, offset + size),
      origin,
    }),
  );
  return joinSegments(pieces, fileName);
}

function isLoadedFrom(section: ElfSection, program: ElfProgram): boolean {
  return (
    (section.flags & SHF_ALLOC) !== 0 &&
    section.type !== SHT_NOBITS &&
    section.size > 0 &&
    section.offset >= program.offset &&
    section.offset + section.size <= program.offset + program.fileSize &&
    section.address - program.virtualAddress === section.offset - program.offset
  );
}
