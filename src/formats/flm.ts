import { hex32, readU16, readU32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import { type ElfSection, type ElfTables, SHT_NOBITS } from "./elf.ts";
import type { ElfSymbol } from "./elf-symbols.ts";
import {
  checkDevice,
  fieldText,
  findFunctions,
  findSymbol,
  type LoaderElf,
  malformedLoader,
  placeOf,
  readLoaderElf,
} from "./loader-elf.ts";
import type { FlmFile, FlmFunction, LoaderDevice, LoaderMemoryKind, SectorRun } from "./loader-file.ts";
import { isAllocated, isLoaded, layOut, relativeTo } from "./loader-layout.ts";

/** Bytes of FlashDevice in front of its sectors (CMSIS-Pack, "Flash Programming": struct FlashDevice). */
const HEAD_SIZE = 160;
const SECTOR_ENTRIES = 512;
const SECTORS_END = 0xffffffff;
const SHF_WRITE = 1;
const SHT_RELA = 4;
const SHT_REL = 9;
/** An algorithm that is linked elsewhere than at 0 keeps at least this alignment when it is moved. */
const BASE_ALIGNMENT = 16;
const required: readonly FlmFunction[] = ["Init", "UnInit", "EraseSector", "ProgramPage"];
const optional: readonly FlmFunction[] = ["EraseChip", "BlankCheck", "Verify"];
const fields = { start: "DevAdr", size: "szDev", pageSize: "szPage" };

/** DevType by value. */
const kinds: readonly LoaderMemoryKind[] = [
  "unknown memory",
  "on-chip flash",
  "external flash",
  "external flash",
  "external flash",
  "SPI flash",
];

/**
 * Reads a CMSIS-Pack flash algorithm, as armlink (PrgCode, PrgData, DevDscr) or another linker makes it. Throws
 * `loader-foreign`, `loader-stripped`, `loader-no-flash-device`, `loader-no-function`, `loader-no-code`,
 * `loader-too-large` or `loader-malformed`.
 */
export function readFlm(bytes: Uint8Array, fileName: string): FlmFile {
  return flmOf(readLoaderElf(bytes, fileName));
}

/** The same from a file whose tables have been read. */
export function flmOf(loader: LoaderElf): FlmFile {
  const { elf, symbols } = loader;
  const description = findSymbol(symbols, "FlashDevice");
  if (description === undefined) throw noFlashDevice(loader);
  const place = placeOf(elf, description);
  if (place === undefined || place.room < HEAD_SIZE) {
    throw malformedLoader(
      elf.fileName,
      "FlashDevice",
      `of the ${HEAD_SIZE} bytes of FlashDevice in front of its sectors the file holds ${place?.room ?? "none"}`,
      { address: description.value },
    );
  }
  const bytes = elf.bytes.subarray(place.offset, place.offset + place.room);
  const device = readFlashDevice(bytes, elf.fileName);
  const functions = findFunctions(loader, required, optional);
  checkPositionIndependent(elf);

  const init = functions.get("Init") ?? 0;
  const own = descriptionSection(place.section, symbols, description, elf);
  const isDescription = (section: ElfSection): boolean => section === own;
  const absolute = layOut(elf, {
    skipSection: isDescription,
    skipProgram: own === undefined ? undefined : (program) => holdsOnly(elf, program, own),
    // Only what moves together with the code can be its data.
    mayZero: (start) => start >>> 24 === init >>> 24,
  });
  const base = absolute.span.start - (absolute.span.start % BASE_ALIGNMENT);
  for (const [name, address] of functions) {
    if (!isLoaded(absolute, address)) {
      throw malformedLoader(elf.fileName, name, `${name} at ${hex32(address)} lies outside everything that it loads`, {
        address,
      });
    }
    functions.set(name, address - base);
  }
  return {
    format: "flm",
    fileName: elf.fileName,
    elf,
    symbols,
    device,
    functions,
    ...relativeTo(absolute, base),
    staticBase: findStaticBase(elf, symbols, isDescription, absolute.span) - base,
    programTimeout: readU32(bytes, 152),
    eraseTimeout: readU32(bytes, 156),
  };
}

function readFlashDevice(bytes: Uint8Array, fileName: string): LoaderDevice {
  const type = readU16(bytes, 130);
  const start = readU32(bytes, 132);
  const size = readU32(bytes, 136);
  const pageSize = readU32(bytes, 140);
  checkDevice(fileName, start, size, pageSize, fields);
  const { sectors, end } = readSectors(bytes, fileName, start, size);
  return {
    name: fieldText(bytes.subarray(2, 130)),
    kind: kinds[type] ?? "unknown memory",
    type,
    start,
    size,
    pageSize,
    erasedValue: bytes[148],
    sectors,
    ...(end === size ? {} : { sectorTableBytes: end }),
  };
}

/**
 * Sectors stand as (size, offset of the first) up to the next offset. A last one that the device cuts off is a run of
 * its own.
 */
function readSectors(
  bytes: Uint8Array,
  fileName: string,
  start: number,
  deviceSize: number,
): { sectors: SectorRun[]; end: number } {
  const entries: { size: number; offset: number }[] = [];
  const broken = (what: string, entry: number): Error =>
    malformedLoader(fileName, "the sectors of FlashDevice", `${what} of its sectors`, { entry });
  for (let entry = 0; ; entry++) {
    const at = HEAD_SIZE + 8 * entry;
    if (entry === SECTOR_ENTRIES || at + 8 > bytes.length) throw broken("there is no end mark", entry);
    const size = readU32(bytes, at);
    const offset = readU32(bytes, at + 4);
    if (size === SECTORS_END && offset === SECTORS_END) break;
    const before = entries.at(-1)?.offset ?? -1;
    if (size === 0 || offset <= before || offset >= deviceSize) {
      throw broken(`entry ${entry} says ${size} bytes at offset ${hex32(offset)}, which can't be one`, entry);
    }
    entries.push({ size, offset });
  }
  const sectors: SectorRun[] = [];
  for (const [index, { size, offset }] of entries.entries()) {
    const length = (entries[index + 1]?.offset ?? deviceSize) - offset;
    const count = Math.floor(length / size);
    const rest = length - count * size;
    if (count > 0) sectors.push({ start: start + offset, size, count });
    if (rest > 0) sectors.push({ start: start + offset + count * size, size: rest, count: 1 });
  }
  return { sectors, end: entries.length === 0 ? 0 : deviceSize };
}

/** The section that is FlashDevice and nothing that the algorithm uses; it is never loaded. */
function descriptionSection(
  section: ElfSection | undefined,
  symbols: readonly ElfSymbol[],
  description: ElfSymbol,
  elf: ElfTables,
): ElfSection | undefined {
  if (section === undefined || section.name === "DevDscr") return section;
  const index = elf.sections.indexOf(section);
  const used = symbols.some(
    (symbol) => symbol.section === index && symbol !== description && symbol.size > 0 && symbol.type !== "section",
  );
  return used ? undefined : section;
}

/** True for a segment in which there is no section but that one. */
function holdsOnly(elf: ElfTables, program: ElfTables["programs"][number], only: ElfSection): boolean {
  const inside = (section: ElfSection): boolean =>
    section.type !== SHT_NOBITS &&
    section.offset >= program.offset &&
    section.offset + section.size <= program.offset + program.fileSize;
  return inside(only) && !elf.sections.some((section) => section !== only && isAllocated(section) && inside(section));
}

/** Nobody applies relocations to an algorithm that is put somewhere. */
function checkPositionIndependent(elf: ElfTables): void {
  const relocations = elf.sections.find(
    (section) => (section.type === SHT_REL || section.type === SHT_RELA) && isAllocated(section),
  );
  if (relocations === undefined) return;
  throw malformedLoader(
    elf.fileName,
    "position independence",
    `its section ${relocations.name} asks for addresses in it to be corrected where it is put, which flash algorithms can't rely on`,
    { relocations: relocations.size },
  );
}

/**
 * Where R9 points (relative to the same 0 as all addresses): the table of addresses of GCC's position-independent data
 * if there is one, else the first read-write data, else the end of the code, where nothing is reached through it.
 */
function findStaticBase(
  elf: ElfTables,
  symbols: readonly ElfSymbol[],
  isDescription: (section: ElfSection) => boolean,
  span: { readonly start: number; readonly length: number },
): number {
  const table = findSymbol(symbols, "_GLOBAL_OFFSET_TABLE_");
  const sections = elf.sections.filter((section) => isAllocated(section) && !isDescription(section));
  const holdsTable = ({ address, size, type }: ElfSection): boolean =>
    table !== undefined && type !== SHT_NOBITS && table.value >= address && table.value < address + size;
  if (table !== undefined && sections.some(holdsTable)) return table.value;
  const named = sections.filter((section) => section.name === "PrgData");
  const data = named.length > 0 ? named : sections.filter((section) => (section.flags & SHF_WRITE) !== 0);
  if (data.length > 0) return Math.min(...data.map(({ address }) => address));
  return (span.start + span.length + 3) & ~3;
}

function noFlashDevice({ elf, symbols }: LoaderElf): ProbityError {
  const present = [...required, ...optional].filter((name) => findSymbol(symbols, name) !== undefined);
  return new ProbityError(
    "loader-no-flash-device",
    `${elf.fileName} has no symbol FlashDevice, which says what memory a flash algorithm writes.`,
    {
      facts: { symbols: symbols.length, found: present.join(", ") },
      remedy: [
        "Put the section DevDscr in KEEP(...) in the linker script: --gc-sections drops it, as no code refers to it.",
        "Compile FlashDev.c, or the file that defines FlashDevice, as part of the algorithm.",
      ],
    },
  );
}
