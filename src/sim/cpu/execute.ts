// The inner loop is one function with one switch, and longer than the house's limit for a file: V8 keeps flags, budget
// and position in machine registers only within one function, and makes a jump table only of literal case labels.
import type { Scheduler } from "../time/scheduler.ts";
import type { CodeCache, CodeTable } from "./code-cache.ts";
import { EngineAccess } from "./execute-access.ts";
import type { RareInstructions } from "./execute-rare.ts";
import { Cfsr, Fault } from "./fault.ts";
import { emptyView, type Memory, type WindowView } from "./memory.ts";
import { conditionTable, withoutFlags } from "./opcodes.ts";
import { putRegisters, registerFile, takeRegisters } from "./register-file.ts";
import type { CpuState } from "./state.ts";
import { marksFor } from "./translator/guest-memory.ts";
import { CALL_WEIGHT } from "./translator/thresholds.ts";
import { TranslatedRun } from "./translator/translated-run.ts";
import type { Translator } from "./translator/translator.ts";

const noHeat = new Int32Array(0);

// V8 takes what this file itself declares for constant, and what it imports not.
const R = registerFile;
const passes = conditionTable;
const plain = withoutFlags;
const callWeight: number = CALL_WEIGHT;
/** A loop of some board is under way, and the registers are in use. */
let busy = false;

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

/** Bytes that an exception stacks. */
const LONGEST_FRAME = 32;

/**
 * Runs predecoded instructions. The budget counts cycles down to the scheduler's deadline, so that one test per
 * instruction serves deadline, single step and every request for attention alike: whoever wants the loop to stop
 * makes {@link Engine.refill} return 0.
 */
export class Engine extends EngineAccess {
  readonly #rare: RareInstructions;
  retired = 0;
  /** What coming to the state's pc by the next {@link run} counts: {@link CALL_WEIGHT} for a handler. */
  weight = 0;
  #table: CodeTable | undefined;
  #rom: WindowView = emptyView;
  #translated: TranslatedRun | undefined;
  #translator: Translator | undefined;
  #marks: Uint8Array = new Uint8Array(0);
  #marksGeneration = -1;

  constructor(scheduler: Scheduler, state: CpuState, memory: Memory, cache: CodeCache, rare: RareInstructions) {
    super(scheduler, state, memory, cache);
    this.#rare = rare;
  }

  /** Windows changed: forget what was chosen from them. */
  forgetWindows(): void {
    this.#table = undefined;
    this.ram = this.memory.ramView;
    this.#rom = this.memory.romView;
  }

  /** Gives hot code to a translator, whose calls out of line {@link TranslatedRun} serves. */
  attachTranslator(run: TranslatedRun): void {
    this.#translated = run;
    this.#translator = run.translator;
  }

  /** Memory was written, not by the inner loop or translated code: code that lay there is forgotten. */
  written(address: number, length: number): void {
    const { ram } = this;
    const offset = address - ram.base;
    if (offset >= 0 && length <= LONGEST_FRAME && offset + length <= ram.size) {
      const marks = this.#marksOf(ram);
      const last = (offset + length - 1) >>> 2;
      let word = offset >>> 2;
      while (word <= last && marks[word] === 0) word++;
      if (word > last) return;
    }
    this.cache.invalidate(address, length);
  }

  /** Runs from the state's pc. Everything is back in the state, and the scheduler's cycles exact, on return. */
  run(): number {
    const translated = this.#translated;
    if (translated === undefined || this.single) return this.#interpret();
    this.tail = false;
    let { weight } = this;
    this.weight = 0;
    for (;;) {
      if (!this.watching && this.state.it === 0 && !this.memory.flashBusy) {
        const outcome = translated.run(this, weight);
        weight = 0;
        if (outcome === TranslatedRun.TAIL) this.tail = true;
        else if (outcome !== TranslatedRun.NOT_HERE) return outcome;
      }
      const outcome = this.#interpret();
      if (outcome !== Leave.HOT) return outcome;
    }
  }

  /** The interpreter alone, up to a hot place. */
  #interpret(): number {
    const pc = this.state.pc;
    let table = this.#table;
    if (table === undefined || pc < table.base || pc >= table.base + table.slots * 2) {
      table = this.cache.tableAt(pc, this.memory.windows);
      this.#table = table;
    }
    if (table === undefined) return this.runOne();
    if (table.window!.flash && this.memory.flashBusy) {
      try {
        this.memory.waitForFlash();
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
      const table = this.cache.single(this.state.pc);
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

  #loop(table: CodeTable): number {
    // What a peripheral does may run another board: the registers of this one are put aside meanwhile.
    // Views of the memories that take the fast way.
    const ram = this.watching ? emptyView : this.ram;
    this.flashClosed = this.memory.flashBusy;
    const rom = this.watching || this.flashClosed ? emptyView : this.#chooseRom(table);
    const aside = busy ? registerFile.slice(0, 16) : undefined;
    busy = true;
    takeRegisters(this.state);
    try {
      return this.#execute(table, ram, this.#marksOf(ram), rom);
    } finally {
      putRegisters(this.state);
      if (aside === undefined) busy = false;
      else registerFile.set(aside);
    }
  }

  /**
   * The inner loop. Its fast part calls nothing and knows nothing of IT blocks, of which each instruction enters it alone:
   * so V8 has the fewer values to keep in machine registers there. What an instruction cannot do in it, it leaves to the
   * part behind, with nothing of it done yet. Flags are signs: N is that of `nf`, C that of `cf`, V that of `vf`; Z is
   * `zf === 0`. Numbers are kept to 32 bits throughout.
   */
  #execute(table: CodeTable, ram: WindowView, ramMarks: Uint8Array, rom: WindowView): number {
    const state = this.state;
    const code = table.words;
    const codeBase = table.base | 0;
    const slots = table.slots >>> 0;
    const ramBase = ram.base | 0;
    const ramSize = ram.size >>> 0;
    const ramWords = ram.words;
    const ramHalfWords = ram.halfWords;
    const ramBytes = ram.bytes;
    const romBase = rom.base | 0;
    const romSize = rom.size >>> 0;
    const romWords = rom.words;
    const romHalfWords = rom.halfWords;
    const romBytes = rom.bytes;

    const translator = this.single ? undefined : this.#translator;
    const counting = translator !== undefined && !this.tail;
    const heat = translator === undefined ? noHeat : table.heat;
    const hot = translator === undefined ? 0 : translator.thresholds.visits;
    // The budget is used up when so many instructions are counted: what takes more than a cycle brings that nearer.
    let end = this.single ? 1 : this.refill() | 0;
    if (this.single) this.endCycle = this.scheduler.cycles + 1;
    let nf = state.nf | 0;
    let zf = state.zf | 0;
    let cf = state.cf << 31;
    let vf = state.vf | 0;
    let it = state.it | 0;
    // The last instruction of an IT block: how many there were before, and ITSTATE before it.
    let conditional = -1;
    let itBefore = 0;
    // What is left of the budget behind an instruction of an IT block.
    let held = 0;
    let count = 0;
    // Slots count half-words from the base of the table.
    let next = ((state.pc | 0) - codeBase) >> 1;
    let ip = next;
    let op = 0;
    let w = 0;
    let imm = 0;
    let gone = false;
    let outcome: number = Leave.NORMAL;
    try {
      run: for (;;) {
        ip = next;
        if (count >= end) break;
        w = code[ip << 1];
        imm = code[(ip << 1) | 1];
        op = w & 511;
        next = (ip + 1 + ((w >>> 9) & 1)) | 0;
        count = (count + 1) | 0;
        if (it !== 0 && op > 7) {
          conditional = count;
          itBefore = it;
          const flags = ((nf >>> 31) << 3) | (zf === 0 ? 4 : 0) | ((cf >>> 31) << 1) | (vf >>> 31);
          it = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
          if (passes[(itBefore & 0xf0) | flags] === 0) continue;
          if ((w & 512) === 0) op = plain[op];
          // The fast part is left behind it, as if the budget were used up.
          held = (end - count) | 0;
          end = count;
        }
        fast: for (
          ;
          count <= end;
          ip = next,
            w = code[ip << 1],
            imm = code[(ip << 1) | 1],
            op = w & 511,
            next = (ip + 1 + ((w >>> 9) & 1)) | 0,
            count = (count + 1) | 0
        ) {
          let slot = 0;
          switch (op) {
            case 9: {
              // MOV_IMM
              R[(w >>> 10) & 15] = imm;
              continue;
            }
            case 10: {
              // MOVS_IMM
              R[(w >>> 10) & 15] = imm;
              nf = imm;
              zf = imm;
              if (w >>> 26 !== 0) cf = ((w >>> 26) - 1) << 31;
              continue;
            }
            case 11: {
              // MOV_REG
              R[(w >>> 10) & 15] = R[(w >>> 18) & 15];
              continue;
            }
            case 12: {
              // MOVS_REG
              const result = R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 13: {
              // MVN_REG
              R[(w >>> 10) & 15] = ~R[(w >>> 18) & 15];
              continue;
            }
            case 14: {
              // MVNS_REG
              const result = ~R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 15: {
              // MOVT
              R[(w >>> 10) & 15] = (R[(w >>> 10) & 15] & 0xffff) | imm;
              continue;
            }
            case 16: {
              // AND_IMM
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] & imm;
              continue;
            }
            case 17: {
              // ANDS_IMM
              const result = R[(w >>> 14) & 15] & imm;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              if (w >>> 26 !== 0) cf = ((w >>> 26) - 1) << 31;
              continue;
            }
            case 18: {
              // ORR_IMM
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] | imm;
              continue;
            }
            case 19: {
              // ORRS_IMM
              const result = R[(w >>> 14) & 15] | imm;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              if (w >>> 26 !== 0) cf = ((w >>> 26) - 1) << 31;
              continue;
            }
            case 20: {
              // EOR_IMM
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] ^ imm;
              continue;
            }
            case 21: {
              // EORS_IMM
              const result = R[(w >>> 14) & 15] ^ imm;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              if (w >>> 26 !== 0) cf = ((w >>> 26) - 1) << 31;
              continue;
            }
            case 22: {
              // ADD_IMM
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] + imm;
              continue;
            }
            case 23: {
              // ADDS_IMM
              const x = R[(w >>> 14) & 15];
              const result = (x + imm) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & imm) | ((x | imm) & ~result);
              vf = (x ^ result) & (imm ^ result);
              continue;
            }
            case 24: {
              // SUB_IMM
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] - imm;
              continue;
            }
            case 25: {
              // SUBS_IMM
              const x = R[(w >>> 14) & 15];
              const result = (x - imm) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & ~imm) | ((x | ~imm) & ~result);
              vf = (x ^ imm) & (x ^ result);
              continue;
            }
            case 26: {
              // ADC_IMM
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] + imm + (cf >>> 31);
              continue;
            }
            case 27: {
              // ADCS_IMM
              const x = R[(w >>> 14) & 15];
              const result = (x + imm + (cf >>> 31)) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & imm) | ((x | imm) & ~result);
              vf = (x ^ result) & (imm ^ result);
              continue;
            }
            case 28: {
              // RSB_IMM
              R[(w >>> 10) & 15] = imm - R[(w >>> 14) & 15];
              continue;
            }
            case 29: {
              // RSBS_IMM
              const y = R[(w >>> 14) & 15];
              const result = (imm - y) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (imm & ~y) | ((imm | ~y) & ~result);
              vf = (imm ^ y) & (imm ^ result);
              continue;
            }
            case 30: {
              // CMP_IMM
              const x = R[(w >>> 14) & 15];
              const result = (x - imm) | 0;
              nf = result;
              zf = result;
              cf = (x & ~imm) | ((x | ~imm) & ~result);
              vf = (x ^ imm) & (x ^ result);
              continue;
            }
            case 31: {
              // CMN_IMM
              const x = R[(w >>> 14) & 15];
              const result = (x + imm) | 0;
              nf = result;
              zf = result;
              cf = (x & imm) | ((x | imm) & ~result);
              vf = (x ^ result) & (imm ^ result);
              continue;
            }
            case 32: {
              // TST_IMM
              const result = R[(w >>> 14) & 15] & imm;
              nf = result;
              zf = result;
              if (w >>> 26 !== 0) cf = ((w >>> 26) - 1) << 31;
              continue;
            }
            case 33: {
              // TEQ_IMM
              const result = R[(w >>> 14) & 15] ^ imm;
              nf = result;
              zf = result;
              if (w >>> 26 !== 0) cf = ((w >>> 26) - 1) << 31;
              continue;
            }
            case 34: {
              // AND_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] & R[(w >>> 18) & 15];
              continue;
            }
            case 35: {
              // ANDS_REG
              const result = R[(w >>> 14) & 15] & R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 36: {
              // ORR_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] | R[(w >>> 18) & 15];
              continue;
            }
            case 37: {
              // ORRS_REG
              const result = R[(w >>> 14) & 15] | R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 38: {
              // EOR_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] ^ R[(w >>> 18) & 15];
              continue;
            }
            case 39: {
              // EORS_REG
              const result = R[(w >>> 14) & 15] ^ R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 40: {
              // BIC_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] & ~R[(w >>> 18) & 15];
              continue;
            }
            case 41: {
              // BICS_REG
              const result = R[(w >>> 14) & 15] & ~R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 42: {
              // ADD_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] + R[(w >>> 18) & 15];
              continue;
            }
            case 43: {
              // ADDS_REG
              const x = R[(w >>> 14) & 15];
              const y = R[(w >>> 18) & 15];
              const result = (x + y) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & y) | ((x | y) & ~result);
              vf = (x ^ result) & (y ^ result);
              continue;
            }
            case 44: {
              // SUB_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] - R[(w >>> 18) & 15];
              continue;
            }
            case 45: {
              // SUBS_REG
              const x = R[(w >>> 14) & 15];
              const y = R[(w >>> 18) & 15];
              const result = (x - y) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & ~y) | ((x | ~y) & ~result);
              vf = (x ^ y) & (x ^ result);
              continue;
            }
            case 46: {
              // ADC_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] + R[(w >>> 18) & 15] + (cf >>> 31);
              continue;
            }
            case 47: {
              // ADCS_REG
              const x = R[(w >>> 14) & 15];
              const y = R[(w >>> 18) & 15];
              const result = (x + y + (cf >>> 31)) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & y) | ((x | y) & ~result);
              vf = (x ^ result) & (y ^ result);
              continue;
            }
            case 48: {
              // SBC_REG
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] + ~R[(w >>> 18) & 15] + (cf >>> 31);
              continue;
            }
            case 49: {
              // SBCS_REG
              const x = R[(w >>> 14) & 15];
              const y = ~R[(w >>> 18) & 15];
              const result = (x + y + (cf >>> 31)) | 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              cf = (x & y) | ((x | y) & ~result);
              vf = (x ^ result) & (y ^ result);
              continue;
            }
            case 50: {
              // CMP_REG
              const x = R[(w >>> 14) & 15];
              const y = R[(w >>> 18) & 15];
              const result = (x - y) | 0;
              nf = result;
              zf = result;
              cf = (x & ~y) | ((x | ~y) & ~result);
              vf = (x ^ y) & (x ^ result);
              continue;
            }
            case 51: {
              // CMN_REG
              const x = R[(w >>> 14) & 15];
              const y = R[(w >>> 18) & 15];
              const result = (x + y) | 0;
              nf = result;
              zf = result;
              cf = (x & y) | ((x | y) & ~result);
              vf = (x ^ result) & (y ^ result);
              continue;
            }
            case 52: {
              // TST_REG
              const result = R[(w >>> 14) & 15] & R[(w >>> 18) & 15];
              nf = result;
              zf = result;
              continue;
            }
            case 53: {
              // ADD_LSL
              R[(w >>> 10) & 15] = R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26));
              continue;
            }
            case 54: {
              // DP_SHIFT
              const amount = w >>> 26;
              let y = R[(w >>> 18) & 15];
              let carry = cf;
              switch (imm & 3) {
                case 0:
                  if (amount !== 0) {
                    carry = y << (amount - 1);
                    y <<= amount;
                  }
                  break;
                case 1:
                  carry = y << (32 - amount);
                  y = amount === 32 ? 0 : (y >>> amount) | 0;
                  break;
                case 2:
                  carry = y << (32 - amount);
                  y >>= amount === 32 ? 31 : amount;
                  break;
                default:
                  if (amount === 0) {
                    // RRX.
                    carry = y << 31;
                    y = (cf & 0x8000_0000) | (y >>> 1);
                  } else {
                    y = (y >>> amount) | (y << (32 - amount));
                    carry = y;
                  }
              }
              const x = R[(w >>> 14) & 15];
              const operation = imm >>> 4;
              let result = 0;
              if (operation < 6) {
                if (operation === 0) result = x & y;
                else if (operation === 1) result = y;
                else if (operation === 2) result = x | y;
                else if (operation === 3) result = x | ~y;
                else if (operation === 4) result = x ^ y;
                else result = x & ~y;
              } else {
                // Additions: x or its complement, plus y or its complement, plus a carry.
                const p = operation === 14 ? ~x : x;
                const q = operation === 11 || operation === 13 ? ~y : y;
                const carryIn = operation === 8 ? 0 : operation >= 13 ? 1 : cf >>> 31;
                result = (p + q + carryIn) | 0;
                carry = (p & q) | ((p | q) & ~result);
                if ((imm & 4) !== 0) vf = (p ^ result) & (q ^ result);
              }
              if ((imm & 8) === 0) R[(w >>> 10) & 15] = result;
              if ((imm & 4) !== 0) {
                nf = result;
                zf = result;
                cf = carry;
              }
              continue;
            }
            case 55: {
              // LSL_IMM
              R[(w >>> 10) & 15] = R[(w >>> 18) & 15] << (w >>> 26);
              continue;
            }
            case 56: {
              // LSLS_IMM
              const amount = w >>> 26;
              const x = R[(w >>> 18) & 15];
              const result = x << amount;
              cf = x << (amount - 1);
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 57: {
              // LSR_IMM
              const amount = w >>> 26;
              R[(w >>> 10) & 15] = amount === 32 ? 0 : R[(w >>> 18) & 15] >>> amount;
              continue;
            }
            case 58: {
              // LSRS_IMM
              const amount = w >>> 26;
              const x = R[(w >>> 18) & 15];
              const result = amount === 32 ? 0 : (x >>> amount) | 0;
              cf = x << (32 - amount);
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 59: {
              // ASR_IMM
              const amount = w >>> 26;
              R[(w >>> 10) & 15] = R[(w >>> 18) & 15] >> (amount === 32 ? 31 : amount);
              continue;
            }
            case 60: {
              // ASRS_IMM
              const amount = w >>> 26;
              const x = R[(w >>> 18) & 15];
              const result = x >> (amount === 32 ? 31 : amount);
              cf = x << (32 - amount);
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 61: {
              // LSL_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = amount < 32 ? x << amount : 0;
              R[(w >>> 10) & 15] = result;
              continue;
            }
            case 62: {
              // LSLS_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = amount < 32 ? x << amount : 0;
              if (amount !== 0) cf = amount <= 32 ? x << (amount - 1) : 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 63: {
              // LSR_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = amount < 32 ? (x >>> amount) | 0 : 0;
              R[(w >>> 10) & 15] = result;
              continue;
            }
            case 64: {
              // LSRS_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = amount < 32 ? (x >>> amount) | 0 : 0;
              if (amount !== 0) cf = amount <= 32 ? x << (32 - amount) : 0;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 65: {
              // ASR_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = x >> (amount < 32 ? amount : 31);
              R[(w >>> 10) & 15] = result;
              continue;
            }
            case 66: {
              // ASRS_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = x >> (amount < 32 ? amount : 31);
              if (amount !== 0) cf = amount <= 32 ? x << (32 - amount) : x;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 67: {
              // ROR_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = (amount & 31) === 0 ? x : (x >>> amount) | (x << (32 - amount));
              R[(w >>> 10) & 15] = result;
              continue;
            }
            case 68: {
              // RORS_REG
              const x = R[(w >>> 14) & 15];
              const amount = R[(w >>> 18) & 15] & 0xff;
              const result = (amount & 31) === 0 ? x : (x >>> amount) | (x << (32 - amount));
              if (amount !== 0) cf = result;
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 69: {
              // MUL
              R[(w >>> 10) & 15] = Math.imul(R[(w >>> 14) & 15], R[(w >>> 18) & 15]);
              continue;
            }
            case 70: {
              // MULS
              const result = Math.imul(R[(w >>> 14) & 15], R[(w >>> 18) & 15]);
              R[(w >>> 10) & 15] = result;
              nf = result;
              zf = result;
              continue;
            }
            case 71: {
              // MLA
              R[(w >>> 10) & 15] = R[(w >>> 22) & 15] + Math.imul(R[(w >>> 14) & 15], R[(w >>> 18) & 15]);
              end = (end - 1) | 0;
              continue;
            }
            case 72: {
              // MLS
              R[(w >>> 10) & 15] = R[(w >>> 22) & 15] - Math.imul(R[(w >>> 14) & 15], R[(w >>> 18) & 15]);
              end = (end - 1) | 0;
              continue;
            }
            case 73: // UMULL
            case 74: // SMULL
            case 75: // UMLAL
            case 76: {
              // SMLAL
              const x = R[(w >>> 14) & 15];
              const y = R[(w >>> 18) & 15];
              // The upper half of the unsigned product, from those of 16 bits; the signed one differs by the signs alone.
              const xl = x & 0xffff;
              const xh = x >>> 16;
              const yl = y & 0xffff;
              const yh = y >>> 16;
              const middle = (Math.imul(xh, yl) >>> 0) + (Math.imul(xl, yl) >>> 16);
              const cross = ((Math.imul(xl, yh) >>> 0) + (middle & 0xffff)) >>> 0;
              let upper = (Math.imul(xh, yh) + (middle >>> 16) + (cross >>> 16)) | 0;
              if ((op & 1) === 0) upper = (upper - ((x >> 31) & y) - ((y >> 31) & x)) | 0;
              const product = Math.imul(x, y);
              if (op < 75) {
                R[(w >>> 10) & 15] = product;
                R[(w >>> 22) & 15] = upper;
                end = (end - 3) | 0;
              } else {
                const low = (R[(w >>> 10) & 15] + product) | 0;
                const carry = low >>> 0 < product >>> 0 ? 1 : 0;
                R[(w >>> 10) & 15] = low;
                R[(w >>> 22) & 15] = R[(w >>> 22) & 15] + upper + carry;
                end = (end - 4) | 0;
              }
              continue;
            }
            case 77: // SDIV
            case 78: {
              // UDIV
              const y = R[(w >>> 18) & 15];
              if (y === 0) break fast;
              const x = R[(w >>> 14) & 15];
              // Truncates towards zero; 0x80000000 / -1 wraps to 0x80000000.
              R[(w >>> 10) & 15] = op === 77 ? (x / y) | 0 : ((x >>> 0) / (y >>> 0)) | 0;
              // As divideCycles of the magnitudes.
              const xs = op === 77 ? x >> 31 : 0;
              const ys = op === 77 ? y >> 31 : 0;
              const distance = (Math.clz32((y ^ ys) - ys) - Math.clz32((x ^ xs) - xs)) | 0;
              end = (end - (distance <= 0 ? 1 : 2 + (((distance + 3) >> 2) & 15))) | 0;
              continue;
            }
            case 79: {
              // SXTB
              const x = R[(w >>> 18) & 15];
              const amount = w >>> 26;
              const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
              R[(w >>> 10) & 15] = (turned << 24) >> 24;
              continue;
            }
            case 80: {
              // SXTH
              const x = R[(w >>> 18) & 15];
              const amount = w >>> 26;
              const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
              R[(w >>> 10) & 15] = (turned << 16) >> 16;
              continue;
            }
            case 81: {
              // UXTB
              const x = R[(w >>> 18) & 15];
              const amount = w >>> 26;
              const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
              R[(w >>> 10) & 15] = turned & 0xff;
              continue;
            }
            case 82: {
              // UXTH
              const x = R[(w >>> 18) & 15];
              const amount = w >>> 26;
              const turned = amount === 0 ? x : (x >>> amount) | (x << (32 - amount));
              R[(w >>> 10) & 15] = turned & 0xffff;
              continue;
            }
            case 83: {
              // BFI
              R[(w >>> 10) & 15] = (R[(w >>> 10) & 15] & ~imm) | ((R[(w >>> 14) & 15] << (w >>> 26)) & imm);
              continue;
            }
            case 84: {
              // UBFX
              R[(w >>> 10) & 15] = (R[(w >>> 14) & 15] << imm) >>> (w >>> 26);
              continue;
            }
            case 85: {
              // SBFX
              R[(w >>> 10) & 15] = (R[(w >>> 14) & 15] << imm) >> (w >>> 26);
              continue;
            }
            case 86: {
              // CLZ
              R[(w >>> 10) & 15] = Math.clz32(R[(w >>> 18) & 15]);
              continue;
            }
            case 87: {
              // RBIT
              let x = R[(w >>> 18) & 15];
              x = ((x >>> 1) & 0x5555_5555) | ((x & 0x5555_5555) << 1);
              x = ((x >>> 2) & 0x3333_3333) | ((x & 0x3333_3333) << 2);
              x = ((x >>> 4) & 0x0f0f_0f0f) | ((x & 0x0f0f_0f0f) << 4);
              x = ((x >>> 8) & 0x00ff_00ff) | ((x & 0x00ff_00ff) << 8);
              R[(w >>> 10) & 15] = (x >>> 16) | (x << 16);
              continue;
            }
            case 88: {
              // REV
              const x = R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
              continue;
            }
            case 89: {
              // REV16
              const x = R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = ((x & 0xff00ff) << 8) | ((x >>> 8) & 0xff00ff);
              continue;
            }
            case 90: {
              // REVSH
              const x = R[(w >>> 18) & 15];
              R[(w >>> 10) & 15] = ((x << 24) >> 16) | ((x >>> 8) & 0xff);
              continue;
            }
            case 91: {
              // LDR
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              if ((address & 3) !== 0) break fast;
              const offset = (address - ramBase) >>> 0;
              if (offset < ramSize) R[(w >>> 10) & 15] = ramWords[offset >>> 2];
              else {
                const at = (address - romBase) >>> 0;
                if (at >= romSize) break fast;
                R[(w >>> 10) & 15] = romWords[at >>> 2];
              }
              end = (end - 1) | 0;
              continue;
            }
            case 92: {
              // LDRB
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              const offset = (address - ramBase) >>> 0;
              if (offset < ramSize) R[(w >>> 10) & 15] = ramBytes[offset];
              else {
                const at = (address - romBase) >>> 0;
                if (at >= romSize) break fast;
                R[(w >>> 10) & 15] = romBytes[at];
              }
              end = (end - 1) | 0;
              continue;
            }
            case 93: {
              // LDRSB
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              const offset = (address - ramBase) >>> 0;
              if (offset < ramSize) R[(w >>> 10) & 15] = (ramBytes[offset] << 24) >> 24;
              else {
                const at = (address - romBase) >>> 0;
                if (at >= romSize) break fast;
                R[(w >>> 10) & 15] = (romBytes[at] << 24) >> 24;
              }
              end = (end - 1) | 0;
              continue;
            }
            case 94: {
              // LDRH
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              if ((address & 1) !== 0) break fast;
              const offset = (address - ramBase) >>> 0;
              if (offset < ramSize) R[(w >>> 10) & 15] = ramHalfWords[offset >>> 1];
              else {
                const at = (address - romBase) >>> 0;
                if (at >= romSize) break fast;
                R[(w >>> 10) & 15] = romHalfWords[at >>> 1];
              }
              end = (end - 1) | 0;
              continue;
            }
            case 95: {
              // LDRSH
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              if ((address & 1) !== 0) break fast;
              const offset = (address - ramBase) >>> 0;
              if (offset < ramSize) R[(w >>> 10) & 15] = (ramHalfWords[offset >>> 1] << 16) >> 16;
              else {
                const at = (address - romBase) >>> 0;
                if (at >= romSize) break fast;
                R[(w >>> 10) & 15] = (romHalfWords[at >>> 1] << 16) >> 16;
              }
              end = (end - 1) | 0;
              continue;
            }
            case 96: {
              // STR
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              const offset = (address - ramBase) >>> 0;
              if (offset >= ramSize || (address & 3) !== 0 || ramMarks[offset >>> 2] !== 0) break fast;
              ramWords[offset >>> 2] = R[(w >>> 10) & 15];
              end = (end - 1) | 0;
              continue;
            }
            case 97: {
              // STRB
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              const offset = (address - ramBase) >>> 0;
              if (offset >= ramSize || ramMarks[offset >>> 2] !== 0) break fast;
              ramBytes[offset] = R[(w >>> 10) & 15];
              end = (end - 1) | 0;
              continue;
            }
            case 98: {
              // STRH
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << (w >>> 26)) + imm) | 0;
              const offset = (address - ramBase) >>> 0;
              if (offset >= ramSize || (address & 1) !== 0 || ramMarks[offset >>> 2] !== 0) break fast;
              ramHalfWords[offset >>> 1] = R[(w >>> 10) & 15];
              end = (end - 1) | 0;
              continue;
            }
            case 99: {
              // LS_WB
              // Pre- and post-indexed forms; `d` holds the kind in its low bits, post-index in bit 3.
              const base = R[(w >>> 14) & 15];
              const updated = (base + imm) | 0;
              const address = ((w >>> 22) & 8) !== 0 ? base : updated;
              const offset = (address - ramBase) >>> 0;
              const kind = (w >>> 22) & 7;
              if (offset < ramSize) {
                if (kind >= 5 && ramMarks[offset >>> 2] !== 0) break fast;
                if (kind === 1) R[(w >>> 10) & 15] = ramBytes[offset];
                else if (kind === 2) R[(w >>> 10) & 15] = (ramBytes[offset] << 24) >> 24;
                else if (kind === 6) ramBytes[offset] = R[(w >>> 10) & 15];
                else if ((address & (kind === 0 || kind === 5 ? 3 : 1)) !== 0) break fast;
                else if (kind === 0) R[(w >>> 10) & 15] = ramWords[offset >>> 2];
                else if (kind === 5) ramWords[offset >>> 2] = R[(w >>> 10) & 15];
                else if (kind === 3) R[(w >>> 10) & 15] = ramHalfWords[offset >>> 1];
                else if (kind === 4) R[(w >>> 10) & 15] = (ramHalfWords[offset >>> 1] << 16) >> 16;
                else ramHalfWords[offset >>> 1] = R[(w >>> 10) & 15];
              } else {
                const at = (address - romBase) >>> 0;
                if (at >= romSize) break fast;
                if (kind === 1) R[(w >>> 10) & 15] = romBytes[at];
                else if (kind === 0 && (address & 3) === 0) R[(w >>> 10) & 15] = romWords[at >>> 2];
                else break fast;
              }
              R[(w >>> 14) & 15] = ((w >>> 14) & 15) === 13 ? updated & ~3 : updated;
              end = (end - 1) | 0;
              continue;
            }
            case 100: // LDRD
            case 101: {
              // STRD
              const base = R[(w >>> 14) & 15];
              const updated = (base + imm) | 0;
              const address = w >>> 26 === 2 ? base : updated;
              const offset = (address - ramBase) >>> 0;
              if (offset >= ramSize || (address & 3) !== 0 || (offset + 4) >>> 0 >= ramSize) break fast;
              if (op === 100) {
                R[(w >>> 10) & 15] = ramWords[offset >>> 2];
                R[(w >>> 22) & 15] = ramWords[(offset >>> 2) + 1];
              } else {
                if (ramMarks[offset >>> 2] !== 0 || ramMarks[(offset + 4) >>> 2] !== 0) break fast;
                ramWords[offset >>> 2] = R[(w >>> 10) & 15];
                ramWords[(offset >>> 2) + 1] = R[(w >>> 22) & 15];
              }
              if (w >>> 26 !== 0) R[(w >>> 14) & 15] = updated;
              end = (end - 2) | 0;
              continue;
            }
            case 102: // LDM
            case 104: {
              // LDM_PC
              const words = (w >>> 18) & 15;
              const base = R[(w >>> 14) & 15];
              const start = w >>> 26 !== 0 ? (base - words * 4) | 0 : base;
              const offset = (start - ramBase) >>> 0;
              if (offset >= ramSize || (start & 3) !== 0 || (offset + words * 4) >>> 0 > ramSize) break fast;
              let at = offset >>> 2;
              if (op === 104) {
                const target = ramWords[at + words - 1];
                slot = ((target & ~1) - codeBase) >>> 1;
                if (slot >= slots || (target & 1) === 0) break fast;
              }
              for (let list = imm & 0x7fff, register = 0; list !== 0; list >>>= 1, register++) {
                if ((list & 1) !== 0) {
                  R[register & 15] = ramWords[at];
                  at++;
                }
              }
              if (((w >>> 10) & 15) !== 0) R[(w >>> 14) & 15] = w >>> 26 !== 0 ? start : start + words * 4;
              end = (end - words) | 0;
              if (op === 102) continue;
              end = (end - 2) | 0;
              next = slot;
              break;
            }
            case 103: {
              // STM
              const words = (w >>> 18) & 15;
              const base = R[(w >>> 14) & 15];
              const start = w >>> 26 !== 0 ? (base - words * 4) | 0 : base;
              const offset = (start - ramBase) >>> 0;
              if (offset >= ramSize || (start & 3) !== 0 || (offset + words * 4) >>> 0 > ramSize) break fast;
              for (let at = offset >>> 2, end = (at + words) | 0; at < end; at++) if (ramMarks[at] !== 0) break fast;
              let at = offset >>> 2;
              for (let list = imm & 0xffff, register = 0; list !== 0; list >>>= 1, register++) {
                if ((list & 1) !== 0) {
                  ramWords[at] = R[register & 15];
                  at++;
                }
              }
              if (((w >>> 10) & 15) !== 0) R[(w >>> 14) & 15] = w >>> 26 !== 0 ? start : start + words * 4;
              end = (end - words) | 0;
              continue;
            }
            case 105: // B
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 106: // B_EQ
              if (zf !== 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 107: // B_NE
              if (zf === 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 108: // B_CS
              if (cf >= 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 109: // B_CC
              if (cf < 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 110: // B_MI
              if (nf >= 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 111: // B_PL
              if (nf < 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 112: // B_VS
              if (vf >= 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 113: // B_VC
              if (vf < 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 114: // B_HI
              if (cf >= 0 || zf === 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 115: // B_LS
              if (cf < 0 && zf !== 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 116: // B_GE
              if ((nf ^ vf) < 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 117: // B_LT
              if ((nf ^ vf) >= 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 118: // B_GT
              if (zf === 0 || (nf ^ vf) < 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 119: // B_LE
              if (zf !== 0 && (nf ^ vf) >= 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 120: // CBZ
              if (R[(w >>> 10) & 15] !== 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 121: // CBNZ
              if (R[(w >>> 10) & 15] === 0) continue;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 122: // BL
              R[14] = (codeBase + (next << 1)) | 1;
              end = (end - 1) | 0;
              next = (ip + imm) | 0;
              break;
            case 123: // BX
            case 124: {
              // BLX
              const target = (R[(w >>> 18) & 15] + imm) | 0;
              slot = ((target & ~1) - codeBase) >>> 1;
              if (slot >= slots || (target & 1) === 0) break fast;
              if (op === 124) R[14] = (codeBase + (next << 1)) | 1;
              end = (end - 2) | 0;
              next = slot;
              break;
            }
            case 125: {
              // TBB
              const address = (R[(w >>> 14) & 15] + R[(w >>> 18) & 15] + imm) | 0;
              const offset = (address - romBase) >>> 0;
              if (offset >= romSize) break fast;
              slot = ip + 2 + romBytes[offset];
              if (slot >= slots) break fast;
              end = (end - 3) | 0;
              next = slot;
              continue;
            }
            case 126: {
              // TBH
              const address = (R[(w >>> 14) & 15] + (R[(w >>> 18) & 15] << 1) + imm) | 0;
              const offset = (address - romBase) >>> 0;
              if (offset >= romSize || (address & 1) !== 0) break fast;
              slot = ip + 2 + romHalfWords[offset >>> 1];
              if (slot >= slots) break fast;
              end = (end - 3) | 0;
              next = slot;
              continue;
            }
            case 127: // IT
              break fast;
            case 8: // NOP
              continue;
            default:
              break fast;
          }
          // A jump; those backwards and those to functions are counted while there is a translator.
          if (!counting || (next >= ip && op < 122 && op !== 104)) continue;
          heat[next] += op === 122 || op === 124 ? callWeight : 1;
          if (heat[next] > hot) {
            ip = next;
            outcome = Leave.HOT;
            break run;
          }
        }
        const exhausted = count > end;
        end = (end + held) | 0;
        held = 0;
        if (exhausted) {
          // What was fetched last is yet to be executed.
          count = (count - 1) | 0;
          next = ip;
          continue;
        }
        switch (op) {
          case 0: // UNDECODED
            count = (count - 1) | 0;
            next = ip;
            this.scheduler.cycles = this.endCycle - (end - count);
            this.cache.decodeAt(table, ip);
            continue;
          case 127: // IT
            it = imm;
            continue;
          case 1: // LEAVE
          case 2: // BKPT
          case 3: // FPB_BREAK
          case 4: // DWT_PC
            count = (count - 1) | 0;
            outcome = op === 1 ? Leave.NORMAL : op === 4 ? Leave.PC_MATCH : Leave.BREAKPOINT;
            break run;
          case 77: // SDIV
          case 78: // UDIV
            // By zero.
            if (this.divideTraps) throw this.failed(Cfsr.DIVBYZERO, (end - count) | 0);
            R[(w >>> 10) & 15] = 0;
            end = (end - 1) | 0;
            continue;
          case 91: // LDR
          case 92: // LDRB
          case 93: // LDRSB
          case 94: // LDRH
          case 95: // LDRSH
          case 96: // STR
          case 97: // STRB
          case 98: // STRH
          case 99: // LS_WB
          case 100: // LDRD
          case 101: // STRD
          case 102: // LDM
          case 103: // STM
            this.access(op, w, imm, (end - count) | 0);
            end = (this.left + count) | 0;
            continue;
          case 104: {
            // LDM_PC
            const target = this.access(op, w, imm, (end - count) | 0);
            end = (this.left + count) | 0;
            const slot = ((target & ~1) - codeBase) >>> 1;
            if (slot < slots && (target & 1) !== 0) {
              next = slot | 0;
              continue;
            }
            this.branchTo(target);
            gone = true;
            break run;
          }
          case 123: // BX
            end = (end - 2) | 0;
            this.branchTo((R[(w >>> 18) & 15] + imm) | 0);
            gone = true;
            break run;
          case 124: {
            // BLX
            const target = R[(w >>> 18) & 15];
            R[14] = (codeBase + (next << 1)) | 1;
            end = (end - 2) | 0;
            this.branchLinkTo(target);
            gone = true;
            break run;
          }
          case 125: // TBB
          case 126: // TBH
            next = (ip + 2 + this.access(op, w, imm, (end - count) | 0)) | 0;
            end = (this.left + count) | 0;
            if (next < slots) continue;
            this.branchTo((codeBase + (next << 1)) | 1);
            gone = true;
            break run;
          default: {
            state.nf = nf;
            state.zf = zf;
            state.cf = cf >>> 31;
            state.vf = vf;
            state.it = it;
            state.pc = (codeBase + (ip << 1)) >>> 0;
            this.scheduler.cycles = this.endCycle - (end - count);
            putRegisters(state);
            const jumps = this.#rare.execute(this, op, w, imm, (codeBase + (next << 1)) >>> 0);
            takeRegisters(state);
            nf = state.nf | 0;
            zf = state.zf | 0;
            cf = state.cf << 31;
            vf = state.vf | 0;
            it = state.it | 0;
            end = (this.refill() - this.#rare.extraCycles + count) | 0;
            if (jumps) {
              const slot = ((state.pc | 0) - codeBase) >>> 1;
              if (count < end && slot < slots && state.t !== 0 && this.exceptionReturn === 0) next = slot | 0;
              else {
                gone = true;
                break run;
              }
            }
          }
        }
      }
      this.scheduler.cycles = this.endCycle - (end + held - count);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      // Whoever threw has brought the cycles up to date. The instruction did not take place.
      if (conditional === count) it = itBefore;
      count = (count - 1) | 0;
      gone = false;
      outcome = Leave.FAULT;
    }
    if (!gone) state.pc = (codeBase + (ip << 1)) >>> 0;
    state.nf = nf;
    state.zf = zf;
    state.cf = cf >>> 31;
    state.vf = vf;
    state.it = it;
    this.retired += count;
    return outcome;
  }

  /** Literals are read from the window that the code runs in. */
  #chooseRom(table: CodeTable): WindowView {
    const window = table.window;
    if (window === undefined || window.writable) {
      if (this.#rom === emptyView) this.#rom = this.memory.romView;
    } else if (this.#rom.window !== window) {
      this.#rom = this.memory.viewAt(window.base);
    }
    return this.#rom;
  }

  /** The words of RAM that hold decoded code: stores look there. Kept until the code tables change. */
  #marksOf(ram: WindowView): Uint8Array {
    if (ram.window === undefined || this.#marksGeneration === this.cache.generation) return this.#marks;
    this.#marksGeneration = this.cache.generation;
    this.#marks = this.cache.marksOf(ram.window) ?? new Uint8Array(marksFor(ram.size));
    return this.#marks;
  }
}
