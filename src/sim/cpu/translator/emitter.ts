import type { CodeTable } from "../code-cache.ts";
import type { WindowView } from "../memory.ts";
import { advanceIt } from "../state.ts";
import type { Block, Instruction } from "./block.ts";
import { EXIT_FLAGS, packExit, Status } from "./exit-info.ts";
import { Flags } from "./flags.ts";
import { Budget, Slot } from "./guest-memory.ts";
import { ByteWriter, I32, I64, VOID, Wasm } from "./wasm-writer.ts";

/** Locals of a region: depth of calls (and entry above it) and address are the parameters; R0 to R14 follow. */
export const Local = {
  DEPTH: 0,
  PC: 1,
  R0: 2,
  NF: 17,
  ZF: 18,
  CF: 19,
  VF: 20,
  FA: 21,
  FB: 22,
  /** Offset of an access into its memory. */
  AT: 23,
  AT2: 24,
  X: 25,
  Y: 26,
  VALUE: 27,
  RESULT: 28,
  /** Where the region is left for, and how. */
  TO: 29,
  EXIT: 30,
  /** Which loop the region is entered at; see routes.ts. */
  NEXT: 31,
  /** Where the flags are, while that varies. */
  KIND: 32,
  /** Which entry of a loop a selector goes to; see reducible.ts. */
  CHOICE: 33,
  /** Cycles left and instructions counted; see guest-memory.ts. */
  LEFT: 34,
  WIDE: 35,
} as const;

const I32_LOCALS = Local.LEFT - Local.R0;

/** Functions that a module imports, by index. */
export const Import = { LOAD1: 0, LOAD2: 1, LOAD4: 2, STORE1: 3, STORE2: 4, STORE4: 5, WRITTEN: 6, RARE: 7 } as const;
export const IMPORTS = 8;

/** What a region is made for. */
export interface Surroundings {
  readonly table: CodeTable;
  readonly ram: WindowView;
  readonly rom: WindowView;
  /** Offset of the bytes that say which words of RAM hold code; -1 when none do. */
  readonly marksAt: number;
  /** The function number of the region that begins at an address. */
  slotOf(address: number): number;
  /** The instruction at a slot accesses peripherals, or what else is no plain memory. */
  goesOut(slot: number): boolean;
}

/** Writes the body of one region. What the instructions have in common: locals, flags, ways out. */
export class Emitter {
  readonly out = new ByteWriter();
  /** Offsets of branches in the body, and 1 or 0: taken mostly, or hardly ever. */
  readonly hints: number[] = [];
  readonly around: Surroundings;
  readonly written: number;
  readonly mentioned: number;
  /** Where the flags are now. */
  flags: number = Flags.APART;
  /** Blocks and loops that are open. */
  depth = 0;
  /** The label behind which the region is left. */
  exitLabel = 0;
  block!: Block;
  instruction!: Instruction;
  /** Cycles and instructions of this block behind the present instruction. */
  cyclesAfter = 0;
  instructionsAfter = 0;
  /** Address of the instruction that follows. */
  next = 0;
  /** The region can be entered at loops too. */
  entries = false;

  constructor(around: Surroundings, mentioned: number, written: number) {
    this.around = around;
    this.mentioned = mentioned;
    this.written = written;
  }

  address(slot: number): number {
    return (this.around.table.base + slot * 2) | 0;
  }

  op(code: number): void {
    this.out.byte(code);
  }

  constant(value: number): void {
    this.out.byte(Wasm.I32_CONST);
    this.out.signed(value);
  }

  constant64(value: number): void {
    this.out.byte(Wasm.I64_CONST);
    this.out.signed64(value);
  }

  get(local: number): void {
    this.out.byte(Wasm.LOCAL_GET);
    this.out.byte(local);
  }

  put(local: number): void {
    this.out.byte(Wasm.LOCAL_SET);
    this.out.byte(local);
  }

  tee(local: number): void {
    this.out.byte(Wasm.LOCAL_TEE);
    this.out.byte(local);
  }

  /** A guest register; 15 is the zero register. */
  getR(register: number): void {
    if (register === 15) this.constant(0);
    else this.get(Local.R0 + register);
  }

  putR(register: number): void {
    this.put(Local.R0 + register);
  }

  access(code: number, align: number, offset: number): void {
    this.out.byte(code);
    this.out.byte(align);
    this.out.unsigned(offset);
  }

  loadState(slot: number): void {
    this.constant(0);
    this.access(Wasm.I32_LOAD, 2, slot);
  }

  storeState(slot: number, local: number): void {
    this.constant(0);
    this.get(local);
    this.access(Wasm.I32_STORE, 2, slot);
  }

  call(index: number): void {
    this.out.byte(Wasm.CALL);
    this.out.unsigned(index);
  }

  /** Opens a block, a loop or an `if`; the result is its label. `likely` hints an `if`. */
  open(code: number, type: number = VOID, likely?: boolean): number {
    if (likely !== undefined) this.hints.push(this.out.length, likely ? 1 : 0);
    this.out.byte(code);
    this.out.byte(type);
    return ++this.depth;
  }

  otherwise(): void {
    this.out.byte(Wasm.ELSE);
  }

  close(): void {
    this.out.byte(Wasm.END);
    this.depth--;
  }

  branch(label: number): void {
    this.out.byte(Wasm.BR);
    this.out.unsigned(this.depth - label);
  }

  /** Adds to the cycles left and to the instructions counted. */
  account(cycles: number, instructions: number): void {
    if (cycles === 0 && instructions === 0) return;
    this.get(Local.LEFT);
    this.constant64(cycles * 2 ** Budget.COUNT_BITS + instructions);
    this.op(Wasm.I64_ADD);
    this.put(Local.LEFT);
  }

  pushCycles(): void {
    this.get(Local.LEFT);
    this.constant64(Budget.COUNT_BITS);
    this.op(Wasm.I64_SHR_S);
    this.op(Wasm.I32_WRAP);
  }

  /** Are no more than so many cycles left? */
  pushRunsOut(cycles: number): void {
    this.get(Local.LEFT);
    this.constant64((cycles + 1) * 2 ** Budget.COUNT_BITS);
    this.op(Wasm.I64_LT_S);
  }

  /** Leaves the region for `address`, with what {@link packExit} made. */
  leave(address: number, exit: number): void {
    this.constant(address | 1);
    this.put(Local.TO);
    this.constant(exit);
    if (this.flags === Flags.VARIES) {
      this.get(Local.KIND);
      this.constant(EXIT_FLAGS);
      this.op(Wasm.I32_SHL);
      this.op(Wasm.I32_OR);
    }
    this.put(Local.EXIT);
    this.branch(this.exitLabel);
  }

  /** The present instruction was seen to access what is no plain memory. */
  get goesOut(): boolean {
    return this.around.goesOut(this.instruction.slot);
  }

  /** Leaves before the present instruction, which the interpreter does. */
  leaveBefore(why = 0): void {
    const { slot, cost, it } = this.instruction;
    const exit = packExit(this.cyclesAfter + cost, this.instructionsAfter + 1, this.flags, it) | why;
    this.leave(this.address(slot), exit);
  }

  leaveAfter(): void {
    const { it } = this.instruction;
    this.leave(this.next, packExit(this.cyclesAfter, this.instructionsAfter, this.flags, it === 0 ? 0 : advanceIt(it)));
  }

  /** What follows a call out of line for an access; `finish` writes what remains to be done of the instruction. */
  checkStatus(finish: () => void): void {
    this.loadState(Slot.STATUS);
    this.open(Wasm.IF, VOID, false);
    this.get(Local.LEFT);
    this.constant64(Budget.COUNT_MASK);
    this.op(Wasm.I64_AND);
    this.loadState(Slot.NEW_LEFT);
    this.op(Wasm.I64_EXTEND_S);
    this.constant64(Budget.COUNT_BITS);
    this.op(Wasm.I64_SHL);
    this.op(Wasm.I64_OR);
    this.put(Local.LEFT);
    this.loadState(Slot.STATUS);
    this.constant(Status.FAULT);
    this.op(Wasm.I32_EQ);
    this.open(Wasm.IF);
    const { slot, it } = this.instruction;
    this.leave(this.address(slot), packExit(0, this.instructionsAfter + 1, this.flags, it));
    this.close();
    this.loadState(Slot.STATUS);
    this.constant(Status.LEAVE);
    this.op(Wasm.I32_EQ);
    this.open(Wasm.IF);
    finish();
    this.leaveAfter();
    this.close();
    this.close();
  }

  /** For a block that gets its flags from several ways. */
  passFlags(to: number): void {
    if (to === this.flags) return;
    if (to === Flags.VARIES) {
      this.constant(this.flags);
      this.put(Local.KIND);
    } else if (to === Flags.APART) this.separateFlags();
    else throw new Error("the flags of translated code are not where they were meant to be");
  }

  /** N and Z from the result on the stack. */
  putResultFlags(): void {
    this.tee(Local.NF);
    this.put(Local.ZF);
    if (this.flags === Flags.VARIES) this.#changeKind(Wasm.I32_AND, ~Flags.RESULT_TOO);
    else this.#set(this.flags & ~Flags.RESULT_TOO);
  }

  /** C from the 0 or 1 on the stack. */
  putCarry(): void {
    this.put(Local.CF);
    if (this.flags === Flags.VARIES) this.#changeKind(Wasm.I32_OR, Flags.CARRY_APART);
    else this.#set(this.flags | Flags.CARRY_APART);
  }

  /** Works C out into its own local. */
  separateCarry(): void {
    this.pushCarry();
    this.putCarry();
  }

  /** Works the flags out into their own locals. */
  separateFlags(): void {
    if (this.flags === Flags.APART) return;
    if (this.flags === Flags.VARIES) {
      this.#settleResult();
      this.#settleCarry();
      for (const source of [Flags.BY_DIFFERENCE, Flags.BY_SUM]) {
        this.#openIfKind(Flags.SOURCE, source);
        this.#pushOverflowBy(source);
        this.put(Local.VF);
        this.close();
      }
    } else {
      const source = this.flags & Flags.SOURCE;
      if ((this.flags & Flags.CARRY_APART) === 0) {
        this.#pushCarryBy(source);
        this.put(Local.CF);
      }
      this.#pushOverflowBy(source);
      this.put(Local.VF);
      if ((this.flags & Flags.RESULT_TOO) !== 0) {
        this.#pushResultBy(source);
        this.tee(Local.NF);
        this.put(Local.ZF);
      }
    }
    this.flags = Flags.APART;
  }

  #set(flags: number): void {
    this.flags = (flags & Flags.SOURCE) === 0 ? Flags.APART : flags;
  }

  #changeKind(op: number, mask: number): void {
    this.get(Local.KIND);
    this.constant(mask);
    this.op(op);
    this.put(Local.KIND);
  }

  #openIfKind(mask: number, value: number): void {
    this.get(Local.KIND);
    this.constant(mask);
    this.op(Wasm.I32_AND);
    this.constant(value);
    this.op(Wasm.I32_EQ);
    this.open(Wasm.IF);
  }

  /** Where that varies: N and Z into their own locals. */
  #settleResult(): void {
    for (const source of [Flags.BY_DIFFERENCE, Flags.BY_SUM]) {
      this.#openIfKind(Flags.SOURCE | Flags.RESULT_TOO, source | Flags.RESULT_TOO);
      this.#pushResultBy(source);
      this.tee(Local.NF);
      this.put(Local.ZF);
      this.close();
    }
    this.#changeKind(Wasm.I32_AND, ~Flags.RESULT_TOO);
  }

  /** Where that varies: C into its own local. */
  #settleCarry(): void {
    for (const source of [Flags.BY_DIFFERENCE, Flags.BY_SUM]) {
      this.#openIfKind(Flags.SOURCE | Flags.CARRY_APART, source);
      this.#pushCarryBy(source);
      this.put(Local.CF);
      this.close();
    }
    this.#changeKind(Wasm.I32_OR, Flags.CARRY_APART);
  }

  #pushResultBy(source: number): void {
    this.get(Local.FA);
    this.get(Local.FB);
    this.op(source === Flags.BY_SUM ? Wasm.I32_ADD : Wasm.I32_SUB);
  }

  #pushCarryBy(source: number): void {
    if (source === Flags.BY_SUM) {
      this.#pushResultBy(source);
      this.get(Local.FA);
      this.op(Wasm.I32_LT_U);
    } else {
      this.get(Local.FA);
      this.get(Local.FB);
      this.op(Wasm.I32_GE_U);
    }
  }

  #pushOverflowBy(source: number): void {
    this.get(Local.FA);
    if (source === Flags.BY_SUM) this.#pushResultBy(source);
    else this.get(Local.FB);
    this.op(Wasm.I32_XOR);
    this.get(source === Flags.BY_SUM ? Local.FB : Local.FA);
    this.#pushResultBy(source);
    this.op(Wasm.I32_XOR);
    this.op(Wasm.I32_AND);
  }

  /** The number that N or Z goes by: `local`, unless both are still to be worked out. */
  #pushResult(local: number): void {
    if (this.flags === Flags.VARIES) this.#settleResult();
    if (this.flags !== Flags.VARIES && (this.flags & Flags.RESULT_TOO) !== 0) {
      this.#pushResultBy(this.flags & Flags.SOURCE);
    } else this.get(local);
  }

  /** The carry, 0 or 1. */
  pushCarry(): void {
    if (this.flags === Flags.VARIES) this.#settleCarry();
    const apart = this.flags === Flags.VARIES || this.flags === Flags.APART || (this.flags & Flags.CARRY_APART) !== 0;
    if (apart) this.get(Local.CF);
    else this.#pushCarryBy(this.flags & Flags.SOURCE);
  }

  /** A number whose sign is V. */
  #pushOverflow(): void {
    if (this.flags === Flags.VARIES) this.separateFlags();
    if (this.flags === Flags.APART) this.get(Local.VF);
    else this.#pushOverflowBy(this.flags & Flags.SOURCE);
  }

  /** 1 when a condition of 0 to 13 holds. */
  pushCondition(condition: number): void {
    if (this.flags === Flags.DIFFERENCE && comparisons[condition] !== 0) {
      this.get(Local.FA);
      this.get(Local.FB);
      this.op(comparisons[condition]);
      return;
    }
    // What takes several flags takes them apart, with nothing on the stack yet.
    if (this.flags === Flags.VARIES && condition >= 6) this.separateFlags();
    switch (condition >>> 1) {
      case 0:
        this.#pushResult(Local.ZF);
        this.op(Wasm.I32_EQZ);
        break;
      case 1:
        this.pushCarry();
        break;
      case 2:
        this.pushNegative(() => this.#pushResult(Local.NF));
        break;
      case 3:
        this.pushNegative(() => this.#pushOverflow());
        break;
      case 4:
        this.pushCarry();
        this.pushNonZero();
        this.op(Wasm.I32_AND);
        break;
      default:
        this.pushNegative(() => {
          this.#pushResult(Local.NF);
          this.#pushOverflow();
          this.op(Wasm.I32_XOR);
        });
        this.op(Wasm.I32_EQZ);
        if (condition >>> 1 === 6) {
          this.pushNonZero();
          this.op(Wasm.I32_AND);
        }
    }
    if ((condition & 1) !== 0) this.op(Wasm.I32_EQZ);
  }

  pushNegative(push: () => void): void {
    push();
    this.constant(0);
    this.op(Wasm.I32_LT_S);
  }

  pushNonZero(): void {
    this.#pushResult(Local.ZF);
    this.constant(0);
    this.op(Wasm.I32_NE);
  }

  /** Registers, flags and budget into the state block, flags as they are. */
  spill(): void {
    for (let register = 0; register < 15; register++) {
      if (((this.written >>> register) & 1) !== 0) this.storeState(Slot.R + register * 4, Local.R0 + register);
    }
    for (let flag = 0; flag < 4; flag++) this.storeState(Slot.NF + flag * 4, Local.NF + flag);
    this.constant(0);
    this.get(Local.LEFT);
    this.access(Wasm.I64_STORE, 3, Slot.LEFT);
  }

  reload(): void {
    for (let register = 0; register < 15; register++) {
      if (((this.mentioned >>> register) & 1) === 0) continue;
      this.loadState(Slot.R + register * 4);
      this.putR(register);
    }
    for (let flag = 0; flag < 4; flag++) {
      this.loadState(Slot.NF + flag * 4);
      this.put(Local.NF + flag);
    }
    this.constant(0);
    this.access(Wasm.I64_LOAD, 3, Slot.LEFT);
    this.put(Local.LEFT);
  }

  /** The whole function around the body that is in {@link out}: size, locals, entry, exit. Hints move with it. */
  finish(into: ByteWriter, hints: number[]): void {
    const body = this.out.bytes.slice();
    this.out.clear();
    const out = this.out;
    // Locals: two groups.
    out.unsigned(2);
    out.unsigned(I32_LOCALS);
    out.byte(I32);
    out.unsigned(2);
    out.byte(I64);
    this.reload();
    if (this.entries) {
      this.get(Local.DEPTH);
      this.constant(8);
      this.op(Wasm.I32_SHR_U);
      this.put(Local.NEXT);
      this.get(Local.DEPTH);
      this.constant(0xff);
      this.op(Wasm.I32_AND);
      this.put(Local.DEPTH);
    }
    const start = out.length;
    out.append(body);
    this.spill();
    this.storeState(Slot.FA, Local.FA);
    this.storeState(Slot.FB, Local.FB);
    this.storeState(Slot.EXIT, Local.EXIT);
    this.get(Local.TO);
    this.op(Wasm.END);
    into.unsigned(out.length);
    into.append(out.bytes);
    for (let index = 0; index < this.hints.length; index += 2) {
      hints.push(this.hints[index] + start, this.hints[index + 1]);
    }
  }
}

/** The comparison of FA and FB that decides a condition after a difference; 0 where it takes more. */
const comparisons = [
  Wasm.I32_EQ,
  Wasm.I32_NE,
  Wasm.I32_GE_U,
  Wasm.I32_LT_U,
  0,
  0,
  0,
  0,
  Wasm.I32_GT_U,
  Wasm.I32_LE_U,
  Wasm.I32_GE_S,
  Wasm.I32_LT_S,
  Wasm.I32_GT_S,
  Wasm.I32_LE_S,
] as const;
