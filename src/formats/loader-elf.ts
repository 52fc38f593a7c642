import { hex32 } from "../base/bytes.ts";
import { type Facts, isProbityError, ProbityError } from "../base/errors.ts";
import { type ElfSection, type ElfTables, PT_LOAD, readElfTables, SHF_ALLOC, SHT_NOBITS } from "./elf.ts";
import { type ElfSymbol, readElfSymbols } from "./elf-symbols.ts";

const SHN_LORESERVE = 0xff00;
/** A loader has some kilobytes and its debug information some hundred; more is read by mistake. */
const FILE_LIMIT = 16 * 1024 * 1024;

/** An ELF file that is to be read as a loader, and its symbols. */
export interface LoaderElf {
  readonly elf: ElfTables;
  readonly symbols: readonly ElfSymbol[];
}

/**
 * Reads the tables and the symbols of a file that should be a loader. Throws `loader-foreign` (no ELF file for a
 * Cortex-M), `loader-malformed` (damaged), `loader-too-large` or `loader-stripped` (without the symbols by which its functions are found).
 */
export function readLoaderElf(bytes: Uint8Array, fileName: string): LoaderElf {
  if (bytes.length > FILE_LIMIT) {
    throw new ProbityError("loader-too-large", `${fileName} has ${bytes.length} bytes, which no memory loader has.`, {
      facts: { bytes: bytes.length, limit: FILE_LIMIT },
      remedy: ["Give the loader's own file, an .stldr or .FLM of some kilobytes."],
    });
  }
  try {
    const elf = readElfTables(bytes, fileName);
    const symbols = readElfSymbols(elf).filter(({ name }) => name !== "");
    if (symbols.length > 0) return { elf, symbols };
  } catch (error) {
    if (!isProbityError(error)) throw error;
    const foreign = error.code === "elf-foreign" || error.code === "elf-not-linked";
    throw new ProbityError(
      foreign ? "loader-foreign" : "loader-malformed",
      `${fileName} can't be used as a memory loader: it ${error.message.slice(fileName.length + 1)}`,
      {
        facts: error.facts,
        cause: error,
        remedy: foreign
          ? ["Give a loader that was linked for a little-endian Cortex-M: an .stldr of ST's kind or a CMSIS-Pack .FLM."]
          : ["Copy the loader again in binary mode, or build it again."],
      },
    );
  }
  throw new ProbityError(
    "loader-stripped",
    `${fileName} has no symbol table, by which the functions of a loader are found.`,
    { remedy: ["Link the loader without -s, and don't run strip on it."] },
  );
}

/** The error that a loader contradicts itself: `field` says where, `what` says how. */
export function malformedLoader(fileName: string, field: string, what: string, facts: Facts = {}): ProbityError {
  return new ProbityError("loader-malformed", `${fileName} is a broken loader: ${what}.`, {
    facts: { field, ...facts },
    remedy: [`Correct ${field} in the loader's source or linker script and build it again, or copy the file again.`],
  });
}

/** True for a symbol that stands for a place of this file. */
export function isDefined(symbol: ElfSymbol): boolean {
  return symbol.section !== 0 && symbol.type !== "section" && symbol.type !== "file" && symbol.type !== "other";
}

/** The symbol of that name which other files see, or else one that only its own file saw. */
export function findSymbol(symbols: readonly ElfSymbol[], name: string): ElfSymbol | undefined {
  const named = symbols.filter((symbol) => symbol.name === name && isDefined(symbol));
  return named.find(({ binding }) => binding !== "local") ?? named[0];
}

/** Where a symbol's object lies in the file. */
export interface FilePlace {
  readonly offset: number;
  /** Bytes from there to the end of its section or segment. */
  readonly room: number;
  /** The section it is in, when the file says. */
  readonly section?: ElfSection;
}

/** Finds the bytes behind a symbol; `undefined` when the file holds none for it (bss). */
export function placeOf(elf: ElfTables, symbol: ElfSymbol): FilePlace | undefined {
  const own = symbol.section < SHN_LORESERVE ? elf.sections[symbol.section] : undefined;
  const candidates = own === undefined ? elf.sections.filter(({ flags }) => (flags & SHF_ALLOC) !== 0) : [own];
  for (const section of candidates) {
    const into = symbol.value - section.address;
    if (section.type === SHT_NOBITS || section.type === 0 || into < 0 || into >= section.size) continue;
    return { offset: section.offset + into, room: section.size - into, section };
  }
  if (own !== undefined) return undefined;
  for (const program of elf.programs) {
    const into = symbol.value - program.virtualAddress;
    if (program.type !== PT_LOAD || into < 0 || into >= program.fileSize) continue;
    return { offset: program.offset + into, room: program.fileSize - into };
  }
  return undefined;
}

/** Text of a fixed field up to its NUL, as Latin-1, without what could steer a terminal. */
export function fieldText(field: Uint8Array): string {
  const end = field.indexOf(0);
  const text = Buffer.from(end < 0 ? field : field.subarray(0, end)).toString("latin1");
  return [...text]
    .filter((character) => character >= " " && !(character >= "\x7f" && character < "\xa0"))
    .join("")
    .trim();
}

/**
 * Addresses of the functions of those names, without the Thumb bit. Throws `loader-no-function` when one of `required`
 * is missing. An optional function counts only when other files can see it: a helper may have the same name.
 */
export function findFunctions<Name extends string>(
  { elf, symbols }: LoaderElf,
  required: readonly Name[],
  optional: readonly Name[],
): Map<Name, number> {
  const found = new Map<Name, number>();
  for (const name of [...required, ...optional]) {
    const symbol = findSymbol(symbols, name);
    if (symbol === undefined || symbol.type === "object") continue;
    if (symbol.binding === "local" && !required.includes(name)) continue;
    found.set(name, (symbol.value & ~1) >>> 0);
  }
  const missing = required.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new ProbityError(
      "loader-no-function",
      `${elf.fileName} describes a memory but lacks the function${missing.length > 1 ? "s" : ""} ${missing.join(", ")}.`,
      {
        facts: { missing: missing.join(", "), found: [...found.keys()].join(", ") },
        remedy: [
          `Give the function exactly that name, not static, and name it in KEEP or with -u in the link: --gc-sections drops what nothing calls.`,
        ],
      },
    );
  }
  return found;
}

/** Checks that a device of that place and size can exist. */
export function checkDevice(
  fileName: string,
  start: number,
  size: number,
  pageSize: number,
  names: DeviceFields,
): void {
  if (size === 0) throw malformedLoader(fileName, names.size, `${names.size} is 0`, { start });
  if (start + size > 2 ** 32) {
    throw malformedLoader(
      fileName,
      names.size,
      `${names.size} ${hex32(size)} from ${names.start} ${hex32(start)} on reaches beyond the 32-bit address space`,
      { start, size },
    );
  }
  if (pageSize > size) {
    throw malformedLoader(
      fileName,
      names.pageSize,
      `${names.pageSize} ${pageSize} is more than the whole memory of ${size} bytes`,
      { pageSize, size },
    );
  }
}

/** What the fields are called in the kind of file. */
export interface DeviceFields {
  readonly start: string;
  readonly size: string;
  readonly pageSize: string;
}
