import type { ElfTables } from "./elf.ts";
import type { ElfSymbol } from "./elf-symbols.ts";

/** `count` sectors of `size` bytes, the first at address `start`. */
export interface SectorRun {
  readonly start: number;
  readonly size: number;
  readonly count: number;
}

/** The kinds of memory of ST's StorageInfo (DeviceType) and of CMSIS-Pack's FlashDevice (DevType), by one set of names. */
export type LoaderMemoryKind =
  | "on-chip flash"
  | "NAND flash"
  | "NOR flash"
  | "SRAM"
  | "PSRAM"
  | "PC Card"
  | "SPI flash"
  | "I2C flash"
  | "SDRAM"
  | "I2C EEPROM"
  | "external flash"
  | "unknown memory";

/** The memory that a loader writes, as its file describes it. */
export interface LoaderDevice {
  /** DeviceName or DevName, as it stands there but for control characters. */
  readonly name: string;
  readonly kind: LoaderMemoryKind;
  /** DeviceType or DevType as a number. */
  readonly type: number;
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes of a programming page, 0 when the file does not say. `.FLM`: the most that one call may write. */
  readonly pageSize: number;
  readonly erasedValue: number;
  /** In address order, all of the device. Empty for memory without sectors (SRAM). */
  readonly sectors: readonly SectorRun[];
  /** Bytes that the file's sector table adds up to, when that is not {@link size}. What is beyond the device is cut off. */
  readonly sectorTableBytes?: number;
}

/** Bytes that have to be in RAM before a function is called. */
export interface LoaderSegment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** A stretch of RAM. */
export interface LoaderStretch {
  readonly start: number;
  readonly length: number;
}

interface LoaderCommon {
  readonly fileName: string;
  readonly elf: ElfTables;
  readonly symbols: readonly ElfSymbol[];
  readonly device: LoaderDevice;
  /**
   * Everything that has to be loaded, code, constants and initialised data, in address order, none overlapping; the
   * description of the device is among it only where it lies in RAM that is not bss. `.stldr`: absolute addresses.
   * `.FLM`: offsets from wherever it is put.
   */
  readonly segments: readonly LoaderSegment[];
  /** What has to be zero at the start (bss), outside {@link segments}. */
  readonly zeroed: readonly LoaderStretch[];
  /** All the RAM that it occupies, {@link segments} and {@link zeroed} included; no stack. */
  readonly span: LoaderStretch;
}

/** Functions of an external memory loader of ST's (stlink-gdbserver.md 4.3); `Init` and `Write` are always there. */
export type StldrFunction = "Init" | "Write" | "Read" | "SectorErase" | "MassErase" | "CheckSum" | "Verify";

/** An external memory loader of ST's, `.stldr`: linked to fixed RAM addresses. */
export interface StldrFile extends LoaderCommon {
  readonly format: "stldr";
  /** Addresses without the Thumb bit. */
  readonly functions: ReadonlyMap<StldrFunction, number>;
}

/** Functions of a CMSIS-Pack flash algorithm; `Init`, `UnInit`, `EraseSector` and `ProgramPage` are always there. */
export type FlmFunction = "Init" | "UnInit" | "EraseChip" | "EraseSector" | "ProgramPage" | "BlankCheck" | "Verify";

/** A CMSIS-Pack flash algorithm, `.FLM`: position-independent, its data reached through R9. */
export interface FlmFile extends LoaderCommon {
  readonly format: "flm";
  /** Offsets from the place it is put, without the Thumb bit. */
  readonly functions: ReadonlyMap<FlmFunction, number>;
  /** Offset of its read-write data: R9 holds the place it is put plus this. */
  readonly staticBase: number;
  /** Milliseconds that programming a page, and erasing a sector, may take. */
  readonly programTimeout: number;
  readonly eraseTimeout: number;
}

export type LoaderFile = StldrFile | FlmFile;
