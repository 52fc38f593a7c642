import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import { type ElfProgram, type ElfSection, type ElfTables, PT_LOAD, SHF_ALLOC, SHT_NOBITS } from "./elf.ts";
import { malformedLoader } from "./loader-elf.ts";
import type { LoaderSegment, LoaderStretch } from "./loader-file.ts";
import { type FoundSegment, joinSegments } from "./segments.ts";

const SHT_NULL = 0;
const SHF_TLS = 0x400;
/** More RAM than any STM32 has: what asks for more is damaged, and is refused before it is reserved. */
const OCCUPIED_LIMIT = 16 * 1024 * 1024;
/** Bytes that alignment may leave between two sections of one segment; they are loaded as the file has them. */
const PADDING_LIMIT = 64;

/** More loadable segments than any linker makes. */
const LOADABLE_LIMIT = 256;

/** Bytes of the file and the address where the program expects them. */
interface Piece {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly program?: ElfProgram;
  readonly origin: string;
}

/** Where a loader's bytes go. */
export interface LoaderLayout {
  readonly segments: readonly LoaderSegment[];
  readonly zeroed: readonly LoaderStretch[];
  readonly span: LoaderStretch;
}

export interface LayoutChoice {
  /** True for a section that is not to be loaded. */
  readonly skipSection: (section: ElfSection) => boolean;
  /** True for a segment of which nothing is to be loaded. */
  readonly skipProgram?: (program: ElfProgram) => boolean;
  /** True for bss that may be zeroed: what lies elsewhere (registers, flash) is left alone. */
  readonly mayZero: (start: number) => boolean;
  /** More stretches that are RAM of the program, such as variables that no section names. */
  readonly moreZeroed?: readonly LoaderStretch[];
}

/**
 * Lays out a loader by *virtual* addresses: there is no start-up code that would copy initialised data from a load
 * address, as the loader runs where it is put, so each byte has to be at the address its code uses.
 *
 * Every allocated section with bytes is taken, whichever segment it is in or none, and what a segment holds beyond
 * sections only when it has none. What lies in no file bytes (NOBITS sections, the rest of a segment's memory size) has
 * to be zero; where the two overlap, the bytes win.
 *
 * Throws `loader-no-code`, `loader-malformed` or `loader-too-large`.
 */
export function layOut(elf: ElfTables, choice: LayoutChoice): LoaderLayout {
  const pieces = findPieces(elf, choice);
  if (pieces.length === 0) {
    throw new ProbityError("loader-no-code", `${elf.fileName} holds nothing that could be loaded into RAM.`, {
      facts: { sections: elf.sections.length, segments: elf.programs.length },
      remedy: ["Check the linker script: the loader's code has to be in an allocated section of a loadable segment."],
    });
  }
  const loaded = pieces.reduce((total, { size }) => total + size, 0);
  if (loaded > elf.bytes.length) {
    throw malformedLoader(elf.fileName, "the section table", "the same bytes are to be loaded more than once");
  }
  const segments = join(elf, pieces);
  const zeroed = subtract(merge(findZeroed(elf, choice)), segments);
  return { segments, zeroed, span: spanOf(elf, segments, zeroed) };
}

/** The layout moved down by `base`. */
export function relativeTo(layout: LoaderLayout, base: number): LoaderLayout {
  return {
    segments: layout.segments.map(({ address, data }) => ({ address: address - base, data })),
    zeroed: layout.zeroed.map(({ start, length }) => ({ start: start - base, length })),
    span: { start: layout.span.start - base, length: layout.span.length },
  };
}

/** True when the address is among the loaded bytes. */
export function isLoaded(layout: LoaderLayout, address: number): boolean {
  return layout.segments.some(
    (segment) => address >= segment.address && address < segment.address + segment.data.length,
  );
}

/** True for a section that takes room in the running program. */
export function isAllocated(section: ElfSection): boolean {
  return (section.flags & SHF_ALLOC) !== 0 && section.type !== SHT_NULL && section.size > 0;
}

/** True when the section's bytes are that segment's, at the address the segment gives them. */
export function isWithin(section: ElfSection, program: ElfProgram): boolean {
  return (
    program.type === PT_LOAD &&
    section.type !== SHT_NOBITS &&
    section.offset >= program.offset &&
    section.offset + section.size <= program.offset + program.fileSize &&
    section.address - program.virtualAddress === section.offset - program.offset
  );
}

function findPieces(elf: ElfTables, { skipSection, skipProgram }: LayoutChoice): Piece[] {
  const programs = elf.programs.filter((program) => program.type === PT_LOAD && program.fileSize > 0);
  if (programs.length > LOADABLE_LIMIT) {
    throw malformedLoader(elf.fileName, "the program headers", `it announces ${programs.length} loadable segments`);
  }
  const skipped = programs.filter((program) => skipProgram?.(program) === true);
  const withBytes = elf.sections.filter((section) => isAllocated(section) && section.type !== SHT_NOBITS);
  const covered = new Set<ElfProgram>();
  const pieces: Piece[] = [];
  for (const section of withBytes) {
    const program = programs.find((candidate) => isWithin(section, candidate));
    if (program !== undefined) covered.add(program);
    if (skipSection(section) || (program !== undefined && skipped.includes(program))) continue;
    const { address, offset, size } = section;
    pieces.push({ address, offset, size, program, origin: `section ${section.name}` });
  }
  for (const [index, program] of programs.entries()) {
    if (covered.has(program) || skipped.includes(program)) continue;
    const { virtualAddress, offset, fileSize } = program;
    pieces.push({ address: virtualAddress, offset, size: fileSize, program, origin: `loadable segment ${index}` });
  }
  return pieces;
}

/** Pieces in address order; neighbours of one segment take the padding between them along, to be one transfer. */
function join(elf: ElfTables, pieces: readonly Piece[]): LoaderSegment[] {
  const sorted = [...pieces].sort((a, b) => a.address - b.address);
  const found = sorted.map((piece, index): FoundSegment => {
    const next = sorted[index + 1];
    const gap = next === undefined ? 0 : next.address - (piece.address + piece.size);
    const padded =
      gap > 0 &&
      gap < PADDING_LIMIT &&
      piece.program !== undefined &&
      piece.program === next.program &&
      next.offset - (piece.offset + piece.size) === gap;
    const size = piece.size + (padded ? gap : 0);
    return {
      address: piece.address,
      data: elf.bytes.subarray(piece.offset, piece.offset + size),
      origin: piece.origin,
    };
  });
  const last = found.findLast(({ address, data }) => address + data.length > 2 ** 32);
  if (last !== undefined) {
    throw malformedLoader(elf.fileName, "the linker script", `${last.origin} reaches beyond the 32-bit address space`);
  }
  for (const [index, piece] of found.entries()) {
    const before = found[index - 1];
    if (before !== undefined && before.address + before.data.length > piece.address) {
      throw malformedLoader(
        elf.fileName,
        "the linker script",
        `${before.origin} and ${piece.origin} both claim address ${hex32(piece.address)}`,
        { address: piece.address },
      );
    }
  }
  return joinSegments(found, elf.fileName);
}

function findZeroed(elf: ElfTables, { skipProgram, mayZero, moreZeroed }: LayoutChoice): LoaderStretch[] {
  const sections = elf.sections
    .filter((section) => isAllocated(section) && section.type === SHT_NOBITS && (section.flags & SHF_TLS) === 0)
    .map(({ address, size }) => ({ start: address, length: size }));
  const tails = elf.programs
    .filter(({ type, fileSize, memorySize }) => type === PT_LOAD && memorySize > fileSize)
    .filter((program) => skipProgram?.(program) !== true)
    .map(({ virtualAddress, fileSize, memorySize }) => ({
      start: virtualAddress + fileSize,
      length: memorySize - fileSize,
    }));
  const found = [...sections, ...tails, ...(moreZeroed ?? [])].filter(({ start }) => mayZero(start));
  for (const { start, length } of found) {
    if (start + length > 2 ** 32) {
      throw malformedLoader(elf.fileName, "the linker script", "its bss reaches beyond the 32-bit address space", {
        start,
        length,
      });
    }
  }
  return found;
}

/** Stretches in address order, those that overlap or touch made one. */
function merge(stretches: readonly LoaderStretch[]): LoaderStretch[] {
  const merged: LoaderStretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || stretch.start > last.start + last.length) {
      merged.push(stretch);
    } else {
      const end = Math.max(last.start + last.length, stretch.start + stretch.length);
      merged[merged.length - 1] = { start: last.start, length: end - last.start };
    }
  }
  return merged;
}

/** What of the stretches lies outside the segments; both are in address order and neither overlaps itself. */
function subtract(stretches: readonly LoaderStretch[], segments: readonly LoaderSegment[]): LoaderStretch[] {
  const rest: LoaderStretch[] = [];
  let next = 0;
  for (const { start, length } of stretches) {
    const end = start + length;
    let from = start;
    for (; next < segments.length && segments[next].address < end; next++) {
      const { address, data } = segments[next];
      if (address > from) rest.push({ start: from, length: address - from });
      from = Math.max(from, address + data.length);
      // This segment may reach into the next stretch.
      if (from >= end) break;
    }
    if (from < end) rest.push({ start: from, length: end - from });
  }
  return rest;
}

function spanOf(elf: ElfTables, segments: readonly LoaderSegment[], zeroed: readonly LoaderStretch[]): LoaderStretch {
  const all = [...segments.map(({ address, data }) => ({ start: address, length: data.length })), ...zeroed];
  const occupied = all.reduce((total, { length }) => total + length, 0);
  if (occupied > OCCUPIED_LIMIT) {
    throw new ProbityError(
      "loader-too-large",
      `${elf.fileName} needs ${occupied} bytes of RAM, more than any STM32 has.`,
      {
        facts: { bytes: occupied, limit: OCCUPIED_LIMIT },
        remedy: ["Check the sizes of the loader's variables and its linker script, or copy the file again."],
      },
    );
  }
  const start = all.reduce((lowest, stretch) => Math.min(lowest, stretch.start), 2 ** 32);
  const end = all.reduce((highest, stretch) => Math.max(highest, stretch.start + stretch.length), 0);
  return { start, length: end - start };
}
