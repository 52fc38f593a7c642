// The inner loop is one function with one switch, and longer than the house's limit for a file: V8 keeps flags, budget
// and position in machine registers only within one function, and makes a jump table only of literal case labels.
import type { Scheduler } from "../time/scheduler.ts";
import { divideCycles, high, highSigned, holds, reverseBits } from "./arithmetic.ts";
import type { CodeCache, CodeTable } from "./code-cache.ts";
import type { AccessSize } from "./cpu.ts";
import type { RareInstructions } from "./execute-rare.ts";
import { Cfsr, Fault, fault } from "./fault.ts";
import { emptyView, type Memory, type WindowView } from "./memory.ts";
import { withoutFlags } from "./opcodes.ts";
import type { CpuState } from "./state.ts";
import { marksFor } from "./translator/guest-memory.ts";
import { CALL_WEIGHT } from "./translator/thresholds.ts";
import { TranslatedRun } from "./translator/translated-run.ts";
import type { Translator } from "./translator/translator.ts";

const noHeat = new Int32Array(0);

/**
 * Longest stretch between two looks at the scheduler, cycles. Short enough that a loop of translated code is entered
 * anew now and then: only so does it change over to the code that the host's optimizing compiler has made meanwhile.
 */
const LONGEST_STRETCH = 0x10_0000;

/** How the inner loop came back. */
export const Leave = {
  /** Budget used up, attention wanted, or the code window left. */
  NORMAL: 0,
  /** The instruction at pc raised {@link fault}; nothing of it took effect. */
  FAULT: 1,
  /** A breakpoint at pc: a BKPT instruction, or an FPB comparator. */
  BREAKPOINT: 2,
  /** A DWT comparator matches the instruction at pc, which has not run. */
  PC_MATCH: 3,
  /** A place was reached that translated code may begin at. */
  HOT: 4,
} as const;

/**
 * Runs predecoded instructions. The budget `left` counts cycles down to the scheduler's deadline, so that one test per
 * instruction serves deadline, single step and every request for attention alike: whoever wants the loop to stop
 * makes {@link Engine.refill} return 0.
 */
export class Engine {
  readonly #scheduler: Scheduler;
  readonly #state: CpuState;
  readonly #memory: Memory;
  readonly #cache: CodeCache;
  readonly #rare: RareInstructions;
  readonly #multiple = new Int32Array(16);
  /** Something outside the instruction stream is to be looked at before the next instruction. */
  attention = false;
  /** One instruction at a time. */
  single = false;
  /** CCR.DIV_0_TRP. */
  divideTraps = false;
  /** Data comparators are armed: every access takes the slow way, where it is compared. */
  watching = false;
  retired = 0;
  /** An EXC_RETURN value was loaded into PC in Handler mode; 0 otherwise. */
  exceptionReturn = 0;
  /** What coming to the state's pc by the next {@link run} counts: {@link CALL_WEIGHT} for a handler. */
  weight = 0;
  /** Budget after a slow access; see {@link Engine.load}. */
  left = 0;
  /** Cycle at which the budget is used up, and {@link Scheduler.changes} when it was made. */
  #end = 0;
  #changes = 0;
  #table: CodeTable | undefined;
  #ram: WindowView = emptyView;
  #rom: WindowView = emptyView;
  /** The loop runs with flash reads sent the slow way. */
  #flashClosed = false;
  #translated: TranslatedRun | undefined;
  #translator: Translator | undefined;
  /** The budget does not suffice for translated code: the interpreter uses it up. */
  #tail = false;
  #marks: Uint8Array = new Uint8Array(0);
  #marksGeneration = -1;

  constructor(scheduler: Scheduler, state: CpuState, memory: Memory, cache: CodeCache, rare: RareInstructions) {
    this.#scheduler = scheduler;
    this.#state = state;
    this.#memory = memory;
    this.#cache = cache;
    this.#rare = rare;
  }

  /** Windows changed: forget what was chosen from them. */
  forgetWindows(): void {
    this.#table = undefined;
    this.#ram = this.#memory.ramView;
    this.#rom = this.#memory.romView;
  }

  /** Gives hot code to a translator, whose calls out of line {@link TranslatedRun} serves. */
  attachTranslator(run: TranslatedRun): void {
    this.#translated = run;
    this.#translator = run.translator;
  }

  /** Runs from the state's pc. Everything is back in the state, and the scheduler's cycles exact, on return. */
  run(): number {
    const translated = this.#translated;
    if (translated === undefined || this.single) return this.#interpret();
    this.#tail = false;
    let { weight } = this;
    this.weight = 0;
    for (;;) {
      if (!this.watching && this.#state.it === 0 && !this.#memory.flashBusy) {
        const outcome = translated.run(this, weight);
        weight = 0;
        if (outcome === TranslatedRun.TAIL) this.#tail = true;
        else if (outcome !== TranslatedRun.NOT_HERE) return outcome;
      }
      const outcome = this.#interpret();
      if (outcome !== Leave.HOT) return outcome;
    }
  }

  /** The interpreter alone, up to a hot place. */
  #interpret(): number {
    const pc = this.#state.pc;
    let table = this.#table;
    if (table === undefined || pc < table.base || pc >= table.base + table.slots * 2) {
      table = this.#cache.tableAt(pc, this.#memory.windows);
      this.#table = table;
    }
    if (table === undefined) return this.runOne();
    if (table.window!.flash && this.#memory.flashBusy) {
      try {
        this.#memory.waitForFlash();
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        return Leave.FAULT;
      }
    }
    return this.#loop(table);
  }

  /** One instruction, ignoring breakpoints patched in, or from memory that is not a window. */
  runOne(): number {
    try {
      const table = this.#cache.single(this.#state.pc);
      const before = this.single;
      this.single = true;
      try {
        return this.#loop(table);
      } finally {
        this.single = before;
      }
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return Leave.FAULT;
    }
  }

  /** A budget for the instructions to come; 0 when the loop is to stop. */
  refill(): number {
    const scheduler = this.#scheduler;
    if (this.attention || this.single) {
      this.#end = scheduler.cycles;
      return 0;
    }
    this.#changes = scheduler.changes;
    const room = Math.ceil(scheduler.deadline - scheduler.cycles);
    const left = room <= 0 ? 0 : Math.min(room, LONGEST_STRETCH);
    this.#end = scheduler.cycles + left;
    return left;
  }

  /** A load that is not plain aligned memory: `left` in, the new budget in {@link left}. */
  load(address: number, size: AccessSize, left: number): number {
    const now = this.#end - left;
    this.#scheduler.cycles = now;
    const value = this.#memory.load(address >>> 0, size);
    this.left = this.#undisturbed(now) ? left : this.#afterAccess();
    return value;
  }

  store(address: number, size: AccessSize, value: number, left: number): void {
    const now = this.#end - left;
    this.#scheduler.cycles = now;
    this.#memory.store(address >>> 0, size, value);
    // Without an alarm the flash has not begun anything either.
    this.left = this.#undisturbed(now) ? left : this.#afterAccess();
  }

  loadAligned(address: number, left: number): number {
    this.#scheduler.cycles = this.#end - left;
    if ((address & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    const value = this.#memory.load(address >>> 0, 4);
    this.left = this.#afterAccess();
    return value;
  }

  storeAligned(address: number, value: number, left: number): void {
    this.#scheduler.cycles = this.#end - left;
    if ((address & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    this.#memory.store(address >>> 0, 4, value);
    this.left = this.#afterAccess();
  }

  loadMultiple(start: number, count: number, left: number): Int32Array {
    this.#scheduler.cycles = this.#end - left;
    if ((start & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    for (let index = 0; index < count; index++) {
      this.#multiple[index] = this.#memory.load((start + index * 4) >>> 0, 4);
    }
    this.left = this.#afterAccess();
    return this.#multiple;
  }

  storeMultiple(start: number, list: number, left: number): void {
    this.#scheduler.cycles = this.#end - left;
    if ((start & 3) !== 0) throw fault.set(Cfsr.UNALIGNED);
    let address = start >>> 0;
    for (let register = 0; register < 15; register++) {
      if (((list >>> register) & 1) === 0) continue;
      this.#memory.store(address >>> 0, 4, this.#state.r[register]);
      address += 4;
    }
    this.left = this.#afterAccess();
  }

  /** The fault object, with the cycles brought up to date. */
  failed(cfsr: number, left: number): Fault {
    this.#scheduler.cycles = this.#end - left;
    return fault.set(cfsr);
  }

  /** Memory was written, not by the inner loop or translated code: code that lay there is forgotten. */
  written(address: number, length: number): void {
    const ram = this.#ram;
    const offset = address - ram.base;
    if (offset >= 0 && length <= 4 && offset + length <= ram.size) {
      const marks = this.#marksOf(ram);
      if (marks[offset >>> 2] === 0 && marks[(offset + length - 1) >>> 2] === 0) return;
    }
    this.#cache.invalidate(address, length);
  }

  /** Cycle at which the budget that {@link refill} gave is used up. */
  get end(): number {
    return this.#end;
  }

  /** Translated code begins or ends: it runs only while flash answers at once. */
  openFlash(): void {
    this.#flashClosed = false;
  }

  codeWritten(address: number, length: number): void {
    this.#cache.invalidate(address >>> 0, length);
  }

  /** BX and loads of PC (ARMv7-M BXWritePC, LoadWritePC): bit 0 becomes T; EXC_RETURN in Handler mode returns. */
  branchTo(target: number): void {
    if (this.#state.ipsr !== 0 && target >>> 28 === 15) {
      this.exceptionReturn = target >>> 0;
      return;
    }
    this.branchLinkTo(target);
  }

  /** BLX: no exception return (BLXWritePC). */
  branchLinkTo(target: number): void {
    this.#state.t = target & 1;
    this.#state.pc = (target & ~1) >>> 0;
  }

  /** The access took place at cycle `now` and left nothing behind that the loop has to heed: its budget stands. */
  #undisturbed(now: number): boolean {
    const scheduler = this.#scheduler;
    return !this.attention && scheduler.changes === this.#changes && scheduler.cycles === now;
  }

  /** Peripherals may have moved the deadline, raised an interrupt, or made the flash busy. */
  #afterAccess(): number {
    const left = this.refill();
    if (left === 0 || this.#flashClosed || !this.#memory.flashBusy) return left;
    // From here on fetches and reads of flash have to wait; the loop begins anew and sees to it.
    this.#end = this.#scheduler.cycles;
    return 0;
  }

  #loop(table: CodeTable): number {
    const state = this.#state;
    const r = state.r;
    const code = table.words;
    const codeBase = table.base | 0;
    const slots = table.slots;
    // Views of the memories that take the fast way.
    const ram = this.watching ? emptyView : this.#ram;
    this.#flashClosed = this.#memory.flashBusy;
    const rom = this.watching || this.#flashClosed ? emptyView : this.#chooseRom(table);
    const ramBase = ram.base | 0;
    const ramSize = ram.size;
    const ramWords = ram.words;
    const ramHalfWords = ram.halfWords;
    const ramBytes = ram.bytes;
    const ramMarks = this.#marksOf(ram);
    const romBase = rom.base | 0;
    const romSize = rom.size;
    const romWords = rom.words;
    const romHalfWords = rom.halfWords;
    const romBytes = rom.bytes;

    const translator = this.single ? undefined : this.#translator;
    const counting = translator !== undefined && !this.#tail;
    const heat = translator === undefined ? noHeat : table.heat;
    const hot = translator === undefined ? 0 : translator.thresholds.visits;
    let left = this.single ? 1 : this.refill();
    if (this.single) this.#end = this.#scheduler.cycles + 1;
    let nf = state.nf;
    let zf = state.zf;
    let cf = state.cf;
    let vf = state.vf;
    let it = state.it;
    let itBefore = it;
    let count = 0;
    // Slots count half-words from the base of the table.
    let next = ((state.pc | 0) - codeBase) >>> 1;
    let ip = next;
    let gone = false;
    let outcome: number = Leave.NORMAL;
    try {
      run: for (;;) {
        ip = next;
        if (left <= 0) break;
        const w = code[ip << 1];
        const imm = code[(ip << 1) + 1];
        let op = w & 511;
        next = ip + 1 + ((w >>> 9) & 1);
        left--;
        count++;
        itBefore = it;
        if (it !== 0 && op > 7) {
          const pass = holds(it >>> 4, nf, zf, cf, vf);
          it = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
          if (!pass) continue;
          if ((w & 512) === 0) op = withoutFlags[op];
        }
        switch (op) {
          case 0: // UNDECODED
            left++;
            this.#scheduler.cycles = this.#end - left;
            this.#cache.decodeAt(table, ip);
            count--;
            next = ip;
            break;
          case 1: // LEAVE
            left++;
            count--;
            break run;
          case 2: // BKPT
          case 3: // FPB_BREAK
            left++;
            count--;
            outcome = Leave.BREAKPOINT;
            break run;
          case 4: // DWT_PC
            left++;
            count--;
            outcome = Leave.PC_MATCH;
            break run;
          case 8: // NOP
            break;
          case 9: {
            // MOV_IMM
            r[(w >>> 10) & 15] = imm;
            break;
          }
          case 10: {
            // MOVS_IMM
            r[(w >>> 10) & 15] = imm;
            nf = imm;
            zf = imm;
            if (w >>> 26 !== 0) cf = (w >>> 26) - 1;
            break;
          }
          case 11: {
            // MOV_REG
            r[(w >>> 10) & 15] = r[(w >>> 18) & 15];
            break;
          }
          case 12: {
            // MOVS_REG
            const result = r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 13: {
            // MVN_REG
            r[(w >>> 10) & 15] = ~r[(w >>> 18) & 15];
            break;
          }
          case 14: {
            // MVNS_REG
            const result = ~r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 15: {
            // MOVT
            r[(w >>> 10) & 15] = (r[(w >>> 10) & 15] & 0xffff) | imm;
            break;
          }
          case 16: {
            // AND_IMM
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] & imm;
            break;
          }
          case 17: {
            // ANDS_IMM
            const result = r[(w >>> 14) & 15] & imm;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            if (w >>> 26 !== 0) cf = (w >>> 26) - 1;
            break;
          }
          case 18: {
            // ORR_IMM
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] | imm;
            break;
          }
          case 19: {
            // ORRS_IMM
            const result = r[(w >>> 14) & 15] | imm;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            if (w >>> 26 !== 0) cf = (w >>> 26) - 1;
            break;
          }
          case 20: {
            // EOR_IMM
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] ^ imm;
            break;
          }
          case 21: {
            // EORS_IMM
            const result = r[(w >>> 14) & 15] ^ imm;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            if (w >>> 26 !== 0) cf = (w >>> 26) - 1;
            break;
          }
          case 22: {
            // ADD_IMM
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] + imm;
            break;
          }
          case 23: {
            // ADDS_IMM
            const x = r[(w >>> 14) & 15];
            const result = (x + imm) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (imm ^ result);
            break;
          }
          case 24: {
            // SUB_IMM
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] - imm;
            break;
          }
          case 25: {
            // SUBS_IMM
            const x = r[(w >>> 14) & 15];
            const result = (x - imm) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = x >>> 0 >= imm >>> 0 ? 1 : 0;
            vf = (x ^ imm) & (x ^ result);
            break;
          }
          case 26: {
            // ADC_IMM
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] + imm + cf;
            break;
          }
          case 27: {
            // ADCS_IMM
            const x = r[(w >>> 14) & 15];
            const result = (x + imm + cf) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = cf !== 0 ? (result >>> 0 <= x >>> 0 ? 1 : 0) : result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (imm ^ result);
            break;
          }
          case 28: {
            // RSB_IMM
            r[(w >>> 10) & 15] = imm - r[(w >>> 14) & 15];
            break;
          }
          case 29: {
            // RSBS_IMM
            const y = r[(w >>> 14) & 15];
            const result = (imm - y) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = imm >>> 0 >= y >>> 0 ? 1 : 0;
            vf = (imm ^ y) & (imm ^ result);
            break;
          }
          case 30: {
            // CMP_IMM
            const x = r[(w >>> 14) & 15];
            const result = (x - imm) | 0;
            nf = result;
            zf = result;
            cf = x >>> 0 >= imm >>> 0 ? 1 : 0;
            vf = (x ^ imm) & (x ^ result);
            break;
          }
          case 31: {
            // CMN_IMM
            const x = r[(w >>> 14) & 15];
            const result = (x + imm) | 0;
            nf = result;
            zf = result;
            cf = result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (imm ^ result);
            break;
          }
          case 32: {
            // TST_IMM
            const result = r[(w >>> 14) & 15] & imm;
            nf = result;
            zf = result;
            if (w >>> 26 !== 0) cf = (w >>> 26) - 1;
            break;
          }
          case 33: {
            // TEQ_IMM
            const result = r[(w >>> 14) & 15] ^ imm;
            nf = result;
            zf = result;
            if (w >>> 26 !== 0) cf = (w >>> 26) - 1;
            break;
          }
          case 34: {
            // AND_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] & r[(w >>> 18) & 15];
            break;
          }
          case 35: {
            // ANDS_REG
            const result = r[(w >>> 14) & 15] & r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 36: {
            // ORR_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] | r[(w >>> 18) & 15];
            break;
          }
          case 37: {
            // ORRS_REG
            const result = r[(w >>> 14) & 15] | r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 38: {
            // EOR_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] ^ r[(w >>> 18) & 15];
            break;
          }
          case 39: {
            // EORS_REG
            const result = r[(w >>> 14) & 15] ^ r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 40: {
            // BIC_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] & ~r[(w >>> 18) & 15];
            break;
          }
          case 41: {
            // BICS_REG
            const result = r[(w >>> 14) & 15] & ~r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 42: {
            // ADD_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] + r[(w >>> 18) & 15];
            break;
          }
          case 43: {
            // ADDS_REG
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const result = (x + y) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (y ^ result);
            break;
          }
          case 44: {
            // SUB_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] - r[(w >>> 18) & 15];
            break;
          }
          case 45: {
            // SUBS_REG
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const result = (x - y) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = x >>> 0 >= y >>> 0 ? 1 : 0;
            vf = (x ^ y) & (x ^ result);
            break;
          }
          case 46: {
            // ADC_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] + r[(w >>> 18) & 15] + cf;
            break;
          }
          case 47: {
            // ADCS_REG
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const result = (x + y + cf) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = cf !== 0 ? (result >>> 0 <= x >>> 0 ? 1 : 0) : result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (y ^ result);
            break;
          }
          case 48: {
            // SBC_REG
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] + ~r[(w >>> 18) & 15] + cf;
            break;
          }
          case 49: {
            // SBCS_REG
            const x = r[(w >>> 14) & 15];
            const y = ~r[(w >>> 18) & 15];
            const result = (x + y + cf) | 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            cf = cf !== 0 ? (result >>> 0 <= x >>> 0 ? 1 : 0) : result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (y ^ result);
            break;
          }
          case 50: {
            // CMP_REG
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const result = (x - y) | 0;
            nf = result;
            zf = result;
            cf = x >>> 0 >= y >>> 0 ? 1 : 0;
            vf = (x ^ y) & (x ^ result);
            break;
          }
          case 51: {
            // CMN_REG
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const result = (x + y) | 0;
            nf = result;
            zf = result;
            cf = result >>> 0 < x >>> 0 ? 1 : 0;
            vf = (x ^ result) & (y ^ result);
            break;
          }
          case 52: {
            // TST_REG
            const result = r[(w >>> 14) & 15] & r[(w >>> 18) & 15];
            nf = result;
            zf = result;
            break;
          }
          case 53: {
            // ADD_LSL
            r[(w >>> 10) & 15] = r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26));
            break;
          }
          case 54: {
            // DP_SHIFT
            const amount = w >>> 26;
            let y = r[(w >>> 18) & 15];
            let carry = cf;
            switch (imm & 3) {
              case 0:
                if (amount !== 0) {
                  carry = (y >>> (32 - amount)) & 1;
                  y <<= amount;
                }
                break;
              case 1:
                carry = (y >>> (amount - 1)) & 1;
                y = amount === 32 ? 0 : y >>> amount;
                break;
              case 2:
                carry = (y >>> (amount - 1)) & 1;
                y = amount === 32 ? y >> 31 : y >> amount;
                break;
              default:
                if (amount === 0) {
                  // RRX.
                  carry = y & 1;
                  y = (cf << 31) | (y >>> 1);
                } else {
                  y = (y >>> amount) | (y << (32 - amount));
                  carry = y >>> 31;
                }
            }
            y |= 0;
            const x = r[(w >>> 14) & 15];
            let result = 0;
            let logical = true;
            switch (imm >>> 4) {
              case 0:
                result = x & y;
                break;
              case 1:
                result = y;
                break;
              case 2:
                result = x | y;
                break;
              case 3:
                result = x | ~y;
                break;
              case 4:
                result = x ^ y;
                break;
              case 5:
                result = x & ~y;
                break;
              default: {
                // Additions: x or its complement, plus y or its complement, plus a carry.
                logical = false;
                const operation = imm >>> 4;
                const p = operation === 14 ? ~x : x;
                const q = operation === 11 || operation === 13 ? ~y : y;
                const carryIn = operation === 8 ? 0 : operation >= 13 ? 1 : cf;
                result = (p + q + carryIn) | 0;
                if ((imm & 4) !== 0) {
                  cf = (carryIn !== 0 ? result >>> 0 <= p >>> 0 : result >>> 0 < p >>> 0) ? 1 : 0;
                  vf = (p ^ result) & (q ^ result);
                }
              }
            }
            if ((imm & 8) === 0) r[(w >>> 10) & 15] = result;
            if ((imm & 4) !== 0) {
              nf = result;
              zf = result;
              if (logical) cf = carry;
            }
            break;
          }
          case 55: {
            // LSL_IMM
            r[(w >>> 10) & 15] = r[(w >>> 18) & 15] << (w >>> 26);
            break;
          }
          case 56: {
            // LSLS_IMM
            const amount = w >>> 26;
            const x = r[(w >>> 18) & 15];
            const result = x << amount;
            cf = (x >>> (32 - amount)) & 1;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 57: {
            // LSR_IMM
            const amount = w >>> 26;
            r[(w >>> 10) & 15] = amount === 32 ? 0 : r[(w >>> 18) & 15] >>> amount;
            break;
          }
          case 58: {
            // LSRS_IMM
            const amount = w >>> 26;
            const x = r[(w >>> 18) & 15];
            const result = amount === 32 ? 0 : (x >>> amount) | 0;
            cf = (x >>> (amount - 1)) & 1;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 59: {
            // ASR_IMM
            const amount = w >>> 26;
            r[(w >>> 10) & 15] = r[(w >>> 18) & 15] >> (amount === 32 ? 31 : amount);
            break;
          }
          case 60: {
            // ASRS_IMM
            const amount = w >>> 26;
            const x = r[(w >>> 18) & 15];
            const result = x >> (amount === 32 ? 31 : amount);
            cf = (x >>> (amount - 1)) & 1;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 61: {
            // LSL_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = amount < 32 ? x << amount : 0;
            r[(w >>> 10) & 15] = result;
            break;
          }
          case 62: {
            // LSLS_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = amount < 32 ? x << amount : 0;
            if (amount !== 0) cf = amount <= 32 ? (x >>> (32 - amount)) & 1 : 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 63: {
            // LSR_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = amount < 32 ? (x >>> amount) | 0 : 0;
            r[(w >>> 10) & 15] = result;
            break;
          }
          case 64: {
            // LSRS_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = amount < 32 ? (x >>> amount) | 0 : 0;
            if (amount !== 0) cf = amount <= 32 ? (x >>> (amount - 1)) & 1 : 0;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 65: {
            // ASR_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = x >> (amount < 32 ? amount : 31);
            r[(w >>> 10) & 15] = result;
            break;
          }
          case 66: {
            // ASRS_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = x >> (amount < 32 ? amount : 31);
            if (amount !== 0) cf = amount <= 32 ? (x >>> (amount - 1)) & 1 : x >>> 31;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 67: {
            // ROR_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = (amount & 31) === 0 ? x : (x >>> amount) | (x << (32 - amount));
            r[(w >>> 10) & 15] = result;
            break;
          }
          case 68: {
            // RORS_REG
            const x = r[(w >>> 14) & 15];
            const amount = r[(w >>> 18) & 15] & 0xff;
            const result = (amount & 31) === 0 ? x : (x >>> amount) | (x << (32 - amount));
            if (amount !== 0) cf = result >>> 31;
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 69: {
            // MUL
            r[(w >>> 10) & 15] = Math.imul(r[(w >>> 14) & 15], r[(w >>> 18) & 15]);
            break;
          }
          case 70: {
            // MULS
            const result = Math.imul(r[(w >>> 14) & 15], r[(w >>> 18) & 15]);
            r[(w >>> 10) & 15] = result;
            nf = result;
            zf = result;
            break;
          }
          case 71: {
            // MLA
            r[(w >>> 10) & 15] = r[(w >>> 22) & 15] + Math.imul(r[(w >>> 14) & 15], r[(w >>> 18) & 15]);
            left--;
            break;
          }
          case 72: {
            // MLS
            r[(w >>> 10) & 15] = r[(w >>> 22) & 15] - Math.imul(r[(w >>> 14) & 15], r[(w >>> 18) & 15]);
            left--;
            break;
          }
          case 73: {
            // UMULL
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = Math.imul(x, y);
            r[(w >>> 22) & 15] = high(x, y);
            left -= 3;
            break;
          }
          case 74: {
            // SMULL
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = Math.imul(x, y);
            r[(w >>> 22) & 15] = highSigned(x, y);
            left -= 3;
            break;
          }
          case 75: {
            // UMLAL
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const product = Math.imul(x, y);
            const low = (r[(w >>> 10) & 15] + product) | 0;
            const carry = low >>> 0 < product >>> 0 ? 1 : 0;
            r[(w >>> 10) & 15] = low;
            r[(w >>> 22) & 15] = r[(w >>> 22) & 15] + high(x, y) + carry;
            left -= 4;
            break;
          }
          case 76: {
            // SMLAL
            const x = r[(w >>> 14) & 15];
            const y = r[(w >>> 18) & 15];
            const product = Math.imul(x, y);
            const low = (r[(w >>> 10) & 15] + product) | 0;
            const carry = low >>> 0 < product >>> 0 ? 1 : 0;
            r[(w >>> 10) & 15] = low;
            r[(w >>> 22) & 15] = r[(w >>> 22) & 15] + highSigned(x, y) + carry;
            left -= 4;
            break;
          }
          case 77: {
            // SDIV
            const y = r[(w >>> 18) & 15];
            if (y === 0 && this.divideTraps) throw this.failed(Cfsr.DIVBYZERO, left);
            const x = r[(w >>> 14) & 15];
            left -= divideCycles(x < 0 ? -x : x, y < 0 ? -y : y);
            // Truncates towards zero; 0x80000000 / -1 wraps to 0x80000000.
            r[(w >>> 10) & 15] = y === 0 ? 0 : (x / y) | 0;
            break;
          }
          case 78: {
            // UDIV
            const y = r[(w >>> 18) & 15];
            if (y === 0 && this.divideTraps) throw this.failed(Cfsr.DIVBYZERO, left);
            const x = r[(w >>> 14) & 15];
            left -= divideCycles(x, y);
            r[(w >>> 10) & 15] = y === 0 ? 0 : ((x >>> 0) / (y >>> 0)) | 0;
            break;
          }
          case 79: {
            // SXTB
            const x = r[(w >>> 18) & 15];
            const amount = w >>> 26;
            const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
            r[(w >>> 10) & 15] = (turned << 24) >> 24;
            break;
          }
          case 80: {
            // SXTH
            const x = r[(w >>> 18) & 15];
            const amount = w >>> 26;
            const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
            r[(w >>> 10) & 15] = (turned << 16) >> 16;
            break;
          }
          case 81: {
            // UXTB
            const x = r[(w >>> 18) & 15];
            const amount = w >>> 26;
            const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
            r[(w >>> 10) & 15] = turned & 0xff;
            break;
          }
          case 82: {
            // UXTH
            const x = r[(w >>> 18) & 15];
            const amount = w >>> 26;
            const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
            r[(w >>> 10) & 15] = turned & 0xffff;
            break;
          }
          case 83: {
            // BFI
            r[(w >>> 10) & 15] = (r[(w >>> 10) & 15] & ~imm) | ((r[(w >>> 14) & 15] << (w >>> 26)) & imm);
            break;
          }
          case 84: {
            // UBFX
            r[(w >>> 10) & 15] = (r[(w >>> 14) & 15] << imm) >>> (w >>> 26);
            break;
          }
          case 85: {
            // SBFX
            r[(w >>> 10) & 15] = (r[(w >>> 14) & 15] << imm) >> (w >>> 26);
            break;
          }
          case 86: {
            // CLZ
            r[(w >>> 10) & 15] = Math.clz32(r[(w >>> 18) & 15]);
            break;
          }
          case 87: {
            // RBIT
            r[(w >>> 10) & 15] = reverseBits(r[(w >>> 18) & 15]);
            break;
          }
          case 88: {
            // REV
            const x = r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
            break;
          }
          case 89: {
            // REV16
            const x = r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = ((x & 0xff00ff) << 8) | ((x >>> 8) & 0xff00ff);
            break;
          }
          case 90: {
            // REVSH
            const x = r[(w >>> 18) & 15];
            r[(w >>> 10) & 15] = ((x << 24) >> 16) | ((x >>> 8) & 0xff);
            break;
          }
          case 91: {
            // LDR
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize && (address & 3) === 0) r[(w >>> 10) & 15] = ramWords[offset >>> 2];
            else if ((offset = (address - romBase) >>> 0) < romSize && (address & 3) === 0)
              r[(w >>> 10) & 15] = romWords[offset >>> 2];
            else {
              r[(w >>> 10) & 15] = this.load(address, 4, left);
              left = this.left;
            }
            left--;
            break;
          }
          case 92: {
            // LDRB
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize) r[(w >>> 10) & 15] = ramBytes[offset];
            else if ((offset = (address - romBase) >>> 0) < romSize) r[(w >>> 10) & 15] = romBytes[offset];
            else {
              r[(w >>> 10) & 15] = this.load(address, 1, left);
              left = this.left;
            }
            left--;
            break;
          }
          case 93: {
            // LDRSB
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize) r[(w >>> 10) & 15] = (ramBytes[offset] << 24) >> 24;
            else if ((offset = (address - romBase) >>> 0) < romSize)
              r[(w >>> 10) & 15] = (romBytes[offset] << 24) >> 24;
            else {
              r[(w >>> 10) & 15] = (this.load(address, 1, left) << 24) >> 24;
              left = this.left;
            }
            left--;
            break;
          }
          case 94: {
            // LDRH
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize && (address & 1) === 0) r[(w >>> 10) & 15] = ramHalfWords[offset >>> 1];
            else if ((offset = (address - romBase) >>> 0) < romSize && (address & 1) === 0)
              r[(w >>> 10) & 15] = romHalfWords[offset >>> 1];
            else {
              r[(w >>> 10) & 15] = this.load(address, 2, left);
              left = this.left;
            }
            left--;
            break;
          }
          case 95: {
            // LDRSH
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize && (address & 1) === 0) r[(w >>> 10) & 15] = (ramHalfWords[offset >>> 1] << 16) >> 16;
            else if ((offset = (address - romBase) >>> 0) < romSize && (address & 1) === 0)
              r[(w >>> 10) & 15] = (romHalfWords[offset >>> 1] << 16) >> 16;
            else {
              r[(w >>> 10) & 15] = (this.load(address, 2, left) << 16) >> 16;
              left = this.left;
            }
            left--;
            break;
          }
          case 96: {
            // STR
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            const offset = (address - ramBase) >>> 0;
            if (offset < ramSize && (address & 3) === 0) {
              ramWords[offset >>> 2] = r[(w >>> 10) & 15];
              if (ramMarks[offset >>> 2] !== 0) this.codeWritten(address, 4);
            } else {
              this.store(address, 4, r[(w >>> 10) & 15], left);
              left = this.left;
            }
            left--;
            break;
          }
          case 97: {
            // STRB
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            const offset = (address - ramBase) >>> 0;
            if (offset < ramSize) {
              ramBytes[offset] = r[(w >>> 10) & 15];
              if (ramMarks[offset >>> 2] !== 0) this.codeWritten(address, 1);
            } else {
              this.store(address, 1, r[(w >>> 10) & 15], left);
              left = this.left;
            }
            left--;
            break;
          }
          case 98: {
            // STRH
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
            const offset = (address - ramBase) >>> 0;
            if (offset < ramSize && (address & 1) === 0) {
              ramHalfWords[offset >>> 1] = r[(w >>> 10) & 15];
              if (ramMarks[offset >>> 2] !== 0) this.codeWritten(address, 2);
            } else {
              this.store(address, 2, r[(w >>> 10) & 15], left);
              left = this.left;
            }
            left--;
            break;
          }
          case 99: {
            // LS_WB
            // Pre- and post-indexed forms; `d` holds the kind in its low bits, post-index in bit 3.
            const base = r[(w >>> 14) & 15];
            const address = ((w >>> 22) & 8) !== 0 ? base : (base + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            const inRam = offset < ramSize;
            switch ((w >>> 22) & 7) {
              case 0:
                if (inRam && (address & 3) === 0) r[(w >>> 10) & 15] = ramWords[offset >>> 2];
                else if ((offset = (address - romBase) >>> 0) < romSize && (address & 3) === 0)
                  r[(w >>> 10) & 15] = romWords[offset >>> 2];
                else {
                  r[(w >>> 10) & 15] = this.load(address, 4, left);
                  left = this.left;
                }
                break;
              case 1:
                if (inRam) r[(w >>> 10) & 15] = ramBytes[offset];
                else if ((offset = (address - romBase) >>> 0) < romSize) r[(w >>> 10) & 15] = romBytes[offset];
                else {
                  r[(w >>> 10) & 15] = this.load(address, 1, left);
                  left = this.left;
                }
                break;
              case 2:
                r[(w >>> 10) & 15] = (this.load(address, 1, left) << 24) >> 24;
                left = this.left;
                break;
              case 3:
                r[(w >>> 10) & 15] = this.load(address, 2, left);
                left = this.left;
                break;
              case 4:
                r[(w >>> 10) & 15] = (this.load(address, 2, left) << 16) >> 16;
                left = this.left;
                break;
              case 5:
                if (inRam && (address & 3) === 0) {
                  ramWords[offset >>> 2] = r[(w >>> 10) & 15];
                  if (ramMarks[offset >>> 2] !== 0) this.codeWritten(address, 4);
                } else {
                  this.store(address, 4, r[(w >>> 10) & 15], left);
                  left = this.left;
                }
                break;
              case 6:
                if (inRam) {
                  ramBytes[offset] = r[(w >>> 10) & 15];
                  if (ramMarks[offset >>> 2] !== 0) this.codeWritten(address, 1);
                } else {
                  this.store(address, 1, r[(w >>> 10) & 15], left);
                  left = this.left;
                }
                break;
              default:
                this.store(address, 2, r[(w >>> 10) & 15], left);
                left = this.left;
            }
            const updated = base + imm;
            r[(w >>> 14) & 15] = ((w >>> 14) & 15) === 13 ? updated & ~3 : updated;
            left--;
            break;
          }
          case 100: {
            // LDRD
            const base = r[(w >>> 14) & 15];
            const address = w >>> 26 === 2 ? base : (base + imm) | 0;
            const offset = (address - ramBase) >>> 0;
            if (offset < ramSize - 4 && (address & 3) === 0) {
              r[(w >>> 10) & 15] = ramWords[offset >>> 2];
              r[(w >>> 22) & 15] = ramWords[(offset >>> 2) + 1];
            } else {
              const first = this.loadAligned(address, left);
              left = this.left;
              const second = this.loadAligned((address + 4) | 0, left);
              left = this.left;
              r[(w >>> 10) & 15] = first;
              r[(w >>> 22) & 15] = second;
            }
            if (w >>> 26 !== 0) r[(w >>> 14) & 15] = base + imm;
            left -= 2;
            break;
          }
          case 101: {
            // STRD
            const base = r[(w >>> 14) & 15];
            const address = w >>> 26 === 2 ? base : (base + imm) | 0;
            this.storeAligned(address, r[(w >>> 10) & 15], left);
            left = this.left;
            this.storeAligned((address + 4) | 0, r[(w >>> 22) & 15], left);
            left = this.left;
            if (w >>> 26 !== 0) r[(w >>> 14) & 15] = base + imm;
            left -= 2;
            break;
          }
          case 102: // LDM
          case 104: {
            // LDM_PC
            const count = (w >>> 18) & 15;
            const start = (w >>> 26 !== 0 ? r[(w >>> 14) & 15] - count * 4 : r[(w >>> 14) & 15]) | 0;
            const offset = (start - ramBase) >>> 0;
            const updated = w >>> 26 !== 0 ? start : start + count * 4;
            let target = 0;
            if (offset + count * 4 <= ramSize && (start & 3) === 0) {
              let at = offset >>> 2;
              for (let list = imm & 0x7fff, register = 0; list !== 0; list >>>= 1, register++) {
                if ((list & 1) !== 0) r[register] = ramWords[at++];
              }
              if ((imm & 0x8000) !== 0) target = ramWords[at];
            } else {
              const values = this.loadMultiple(start, count, left);
              left = this.left;
              let at = 0;
              for (let list = imm & 0x7fff, register = 0; list !== 0; list >>>= 1, register++) {
                if ((list & 1) !== 0) r[register] = values[at++];
              }
              if ((imm & 0x8000) !== 0) target = values[at];
            }
            if (((w >>> 10) & 15) !== 0) r[(w >>> 14) & 15] = updated;
            left -= count;
            if ((imm & 0x8000) !== 0) {
              left -= 2;
              const slot = ((target & ~1) - codeBase) >>> 1;
              if (slot < slots && (target & 1) !== 0) {
                next = slot;
                if (counting && (heat[next] += 1) > hot) {
                  ip = next;
                  outcome = Leave.HOT;
                  break run;
                }
              } else {
                this.branchTo(target);
                gone = true;
                break run;
              }
            }
            break;
          }
          case 103: {
            // STM
            const count = (w >>> 18) & 15;
            const start = (w >>> 26 !== 0 ? r[(w >>> 14) & 15] - count * 4 : r[(w >>> 14) & 15]) | 0;
            const offset = (start - ramBase) >>> 0;
            if (offset + count * 4 <= ramSize && (start & 3) === 0) {
              let at = offset >>> 2;
              let marked = 0;
              for (let list = imm, register = 0; list !== 0; list >>>= 1, register++) {
                if ((list & 1) === 0) continue;
                marked |= ramMarks[at];
                ramWords[at++] = r[register];
              }
              if (marked !== 0) this.codeWritten(start, count * 4);
            } else {
              this.storeMultiple(start, imm, left);
              left = this.left;
            }
            if (((w >>> 10) & 15) !== 0) r[(w >>> 14) & 15] = w >>> 26 !== 0 ? start : start + count * 4;
            left -= count;
            break;
          }
          case 105: {
            // B
            next = ip + imm;
            left--;
            if (imm < 0 && counting && (heat[next] += 1) > hot) {
              ip = next;
              outcome = Leave.HOT;
              break run;
            }
            break;
          }
          case 106: {
            // B_EQ
            if (zf === 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 107: {
            // B_NE
            if (zf !== 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 108: {
            // B_CS
            if (cf !== 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 109: {
            // B_CC
            if (cf === 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 110: {
            // B_MI
            if (nf < 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 111: {
            // B_PL
            if (nf >= 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 112: {
            // B_VS
            if (vf < 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 113: {
            // B_VC
            if (vf >= 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 114: {
            // B_HI
            if (cf !== 0 && zf !== 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 115: {
            // B_LS
            if (cf === 0 || zf === 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 116: {
            // B_GE
            if ((nf ^ vf) >= 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 117: {
            // B_LT
            if ((nf ^ vf) < 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 118: {
            // B_GT
            if (zf !== 0 && (nf ^ vf) >= 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 119: {
            // B_LE
            if (zf === 0 || (nf ^ vf) < 0) {
              next = ip + imm;
              left--;
              if (imm < 0 && counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            }
            break;
          }
          case 120: {
            // CBZ
            if (r[(w >>> 10) & 15] === 0) {
              next = ip + imm;
              left--;
            }
            break;
          }
          case 121: {
            // CBNZ
            if (r[(w >>> 10) & 15] !== 0) {
              next = ip + imm;
              left--;
            }
            break;
          }
          case 122: {
            // BL
            r[14] = (codeBase + next * 2) | 1;
            next = ip + imm;
            left--;
            if (counting && (heat[next] += CALL_WEIGHT) > hot) {
              ip = next;
              outcome = Leave.HOT;
              break run;
            }
            break;
          }
          case 123: {
            // BX
            const target = r[(w >>> 18) & 15] + imm;
            const slot = ((target & ~1) - codeBase) >>> 1;
            left -= 2;
            if (slot < slots && (target & 1) !== 0) {
              next = slot;
              if (counting && (heat[next] += 1) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            } else {
              this.branchTo(target);
              gone = true;
              break run;
            }
            break;
          }
          case 124: {
            // BLX
            const target = r[(w >>> 18) & 15];
            r[14] = (codeBase + next * 2) | 1;
            const slot = ((target & ~1) - codeBase) >>> 1;
            left -= 2;
            if (slot < slots && (target & 1) !== 0) {
              next = slot;
              if (counting && (heat[next] += CALL_WEIGHT) > hot) {
                ip = next;
                outcome = Leave.HOT;
                break run;
              }
            } else {
              this.branchLinkTo(target);
              gone = true;
              break run;
            }
            break;
          }
          case 125: {
            // TBB
            let distance = 0;
            const address = (r[(w >>> 14) & 15] + r[(w >>> 18) & 15] + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize) distance = ramBytes[offset];
            else if ((offset = (address - romBase) >>> 0) < romSize) distance = romBytes[offset];
            else {
              distance = this.load(address, 1, left);
              left = this.left;
            }
            next = ip + 2 + distance;
            left -= 3;
            if (next >= slots) {
              this.branchTo((codeBase + next * 2) | 1);
              gone = true;
              break run;
            }
            break;
          }
          case 126: {
            // TBH
            let distance = 0;
            const address = (r[(w >>> 14) & 15] + (r[(w >>> 18) & 15] << 1) + imm) | 0;
            let offset = (address - ramBase) >>> 0;
            if (offset < ramSize && (address & 1) === 0) distance = ramHalfWords[offset >>> 1];
            else if ((offset = (address - romBase) >>> 0) < romSize && (address & 1) === 0)
              distance = romHalfWords[offset >>> 1];
            else {
              distance = this.load(address, 2, left);
              left = this.left;
            }
            next = ip + 2 + distance;
            left -= 3;
            if (next >= slots) {
              this.branchTo((codeBase + next * 2) | 1);
              gone = true;
              break run;
            }
            break;
          }
          case 127: {
            // IT
            it = imm;
            break;
          }
          default: {
            state.nf = nf;
            state.zf = zf;
            state.cf = cf;
            state.vf = vf;
            state.it = it;
            state.pc = (codeBase + ip * 2) >>> 0;
            this.#scheduler.cycles = this.#end - left;
            const jumps = this.#rare.execute(this, op, w, imm, (codeBase + next * 2) >>> 0);
            nf = state.nf;
            zf = state.zf;
            cf = state.cf;
            vf = state.vf;
            it = state.it;
            left = this.refill() - this.#rare.extraCycles;
            if (jumps) {
              const slot = ((state.pc | 0) - codeBase) >>> 1;
              if (left > 0 && slot < slots && state.t !== 0 && this.exceptionReturn === 0) next = slot;
              else {
                gone = true;
                break run;
              }
            }
          }
        }
      }
      this.#scheduler.cycles = this.#end - left;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      // Whoever threw has brought the cycles up to date. The instruction did not take place.
      count--;
      it = itBefore;
      gone = false;
      outcome = Leave.FAULT;
    }
    if (!gone) state.pc = (codeBase + ip * 2) >>> 0;
    state.nf = nf;
    state.zf = zf;
    state.cf = cf;
    state.vf = vf;
    state.it = it;
    this.retired += count;
    return outcome;
  }

  /** Literals are read from the window that the code runs in. */
  #chooseRom(table: CodeTable): WindowView {
    const window = table.window;
    if (window === undefined || window.writable) {
      if (this.#rom === emptyView) this.#rom = this.#memory.romView;
    } else if (this.#rom.window !== window) {
      this.#rom = this.#memory.viewAt(window.base);
    }
    return this.#rom;
  }

  /** The words of RAM that hold decoded code: stores look there. Kept until the code tables change. */
  #marksOf(ram: WindowView): Uint8Array {
    if (ram.window === undefined || this.#marksGeneration === this.#cache.generation) return this.#marks;
    this.#marksGeneration = this.#cache.generation;
    this.#marks = this.#cache.marksOf(ram.window) ?? new Uint8Array(marksFor(ram.size));
    return this.#marks;
  }
}
