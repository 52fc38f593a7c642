import { VectorCatch } from "./exception-bits.ts";
import { merge } from "./ppb.ts";
import { CONTROL_NPRIV, CONTROL_SPSEL, type CpuState } from "./state.ts";

/** DHCSR (ARMv7-M C1.6.2). */
const C_DEBUGEN = 1;
const C_HALT = 2;
const C_STEP = 4;
const C_MASKINTS = 8;
const S_REGRDY = 1 << 16;
const S_HALT = 1 << 17;
const S_SLEEP = 1 << 18;
const S_LOCKUP = 1 << 19;
const S_RETIRE_ST = 1 << 24;
const S_RESET_ST = 1 << 25;
const DEBUG_KEY = 0xa05f;

/** DFSR (C1.6.1). */
export const Dfsr = { HALTED: 1, BKPT: 2, DWTTRAP: 4, VCATCH: 8, EXTERNAL: 16 } as const;

/** DEMCR bits beside the vector catches (C1.6.5). */
const MON_EN = 1 << 16;
const MON_PEND = 1 << 17;
const MON_STEP = 1 << 18;
const MON_REQ = 1 << 19;
const TRCENA = 1 << 24;
const CATCH_BITS = Object.values(VectorCatch).reduce((all, bit) => all | bit, 0);
const DEMCR_WRITABLE = CATCH_BITS | MON_EN | MON_PEND | MON_STEP | MON_REQ | TRCENA;

/** What the debug registers show of the core and ask of it. */
export interface DebugHost {
  readonly sleeping: boolean;
  readonly lockedUp: boolean;
  readonly heldInReset: boolean;
  readonly retired: number;
  /** The core entered (true) or left debug state. */
  haltChanged(halted: boolean): void;
  /** Look at the debug unit before the next instruction. */
  attend(): void;
  /** DEMCR.MON_EN or MON_PEND changed. */
  monitorChanged(enabled: boolean, pending: boolean): void;
  readonly monitorPending: boolean;
}

/** The core debug registers at 0xE000EDF0–0xE000EDFC, and DFSR: halt, step, register transfers, vector catch. */
export class DebugUnit {
  readonly #state: CpuState;
  readonly #host: DebugHost;
  #control = 0;
  #halted = false;
  #demcr = 0;
  #dcrdr = 0;
  #resetSeen = false;
  #retiredSeen = 0;
  dfsr = 0;

  constructor(state: CpuState, host: DebugHost) {
    this.#state = state;
    this.#host = host;
  }

  powerOn(): void {
    if (this.#halted) this.#leave();
    this.#control = 0;
    this.#demcr = 0;
    this.#dcrdr = 0;
    this.#resetSeen = false;
    this.#retiredSeen = 0;
    this.dfsr = 0;
    this.#host.monitorChanged(false, false);
  }

  get halted(): boolean {
    return this.#halted;
  }

  get enabled(): boolean {
    return (this.#control & C_DEBUGEN) !== 0;
  }

  get haltRequested(): boolean {
    return (this.#control & (C_DEBUGEN | C_HALT)) === (C_DEBUGEN | C_HALT);
  }

  get stepping(): boolean {
    return (this.#control & (C_DEBUGEN | C_STEP)) === (C_DEBUGEN | C_STEP);
  }

  get masksInterrupts(): boolean {
    return (this.#control & (C_DEBUGEN | C_MASKINTS)) === (C_DEBUGEN | C_MASKINTS);
  }

  get vectorCatch(): number {
    return this.enabled ? this.#demcr & CATCH_BITS : 0;
  }

  get traceEnabled(): boolean {
    return (this.#demcr & TRCENA) !== 0;
  }

  get monitorStepping(): boolean {
    return !this.enabled && (this.#demcr & (MON_EN | MON_STEP)) === (MON_EN | MON_STEP);
  }

  /** The core neither is halted nor is to halt or to step: nothing to see to between instructions. */
  get isQuiet(): boolean {
    return !this.#halted && (this.#control & (C_HALT | C_STEP)) === 0 && (this.#demcr & MON_STEP) === 0;
  }

  /** Debug state, for the reasons in `dfsr` (C1.5). */
  halt(dfsr: number): void {
    this.dfsr |= dfsr;
    this.#control |= C_HALT;
    if (this.#halted) return;
    this.#halted = true;
    this.#host.haltChanged(true);
  }

  /** A system reset: requests of the debugger end, enables stay (C1.6.2). True when the core is to halt at its vector. */
  systemReset(keepHaltRequest: boolean): void {
    if (this.#halted) this.#leave();
    this.#control &= keepHaltRequest ? C_DEBUGEN | C_HALT : C_DEBUGEN;
    this.#resetSeen = true;
    this.#demcr &= ~(MON_PEND | MON_STEP | MON_REQ | MON_EN);
    this.#host.monitorChanged(false, false);
  }

  /** Out of reset: halts before the first instruction where asked. */
  resetReleased(): void {
    this.#resetSeen = true;
    if ((this.vectorCatch & VectorCatch.CORERESET) !== 0) this.halt(Dfsr.VCATCH);
    else if (this.haltRequested) this.halt(Dfsr.HALTED);
  }

  read(offset: number, debug: boolean): number {
    switch (offset) {
      case 0xd30:
        return this.dfsr;
      case 0xdf0:
        return this.#readDhcsr(debug);
      case 0xdf8:
        return this.#dcrdr;
      case 0xdfc:
        return (this.#demcr & ~MON_PEND) | (this.#host.monitorPending ? MON_PEND : 0);
      default:
        return 0;
    }
  }

  write(offset: number, value: number, mask: number, debug: boolean): void {
    switch (offset) {
      case 0xd30:
        this.dfsr &= ~(value & mask);
        break;
      case 0xdf0:
        // C_DEBUGEN and what hangs on it belong to the debugger: code of the core cannot write them.
        if (debug && mask === 0xffff_ffff && value >>> 16 === DEBUG_KEY) this.#writeDhcsr(value);
        break;
      case 0xdf4:
        if (this.#halted) this.#transfer(value);
        break;
      case 0xdf8:
        this.#dcrdr = merge(this.#dcrdr, value, mask);
        break;
      case 0xdfc:
        this.#demcr = merge(this.#demcr, value, mask) & DEMCR_WRITABLE;
        this.#host.monitorChanged((this.#demcr & MON_EN) !== 0, (this.#demcr & MON_PEND) !== 0);
        break;
      default:
        break;
    }
  }

  #leave(): void {
    this.#halted = false;
    this.#host.haltChanged(false);
  }

  #readDhcsr(debug: boolean): number {
    let value = this.#control | S_REGRDY;
    if (this.#halted) value |= S_HALT;
    if (this.#host.sleeping) value |= S_SLEEP;
    if (this.#host.lockedUp && !this.#halted) value |= S_LOCKUP;
    if (this.#host.retired !== this.#retiredSeen) value |= S_RETIRE_ST;
    if (this.#resetSeen) value |= S_RESET_ST;
    if (debug) {
      this.#retiredSeen = this.#host.retired;
      this.#resetSeen = this.#host.heldInReset;
    }
    return value >>> 0;
  }

  #writeDhcsr(value: number): void {
    const control = (value & C_DEBUGEN) !== 0 ? value & (C_DEBUGEN | C_HALT | C_STEP | C_MASKINTS) : 0;
    this.#control = control;
    this.#host.attend();
    if (this.#host.heldInReset) return;
    if ((control & C_HALT) !== 0) {
      if (!this.#halted) this.halt(Dfsr.HALTED);
    } else if (this.#halted) {
      this.#leave();
    }
  }

  /** DCRSR (C1.6.3): bit 16 writes. */
  #transfer(value: number): void {
    const selector = value & 0x7f;
    if ((value & 0x1_0000) !== 0) this.#writeRegister(selector, this.#dcrdr);
    else this.#dcrdr = this.#readRegister(selector) >>> 0;
  }

  #readRegister(selector: number): number {
    const state = this.#state;
    if (selector < 15) return state.r[selector];
    switch (selector) {
      case 15:
        return state.pc;
      case 16:
        return state.xpsr;
      case 17:
        return state.msp;
      case 18:
        return state.psp;
      case 20:
        return (state.control << 24) | (state.faultmask << 16) | (state.basepri << 8) | state.primask;
      default:
        return 0;
    }
  }

  #writeRegister(selector: number, value: number): void {
    const state = this.#state;
    if (selector < 15) {
      state.r[selector] = selector === 13 ? value & ~3 : value;
      return;
    }
    switch (selector) {
      case 15:
        state.pc = (value & ~1) >>> 0;
        break;
      case 16:
        state.apsr = value;
        state.epsr = value;
        state.setMode(value & 0x1ff, state.control);
        break;
      case 17:
        state.msp = value;
        break;
      case 18:
        state.psp = value;
        break;
      case 20:
        state.primask = value & 1;
        state.basepri = (value >>> 8) & state.priorityMask;
        state.faultmask = (value >>> 16) & 1;
        state.setMode(state.ipsr, (value >>> 24) & (state.ipsr === 0 ? CONTROL_SPSEL | CONTROL_NPRIV : CONTROL_NPRIV));
        break;
      default:
        break;
    }
    this.#host.attend();
  }
}
