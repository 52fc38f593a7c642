/** Bits of CFSR (ARMv7-M B3.2.15): MMFSR 7:0, BFSR 15:8, UFSR 31:16. */
export const Cfsr = {
  IACCVIOL: 1 << 0,
  DACCVIOL: 1 << 1,
  MUNSTKERR: 1 << 3,
  MSTKERR: 1 << 4,
  MMARVALID: 1 << 7,
  IBUSERR: 1 << 8,
  PRECISERR: 1 << 9,
  IMPRECISERR: 1 << 10,
  UNSTKERR: 1 << 11,
  STKERR: 1 << 12,
  BFARVALID: 1 << 15,
  UNDEFINSTR: 1 << 16,
  INVSTATE: 1 << 17,
  INVPC: 1 << 18,
  NOCP: 1 << 19,
  UNALIGNED: 1 << 24,
  DIVBYZERO: 1 << 25,
} as const;

/**
 * Thrown out of an instruction that cannot complete. One object serves for all, so that throwing does not allocate.
 * `cfsr` 0 asks for the instruction to be tried again (the flash was busy).
 */
export class Fault {
  cfsr = 0;
  /** The data address for BFAR, -1 when there is none. */
  address = -1;

  set(cfsr: number, address = -1): this {
    this.cfsr = cfsr;
    this.address = address;
    return this;
  }
}

export const fault = new Fault();
