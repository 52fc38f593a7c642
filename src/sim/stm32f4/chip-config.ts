import { cortexM4F469 } from "../cpu/cortex-m4-f469.ts";
import type { CpuConfig } from "../cpu/cpu.ts";
import type { MemoryRange } from "../stm32/memories.ts";
import { type PeripheralDescription, stm32f469Peripherals } from "./peripheral-table.ts";

/** A run of sectors of one size (RM0386 3.4, table 5). */
export interface SectorRun {
  /** First sector of the run as FLASH_CR.SNB counts: those of bank 2 begin at 16. */
  readonly number: number;
  readonly count: number;
  readonly bytes: number;
}

/** An STM32F4 as data. */
export interface Stm32f4Config {
  readonly name: string;
  readonly flash: MemoryRange & { readonly sectors: readonly SectorRun[]; readonly sizeRegisterKib: number };
  /** SRAM1, SRAM2 and SRAM3, which lie next to each other. */
  readonly sram: MemoryRange;
  readonly ccm: MemoryRange;
  readonly systemMemory: MemoryRange;
  /** The one-time programmable area with its lock bytes, the electronic signature behind it. */
  readonly oneTime: MemoryRange;
  /** Option bytes of bank 1, as they read in the memory map; those of bank 2 at {@link optionBytes2}. */
  readonly optionBytes: MemoryRange;
  readonly optionBytes2: MemoryRange;
  readonly flashSizeRegister: number;
  readonly uidRegister: number;
  /** DBGMCU_IDCODE. */
  readonly idcode: number;
  readonly dpidr: number;
  readonly jtagIdcode: number;
  readonly boundaryScanIdcode: number;
  readonly ap: { readonly idr: number; readonly cfg: number; readonly base: number };
  readonly core: CpuConfig;
  readonly peripherals: readonly PeripheralDescription[];
}

const KIB = 1024;

/** Both banks of 1 MiB are made alike: four sectors of 16 KiB, one of 64, seven of 128. */
const bank = (first: number): SectorRun[] => [
  { number: first, count: 4, bytes: 16 * KIB },
  { number: first + 4, count: 1, bytes: 64 * KIB },
  { number: first + 5, count: 7, bytes: 128 * KIB },
];

/** STM32F469NI: 2 MiB of flash, 320 KiB of SRAM and 64 KiB of CCM RAM, revision A. */
export const stm32f469ni: Stm32f4Config = {
  name: "STM32F469NI",
  flash: { base: 0x08000000, bytes: 2048 * KIB, sectors: [...bank(0), ...bank(16)], sizeRegisterKib: 2048 },
  sram: { base: 0x20000000, bytes: 320 * KIB },
  ccm: { base: 0x10000000, bytes: 64 * KIB },
  systemMemory: { base: 0x1fff0000, bytes: 30 * KIB },
  oneTime: { base: 0x1fff7800, bytes: 0x400 },
  optionBytes: { base: 0x1fffc000, bytes: 16 },
  optionBytes2: { base: 0x1ffec000, bytes: 16 },
  flashSizeRegister: 0x1fff7a22,
  uidRegister: 0x1fff7a10,
  idcode: 0x10006434,
  dpidr: 0x2ba01477,
  jtagIdcode: 0x4ba00477,
  boundaryScanIdcode: 0x06434041,
  ap: { idr: 0x24770011, cfg: 0, base: 0xe00ff003 },
  core: cortexM4F469,
  peripherals: stm32f469Peripherals,
};
