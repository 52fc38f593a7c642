/** Bits of FSMC_BCRx (RM0008 21.5.6). */
export const BCR = {
  MBKEN: 1 << 0,
  MUXEN: 1 << 1,
  MTYP: 3 << 2,
  MTYP_NOR: 2 << 2,
  MWID: 3 << 4,
  MWID_16: 1 << 4,
  FACCEN: 1 << 6,
  WREN: 1 << 12,
  EXTMOD: 1 << 14,
} as const;

/** Bits of FSMC_PCRx (RM0008 21.6.8). */
export const PCR = {
  PWAITEN: 1 << 1,
  PBKEN: 1 << 2,
  PTYP: 1 << 3,
  PWID: 3 << 4,
  PWID_16: 1 << 4,
  ECCEN: 1 << 6,
} as const;

/** Bits of FSMC_SRx: flags, their enables three higher, and FEMPT. */
export const SR = { IRS: 1 << 0, ILS: 1 << 1, IFS: 1 << 2, ENABLES: 7 << 3, FEMPT: 1 << 6 } as const;

/** One row of registers: offset, reset value, writable bits. */
interface Register {
  readonly offset: number;
  readonly reset: number;
  readonly writable: number;
}

const bcr = (offset: number, reset: number): Register => ({ offset, reset, writable: 0x0008ff7f });
const timing = (offset: number, writable: number): Register => ({ offset, reset: 0x0fffffff, writable });
const spaceTiming = (offset: number): Register => ({ offset, reset: 0xfcfcfcfc, writable: 0xffffffff });
const pcr = (offset: number): Register => ({ offset, reset: 0x18, writable: 0x000ffe7e });
const sr = (offset: number): Register => ({ offset, reset: 0x40, writable: 0x3f });

/** Every register but ECCR2 and ECCR3 (RM0008 21.6.9, table "FSMC register map"). */
export const fsmcRegisters: readonly Register[] = [
  bcr(0x00, 0x30db),
  bcr(0x08, 0x30d2),
  bcr(0x10, 0x30d2),
  bcr(0x18, 0x30d2),
  ...[0x04, 0x0c, 0x14, 0x1c].map((offset) => timing(offset, 0x3fffffff)),
  ...[0x104, 0x10c, 0x114, 0x11c].map((offset) => timing(offset, 0x3fffffff)),
  ...[0x60, 0x80, 0xa0].map(pcr),
  ...[0x64, 0x84, 0xa4].map(sr),
  ...[0x68, 0x6c, 0x88, 0x8c, 0xa8, 0xac, 0xb0].map(spaceTiming),
];

export const BCR1 = 0x00;
export const BTR1 = 0x04;
export const BWTR1 = 0x104;
/** Registers of NAND bank 2; those of bank 3 and the PC card follow 0x20 and 0x40 higher. */
export const PCR2 = 0x60;
export const SR2 = 0x64;
export const PMEM2 = 0x68;
export const PATT2 = 0x6c;
export const ECCR2 = 0x74;
