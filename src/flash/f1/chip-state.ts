import type { Clock } from "../../base/clock.ts";
import { ProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { FlashRegion } from "../programmer.ts";

/** RCC (RM0008 7.3): CR with HSION and HSIRDY, CFGR with HPRE, AHBENR with the DMA clocks. The same on every F1. */
export const RCC_CR = 0x40021000;
export const RCC_CFGR = 0x40021004;
export const RCC_AHBENR = 0x40021014;
export const HSION = 1;
const HSIRDY = 2;
/** DMA1EN and DMA2EN. */
export const DMA_CLOCKS = 3;
/** Offsets in the flash controller (RM0008 3.4). */
const FLASH_SR = 0x0c;
export const FLASH_CR = 0x10;
const FLASH_OBR = 0x1c;
const FLASH_WRPR = 0x20;
const SR_BSY = 1;
const CR_LOCK = 0x80;
const OBR_RDPRT = 2;

/** What has to be known of the chip before its flash is touched. */
export interface ChipState {
  readonly rccCr: number;
  readonly rccCfgr: number;
  readonly ahbEnable: number;
  readonly optionByte: number;
  readonly writeProtection: number;
}

/** The words of {@link ChipState}, in order: to be read in one batch. */
export function chipStateReads(controllerBase: number): number[] {
  return [RCC_CR, RCC_CFGR, RCC_AHBENR, controllerBase + FLASH_OBR, controllerBase + FLASH_WRPR];
}

export function chipState([rccCr, rccCfgr, ahbEnable, optionByte, writeProtection]: readonly number[]): ChipState {
  return { rccCr, rccCfgr, ahbEnable, optionByte, writeProtection };
}

/** What crystals of F1 boards have; good enough for estimates. */
const CRYSTAL_HZ = 8e6;
const HSI_HZ = 8e6;

/** HCLK in hertz as far as CFGR tells: SWS, PLLSRC, PLLXTPRE, PLLMUL and HPRE (RM0008 7.3.2). */
export function estimatedHclk(rccCfgr: number): number {
  const crystal = (rccCfgr & (1 << 17)) !== 0 ? CRYSTAL_HZ / 2 : CRYSTAL_HZ;
  const pllInput = (rccCfgr & (1 << 16)) !== 0 ? crystal : HSI_HZ / 2;
  const pll = pllInput * Math.min(16, ((rccCfgr >>> 18) & 0xf) + 2);
  const system = [HSI_HZ, CRYSTAL_HZ, pll, HSI_HZ][(rccCfgr >>> 2) & 3];
  const prescaler = (rccCfgr >>> 4) & 0xf;
  return prescaler < 8 ? system : system / [2, 4, 8, 16, 64, 128, 256, 512][prescaler - 8];
}

/** Throws `flash-protected` when the chip is read-protected: then neither flash nor its content can be reached. */
export function checkReadable(state: ChipState): void {
  if ((state.optionByte & OBR_RDPRT) === 0) return;
  throw new ProbityError(
    "flash-protected",
    "The chip is read-protected: a debugger may neither read nor change its flash.",
    {
      facts: { readProtected: true, optionByte: state.optionByte },
      remedy: [
        "Remove the read protection (option byte RDP = 0xA5); that erases the whole flash.",
        "Then switch the board off and on again.",
      ],
    },
  );
}

/** Throws `flash-protected` (facts: address) when one of the pages is write-protected by WRPR. */
export function checkWritable(state: ChipState, region: FlashRegion, pages: readonly number[]): void {
  const locked = pages.filter((address) => isWriteProtected(state.writeProtection, region, address));
  if (locked.length === 0) return;
  throw writeProtected(locked[0], { pages: locked.length, writeProtection: state.writeProtection });
}

/** The error that a page refuses to change. */
export function writeProtected(address: number, facts: Record<string, number> = {}): ProbityError {
  const many = facts.pages !== undefined && facts.pages > 1 ? ` (and ${facts.pages - 1} more pages)` : "";
  return new ProbityError(
    "flash-protected",
    `The flash page at 0x${address.toString(16).padStart(8, "0")}${many} is write-protected. Nothing was changed there.`,
    {
      facts: { address, ...facts },
      remedy: [
        "Remove the write protection (option bytes WRP0 to WRP3) and reset the chip.",
        "Or link the program to other pages.",
      ],
    },
  );
}

/** A bit stands for four pages of 1 KiB or two of 2 KiB; bit 31 for all the rest (PM0075 2.5). */
function isWriteProtected(writeProtection: number, region: FlashRegion, address: number): boolean {
  const page = Math.floor((address - region.base) / region.pageSize);
  const bit = Math.min(31, Math.floor(page / (region.pageSize <= 1024 ? 4 : 2)));
  return ((writeProtection >>> bit) & 1) === 0;
}

/** Waits for HSIRDY, a few microseconds after HSION; programming is clocked by it (RM0008 3.3.3). */
export async function waitForHsi(port: MemoryPort): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    if (((await port.readWord(RCC_CR)) & HSIRDY) !== 0) return;
  }
  throw new ProbityError(
    "flash-no-clock",
    "The internal oscillator (HSI), which times flash programming, does not start.",
    {
      facts: { register: RCC_CR },
      remedy: ["Reset the chip and try again."],
    },
  );
}

/** Longest wait for a page erase that was under way, in milliseconds (DS5319 table 30: at most 40 ms). */
const ERASE_PATIENCE = 100;

/**
 * Locks a controller after an algorithm was cut off in the middle, once the erase or half-word that it was at is over;
 * what it answers no longer matters.
 */
export async function lockController(port: MemoryPort, controllerBase: number, clock: Clock): Promise<void> {
  try {
    const started = clock.now();
    while (((await port.readWord(controllerBase + FLASH_SR)) & SR_BSY) !== 0) {
      if (clock.now() - started > ERASE_PATIENCE) break;
      await clock.sleep(1);
    }
    await port.writeWord(controllerBase + FLASH_CR, CR_LOCK);
  } catch (error) {
    if (!(error instanceof ProbityError)) throw error;
  }
}
