import { BUS_FAULT, type CpuConfig } from "./cpu.ts";
import { Ccr, catchBits, Exception, Hfsr, VectorCatch } from "./exception-bits.ts";
import { ExceptionSet, lowestBit } from "./exception-set.ts";
import { Cfsr } from "./fault.ts";
import type { Memory } from "./memory.ts";
import { CONTROL_SPSEL, type CpuState } from "./state.ts";

/** What the exception model needs of the core around it. */
export interface ExceptionHost {
  /** Pending, enabled or masked state changed: look before the next instruction. */
  attend(): void;
  /** The vector-catch bits in force: DEMCR while C_DEBUGEN is set, else 0. */
  readonly vectorCatch: number;
  /** C_MASKINTS in force. */
  readonly interruptsMasked: boolean;
  /** A caught vector: enter debug state before the handler's first instruction. */
  caught(): void;
  lockUp(): void;
  /** Cycles that pass on entry and return. */
  spend(cycles: number): void;
  /** SCR.SLEEPONEXIT and return to Thread mode. */
  sleepOnExit(): void;
}

/** Lower than every configurable priority. */
const IDLE = 256;

/** All but MemManage, BusFault and UsageFault, of the first 16. */
const ALWAYS_ENABLED = 0xff8f;
/** What C_MASKINTS lets pass (ARMv7-M C1.6.2): not PendSV, SysTick and the external interrupts. */
const NOT_MASKED = 0x3fff;

const ENTRY_CYCLES = 12;
const RETURN_CYCLES = 10;
const TAIL_CHAIN_CYCLES = 6;

/**
 * Exceptions of ARMv7-M: which are pending and active, their priorities, entry, return, tail-chaining, escalation and
 * lockup (B1.5). The registers of NVIC and SCB are views of this.
 */
export class Exceptions {
  readonly count: number;
  readonly pending: ExceptionSet;
  readonly active: ExceptionSet;
  /** By ISER or SHCSR; those that have no enable bit are always in it. */
  readonly enabled: ExceptionSet;
  readonly priority: Uint8Array;
  /** Levels of the external lines, by exception number. */
  readonly lines: Uint8Array;
  vtor = 0;
  ccr = 0;
  cfsr = 0;
  hfsr = 0;
  mmfar = 0;
  bfar = 0;
  scr = 0;
  prigroup = 0;
  /** DEMCR.MON_EN. */
  monitorEnabled = false;
  /** Event register of WFE. */
  event = false;

  readonly #state: CpuState;
  readonly #memory: Memory;
  readonly #host: ExceptionHost;
  readonly #stackAlignAtReset: number;
  readonly #frame = new Int32Array(8);
  /** A vector catch is in force for the fault that was just raised. */
  #catch = false;

  constructor(config: CpuConfig, state: CpuState, memory: Memory, host: ExceptionHost) {
    this.count = Exception.EXTERNAL + config.interrupts;
    this.pending = new ExceptionSet(this.count);
    this.active = new ExceptionSet(this.count);
    this.enabled = new ExceptionSet(this.count);
    this.priority = new Uint8Array(this.count);
    this.lines = new Uint8Array(this.count);
    this.#state = state;
    this.#memory = memory;
    this.#host = host;
    // Frames are aligned to eight bytes by default from r2p0 on.
    this.#stackAlignAtReset = ((config.cpuid >>> 20) & 15) >= 2 ? Ccr.STKALIGN : 0;
    this.reset();
  }

  reset(): void {
    this.pending.clear();
    this.active.clear();
    this.enabled.clear();
    this.enabled.words[0] = ALWAYS_ENABLED;
    this.priority.fill(0);
    this.vtor = 0;
    this.ccr = this.#stackAlignAtReset;
    this.cfsr = 0;
    this.hfsr = 0;
    this.scr = 0;
    this.prigroup = 0;
    this.event = false;
    // A line that is high now is pending at once.
    for (let number = Exception.EXTERNAL; number < this.count; number++) {
      this.pending.set(number, this.lines[number] !== 0);
    }
  }

  setLine(irq: number, high: boolean): void {
    const number = Exception.EXTERNAL + irq;
    if (number >= this.count || irq < 0) return;
    const before = this.lines[number];
    this.lines[number] = high ? 1 : 0;
    if (high && before === 0) this.pend(number);
  }

  pend(number: number): void {
    if (this.pending.has(number)) return;
    this.pending.set(number, true);
    // SEVONPEND: becoming pending is an event, enabled or not (B3.2.7).
    if ((this.scr & 0x10) !== 0) this.event = true;
    this.#host.attend();
  }

  /** A line that is still high keeps its interrupt pending. */
  unpend(number: number): void {
    this.pending.set(number, this.lines[number] !== 0 && !this.active.has(number));
    this.#host.attend();
  }

  /** Enables or disables an external interrupt. */
  enable(number: number, enabled: boolean): void {
    this.enabled.set(number, enabled);
    this.#host.attend();
  }

  setPriority(number: number, priority: number): void {
    this.priority[number] = priority;
    this.#host.attend();
  }

  /** AIRCR.VECTCLRACTIVE. */
  clearActive(): void {
    this.active.clear();
    this.#state.setMode(0, this.#state.control);
    this.#host.attend();
  }

  /** Bits were changed from outside. */
  changed(): void {
    this.#host.attend();
  }

  /** Priority without sub-priority, as preemption compares it: -2 NMI, -1 HardFault, else 0–255. */
  groupPriority(number: number): number {
    if (number <= Exception.HARD_FAULT) return number - 4;
    return this.#group(this.priority[number]);
  }

  /** Current execution priority (B1.5.4). */
  executionPriority(): number {
    return this.#boosted(this.#activePriority());
  }

  /** The pending exception that comes next, 0 when none does; whether it preempts is another question. */
  nextPending(): number {
    let best = 0;
    let bestPriority = IDLE;
    const pending = this.pending.words;
    const enabled = this.enabled.words;
    for (let index = 0; index < pending.length; index++) {
      let bits = pending[index] & enabled[index];
      if (bits === 0) continue;
      if (this.#host.interruptsMasked) {
        if (index > 0) break;
        bits &= NOT_MASKED;
      }
      for (; bits !== 0; bits &= bits - 1) {
        const number = index * 32 + lowestBit(bits);
        const priority = number <= Exception.HARD_FAULT ? number - 4 : this.priority[number];
        if (priority < bestPriority) {
          bestPriority = priority;
          best = number;
        }
      }
    }
    return best;
  }

  /** The exception to take before the next instruction, 0 when none preempts. */
  toTake(): number {
    const next = this.nextPending();
    return next !== 0 && this.groupPriority(next) < this.executionPriority() ? next : 0;
  }

  /** WFI ends: something pending would preempt if PRIMASK were clear (B1.5.19). */
  wakes(): boolean {
    const next = this.nextPending();
    if (next === 0) return false;
    const primask = this.#state.primask;
    this.#state.primask = 0;
    const wakes = this.groupPriority(next) < this.executionPriority();
    this.#state.primask = primask;
    return wakes;
  }

  isDisabledFault(number: number): boolean {
    return number >= Exception.MEM_MANAGE && number <= Exception.USAGE_FAULT && !this.enabled.has(number);
  }

  /** A synchronous fault at the state's pc: status bits, then the exception, escalated where it must be (B1.5.14). */
  raise(cfsr: number, address: number): void {
    const number = this.#record(cfsr, address);
    this.#pendOrEscalate(number);
  }

  /** True while CCR.BFHFNMIGN makes data bus faults harmless: NMI and HardFault handlers, and FAULTMASK. */
  ignoresBusFaults(address: number): boolean {
    if ((this.ccr & Ccr.BFHFNMIGN) === 0 || this.executionPriority() >= 0) return false;
    this.cfsr |= Cfsr.PRECISERR | Cfsr.BFARVALID;
    this.bfar = address;
    return true;
  }

  supervisorCall(): void {
    this.#pendOrEscalate(Exception.SVCALL);
  }

  /** BKPT without halting debug: DebugMonitor where it can be taken, else HardFault (C1.4.1). */
  breakpoint(): void {
    if (this.monitorEnabled && this.groupPriority(Exception.DEBUG_MONITOR) < this.executionPriority()) {
      this.pend(Exception.DEBUG_MONITOR);
      return;
    }
    if (this.executionPriority() < 0) {
      this.#host.lockUp();
      return;
    }
    this.hfsr = (this.hfsr | Hfsr.DEBUGEVT) >>> 0;
    if ((this.#host.vectorCatch & VectorCatch.HARDERR) !== 0) this.#catch = true;
    this.pend(Exception.HARD_FAULT);
  }

  /** True when a watchpoint or step can become a DebugMonitor exception now. */
  get monitorReady(): boolean {
    return this.monitorEnabled && this.groupPriority(Exception.DEBUG_MONITOR) < this.executionPriority();
  }

  /** Exception entry (B1.5.6): stacks, then goes to the handler of `number`. */
  enter(number: number): void {
    const state = this.#state;
    const thread = state.ipsr === 0;
    const exceptionReturn = thread ? (state.usesPsp ? 0xffff_fffd : 0xffff_fff9) : 0xffff_fff1;
    this.#host.spend(ENTRY_CYCLES);
    let chosen = number;
    if (!this.#push()) chosen = this.#derived(Cfsr.STKERR, number);
    if (chosen === 0) return;
    this.#take(chosen, exceptionReturn);
  }

  /** Exception return (B1.5.8). */
  leave(exceptionReturn: number): void {
    const state = this.#state;
    const number = state.ipsr;
    const kind = exceptionReturn & 15;
    const toThread = kind === 9 || kind === 13;
    const wasActive = this.active.has(number);
    this.#deactivate(number);
    const wasLast = this.active.isEmpty;
    const base = wasLast || (this.ccr & Ccr.NONBASETHRDENA) !== 0;
    this.#host.attend();
    const mismatch = !wasActive || (kind === 1 ? wasLast : !toThread || !base);
    if (mismatch) {
      this.#invalidReturn(exceptionReturn);
      return;
    }
    this.#host.spend(RETURN_CYCLES);

    // Tail-chaining: the frame stays for the next handler.
    const next = this.nextPending();
    if (next !== 0 && this.groupPriority(next) < this.executionPriority()) {
      this.#host.spend(TAIL_CHAIN_CYCLES - RETURN_CYCLES);
      this.#take(next, exceptionReturn);
      return;
    }
    this.#pop(exceptionReturn, toThread, kind === 13, wasLast);
  }

  #group(priority: number): number {
    return priority & (0xff << (this.prigroup + 1));
  }

  #activePriority(): number {
    let highest = IDLE;
    const active = this.active.words;
    for (let index = 0; index < active.length; index++) {
      for (let bits = active[index]; bits !== 0; bits &= bits - 1) {
        const priority = this.groupPriority(index * 32 + lowestBit(bits));
        if (priority < highest) highest = priority;
      }
    }
    return highest;
  }

  #boosted(priority: number): number {
    const state = this.#state;
    let boosted = priority;
    if (state.basepri !== 0) boosted = Math.min(boosted, this.#group(state.basepri));
    if (state.primask !== 0) boosted = Math.min(boosted, 0);
    if (state.faultmask !== 0) boosted = Math.min(boosted, -1);
    return boosted;
  }

  /** Sets the status bits of a fault; returns the exception it belongs to. */
  #record(cfsr: number, address: number): number {
    this.cfsr |= cfsr;
    if ((cfsr & Cfsr.PRECISERR) !== 0) {
      this.bfar = address >>> 0;
      this.cfsr |= Cfsr.BFARVALID;
    }
    if ((catchBits(cfsr) & this.#host.vectorCatch) !== 0) this.#catch = true;
    if ((cfsr & 0xff) !== 0) return Exception.MEM_MANAGE;
    return (cfsr & 0xff00) !== 0 ? Exception.BUS_FAULT : Exception.USAGE_FAULT;
  }

  #pendOrEscalate(number: number): void {
    const priority = this.executionPriority();
    if (!this.isDisabledFault(number) && this.groupPriority(number) < priority) {
      this.pend(number);
      return;
    }
    if (priority < 0) {
      this.#host.lockUp();
      return;
    }
    this.hfsr |= Hfsr.FORCED;
    if ((this.#host.vectorCatch & VectorCatch.HARDERR) !== 0) this.#catch = true;
    this.pend(Exception.HARD_FAULT);
  }

  /** A fault while entering `original`: which of the two is taken now; 0 for lockup (B1.5.11). */
  #derived(cfsr: number, original: number): number {
    let number = this.#record(cfsr, 0);
    if (this.isDisabledFault(number) || this.groupPriority(number) >= this.executionPriority()) {
      if (original <= Exception.HARD_FAULT || this.executionPriority() < 0) {
        // It counts as entered: lockup has the priority of HardFault or NMI.
        this.pending.set(original, false);
        this.active.set(original, true);
        this.#state.setMode(original, this.#state.control & ~CONTROL_SPSEL);
        this.#host.lockUp();
        return 0;
      }
      this.hfsr |= Hfsr.FORCED;
      number = Exception.HARD_FAULT;
    }
    this.pend(number);
    return this.nextPending();
  }

  #push(): boolean {
    const state = this.#state;
    const r = state.r;
    const sp = r[13];
    const align = (this.ccr & Ccr.STKALIGN) !== 0 ? sp & 4 : 0;
    const frame = (sp - align - 32) >>> 0;
    const xpsr = (state.xpsr | (align !== 0 ? 0x200 : 0)) >>> 0;
    r[13] = frame;
    const words = this.#frame;
    words[0] = r[0];
    words[1] = r[1];
    words[2] = r[2];
    words[3] = r[3];
    words[4] = r[12];
    words[5] = r[14];
    words[6] = state.pc;
    words[7] = xpsr;
    return this.#memory.writeWords(frame, words);
  }

  /** ExceptionTaken: the frame is on the stack already. */
  #take(number: number, exceptionReturn: number): void {
    const state = this.#state;
    const vector = this.#memory.read((this.vtor + number * 4) >>> 0, 4, "cpu");
    if (vector === BUS_FAULT) {
      // B1.5.14: a vector that cannot be read is a HardFault, and for HardFault itself and NMI the end.
      this.hfsr |= Hfsr.VECTTBL;
      if ((this.#host.vectorCatch & (VectorCatch.INTERR | VectorCatch.HARDERR)) !== 0) this.#catch = true;
      if (number <= Exception.HARD_FAULT) {
        state.setMode(number, state.control & ~CONTROL_SPSEL);
        // It counts as entered.
        this.pending.set(number, false);
        this.active.set(number, true);
        this.#host.lockUp();
        return;
      }
      this.#take(Exception.HARD_FAULT, exceptionReturn);
      return;
    }
    state.r[14] = exceptionReturn | 0;
    state.setMode(number, state.control & ~CONTROL_SPSEL);
    state.pc = (vector & ~1) >>> 0;
    state.t = vector & 1;
    state.it = 0;
    this.pending.set(number, false);
    this.active.set(number, true);
    this.event = true;
    this.#host.attend();
    if (this.#catch && number <= Exception.USAGE_FAULT) {
      this.#catch = false;
      this.#host.caught();
    }
  }

  #deactivate(number: number): void {
    this.active.set(number, false);
    // FAULTMASK ends with every handler but NMI's (B1.5.8).
    if (number !== Exception.NMI) this.#state.faultmask = 0;
    if (this.lines[number] !== 0) this.pend(number);
  }

  /** EXC_RETURN that does not fit the state: UsageFault INVPC instead of the return, stack untouched. */
  #invalidReturn(exceptionReturn: number): void {
    this.#failedReturn(Cfsr.INVPC, exceptionReturn);
  }

  #failedReturn(cfsr: number, exceptionReturn: number): void {
    let number = this.#record(cfsr, 0);
    const priority = this.executionPriority();
    if (this.isDisabledFault(number) || this.groupPriority(number) >= priority) {
      if (priority < 0) {
        this.#host.lockUp();
        return;
      }
      this.hfsr |= Hfsr.FORCED;
      if ((this.#host.vectorCatch & VectorCatch.HARDERR) !== 0) this.#catch = true;
      number = Exception.HARD_FAULT;
    }
    this.#take(number, exceptionReturn);
  }

  #pop(exceptionReturn: number, toThread: boolean, toPsp: boolean, wasLast: boolean): void {
    const state = this.#state;
    const frame = (toPsp ? state.psp : state.msp) >>> 0;
    const words = this.#frame;
    if (!this.#memory.readWords(frame, words)) {
      this.#failedReturn(Cfsr.UNSTKERR, exceptionReturn);
      return;
    }
    const xpsr = words[7];
    const ipsr = xpsr & 0x1ff;
    if (toThread !== (ipsr === 0)) {
      // The pop is taken back: the frame stays where it was.
      this.#failedReturn(Cfsr.INVPC, exceptionReturn);
      return;
    }
    const align = (this.ccr & Ccr.STKALIGN) !== 0 && (xpsr & 0x200) !== 0 ? 4 : 0;
    if (toPsp) state.psp = (frame + 32) | align;
    else state.msp = (frame + 32) | align;
    const control = toPsp ? state.control | CONTROL_SPSEL : state.control & ~CONTROL_SPSEL;
    state.setMode(ipsr, control);
    const r = state.r;
    r[0] = words[0];
    r[1] = words[1];
    r[2] = words[2];
    r[3] = words[3];
    r[12] = words[4];
    r[14] = words[5];
    state.pc = (words[6] & ~1) >>> 0;
    state.apsr = xpsr;
    state.epsr = xpsr;
    this.event = true;
    if (toThread && wasLast && (this.scr & 2) !== 0) this.#host.sleepOnExit();
  }
}
