import type { CodeTable } from "../code-cache.ts";
import type { WindowView } from "../memory.ts";
import { advanceIt } from "../state.ts";
import type { Block, Instruction } from "./block.ts";
import { Local } from "./body-writer.ts";
import { packExit, type Site, Status, TO_CALLEE } from "./exit-info.ts";
import { FlagWriter } from "./flag-writer.ts";
import { Budget, Slot } from "./guest-memory.ts";
import type { RegisterUse } from "./registers.ts";
import { type ByteWriter, VOID, Wasm } from "./wasm-writer.ts";

/** What a region is made for. */
export interface Surroundings {
  readonly table: CodeTable;
  readonly ram: WindowView;
  readonly rom: WindowView;
  /** Offset of the bytes that say which words of RAM hold code; -1 when none do. */
  readonly marksAt: number;
  /** The number that the region goes by when it is left. */
  readonly region: number;
  /** The function number of the region that begins at an address. */
  slotOf(address: number): number;
  /** The instruction at a slot accesses peripherals, or what else is no plain memory. */
  goesOut(slot: number): boolean;
}

/** Writes the body of one region. What the instructions have in common: registers, the budget, ways out. */
export class Emitter extends FlagWriter {
  readonly around: Surroundings;
  /** Where the region may be left. */
  readonly sites: Site[] = [];
  readonly #use: RegisterUse;
  /** The label behind which the region is left in the middle. */
  exitLabel = 0;
  block!: Block;
  instruction!: Instruction;
  /** Cycles and instructions of this block behind the present instruction. */
  cyclesAfter = 0;
  instructionsAfter = 0;
  /** Address of the instruction that follows. */
  next = 0;
  /** Registers that may be newer than the state block, and those that were so before the present instruction. */
  dirty = 0;
  dirtyBefore = 0;
  /** The region can be entered at loops too. */
  entries = false;

  constructor(around: Surroundings, use: RegisterUse) {
    super();
    this.around = around;
    this.#use = use;
  }

  address(slot: number): number {
    return (this.around.table.base + slot * 2) | 0;
  }

  /** A guest register; 15 is the zero register. */
  getR(register: number): void {
    if (register === 15) this.constant(0);
    else this.get(Local.R0 + register);
  }

  putR(register: number): void {
    this.put(Local.R0 + register);
    this.dirty |= 1 << register;
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

  /** Leaves the region for `pc`, with what {@link packExit} made. */
  leave(pc: number, exit: number, dirty = this.dirty): void {
    this.constant(this.sites.length);
    this.put(Local.SITE);
    this.branch(this.exitLabel);
    this.sites.push({ pc, exit, flags: this.flags, dirty });
  }

  /** The present instruction was seen to access what is no plain memory. */
  get goesOut(): boolean {
    return this.around.goesOut(this.instruction.slot);
  }

  /** Leaves before the present instruction, which the interpreter does. */
  leaveBefore(why = 0): void {
    const { slot, cost, it } = this.instruction;
    const exit = packExit(this.cyclesAfter + cost, this.instructionsAfter + 1, it) | why;
    this.leave(this.address(slot), exit, this.dirtyBefore);
  }

  leaveAfter(): void {
    const { it } = this.instruction;
    this.leave(this.next, packExit(this.cyclesAfter, this.instructionsAfter, it === 0 ? 0 : advanceIt(it)));
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
    this.leave(this.address(slot), packExit(0, this.instructionsAfter + 1, it), this.dirtyBefore);
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

  /** Brings the state block up to date: flags, registers, budget. */
  storeAll(): void {
    this.storeFlags();
    this.#storeRegisters(Slot.R, this.dirty);
    this.dirty = 0;
    this.constant(0);
    this.get(Local.LEFT);
    this.access(Wasm.I64_STORE, 3, Slot.LEFT);
  }

  #storeRegisters(slot: number, which: number): void {
    for (let register = 0; register < 15; register++) {
      if (((which >>> register) & 1) !== 0) this.storeState(slot + register * 4, Local.R0 + register);
    }
  }

  /** Takes registers and budget from the state block. */
  load(which: number = this.#use.mentioned): void {
    for (let register = 0; register < 15; register++) {
      if (((which >>> register) & 1) === 0) continue;
      this.loadState(Slot.R + register * 4);
      this.put(Local.R0 + register);
    }
    this.constant(0);
    this.access(Wasm.I64_LOAD, 3, Slot.LEFT);
    this.put(Local.LEFT);
  }

  /** Goes back to whoever called this region, to go on at the address in TO, which is even. All is stored. */
  return(): void {
    this.get(Local.TO);
    this.op(Wasm.RETURN);
  }

  /** The same for a callee in TO that is not to be called from here. */
  returnForCallee(): void {
    this.storeConstant(Slot.REGION, TO_CALLEE);
    this.return();
  }

  /**
   * The whole function around the body that is in {@link out}: size, locals, entry, and the way out in the middle, which
   * leaves everything beside the state block, for whoever takes it back. `live`: registers that are loaded.
   */
  finish(into: ByteWriter, hints: number[], live: number): void {
    const body = this.out.bytes.slice();
    this.out.clear();
    this.declareLocals();
    this.load(live);
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
    const { out } = this;
    const start = out.length;
    out.append(body);
    this.#storeRegisters(Slot.LEFT_R, this.#use.written);
    for (let local: number = Local.NF; local <= Local.KIND; local++) {
      this.storeState(Slot.LEFT_FLAGS + (local - Local.NF) * 4, local);
    }
    this.storeState(Slot.SITE, Local.SITE);
    this.storeConstant(Slot.REGION, this.around.region);
    this.constant(0);
    this.get(Local.LEFT);
    this.access(Wasm.I64_STORE, 3, Slot.LEFT);
    this.constant(1);
    this.op(Wasm.END);
    into.unsigned(out.length);
    into.append(out.bytes);
    for (let index = 0; index < this.hints.length; index += 2) {
      hints.push(this.hints[index] + start, this.hints[index + 1]);
    }
  }
}
