import { hex32, readU16, readU32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import { type ElfProgram, type ElfSection, type ElfTables, PT_LOAD, SHT_NOBITS } from "./elf.ts";
import type { ElfSymbol } from "./elf-symbols.ts";
import {
  checkDevice,
  type FilePlace,
  fieldText,
  findFunctions,
  findSymbol,
  isDefined,
  type LoaderElf,
  malformedLoader,
  placeOf,
  readLoaderElf,
} from "./loader-elf.ts";
import type {
  LoaderDevice,
  LoaderMemoryKind,
  LoaderStretch,
  SectorRun,
  StldrFile,
  StldrFunction,
} from "./loader-file.ts";
import { isAllocated, isLoaded, isWithin, layOut } from "./loader-layout.ts";

/** Bytes of StorageInfo (stlink-gdbserver.md 4.2). */
const STORAGE_INFO_SIZE = 200;
const SECTOR_TABLE = 120;
const SECTOR_ENTRIES = 10;
const required: readonly StldrFunction[] = ["Init", "Write"];
const optional: readonly StldrFunction[] = ["Read", "SectorErase", "MassErase", "CheckSum", "Verify"];
const fields = { start: "DeviceStartAddress", size: "DeviceSize", pageSize: "PageSize" };

/** DeviceType by value. */
const kinds: readonly LoaderMemoryKind[] = [
  "unknown memory",
  "on-chip flash",
  "NAND flash",
  "NOR flash",
  "SRAM",
  "PSRAM",
  "PC Card",
  "SPI flash",
  "I2C flash",
  "SDRAM",
  "I2C EEPROM",
];

/**
 * Reads an external memory loader of ST's, built by IAR, Keil or GCC. Functions are found by their symbols, as the entry
 * address is 0 in Keil's. Throws `loader-foreign`, `loader-stripped`, `loader-no-storage-info`, `loader-no-function`,
 * `loader-no-code`, `loader-too-large` or `loader-malformed`.
 */
export function readStldr(bytes: Uint8Array, fileName: string): StldrFile {
  return stldrOf(readLoaderElf(bytes, fileName));
}

/** The same from a file whose tables have been read. */
export function stldrOf(loader: LoaderElf): StldrFile {
  const { elf, symbols } = loader;
  const info = findSymbol(symbols, "StorageInfo");
  if (info === undefined) throw noStorageInfo(loader);
  const place = placeOf(elf, info);
  if (place === undefined || place.room < STORAGE_INFO_SIZE) {
    throw malformedLoader(
      elf.fileName,
      "StorageInfo",
      `of the ${STORAGE_INFO_SIZE} bytes of StorageInfo the file holds ${place?.room ?? "none"}`,
      { address: info.value },
    );
  }
  const device = readStorageInfo(elf, place.offset);
  const functions = findFunctions(loader, required, optional);
  const init = functions.get("Init") ?? 0;
  const isRam = ramTest(init);
  const isInfo = infoTest(elf, info, place, isRam);
  const layout = layOut(elf, {
    skipSection: isInfo.section,
    skipProgram: isInfo.program,
    mayZero: isRam,
    moreZeroed: variables(symbols, init),
  });
  for (const [name, address] of functions) {
    if (!isLoaded(layout, address)) {
      throw malformedLoader(elf.fileName, name, `${name} at ${hex32(address)} lies outside everything that it loads`, {
        address,
      });
    }
  }
  return { format: "stldr", fileName: elf.fileName, elf, symbols, device, functions, ...layout };
}

/** StorageInfo at `offset` of the file. */
function readStorageInfo(elf: ElfTables, offset: number): LoaderDevice {
  const info = elf.bytes.subarray(offset, offset + STORAGE_INFO_SIZE);
  const type = readU16(info, 100);
  const start = readU32(info, 104);
  const size = readU32(info, 108);
  const pageSize = readU32(info, 112);
  checkDevice(elf.fileName, start, size, pageSize, fields);
  const { sectors, total } = readSectors(info, elf.fileName, start, size);
  return {
    name: fieldText(info.subarray(0, 100)),
    kind: kinds[type] ?? "unknown memory",
    type,
    start,
    size,
    pageSize,
    erasedValue: info[116],
    sectors,
    ...(total === size || total === 0 ? {} : { sectorTableBytes: total }),
  };
}

/** The runs of sectors from `start` on, cut off at the end of the device, and what the table adds up to. */
function readSectors(
  info: Uint8Array,
  fileName: string,
  start: number,
  deviceSize: number,
): { sectors: SectorRun[]; total: number } {
  const sectors: SectorRun[] = [];
  let total = 0;
  for (let entry = 0; entry < SECTOR_ENTRIES; entry++) {
    const count = readU32(info, SECTOR_TABLE + 8 * entry);
    const size = readU32(info, SECTOR_TABLE + 8 * entry + 4);
    if (count === 0 && size === 0) break;
    if (count === 0 || size === 0 || size > deviceSize) {
      throw malformedLoader(
        fileName,
        "the sector table of StorageInfo",
        `entry ${entry} of its sector table says ${count} sectors of ${size} bytes, in a memory of ${deviceSize}`,
        { entry, count, size },
      );
    }
    const fitting = Math.min(count, Math.floor(Math.max(0, deviceSize - total) / size));
    if (fitting > 0) sectors.push({ start: start + total, size, count: fitting });
    total += count * size;
  }
  return { sectors, total };
}

/**
 * Tells RAM from what else a loader's sections may name: the regions where STM32 have RAM (core-coupled, SRAM), and the
 * one where `Init` lies, for loaders in ITCM or external RAM.
 */
function ramTest(init: number): (address: number) => boolean {
  return (address) => (address >= 0x10000000 && address < 0x40000000) || address >>> 28 === init >>> 28;
}

/**
 * What is not loaded, as it only holds StorageInfo for the host: its section and segment when they lie at address 0 (as
 * IAR links it), in no RAM, or over the bss (as ST's Keil scatter file has it): variables that have to begin as zero are
 * needed there, the description is not. Elsewhere it is loaded, because it may be part of the constants.
 */
function infoTest(
  elf: ElfTables,
  info: ElfSymbol,
  { section }: FilePlace,
  isRam: (address: number) => boolean,
): { section: (candidate: ElfSection) => boolean; program: (candidate: ElfProgram) => boolean } {
  const home = section?.address ?? info.value;
  if (home !== 0 && info.value !== 0 && isRam(home) && !isOverBss(elf, info.value)) {
    return { section: () => false, program: () => false };
  }
  return {
    section: (candidate) => candidate === section,
    program: (program) =>
      section === undefined
        ? info.value >= program.virtualAddress && info.value < program.virtualAddress + program.fileSize
        : isWithin(section, program),
  };
}

/** Whether variables without bytes in the file lie where the description does. */
function isOverBss(elf: ElfTables, address: number): boolean {
  const meets = (start: number, end: number): boolean => start < address + STORAGE_INFO_SIZE && end > address;
  return (
    elf.sections.some(
      (section) =>
        isAllocated(section) && section.type === SHT_NOBITS && meets(section.address, section.address + section.size),
    ) ||
    elf.programs.some(
      ({ type, virtualAddress, fileSize, memorySize }) =>
        type === PT_LOAD && meets(virtualAddress + fileSize, virtualAddress + memorySize),
    )
  );
}

/** Variables, for those that lie in no section's room: IAR's bss may be named by nothing else. */
function variables(symbols: readonly ElfSymbol[], init: number): LoaderStretch[] {
  return symbols
    .filter(({ type, size, value }) => type === "object" && size > 0 && value >>> 24 === init >>> 24)
    .filter((symbol) => isDefined(symbol))
    .map(({ value, size }) => ({ start: value, length: size }));
}

function noStorageInfo({ elf, symbols }: LoaderElf): ProbityError {
  const present = [...required, ...optional].filter((name) => findSymbol(symbols, name) !== undefined);
  return new ProbityError(
    "loader-no-storage-info",
    `${elf.fileName} has no symbol StorageInfo, which says what memory a loader writes.`,
    {
      facts: { symbols: symbols.length, found: present.join(", ") },
      remedy: [
        "Put StorageInfo in KEEP(...) in the linker script: --gc-sections drops it, as no code refers to it.",
        "Compile Dev_Inf.c, or the file that defines StorageInfo, as part of the loader.",
      ],
    },
  );
}
