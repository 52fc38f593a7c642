import type { CodeCache, CodeTable } from "../code-cache.ts";
import { Op, WIDE, withoutFlags } from "../opcodes.ts";
import { advanceIt } from "../state.ts";
import { Block, End, type Instruction } from "./block.ts";
import { greatestCost, isRare } from "./costs.ts";
import { EXIT_MISS } from "./exit-info.ts";

/** Instructions of one block, at most. */
const LONGEST_BLOCK = 60;
/** Instructions of a callee that is taken into its caller, at most. */
const LONGEST_INLINED = 16;
const CONTEXT_STEP = 2 ** 24;

/** A call whose callee is part of the region. */
export interface Context {
  /** Where it returns to. */
  readonly returnSlot: number;
  readonly caller: number;
}

/** A callee of a BLX that is taken into the region. */
interface Guess {
  readonly context: number;
  readonly entry: number;
  readonly target: number;
}

/** What is known of the targets of BLX. */
export interface CallTargets {
  /** Those that were seen, bit 0 set. */
  of(table: CodeTable, slot: number): readonly number[];
  /** Others may be learnt. */
  hasRoom(table: CodeTable, slot: number): boolean;
}

/** The blocks of one region, the entry first. */
export interface Flow {
  readonly table: CodeTable;
  readonly blocks: readonly Block[];
  readonly contexts: readonly Context[];
  /** Half-words that were read, as first and end in turn. */
  readonly covered: readonly number[];
  readonly instructions: number;
}

/** Opcodes that never fall through to the next instruction when they are executed. */
const leavesAlways = new Set<number>([Op.MOV_PC, Op.ADD_PC, Op.LDR_PC, Op.BL_FAR, Op.SVC, Op.UNDEFINED, Op.NOCP]);

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function newInstruction(): Writable<Instruction> {
  return { slot: 0, op: 0, w: 0, imm: 0, it: 0, cost: 0, effect: -1, looksAt: 0, seen: false, group: undefined };
}

/** Finds the code that belongs to a region: everything reached from its entry without a call. */
export class Discovery {
  readonly #cache: CodeCache;
  /** Instructions of a region at most. */
  readonly #longest: number;
  readonly #mayTranslate: (table: CodeTable, slot: number) => boolean;
  #table!: CodeTable;
  #leaders = new Set<number>();
  #contexts: Context[] = [];
  #contextOf = new Map<number, number>();
  #covered: number[] = [];
  #count = 0;
  readonly #inlinable = new Map<number, boolean>();
  readonly #callees: CallTargets;
  /** By the slot of the BLX. */
  readonly #guesses = new Map<number, readonly Guess[]>();

  /** `mayTranslate` is false for code that stays with the interpreter. */
  constructor(
    cache: CodeCache,
    longest: number,
    mayTranslate: (table: CodeTable, slot: number) => boolean,
    callees: CallTargets,
  ) {
    this.#cache = cache;
    this.#callees = callees;
    this.#longest = longest;
    this.#mayTranslate = mayTranslate;
  }

  /** Undefined when the very first instruction cannot be translated. */
  explore(table: CodeTable, entry: number): Flow | undefined {
    this.#table = table;
    this.#leaders = new Set();
    this.#contexts = [{ returnSlot: -1, caller: 0 }];
    this.#contextOf = new Map();
    this.#covered = [];
    this.#inlinable.clear();
    this.#guesses.clear();
    this.#count = 0;
    if (!this.#translatable(entry)) return undefined;
    this.#findLeaders(entry);
    const blocks = this.#build(entry);
    return { table, blocks, contexts: this.#contexts, covered: this.#covered, instructions: this.#count };
  }

  /** The decoded word at a slot; 0 when it cannot be translated. */
  #word(slot: number): number {
    const table = this.#table;
    if (slot < 0 || slot >= table.slots) return 0;
    if (table.words[slot * 2] === 0) {
      try {
        this.#cache.decodeAt(table, slot);
      } catch {
        return 0;
      }
    }
    return table.words[slot * 2];
  }

  #translatable(slot: number): boolean {
    const w = this.#word(slot);
    return (w & 511) >= Op.NOP && this.#mayTranslate(this.#table, slot);
  }

  /** Pass one: where blocks begin. */
  #findLeaders(entry: number): void {
    const work = [entry];
    this.#leaders.add(entry);
    const seen = new Set<number>();
    let room = this.#longest;
    while (work.length > 0) {
      const start = work.pop()!;
      const context = Math.floor(start / CONTEXT_STEP);
      let slot = start % CONTEXT_STEP;
      let it = 0;
      const block = new Block(slot, context);
      const last = newInstruction();
      for (;;) {
        const key = context * CONTEXT_STEP + slot;
        if (it === 0) {
          if (seen.has(key)) {
            this.#leaders.add(key);
            break;
          }
          seen.add(key);
        }
        if (room <= 0 || !this.#translatable(slot)) {
          this.#leaders.add(key);
          break;
        }
        room--;
        block.end = End.FALL;
        const next = this.#read(slot, it, last);
        it = this.#itAfter(last);
        if (this.#finish(block, last, next)) {
          for (const target of this.#targets(block, last, next)) {
            if (this.#leaders.has(target)) continue;
            this.#leaders.add(target);
            work.push(target);
          }
          break;
        }
        slot = next;
      }
    }
  }

  /** Pass two: the blocks between the leaders. */
  #build(entry: number): Block[] {
    const blocks = new Map<number, Block>();
    const list: Block[] = [];
    const at = (key: number): Block => {
      let block = blocks.get(key);
      if (block === undefined) {
        block = new Block(key % CONTEXT_STEP, Math.floor(key / CONTEXT_STEP));
        blocks.set(key, block);
        list.push(block);
      }
      return block;
    };
    at(entry);
    const guarded: Block[] = [];
    for (let index = 0; index < list.length; index++) {
      const block = list[index];
      let slot = block.slot;
      let it = 0;
      for (;;) {
        const key = block.context * CONTEXT_STEP + slot;
        const begun = block.code.length > 0;
        if (it === 0 && begun && (this.#leaders.has(key) || block.code.length >= LONGEST_BLOCK)) {
          block.successors = [at(key)];
          break;
        }
        if (this.#count > this.#longest * 2 || !this.#translatable(slot) || this.#isOddInBlock(slot, it)) {
          block.end = End.LEAVE;
          block.leaveSlot = slot;
          block.leaveIt = it;
          break;
        }
        const last = newInstruction();
        const next = this.#read(slot, it, last);
        block.code.push(last);
        this.#count++;
        this.#cover(slot, next);
        it = this.#itAfter(last);
        if (this.#finish(block, last, next)) {
          block.successors = this.#targets(block, last, next).map(at);
          if (block.end === End.GUARD) guarded.push(...this.#putGuard(block));
          break;
        }
        slot = next;
      }
      for (const { cost } of block.code) block.cost += cost;
    }
    return [...list, ...guarded];
  }

  /**
   * Takes the BLX at the end of a block out, and puts a guard there, with blocks behind it for each callee that is part
   * of the region, and for any other. Returns them.
   */
  #putGuard(block: Block): Block[] {
    const call = block.code.pop()!;
    const { slot, w, cost } = call;
    const guesses = this.#guesses.get(slot)!;
    const guard = new Block(slot, 0);
    guard.end = End.GUARD;
    guard.guard = { register: (w >>> 18) & 15, targets: guesses.map(({ target }) => target) };
    const [back] = block.successors.splice(guesses.length);
    const ways = block.successors.map((callee, index) => {
      const way = new Block(slot, 0);
      way.code.push({ ...call });
      way.cost = cost;
      way.end = End.INLINE;
      way.callee = guesses[index].context;
      way.successors = [callee];
      return way;
    });
    const other = new Block(slot, 0);
    if (this.#callees.hasRoom(this.#table, slot)) {
      other.end = End.LEAVE;
      other.leaveSlot = slot;
      other.leaveWhy = EXIT_MISS;
    } else {
      other.code.push(call);
      other.cost = cost;
      other.end = End.DYNAMIC_CALL;
      other.successors = [back];
    }
    guard.successors = [...ways, other];
    block.end = End.FALL;
    block.successors = [guard];
    this.#count += ways.length;
    return [guard, ...guard.successors];
  }

  /** The callees of a BLX that can be part of the region. */
  #guess(slot: number, next: number): readonly Guess[] {
    let guesses = this.#guesses.get(slot);
    if (guesses === undefined) {
      const table = this.#table;
      const found: Guess[] = [];
      for (const target of this.#callees.of(table, slot)) {
        const entry = ((target & ~1) - table.base) >>> 1;
        if ((target & 1) === 0 || entry >= table.slots || !this.#mayInline(entry)) continue;
        const context = this.#contexts.push({ returnSlot: next, caller: 0 }) - 1;
        found.push({ context, entry, target });
      }
      guesses = found;
      this.#guesses.set(slot, guesses);
    }
    return guesses;
  }

  /** Branches before the end of an IT block and an IT inside one are UNPREDICTABLE: as the interpreter has them. */
  #isOddInBlock(slot: number, it: number): boolean {
    if (it === 0) return false;
    const op = this.#word(slot) & 511;
    if (op === Op.IT) return true;
    // What ends a block, too, and SVC and UDF may stand anywhere: what follows is in the IT block still.
    return advanceIt(it) !== 0 && ((op >= Op.LDM_PC && op <= Op.TBH) || op === Op.B_FAR || leavesAlways.has(op));
  }

  /** Reads the instruction at a slot; the slot behind it. */
  #read(slot: number, it: number, into: Writable<Instruction>): number {
    const w = this.#word(slot);
    const wide = (w & WIDE) !== 0;
    into.slot = slot;
    into.op = it !== 0 && !wide ? withoutFlags[w & 511] : w & 511;
    into.w = w;
    into.imm = this.#table.words[slot * 2 + 1];
    into.it = it;
    into.cost = greatestCost(into.op, w, into.imm);
    return slot + (wide ? 2 : 1);
  }

  #itAfter({ op, imm, it }: Instruction): number {
    if (op === Op.IT) return imm;
    return it === 0 ? 0 : advanceIt(it);
  }

  /** Decides how the block ends; false when it goes on behind this instruction. */
  #finish(block: Block, { op, w, imm, it, slot }: Instruction, next: number): boolean {
    switch (op) {
      case Op.B:
        block.end = End.JUMP;
        return true;
      case Op.CBZ:
      case Op.CBNZ:
        block.end = End.BRANCH;
        return true;
      case Op.BL: {
        block.end = End.CALL;
        if (it === 0 && block.context === 0 && this.#mayInline(slot + imm)) {
          block.end = End.INLINE;
          let context = this.#contextOf.get(slot);
          if (context === undefined) {
            context = this.#contexts.push({ returnSlot: next, caller: block.context }) - 1;
            this.#contextOf.set(slot, context);
          }
          block.callee = context;
        }
        return true;
      }
      case Op.BLX:
        block.end = End.DYNAMIC_CALL;
        if (it === 0 && block.context === 0 && this.#guess(slot, next).length > 0) block.end = End.GUARD;
        return true;
      case Op.BX:
      case Op.LDM_PC:
        block.end = End.RETURN;
        return true;
      case Op.TBB:
      case Op.TBH:
        block.end = End.TABLE;
        block.distances = ((w >>> 14) & 15) === 15 ? this.#tableDistances(op, slot) : [];
        return true;
      default:
        if (op >= Op.B_EQ && op <= Op.B_LE) {
          block.end = End.BRANCH;
          return true;
        }
        if (leavesAlways.has(op)) {
          block.end = End.RARE;
          return true;
        }
        if (op === Op.B_FAR && ((w >>> 22) & 15) === 14) {
          block.end = End.RARE;
          return true;
        }
        return false;
    }
  }

  /** Keys of the blocks that may follow. A conditional instruction of an IT block falls through last. */
  #targets(block: Block, { imm, it, slot }: Instruction, next: number): number[] {
    const base = block.context * CONTEXT_STEP;
    const conditional = it !== 0 && it >>> 4 !== 14;
    const found: number[] = [];
    switch (block.end) {
      case End.JUMP:
        found.push(base + slot + imm);
        break;
      case End.BRANCH:
        return [base + slot + imm, base + next];
      case End.CALL:
      case End.DYNAMIC_CALL:
        found.push(base + next);
        // What follows is the same either way.
        return found;
      case End.INLINE:
        found.push(block.callee * CONTEXT_STEP + slot + imm);
        break;
      case End.GUARD:
        for (const { context, entry } of this.#guess(slot, next)) found.push(context * CONTEXT_STEP + entry);
        found.push(base + next);
        return found;
      case End.RETURN: {
        const context = this.#contexts[block.context];
        if (block.context !== 0) found.push(context.caller * CONTEXT_STEP + context.returnSlot);
        break;
      }
      case End.TABLE:
        for (const distance of block.distances) found.push(base + slot + 2 + distance);
        break;
      default:
    }
    if (conditional) found.push(base + next);
    return found;
  }

  /** The distances in a table behind TBB or TBH: it ends where the first of its targets begins. */
  #tableDistances(op: number, slot: number): number[] {
    const table = this.#table;
    const bytes = table.window!.bytes;
    const size = op === Op.TBB ? 1 : 2;
    const start = slot * 2 + 4;
    let end = Math.min(bytes.length, start + 512);
    const distances = new Set<number>();
    for (let at = start; at + size <= end; at += size) {
      const distance = size === 1 ? bytes[at] : bytes[at] | (bytes[at + 1] << 8);
      if (distance > 1024 || slot + 2 + distance >= table.slots) break;
      end = Math.min(end, start + distance * 2);
      if (start + distance * 2 <= at) break;
      distances.add(distance);
    }
    return [...distances].sort((a, b) => a - b);
  }

  /** A short callee without calls of its own. */
  #mayInline(entry: number): boolean {
    let answer = this.#inlinable.get(entry);
    if (answer === undefined) {
      answer = this.#isLeaf(entry);
      this.#inlinable.set(entry, answer);
    }
    return answer;
  }

  #isLeaf(entry: number): boolean {
    const work = [entry];
    const seen = new Set<number>();
    while (work.length > 0) {
      let slot = work.pop()!;
      let it = 0;
      for (;;) {
        if (it === 0 && seen.has(slot)) break;
        if (seen.size > LONGEST_INLINED || !this.#translatable(slot)) return false;
        seen.add(slot);
        const w = this.#table.words[slot * 2];
        const op = w & 511;
        const imm = this.#table.words[slot * 2 + 1];
        if (isRare(op) || op === Op.BL || op === Op.BLX || op === Op.TBB || op === Op.TBH) return false;
        const next = slot + ((w & WIDE) !== 0 ? 2 : 1);
        const ends = op === Op.B || op === Op.BX || op === Op.LDM_PC;
        if ((op >= Op.B && op <= Op.B_LE) || op === Op.CBZ || op === Op.CBNZ) work.push(slot + imm);
        if (ends && it === 0) break;
        if (ends) work.push(next);
        it = op === Op.IT ? imm : it === 0 ? 0 : advanceIt(it);
        slot = next;
      }
    }
    return true;
  }

  #cover(first: number, end: number): void {
    const covered = this.#covered;
    if (covered.length > 0 && covered[covered.length - 1] === first) covered[covered.length - 1] = end;
    else covered.push(first, end);
  }
}
