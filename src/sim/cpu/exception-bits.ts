import { Cfsr } from "./fault.ts";

/** Exception numbers (ARMv7-M B1.5.2). External interrupt n is 16 + n. */
export const Exception = {
  NMI: 2,
  HARD_FAULT: 3,
  MEM_MANAGE: 4,
  BUS_FAULT: 5,
  USAGE_FAULT: 6,
  SVCALL: 11,
  DEBUG_MONITOR: 12,
  PENDSV: 14,
  SYSTICK: 15,
  EXTERNAL: 16,
} as const;

/** HFSR (B3.2.16). */
export const Hfsr = { VECTTBL: 1 << 1, FORCED: 1 << 30, DEBUGEVT: 0x8000_0000 } as const;

/** CCR (B3.2.8). */
export const Ccr = {
  NONBASETHRDENA: 1 << 0,
  USERSETMPEND: 1 << 1,
  UNALIGN_TRP: 1 << 3,
  DIV_0_TRP: 1 << 4,
  BFHFNMIGN: 1 << 8,
  STKALIGN: 1 << 9,
} as const;

/** DEMCR vector-catch bits (C1.6.5). */
export const VectorCatch = {
  CORERESET: 1 << 0,
  MMERR: 1 << 4,
  NOCPERR: 1 << 5,
  CHKERR: 1 << 6,
  STATERR: 1 << 7,
  BUSERR: 1 << 8,
  INTERR: 1 << 9,
  HARDERR: 1 << 10,
} as const;

/** Which DEMCR bit catches a fault. */
export function catchBits(cfsr: number): number {
  let bits = 0;
  if ((cfsr & (Cfsr.IACCVIOL | Cfsr.DACCVIOL)) !== 0) bits |= VectorCatch.MMERR;
  if ((cfsr & (Cfsr.IBUSERR | Cfsr.PRECISERR | Cfsr.IMPRECISERR)) !== 0) bits |= VectorCatch.BUSERR;
  if ((cfsr & (Cfsr.STKERR | Cfsr.UNSTKERR | Cfsr.MSTKERR | Cfsr.MUNSTKERR)) !== 0) bits |= VectorCatch.INTERR;
  if ((cfsr & (Cfsr.UNDEFINSTR | Cfsr.INVSTATE | Cfsr.INVPC)) !== 0) bits |= VectorCatch.STATERR;
  if ((cfsr & (Cfsr.UNALIGNED | Cfsr.DIVBYZERO)) !== 0) bits |= VectorCatch.CHKERR;
  if ((cfsr & Cfsr.NOCP) !== 0) bits |= VectorCatch.NOCPERR;
  return bits;
}
