/** What an address is of, on every STM32 (ARMv7-M B3.1; reference manuals, memory map). */

/** The SRAM region, and CCM at 0x10000000, which ends before system memory (RM0090 2.3). */
export function isRam(address: number | undefined): boolean {
  return address !== undefined && (address >>> 29 === 1 || (address >= 0x1000_0000 && address < 0x1100_0000));
}

/** The external RAM region: FMC banks, QUADSPI, OCTOSPI, XSPI. */
export function isExternalMemory(address: number | undefined): boolean {
  return address !== undefined && address >= 0x6000_0000 && address < 0xa000_0000;
}
