/** Bits of CFSR (ARMv7-M B3.2.15). */
export const cfsr = {
  IACCVIOL: 1 << 0,
  DACCVIOL: 1 << 1,
  MSTKERR: 1 << 4,
  IBUSERR: 1 << 8,
  PRECISERR: 1 << 9,
  IMPRECISERR: 1 << 10,
  UNSTKERR: 1 << 11,
  STKERR: 1 << 12,
  UNDEFINSTR: 1 << 16,
  INVSTATE: 1 << 17,
  INVPC: 1 << 18,
  NOCP: 1 << 19,
  UNALIGNED: 1 << 24,
  DIVBYZERO: 1 << 25,
} as const;

const cfsrNames: readonly (readonly [bit: number, name: string])[] = [
  [0, "IACCVIOL"],
  [1, "DACCVIOL"],
  [3, "MUNSTKERR"],
  [4, "MSTKERR"],
  [5, "MLSPERR"],
  [7, "MMARVALID"],
  [8, "IBUSERR"],
  [9, "PRECISERR"],
  [10, "IMPRECISERR"],
  [11, "UNSTKERR"],
  [12, "STKERR"],
  [13, "LSPERR"],
  [15, "BFARVALID"],
  [16, "UNDEFINSTR"],
  [17, "INVSTATE"],
  [18, "INVPC"],
  [19, "NOCP"],
  [24, "UNALIGNED"],
  [25, "DIVBYZERO"],
];

const hfsrNames: readonly (readonly [bit: number, name: string])[] = [
  [1, "VECTTBL"],
  [30, "FORCED"],
  [31, "DEBUGEVT"],
];

/** Names of the bits of CFSR that are set. */
export function cfsrFlags(value: number): string[] {
  return flags(value, cfsrNames);
}

/** Names of the bits of HFSR that are set (ARMv7-M B3.2.16). */
export function hfsrFlags(value: number): string[] {
  return flags(value, hfsrNames);
}

function flags(value: number, names: typeof cfsrNames): string[] {
  return names.filter(([bit]) => ((value >>> bit) & 1) !== 0).map(([, name]) => name);
}
