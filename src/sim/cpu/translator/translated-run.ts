import type { Scheduler } from "../../time/scheduler.ts";
import type { CodeCache, CodeTable } from "../code-cache.ts";
import type { AccessSize } from "../cpu.ts";
import type { RareInstructions } from "../execute-rare.ts";
import { Fault } from "../fault.ts";
import type { Memory } from "../memory.ts";
import { Op } from "../opcodes.ts";
import type { CpuState } from "../state.ts";
import type { Checker } from "./checker.ts";
import { greatestCost } from "./costs.ts";
import {
  EXIT_BUDGET,
  EXIT_MISS,
  EXIT_TO_CORE,
  exitCycles,
  exitInstructions,
  exitIt,
  NO_REGION,
  packExit,
  placeBeyond,
  placeCycles,
  type Site,
  Status,
  TO_CALLEE,
} from "./exit-info.ts";
import { Flags } from "./flags.ts";
import { Budget, type GuestMemory, Slot } from "./guest-memory.ts";
import { SteadyRegisters } from "./steady-registers.ts";
import { CALL_WEIGHT, type Thresholds } from "./thresholds.ts";
import { type Entry, type OutOfLine, Translator } from "./translator.ts";

/** The engine as translated code needs it. */
export interface TranslatedHost {
  readonly end: number;
  left: number;
  retired: number;
  readonly exceptionReturn: number;
  refill(): number;
  openFlash(): void;
  load(address: number, size: AccessSize, left: number): number;
  store(address: number, size: AccessSize, value: number, left: number): boolean;
  codeWritten(address: number, length: number): void;
  branchTo(target: number): void;
  branchLinkTo(target: number): void;
}

const at = (slot: number): number => slot >>> 2;
const NORMAL = 0;
const FAULT = 1;

/** Goes in and out of translated code, and serves what it does out of line, exactly as the interpreter would. */
export class TranslatedRun implements OutOfLine {
  /** No region begins here: the interpreter goes on. */
  static readonly NOT_HERE = -1;
  /** The budget is too short for what comes here: the interpreter uses it up. */
  static readonly TAIL = -2;

  readonly translator: Translator;
  dropped = false;
  readonly #block: Int32Array;
  readonly #state: CpuState;
  readonly #memory: Memory;
  readonly #cache: CodeCache;
  readonly #rare: RareInstructions;
  readonly #scheduler: Scheduler;
  readonly #steady: SteadyRegisters;
  /** Compares each run with the interpreter. */
  checker: Checker | undefined;
  #engine!: TranslatedHost;
  #table: CodeTable | undefined;
  #faulted = false;
  /** The state block has something else than DONE for {@link Slot.STATUS}. */
  #told = false;
  /** The region was left behind an access or an instruction out of line: it may be gone on with here often. */
  #cameOut = false;
  /** The cycle at which it was gone into translated code. */
  #begun = 0;
  /** How an instruction out of line left; see {@link packExit}. */
  #exit = 0;

  constructor(
    guest: GuestMemory,
    state: CpuState,
    memory: Memory,
    cache: CodeCache,
    rare: RareInstructions,
    scheduler: Scheduler,
    thresholds: Thresholds,
  ) {
    this.#block = guest.state;
    this.#state = state;
    this.#memory = memory;
    this.#cache = cache;
    this.#rare = rare;
    this.#scheduler = scheduler;
    this.#steady = new SteadyRegisters(guest.state, memory);
    this.translator = new Translator(guest, cache, memory, this, thresholds, () => scheduler.cycles);
  }

  /**
   * Runs translated code from the state's pc as long as there is any. An outcome of the engine's, or one of the above.
   * `weight`: what coming to this pc counts, 0 if it did already.
   */
  run(engine: TranslatedHost, weight: number): number {
    if (!this.translator.follow()) return TranslatedRun.NOT_HERE;
    const state = this.#state;
    const entry = this.#entryAt(state.pc, weight);
    if (entry === undefined) return TranslatedRun.NOT_HERE;
    const left = engine.refill();
    if (left <= 0) return NORMAL;
    engine.openFlash();
    this.#engine = engine;
    this.#faulted = false;
    this.#cameOut = false;
    const block = this.#block;
    Budget.set(block, left, 0);
    this.#begun = this.#scheduler.cycles;
    this.#steady.forget();
    this.#putFlags();
    this.checker?.begin();
    const retired = engine.retired;
    const outcome = this.#go(engine, entry);
    this.checker?.end(engine.retired - retired, this.#faulted);
    if (this.#cameOut) {
      this.#entryAt(state.pc, 1);
      return outcome === TranslatedRun.NOT_HERE && engine.refill() <= 0 ? NORMAL : outcome;
    }
    return outcome === TranslatedRun.NOT_HERE && state.ipsr !== 0 ? this.#returnException(engine) : outcome;
  }

  /** BX to an EXC_RETURN value, as the interpreter does it; any other instruction is left to that. */
  #returnException(engine: TranslatedHost): number {
    const state = this.#state;
    const table = this.#table;
    if (table === undefined || state.it !== 0 || !this.#covers(table, state.pc)) return TranslatedRun.NOT_HERE;
    const at = ((state.pc - table.base) >>> 1) * 2;
    const w = table.words[at];
    const target = (state.r[(w >>> 18) & 15] + table.words[at + 1]) >>> 0;
    if ((w & 511) !== Op.BX || target >>> 28 !== 15) return TranslatedRun.NOT_HERE;
    if (engine.refill() <= 0) return NORMAL;
    this.#scheduler.cycles += greatestCost(Op.BX, 0, 0);
    engine.retired++;
    engine.branchTo(target);
    return NORMAL;
  }

  #go(engine: TranslatedHost, first: Entry): number {
    let to = this.#state.pc;
    let entry: Entry | undefined = first;
    while (entry !== undefined) {
      // From here on it is the present code that is dropped.
      this.dropped = false;
      this.#block[at(Slot.REGION)] = NO_REGION;
      to = entry.run(entry.depth, to);
      if ((to & 1) !== 0) return this.#left(engine, to & ~1);
      const called = this.#block[at(Slot.REGION)] === TO_CALLEE;
      entry = this.#entryAt(to >>> 0, called ? CALL_WEIGHT : 1);
    }
    this.#settleFlags();
    this.#takeBack(engine, to, 0);
    return TranslatedRun.NOT_HERE;
  }

  load(size: AccessSize, address: number, cycles: number, place: number): number {
    const engine = this.#engine;
    const left = cycles + placeCycles(place);
    try {
      const value = engine.load(address, size, left);
      if (engine.left !== left || this.dropped || this.#told) this.#settle(engine.left, left, place);
      if (this.#steady.any) this.#steady.follow();
      if (size === 4) this.#steady.loaded(address);
      return value;
    } catch (thrown) {
      this.#fault(thrown, cycles);
      return 0;
    }
  }

  store(size: AccessSize, address: number, value: number, cycles: number, place: number): void {
    const engine = this.#engine;
    const left = cycles + placeCycles(place);
    try {
      if (!engine.store(address, size, value, left) && this.#steady.any) this.#steady.follow();
      if (engine.left !== left || this.dropped || this.#told) this.#settle(engine.left, left, place);
    } catch (thrown) {
      this.#fault(thrown, cycles);
    }
  }

  written(address: number, length: number): number {
    this.#engine.codeWritten(address, length);
    return this.dropped ? 1 : 0;
  }

  rare(w: number, imm: number, address: number, place: number, rest: number): number {
    const engine = this.#engine;
    const state = this.#state;
    const block = this.#block;
    const after = placeCycles(place);
    const before = Budget.get(block);
    const count = Budget.count(block);
    const next = (address + ((w & 512) !== 0 ? 4 : 2)) >>> 0;
    if (this.checker !== undefined) {
      // What it does to the core cannot be done twice: the interpreter does it.
      this.#exit = packExit(after + 1, (rest & 0xff) + 1, rest >>> 16);
      return address | 1;
    }
    this.#settleFlags();
    state.pc = address >>> 0;
    const itBefore = rest >>> 16;
    state.it = (rest >>> 8) & 0xff;
    this.#scheduler.cycles = engine.end - (before + after);
    let jumps: boolean;
    try {
      jumps = this.#rare.execute(engine as never, w & 511, w, imm, next);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#faulted = true;
      Budget.set(block, before, count - (rest & 0xff) - 1);
      this.#exit = itBefore << 24;
      return address | 1;
    }
    // Exclusive and unprivileged accesses go to registers, too.
    if (this.#steady.any) this.#steady.follow();
    const left = engine.refill() - this.#rare.extraCycles;
    this.#putFlags();
    const it = state.it;
    if (!jumps && left - after > placeBeyond(place) && !this.dropped && !this.#isLong) {
      Budget.set(block, left - after, count);
      return 0;
    }
    Budget.set(block, left, count - (rest & 0xff));
    const plainly = state.t !== 0 && engine.exceptionReturn === 0 && it === 0;
    if (jumps && left > 0 && plainly && !this.#isLong) return state.pc | 0;
    this.#cameOut = true;
    this.#exit = EXIT_TO_CORE | (it << 24);
    return (jumps ? state.pc : next) | 1;
  }

  /** The translated code at an address; asks for one when the place is hot. `weight`: what the visit counts, 0 if it did already. */
  #entryAt(address: number, weight: number): Entry | undefined {
    const entry = this.translator.at(address);
    if (entry !== undefined) return entry;
    let table = this.#table;
    if (table === undefined || !this.#covers(table, address)) {
      table = this.#cache.tableAt(address, this.#memory.windows);
      if (table === undefined) return undefined;
      this.#table = table;
      // A table that is new may be one of RAM.
      if (!this.translator.follow()) return undefined;
    }
    const slot = (address - table.base) >>> 1;
    table.heat[slot] += weight;
    return table.heat[slot] > this.translator.thresholds.visits ? this.translator.request(table, address) : undefined;
  }

  #covers(table: CodeTable, address: number): boolean {
    return address >= table.base && address < table.base + table.slots * 2 && this.#cache.has(table);
  }

  /** Translated code was left in an instruction or before a block: everything back into the state. */
  #left(engine: TranslatedHost, to: number): number {
    const region = this.#block[at(Slot.REGION)];
    let pc = to;
    let exit = this.#exit;
    if (region >= 0) {
      const site = this.translator.siteOf(region, this.#block[at(Slot.SITE)]);
      pc = site.pc;
      exit = site.exit;
      this.#takeSite(site);
    } else this.#settleFlags();
    if (this.#faulted) {
      // Whoever threw has brought the cycles up to date.
      const { cycles } = this.#scheduler;
      this.#takeBack(engine, pc, exit);
      this.#scheduler.cycles = cycles;
      return FAULT;
    }
    this.#takeBack(engine, pc, exit);
    if ((exit & EXIT_MISS) === EXIT_MISS) {
      this.translator.missed(this.#state.pc);
      return TranslatedRun.NOT_HERE;
    }
    if ((exit & EXIT_TO_CORE) !== 0) return NORMAL;
    return (exit & EXIT_BUDGET) !== 0 ? TranslatedRun.TAIL : TranslatedRun.NOT_HERE;
  }

  #takeBack(engine: TranslatedHost, pc: number, exit: number): void {
    const block = this.#block;
    const state = this.#state;
    state.pc = pc >>> 0;
    state.it = exitIt(exit);
    this.#scheduler.cycles = engine.end - (Budget.get(block) + exitCycles(exit));
    engine.retired += Budget.count(block) - exitInstructions(exit);
  }

  /** After an access that is not like the one before: what is left, and whether the region can go on. */
  #settle(newLeft: number, left: number, place: number): void {
    const dropped = this.dropped;
    if (newLeft === left && !dropped) {
      this.#say(Status.DONE);
      return;
    }
    const cycles = newLeft - placeCycles(place);
    this.#block[at(Slot.NEW_LEFT)] = cycles;
    this.#cameOut = cycles <= placeBeyond(place) || dropped || this.#isLong;
    this.#say(this.#cameOut ? Status.LEAVE : Status.NEW_BUDGET);
  }

  /** It has run for so long that the instructions that it counts are to be taken from it. */
  get #isLong(): boolean {
    return this.#scheduler.cycles - this.#begun > Budget.LONGEST;
  }

  #fault(thrown: unknown, cycles: number): void {
    if (!(thrown instanceof Fault)) throw thrown;
    this.#faulted = true;
    this.#block[at(Slot.NEW_LEFT)] = cycles;
    this.#say(Status.FAULT);
  }

  #say(status: number): void {
    this.#told = status !== Status.DONE;
    this.#block[at(Slot.STATUS)] = status;
  }

  #putFlags(): void {
    const block = this.#block;
    block[at(Slot.KIND)] = Flags.APART;
    const state = this.#state;
    block[at(Slot.NF)] = state.nf;
    block[at(Slot.ZF)] = state.zf;
    block[at(Slot.CF)] = state.cf;
    block[at(Slot.VF)] = state.vf;
  }

  /** What a region that was left in the middle had in its locals. */
  #takeSite({ dirty, flags }: Site): void {
    const block = this.#block;
    for (let rest = dirty; rest !== 0; rest &= rest - 1) {
      const register = 31 - Math.clz32(rest & -rest);
      block[register] = block[LEFT_R + register];
    }
    const kind = (flags & Flags.VARIES) === 0 ? flags : kindOf(flags, block[LEFT_FLAGS + KIND]);
    if ((kind & Flags.SOURCE) !== Flags.IN_BLOCK) {
      this.#takeFlags(kind, LEFT_FLAGS);
      return;
    }
    this.#settleFlags();
    const state = this.#state;
    if ((kind & Flags.RESULT_TOO) === 0) {
      state.nf = block[LEFT_FLAGS];
      state.zf = block[LEFT_FLAGS + 1];
    }
    if ((kind & Flags.CARRY_APART) !== 0) state.cf = block[LEFT_FLAGS + 2];
  }

  /** Takes the flags of the state block into the state. */
  #settleFlags(): void {
    this.#takeFlags(this.#block[at(Slot.KIND)], at(Slot.NF));
  }

  /** The flags are in the words from `first` on, in the order of the state block. */
  #takeFlags(kind: number, first: number): void {
    const block = this.#block;
    const state = this.#state;
    state.nf = block[first];
    state.zf = block[first + 1];
    state.cf = block[first + 2];
    state.vf = block[first + 3];
    if ((kind & Flags.SOURCE) === Flags.APART) return;
    const a = block[first + 4];
    const b = block[first + 5];
    const sum = (kind & Flags.SOURCE) === Flags.BY_SUM;
    const result = (sum ? a + b : a - b) | 0;
    state.vf = sum ? (a ^ result) & (b ^ result) : (a ^ b) & (a ^ result);
    if ((kind & Flags.CARRY_APART) === 0) state.cf = (sum ? result >>> 0 < a >>> 0 : a >>> 0 >= b >>> 0) ? 1 : 0;
    if ((kind & Flags.RESULT_TOO) === 0) return;
    state.nf = result;
    state.zf = result;
  }
}

const LEFT_R = at(Slot.LEFT_R);
const LEFT_FLAGS = at(Slot.LEFT_FLAGS);
/** Where the local KIND stands behind NF. */
const KIND = 6;

/** Where the flags are that vary, from what KIND said and what was set since. */
function kindOf(flags: number, kind: number): number {
  return ((flags & Flags.RESULT_TOO) === 0 ? kind & ~Flags.RESULT_TOO : kind) | (flags & Flags.CARRY_APART);
}
