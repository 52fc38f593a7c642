import { hex32, readU32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import { type ElfTables, PT_LOAD, SHT_NOBITS } from "./elf.ts";
import { flmOf } from "./flm.ts";
import { findSymbol, type LoaderElf, readLoaderElf } from "./loader-elf.ts";
import type { LoaderFile } from "./loader-file.ts";
import { isAllocated } from "./loader-layout.ts";
import { stldrOf } from "./stldr.ts";

const stldrNames = ["Init", "Write", "Read", "SectorErase", "MassErase"];
const flmNames = ["UnInit", "ProgramPage", "EraseSector", "EraseChip"];

/**
 * Reads a memory loader of either kind, told by what describes its memory (`StorageInfo` or `FlashDevice`), not by its
 * file name. Throws what `readStldr` and `readFlm` throw, and `loader-no-storage-info` for a file that has neither, with
 * what it seems to be instead.
 */
export function readLoader(bytes: Uint8Array, fileName: string): LoaderFile {
  const loader = readLoaderElf(bytes, fileName);
  const has = (name: string): boolean => findSymbol(loader.symbols, name) !== undefined;
  if (has("StorageInfo")) return has("FlashDevice") && !has("Write") ? flmOf(loader) : stldrOf(loader);
  if (has("FlashDevice")) return flmOf(loader);
  throw neither(loader);
}

function neither({ elf, symbols }: LoaderElf): ProbityError {
  const has = (name: string): boolean => findSymbol(symbols, name) !== undefined;
  const found = [...stldrNames, ...flmNames].filter(has);
  const table = vectorTable(elf);
  const missing = `neither StorageInfo (.stldr) nor FlashDevice (.FLM) is among its ${symbols.length} symbols`;
  const facts = { symbols: symbols.length, found: found.join(", ") };
  if (table !== undefined && !(has("Init") && (has("Write") || has("ProgramPage")))) {
    return new ProbityError(
      "loader-no-storage-info",
      `${elf.fileName} is an ordinary program with a vector table at ${hex32(table)} in flash, not a memory loader: ${missing}.`,
      {
        facts: { ...facts, vectorTable: table },
        remedy: ["Give this file to GDB's load or to probity flash, and the memory's .stldr or .FLM as the loader."],
      },
    );
  }
  const like = found.length === 0 ? "" : `, though it has ${found.join(", ")}`;
  return new ProbityError(
    "loader-no-storage-info",
    `${elf.fileName} does not say what memory it writes: ${missing}${like}.`,
    {
      facts,
      remedy: [
        flmNames.some(has)
          ? "Put the section DevDscr, with FlashDevice, in KEEP(...) in the linker script: --gc-sections drops it, as no code refers to it."
          : "Put StorageInfo in KEEP(...) in the linker script: --gc-sections drops it, as no code refers to it.",
        "Compile the file that describes the memory (Dev_Inf.c, FlashDev.c) as part of the loader.",
      ],
    },
  );
}

/** Address of the vector table of a program for internal flash: a stack in RAM and a Thumb address in flash. */
function vectorTable({ bytes, programs, sections }: ElfTables): number | undefined {
  const places = [
    ...sections
      .filter((section) => isAllocated(section) && section.type !== SHT_NOBITS)
      .map(({ address, offset, size }) => ({ address, offset, size })),
    ...programs
      .filter(({ type }) => type === PT_LOAD)
      .map(({ physicalAddress, offset, fileSize }) => ({ address: physicalAddress, offset, size: fileSize })),
  ];
  return places.find(({ address, offset, size }) => {
    if (size < 8 || address < 0x08000000 || address >= 0x10000000) return false;
    const stack = readU32(bytes, offset);
    const reset = readU32(bytes, offset + 4);
    return stack >= 0x10000000 && stack < 0x40000000 && reset % 2 === 1 && reset < 0x20000000;
  })?.address;
}
