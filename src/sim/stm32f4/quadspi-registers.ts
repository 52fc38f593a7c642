/** Register offsets and bits of QUADSPI (RM0386 14.5). */
export const QuadspiRegister = {
  CR: 0x00,
  DCR: 0x04,
  SR: 0x08,
  FCR: 0x0c,
  DLR: 0x10,
  CCR: 0x14,
  AR: 0x18,
  ABR: 0x1c,
  DR: 0x20,
  PSMKR: 0x24,
  PSMAR: 0x28,
  PIR: 0x2c,
  LPTR: 0x30,
} as const;

export const Cr = {
  EN: 1 << 0,
  ABORT: 1 << 1,
  TCEN: 1 << 3,
  DFM: 1 << 6,
  FSEL: 1 << 7,
  TEIE: 1 << 16,
  TCIE: 1 << 17,
  FTIE: 1 << 18,
  SMIE: 1 << 19,
  TOIE: 1 << 20,
  APMS: 1 << 22,
  PMM: 1 << 23,
} as const;

/** Bits of CR that can be written while BUSY is set: EN, DMAEN, TCEN, the interrupt enables, APMS and PMM. */
export const CR_ALWAYS = Cr.EN | (1 << 2) | Cr.TCEN | 0x001f0000 | Cr.APMS | Cr.PMM;
export const CR_WRITABLE = 0xffdf1fdd;

export const Sr = {
  TEF: 1 << 0,
  TCF: 1 << 1,
  FTF: 1 << 2,
  SMF: 1 << 3,
  TOF: 1 << 4,
  BUSY: 1 << 5,
} as const;

/** CCR.SIOO: the instruction goes with the first command alone. */
export const CCR_SIOO = 1 << 28;

/** FMODE of CCR. */
export const Mode = { indirectWrite: 0, indirectRead: 1, polling: 2, mapped: 3 } as const;
