/** Processor modes and stack choice (ARMv7-M B1.4.4). */
export const CONTROL_NPRIV = 1;
export const CONTROL_SPSEL = 2;

/**
 * The registers of the core, flags unpacked for speed. N is the sign of `nf`, Z is `zf === 0`, C is `cf` (0 or 1),
 * V the sign of `vf`. `r[15]` always holds zero (the engine's zero register); the program counter is `pc`.
 */
export class CpuState {
  readonly r: Int32Array;
  nf = 0;
  zf = 1;
  cf = 0;
  vf = 0;
  /** 0 or 1. */
  q = 0;
  /** APSR.GE, four bits; a core without the DSP extension has none, and `geMask` is 0. */
  ge = 0;
  geMask = 0;
  /** EPSR.T, 0 or 1: 0 makes the next instruction fault with INVSTATE. */
  t = 1;
  /** ITSTATE, 8 bits. */
  it = 0;
  /** Address of the next instruction, unsigned. */
  pc = 0;
  /** Number of the exception that is running, 0 in Thread mode. */
  ipsr = 0;
  /** The stack pointer that is not in r[13] now. */
  otherSp = 0;
  primask = 0;
  basepri = 0;
  faultmask = 0;
  control = 0;
  /** Implemented bits of a priority byte: BASEPRI keeps these alone. */
  priorityMask = 0xff;

  /** The registers may lie where translated code has them too. */
  constructor(r: Int32Array = new Int32Array(16)) {
    this.r = r;
  }

  /** True in Handler mode, or in Thread mode without CONTROL.nPRIV. */
  get privileged(): boolean {
    return this.ipsr !== 0 || (this.control & CONTROL_NPRIV) === 0;
  }

  /** True when r[13] is PSP. */
  get usesPsp(): boolean {
    return this.ipsr === 0 && (this.control & CONTROL_SPSEL) !== 0;
  }

  get msp(): number {
    return (this.usesPsp ? this.otherSp : this.r[13]) >>> 0;
  }

  set msp(value: number) {
    if (this.usesPsp) this.otherSp = value & ~3;
    else this.r[13] = value & ~3;
  }

  get psp(): number {
    return (this.usesPsp ? this.r[13] : this.otherSp) >>> 0;
  }

  set psp(value: number) {
    if (this.usesPsp) this.r[13] = value & ~3;
    else this.otherSp = value & ~3;
  }

  /** Changes mode or stack choice; the banked stack pointer follows. */
  setMode(ipsr: number, control: number): void {
    const before = this.usesPsp;
    this.ipsr = ipsr;
    this.control = control;
    if (before === this.usesPsp) return;
    const sp = this.r[13];
    this.r[13] = this.otherSp;
    this.otherSp = sp;
  }

  get apsr(): number {
    const n = this.nf < 0 ? 0x8000_0000 : 0;
    const z = this.zf === 0 ? 0x4000_0000 : 0;
    const v = this.vf < 0 ? 0x1000_0000 : 0;
    return (n | z | (this.cf << 29) | v | (this.q << 27) | (this.ge << 16)) >>> 0;
  }

  set apsr(value: number) {
    this.nf = value | 0;
    this.zf = (value & 0x4000_0000) !== 0 ? 0 : 1;
    this.cf = (value >>> 29) & 1;
    this.vf = (value << 3) & 0x8000_0000;
    this.q = (value >>> 27) & 1;
    this.ge = (value >>> 16) & this.geMask;
  }

  /** EPSR as it is stacked: T and ITSTATE. */
  get epsr(): number {
    return (this.t << 24) | ((this.it & 0xfc) << 8) | ((this.it & 3) << 25);
  }

  set epsr(value: number) {
    this.t = (value >>> 24) & 1;
    this.it = ((value >>> 8) & 0xfc) | ((value >>> 25) & 3);
  }

  get xpsr(): number {
    return (this.apsr | this.epsr | this.ipsr) >>> 0;
  }

  /** Values at reset (ARMv7-M B1.5.5); R0–R12 keep what they held, as on silicon. */
  reset(): void {
    this.setMode(0, 0);
    this.apsr = 0;
    this.t = 1;
    this.it = 0;
    this.primask = 0;
    this.basepri = 0;
    this.faultmask = 0;
    this.r[14] = -1;
  }
}

/** ITSTATE after one instruction of the block (ARMv7-M A7.3.2). */
export function advanceIt(it: number): number {
  return (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
}
