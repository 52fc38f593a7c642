import { holds } from "./arithmetic.ts";
import type { AccessSize } from "./cpu.ts";
import { loadStoreKinds } from "./decode-32-memory.ts";
import { executeDsp } from "./execute-dsp.ts";
import { Cfsr, fault } from "./fault.ts";
import type { Memory } from "./memory.ts";
import { Op } from "./opcodes.ts";
import { readSpecial, writeSpecial } from "./special-registers.ts";
import type { CpuState } from "./state.ts";

/** Cycles of DSB, DMB and ISB beyond the first. */
export const BARRIER_CYCLES = 2;

/** What an instruction may ask of the core around it. */
export interface InstructionEvents {
  /** SVC, with the state's pc behind it. */
  supervisorCall(): void;
  waitForInterrupt(): void;
  waitForEvent(): void;
  sendEvent(): void;
  /** PRIMASK, BASEPRI, FAULTMASK or CONTROL may have changed. */
  masksChanged(): void;
}

/** How this file branches: through the engine, which knows about exception returns. */
export interface Branching {
  branchTo(target: number): void;
  branchLinkTo(target: number): void;
}

/**
 * The instructions that are too seldom, or too slow anyway, for the inner loop. The state holds all registers and flags
 * while they run; `pc` is their own address.
 */
export class RareInstructions {
  readonly #state: CpuState;
  readonly #memory: Memory;
  readonly #events: InstructionEvents;
  /** Cycles that the last instruction took beyond the first. */
  extraCycles = 0;
  /** Address tagged by LDREX, -1 when the local monitor is open. */
  monitor = -1;

  constructor(state: CpuState, memory: Memory, events: InstructionEvents) {
    this.#state = state;
    this.#memory = memory;
    this.#events = events;
  }

  /** True when it set the state's pc itself (or an exception return waits in `branching`). */
  execute(branching: Branching, op: number, w: number, imm: number, next: number): boolean {
    const state = this.#state;
    const r = state.r;
    const a = (w >>> 10) & 15;
    const b = (w >>> 14) & 15;
    const c = (w >>> 18) & 15;
    const d = (w >>> 22) & 15;
    const s = w >>> 26;
    this.extraCycles = 0;
    if (op === Op.DSP) {
      executeDsp(state, imm, a, b, c, d, s);
      return false;
    }
    switch (op) {
      case Op.UNDEFINED:
        throw fault.set(Cfsr.UNDEFINSTR);
      case Op.NOCP:
        throw fault.set(Cfsr.NOCP);
      case Op.SVC:
        state.pc = next;
        this.#events.supervisorCall();
        return true;
      case Op.WFI:
        this.#events.waitForInterrupt();
        return false;
      case Op.WFE:
        this.#events.waitForEvent();
        return false;
      case Op.SEV:
        this.#events.sendEvent();
        return false;
      case Op.MRS:
        r[a] = readSpecial(state, imm);
        this.extraCycles = 1;
        return false;
      case Op.MSR:
        writeSpecial(state, imm, d, r[b]);
        this.#events.masksChanged();
        this.extraCycles = 1;
        return false;
      case Op.CPS:
        if (!state.privileged) return false;
        if ((imm & 2) !== 0) state.primask = (imm >>> 4) & 1;
        // FAULTMASK cannot be set from NMI and HardFault (B5.2.1).
        if ((imm & 1) !== 0 && ((imm & 0x10) === 0 || (state.ipsr !== 2 && state.ipsr !== 3))) {
          state.faultmask = (imm >>> 4) & 1;
        }
        this.#events.masksChanged();
        return false;
      case Op.BARRIER:
        this.extraCycles = BARRIER_CYCLES;
        return false;
      case Op.CLREX:
        this.monitor = -1;
        return false;
      case Op.LDREX: {
        const address = (r[b] + imm) >>> 0;
        r[a] = this.#memory.loadAligned(address, s as AccessSize);
        this.monitor = address;
        this.extraCycles = 1;
        return false;
      }
      case Op.STREX: {
        const address = (r[b] + imm) >>> 0;
        if ((address & (s - 1)) !== 0) throw fault.set(Cfsr.UNALIGNED);
        const pass = this.monitor === address;
        if (pass) this.#memory.store(address, s as AccessSize, r[a]);
        this.monitor = -1;
        r[d] = pass ? 0 : 1;
        this.extraCycles = 1;
        return false;
      }
      case Op.LDR_PC:
      case Op.LDR_SP:
        return this.#loadSpecial(branching, op, r, b, c, d, s, imm);
      case Op.MOV_PC:
      case Op.ADD_PC:
        // ALUWritePC: bit 0 is ignored, T stays, and EXC_RETURN means nothing.
        state.pc = ((r[c] + imm) & ~1) >>> 0;
        this.extraCycles = 2;
        return true;
      case Op.MOV_SP:
        r[13] = r[c] & ~3;
        return false;
      case Op.ADD_SP:
        this.#addToSp(s, (r[c] << d) + imm);
        return false;
      case Op.SSAT:
      case Op.USAT:
        this.#saturate(op, a, r[b], imm, d, s);
        return false;
      case Op.UNPRIVILEGED:
        this.#unprivileged(d, a, (r[b] + imm) >>> 0);
        this.extraCycles = 1;
        return false;
      case Op.B_FAR:
        if (d !== 14 && !holds(d, state.nf, state.zf, state.cf, state.vf)) return false;
        return this.#jump(imm);
      case Op.BL_FAR:
        r[14] = next | 1;
        return this.#jump(imm);
      case Op.CBZ_FAR:
        return r[a] === 0 && this.#jump(imm);
      case Op.CBNZ_FAR:
        return r[a] !== 0 && this.#jump(imm);
      default:
        throw fault.set(Cfsr.UNDEFINSTR);
    }
  }

  #jump(distance: number): boolean {
    this.#state.pc = (this.#state.pc + distance * 2) >>> 0;
    this.extraCycles = 1;
    return true;
  }

  #loadSpecial(
    branching: Branching,
    op: number,
    r: Int32Array,
    b: number,
    c: number,
    d: number,
    s: number,
    imm: number,
  ): boolean {
    const base = r[b];
    const indexed = (base + (r[c] << s) + imm) | 0;
    const value = this.#memory.load((d === 2 ? base : indexed) >>> 0, 4);
    if (d !== 0) r[b] = b === 13 ? indexed & ~3 : indexed;
    this.extraCycles = 1;
    if (op === Op.LDR_SP) {
      r[13] = value & ~3;
      return false;
    }
    this.extraCycles = 3;
    branching.branchTo(value);
    return true;
  }

  /** ADD and SUB with SP as destination: 0 ADD, 1 ADDS, 2 SUBS, 3 SUB. */
  #addToSp(kind: number, operand: number): void {
    const state = this.#state;
    const x = state.r[13];
    const y = kind >= 2 ? ~operand : operand | 0;
    const result = (x + y + (kind >= 2 ? 1 : 0)) | 0;
    state.r[13] = result & ~3;
    if (kind === 0 || kind === 3) return;
    state.nf = result;
    state.zf = result;
    state.cf = (kind === 2 ? x >>> 0 >= operand >>> 0 : result >>> 0 < x >>> 0) ? 1 : 0;
    state.vf = (x ^ result) & (y ^ result);
  }

  /** SSAT and USAT (A7.7.152, A7.7.213); `type` 2 shifts right. */
  #saturate(op: number, a: number, operand: number, bits: number, type: number, amount: number): void {
    const value = type === 2 ? operand >> amount : operand << amount;
    const lowest = op === Op.SSAT ? -(2 ** (bits - 1)) : 0;
    const highest = op === Op.SSAT ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    const result = value < lowest ? lowest : Math.min(value, highest);
    if (result !== value) this.#state.q = 1;
    this.#state.r[a] = result;
  }

  /** LDRT and STRT: as unprivileged code would. Without an MPU only the private peripherals tell the difference. */
  #unprivileged(kind: number, a: number, address: number): void {
    if (address >= 0xe000_0000 && address < 0xe010_0000) throw fault.set(Cfsr.PRECISERR, address);
    const r = this.#state.r;
    switch (loadStoreKinds[kind]) {
      case Op.LDR:
        r[a] = this.#memory.load(address, 4);
        break;
      case Op.LDRB:
        r[a] = this.#memory.load(address, 1);
        break;
      case Op.LDRSB:
        r[a] = (this.#memory.load(address, 1) << 24) >> 24;
        break;
      case Op.LDRH:
        r[a] = this.#memory.load(address, 2);
        break;
      case Op.LDRSH:
        r[a] = (this.#memory.load(address, 2) << 16) >> 16;
        break;
      case Op.STR:
        this.#memory.store(address, 4, r[a]);
        break;
      case Op.STRB:
        this.#memory.store(address, 1, r[a] & 0xff);
        break;
      default:
        this.#memory.store(address, 2, r[a] & 0xffff);
    }
  }
}
