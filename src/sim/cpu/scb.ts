import type { CpuConfig } from "./cpu.ts";
import { Ccr, Exception } from "./exception-bits.ts";
import type { Exceptions } from "./exceptions.ts";
import { Cfsr } from "./fault.ts";
import { merge } from "./ppb.ts";
import type { CpuState } from "./state.ts";

/** What the SCB's registers switch outside the exception model. */
export interface ScbHost {
  requestSystemReset(): void;
  /** AIRCR.VECTRESET: the core alone. */
  requestCoreReset(): void;
  /** CCR.DIV_0_TRP or UNALIGN_TRP changed. */
  trapsChanged(): void;
}

/** ID_PFR0 to ID_ISAR4 of a Cortex-M3 r1p1, from 0xE000ED40 (TRM, processor feature registers). */
const cortexM3Features: readonly number[] = [
  0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000, 0x0000_0030, 0x0000_0000, 0x0000_0000, 0x0000_0000, 0x0110_1110,
  0x0211_1000, 0x2111_2231, 0x0111_1110, 0x0131_0102,
];

const CCR_WRITABLE =
  Ccr.NONBASETHRDENA | Ccr.USERSETMPEND | Ccr.UNALIGN_TRP | Ccr.DIV_0_TRP | Ccr.BFHFNMIGN | Ccr.STKALIGN;

/** CFSR bits that software clears by writing one. */
const CFSR_BITS = Object.values(Cfsr).reduce((all, bit) => all | bit, 0);

/** SHCSR: active and pended bits, by exception number. */
const shcsrActive = new Map<number, number>([
  [0, Exception.MEM_MANAGE],
  [1, Exception.BUS_FAULT],
  [3, Exception.USAGE_FAULT],
  [7, Exception.SVCALL],
  [8, Exception.DEBUG_MONITOR],
  [10, Exception.PENDSV],
  [11, Exception.SYSTICK],
]);
const shcsrPended = new Map<number, number>([
  [12, Exception.USAGE_FAULT],
  [13, Exception.MEM_MANAGE],
  [14, Exception.BUS_FAULT],
  [15, Exception.SVCALL],
]);

/** The system control block at 0xE000ED00–0xE000ED7C (ARMv7-M B3.2). DFSR belongs to the debug unit. */
export class Scb {
  readonly #exceptions: Exceptions;
  readonly #state: CpuState;
  readonly #host: ScbHost;
  readonly #cpuid: number;
  readonly #priorityMask: number;
  readonly #features: readonly number[];
  /** ACTLR: DISMCYCINT, DISDEFWBUF, DISFOLD. */
  actlr = 0;

  constructor(exceptions: Exceptions, state: CpuState, host: ScbHost, config: CpuConfig) {
    const { cpuid, priorityBits } = config;
    this.#features = config.featureRegisters ?? cortexM3Features;
    this.#exceptions = exceptions;
    this.#state = state;
    this.#host = host;
    this.#cpuid = cpuid;
    this.#priorityMask = (0xff00 >>> priorityBits) & 0xff;
  }

  reset(): void {
    this.actlr = 0;
  }

  read(offset: number): number {
    const ex = this.#exceptions;
    switch (offset) {
      case 0xd00:
        return this.#cpuid;
      case 0xd04:
        return this.#icsr();
      case 0xd08:
        return ex.vtor;
      case 0xd0c:
        return (0xfa05_0000 | (ex.prigroup << 8)) >>> 0;
      case 0xd10:
        return ex.scr;
      case 0xd14:
        return ex.ccr;
      case 0xd18:
      case 0xd1c:
      case 0xd20: {
        const first = offset - 0xd18 + 4;
        const p = ex.priority;
        return (p[first] | (p[first + 1] << 8) | (p[first + 2] << 16) | (p[first + 3] << 24)) >>> 0;
      }
      case 0xd24:
        return this.#shcsr();
      case 0xd28:
        return ex.cfsr >>> 0;
      case 0xd2c:
        return ex.hfsr >>> 0;
      case 0xd34:
        return ex.mmfar;
      case 0xd38:
        return ex.bfar;
      default:
        return offset >= 0xd40 ? (this.#features[(offset - 0xd40) >>> 2] ?? 0) : 0;
    }
  }

  write(offset: number, value: number, mask: number): void {
    const ex = this.#exceptions;
    switch (offset) {
      case 0xd04:
        this.#writeIcsr(value & mask);
        break;
      case 0xd08:
        ex.vtor = merge(ex.vtor, value, mask) & 0x3fff_ff80;
        break;
      case 0xd0c:
        this.#writeAircr(value, mask);
        break;
      case 0xd10:
        ex.scr = merge(ex.scr, value, mask) & 0x16;
        break;
      case 0xd14:
        ex.ccr = merge(ex.ccr, value, mask) & CCR_WRITABLE;
        this.#host.trapsChanged();
        break;
      case 0xd18:
      case 0xd1c:
      case 0xd20:
        for (let byte = 0; byte < 4; byte++) {
          const number = offset - 0xd18 + 4 + byte;
          if (((mask >>> (byte * 8)) & 0xff) === 0 || !hasPriority(number)) continue;
          ex.setPriority(number, (value >>> (byte * 8)) & this.#priorityMask);
        }
        break;
      case 0xd24:
        this.#writeShcsr(merge(this.#shcsr(), value, mask));
        break;
      case 0xd28:
        ex.cfsr &= ~(value & mask & CFSR_BITS);
        break;
      case 0xd2c:
        ex.hfsr = (ex.hfsr & ~(value & mask)) >>> 0;
        break;
      case 0xd34:
        ex.mmfar = merge(ex.mmfar, value, mask);
        break;
      case 0xd38:
        ex.bfar = merge(ex.bfar, value, mask);
        break;
      default:
        break;
    }
  }

  #icsr(): number {
    const ex = this.#exceptions;
    const next = ex.nextPending();
    return (
      ((ex.pending.bit(Exception.NMI) << 31) |
        (ex.pending.bit(Exception.PENDSV) << 28) |
        (ex.pending.bit(Exception.SYSTICK) << 26) |
        (ex.pending.anyExternal ? 1 << 22 : 0) |
        (next << 12) |
        // RETTOBASE: no other exception is active than the one that runs.
        (ex.active.size <= 1 ? 1 << 11 : 0) |
        this.#state.ipsr) >>>
      0
    );
  }

  #writeIcsr(value: number): void {
    const ex = this.#exceptions;
    if ((value & 0x8000_0000) !== 0) ex.pend(Exception.NMI);
    if ((value & (1 << 28)) !== 0) ex.pend(Exception.PENDSV);
    if ((value & (1 << 27)) !== 0) ex.unpend(Exception.PENDSV);
    if ((value & (1 << 26)) !== 0) ex.pend(Exception.SYSTICK);
    if ((value & (1 << 25)) !== 0) ex.unpend(Exception.SYSTICK);
  }

  #writeAircr(value: number, mask: number): void {
    // Half-word and byte writes do not carry the key.
    if (mask !== 0xffff_ffff || value >>> 16 !== 0x05fa) return;
    const ex = this.#exceptions;
    ex.prigroup = (value >>> 8) & 7;
    ex.changed();
    if ((value & 2) !== 0) ex.clearActive();
    if ((value & 4) !== 0) this.#host.requestSystemReset();
    else if ((value & 1) !== 0) this.#host.requestCoreReset();
  }

  #shcsr(): number {
    const ex = this.#exceptions;
    let word = 0;
    for (const [bit, number] of shcsrActive) word |= ex.active.bit(number) << bit;
    for (const [bit, number] of shcsrPended) word |= ex.pending.bit(number) << bit;
    for (let number = Exception.MEM_MANAGE; number <= Exception.USAGE_FAULT; number++) {
      word |= ex.enabled.bit(number) << (12 + number);
    }
    return word;
  }

  #writeShcsr(word: number): void {
    const ex = this.#exceptions;
    for (const [bit, number] of shcsrActive) ex.active.set(number, ((word >>> bit) & 1) !== 0);
    for (const [bit, number] of shcsrPended) ex.pending.set(number, ((word >>> bit) & 1) !== 0);
    for (let number = Exception.MEM_MANAGE; number <= Exception.USAGE_FAULT; number++) {
      ex.enabled.set(number, ((word >>> (12 + number)) & 1) !== 0);
    }
    ex.changed();
  }
}

/** Exceptions 4–6, 11, 12, 14 and 15 have a priority; the bytes of the others are reserved. */
function hasPriority(number: number): boolean {
  return number <= 6 || number === 11 || number === 12 || number >= 14;
}
