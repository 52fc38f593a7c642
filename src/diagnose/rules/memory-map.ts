/** What an address is of, on every STM32 (ARMv7-M B3.1; reference manuals, memory map). */

/** The SRAM region, and CCM at 0x10000000, which ends before system memory (RM0090 2.3). */
export function isRam(address: number | undefined): boolean {
  return address !== undefined && (address >>> 29 === 1 || (address >= 0x1000_0000 && address < 0x1100_0000));
}

/** The external RAM region: FMC banks, QUADSPI, OCTOSPI, XSPI. */
export function isExternalMemory(address: number | undefined): boolean {
  return address !== undefined && address >= 0x6000_0000 && address < 0xa000_0000;
}

/** More than any STM32 has of flash inside. */
const MORE_THAN_FLASH = 0x0100_0000;

/**
 * Whether what is called an image's size is the distance between parts that lie far apart: a file with records for flash and
 * for RAM, or option bytes, as a tool sees it that counts from the lowest address to the highest.
 */
export function isSpan({ address, size = 0 }: { readonly address: number; readonly size?: number }): boolean {
  return address >>> 24 === 0x08 && size > MORE_THAN_FLASH;
}

/** Where flash begins on all families whose programs begin there (reference manuals, memory map). */
export const FLASH = 0x0800_0000;

/** Between flash through ITCM (F7) and flash itself no STM32 has anything: an address that lost a digit, most often. */
export function isNowhere(address: number): boolean {
  return address >= 0x0040_0000 && address < FLASH;
}
