/** One stretch of memory. */
export interface ChipMemory {
  readonly base: number;
  /** Bytes; `undefined` where public sources don't agree. */
  readonly size: number | undefined;
  readonly note: string | undefined;
}

/** One RAM of a chip, with a second address at which it answers, if it has one. */
export interface ChipRam {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly alias: number | undefined;
  readonly note: string | undefined;
}

/** A run of `count` sectors of equal size that starts at `base`. */
export interface SectorRun {
  readonly base: number;
  readonly eraseSize: number;
  readonly count: number;
}

/** How main flash is divided into what can be erased. */
export type FlashLayout =
  | {
      readonly kind: "uniform";
      /** Bytes of one page or sector. */
      readonly eraseSize: number;
      readonly banks: number;
      readonly bank2Base: number | undefined;
      /** Pages that one bit of the write-protection option covers. */
      readonly wrpUnitPages: number | undefined;
      /** L1: the write-protection sector, in bytes. */
      readonly sectorSize: number | undefined;
      /** WB0: bytes of one burst row. */
      readonly writePage: number | undefined;
      /** When the chip can also be split in two banks, in words. */
      readonly dualBank: string | undefined;
      readonly note: string | undefined;
    }
  | {
      readonly kind: "sectors";
      readonly banks: number;
      readonly bank2Base: number | undefined;
      readonly sectors: readonly SectorRun[];
      /** F76x/F77x: the division while option bit nDBANK is 0. */
      readonly dualBankAlternative:
        | {
            readonly banks: number;
            readonly bank2Base: number;
            readonly sectorsPerBank: readonly { readonly eraseSize: number; readonly count: number }[];
          }
        | undefined;
      readonly note: string | undefined;
    };

/** The flash controllers there are, by the families that share one register layout. */
export type FlashControllerKind =
  | "f1"
  | "f2f4f7"
  | "l0l1"
  | "l4g0g4"
  | "l5u5"
  | "h5"
  | "h7"
  | "h7rs"
  | "c5"
  | "wb0"
  | "none";

/** A clock that has to be on before DBGMCU answers: one bit of an RCC register. */
export interface ClockEnable {
  readonly register: string;
  readonly address: number;
  readonly bit: number;
  readonly name: string;
}

/**
 * What is known of one STM32 device id. Several products share an id, so sizes are the largest of the group; the live
 * chip's flash size register says the rest. `undefined` means that no public source told.
 */
export interface Chip {
  /** DEV_ID: bits 11:0 of DBGMCU_IDCODE (for WB0 a die code). */
  readonly deviceId: number;
  /** False for the WB0 line, whose id is read elsewhere. */
  readonly hasDbgmcuIdcode: boolean;
  readonly idKind: string;
  readonly name: string;
  readonly family: string;
  /** `Cortex-M3`, `Cortex-M4F` …; see {@link coreFamily}. */
  readonly core: string;
  readonly secondCore: string | undefined;
  readonly fpu: "sp" | "dp" | undefined;
  readonly nvicPriorityBits: number | undefined;
  readonly idcodeAddress: number | undefined;
  readonly idcodeClock: ClockEnable | undefined;
  /** Another way to the IDCODE, in words. */
  readonly idcodeAlternate: string | undefined;
  /** Revision letter by REV_ID (bits 31:16 of DBGMCU_IDCODE). */
  readonly revisions: ReadonlyMap<number, string>;
  readonly flashSizeRegister:
    | { readonly address: number; readonly widthBits: number; readonly unit: string; readonly note: string | undefined }
    | undefined;
  readonly uidAddress: number | undefined;
  readonly uidBits: number | undefined;
  readonly flashBase: number | undefined;
  readonly flashAliases: readonly number[];
  readonly maxFlashBytes: number | undefined;
  readonly knownFlashSizesKib: readonly number[];
  readonly flashLayout: FlashLayout | undefined;
  readonly dataEeprom:
    | { readonly base: number; readonly size: number; readonly bank2Base: number | undefined }
    | undefined;
  readonly ram: readonly ChipRam[];
  readonly contiguousRamFrom20000000: number | undefined;
  readonly optionBytes: ChipMemory | undefined;
  readonly optionByteRegisters: string | undefined;
  readonly otp: ChipMemory | undefined;
  readonly systemMemory: ChipMemory | undefined;
  readonly bootloaderIds: readonly number[];
  readonly bootloaderIdAddress: number | undefined;
  readonly flashController: FlashControllerKind | undefined;
  readonly flashControllerVariant: string | undefined;
  readonly flashControllerBase: number | undefined;
  /** What an erased byte reads as: 0xFF, or 0x00 on L0 and L1. */
  readonly erasedValue: number | undefined;
  readonly programGranularity: number | undefined;
  readonly hasFsmcOrFmc: boolean | undefined;
  readonly hasQspi: boolean | undefined;
  /** How many of the group's parts have which external memory interface. */
  readonly externalMemory:
    | { readonly parts: number; readonly withFsmcOrFmc: number; readonly withQuadOctoXspi: number }
    | undefined;
  readonly hardwareBreakpoints: number | undefined;
  readonly watchpoints: number | undefined;
  readonly dpidr: number | undefined;
  readonly partLines: readonly string[];
  readonly notes: readonly string[];
}
