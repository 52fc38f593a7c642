import { Op } from "../opcodes.ts";
import { type Block, End, type Instruction } from "./block.ts";
import { Local } from "./body-writer.ts";
import { isRare } from "./costs.ts";
import type { Context } from "./discover.ts";
import { callRare, emitCall, emitDynamicCall, emitRare, leaveTo, plainTargetOnly } from "./emit-call.ts";
import { emitData } from "./emit-data.ts";
import { emitDual, emitLoadStore, emitMultiple, emitTableRead, emitWriteBack } from "./emit-memory.ts";
import type { Emitter } from "./emitter.ts";
import { EXIT_BUDGET, packExit } from "./exit-info.ts";
import { Effect } from "./flags.ts";
import { registersWritten } from "./registers.ts";
import { VOID, Wasm } from "./wasm-writer.ts";

/** Conditional instructions of which the results are chosen from, at most. */
const MOST_SELECTED = 4;

/** A few that do nothing but set registers, in a cycle: a choice of the host's costs less than a branch that it cannot foresee. */
function areSelectable(code: readonly Instruction[], first: number, end: number): boolean {
  if (end - first > MOST_SELECTED) return false;
  for (let index = first; index < end; index++) {
    const { op, cost } = code[index];
    if (op < Op.MOV_IMM || op >= Op.LDR || cost !== 1) return false;
  }
  return true;
}

function registersOf(mask: number): number[] {
  const registers: number[] = [];
  for (let register = 0; mask >>> register !== 0; register++)
    if (((mask >>> register) & 1) !== 0) registers.push(register);
  return registers;
}

/** How one block goes on to another. */
export type GoTo = (from: Block, to: Block) => void;

/** Writes a block: the look at the budget, its instructions, and how it ends. */
export class BlockEmitter {
  readonly #e: Emitter;
  readonly #contexts: readonly Context[];
  readonly #goTo: GoTo;

  constructor(e: Emitter, contexts: readonly Context[], goTo: GoTo) {
    this.#e = e;
    this.#contexts = contexts;
    this.#goTo = goTo;
  }

  emit(block: Block): void {
    const e = this.#e;
    e.block = block;
    e.flags = block.flags;
    e.dirty = block.dirty;
    if (block.isRouting) {
      this.#emitRouting(block);
      return;
    }
    if (block.look > 0) {
      e.pushRunsOut(block.look);
      e.open(Wasm.IF, VOID, false);
      e.leave(e.address(block.slot), packExit(0, 0, 0) | EXIT_BUDGET);
      e.close();
    }
    e.account(-block.cost, block.code.length);
    const { code } = block;
    let left = block.cost;
    const last = code.length - 1;
    const endsItself = block.end !== End.FALL && block.end !== End.LEAVE;
    for (let index = 0; index <= last; ) {
      const end = this.#conditionalRun(block, index, endsItself ? last : last + 1);
      if (end > index) {
        this.#emitConditional(block, index, end, left);
        for (; index < end; index++) left -= code[index].cost;
        continue;
      }
      left -= code[index].cost;
      this.#begin(code[index], left, last - index);
      e.require(code[index].looksAt);
      if (index === last && endsItself) this.#emitEnd(block, code[index]);
      else this.#emitOne(code[index]);
      index++;
    }
    if (endsItself) return;
    if (block.end === End.FALL) this.#goTo(block, block.successors[0]);
    else e.leave(e.address(block.leaveSlot), packExit(0, 0, block.leaveIt) | block.leaveWhy);
  }

  #begin(instruction: Instruction, cyclesAfter: number, instructionsAfter: number): void {
    const e = this.#e;
    e.instruction = instruction;
    e.dirtyBefore = e.dirty;
    e.cyclesAfter = cyclesAfter;
    e.instructionsAfter = instructionsAfter;
    e.next = e.address(instruction.slot + ((instruction.w & 512) !== 0 ? 2 : 1));
  }

  /**
   * The end of the instructions of an IT block from `first` on that stand under one condition or its opposite and leave
   * the flags alone: one test does for them all.
   */
  #conditionalRun({ code }: Block, first: number, limit: number): number {
    const condition = code[first].it >>> 4;
    let end = first;
    if (code[first].it === 0 || condition >= 14) return end;
    while (end < limit && code[end].it !== 0 && code[end].it >>> 5 === condition >>> 1) {
      if (code[end].seen && code[end].effect !== Effect.NONE) break;
      end++;
    }
    return end;
  }

  #emitConditional({ code }: Block, first: number, end: number, cost: number): void {
    const e = this.#e;
    const condition = code[first].it >>> 4;
    for (let index = first; index < end; index++) e.require(code[index].looksAt);
    if (areSelectable(code, first, end)) {
      this.#emitSelected(code, first, end, cost);
      return;
    }
    e.pushCondition(condition);
    const { flags } = e;
    const arm = (taken: number): void => {
      let left = cost;
      for (let index = first; index < end; index++) {
        left -= code[index].cost;
        this.#begin(code[index], left, code.length - 1 - index);
        // What is not executed takes one cycle.
        if (code[index].it >>> 4 === taken) this.#emitPlain(code[index], false);
        else e.account(code[index].cost - 1, 0);
      }
      if (e.flags !== flags) throw new Error("an instruction of an IT block changed where the flags are");
    };
    e.open(Wasm.IF);
    arm(condition);
    e.otherwise();
    arm(condition ^ 1);
    e.close();
  }

  /** Executes them all, and puts back what was there before where the condition does not hold. */
  #emitSelected(code: readonly Instruction[], first: number, end: number, cost: number): void {
    const e = this.#e;
    const condition = code[first].it >>> 4;
    e.pushCondition(condition ^ 1);
    e.put(Local.CONDITION);
    let left = cost;
    // Those that follow one another under the same condition take one choice for each register.
    for (let index = first; index < end; ) {
      const { it } = code[index];
      const start = index;
      let mask = 0;
      for (; index < end && code[index].it >>> 4 === it >>> 4; index++) mask |= registersWritten(code[index]);
      const written = registersOf(mask);
      for (const register of written) e.getR(register);
      for (let at = start; at < index; at++) {
        left -= code[at].cost;
        this.#begin(code[at], left, code.length - 1 - at);
        this.#emitPlain(code[at], false);
      }
      for (const register of written.reverse()) {
        e.getR(register);
        e.get(Local.CONDITION);
        if (it >>> 4 !== condition) e.op(Wasm.I32_EQZ);
        e.op(Wasm.SELECT);
        e.putR(register);
      }
    }
  }

  #emitRouting(block: Block): void {
    const e = this.#e;
    if (block.end === End.CHOOSE) {
      e.constant(block.choice);
      e.put(Local.CHOICE);
      this.#goTo(block, block.successors[0]);
    } else if (block.end === End.SELECT) this.#emitSelector(block);
    else if (block.end === End.GUARD) this.#emitGuard(block);
    else this.#emitRoutes(block);
  }

  #emitSelector(block: Block): void {
    const e = this.#e;
    const { successors } = block;
    const { flags } = e;
    const labels = successors.map(() => e.open(Wasm.BLOCK)).reverse();
    e.get(Local.CHOICE);
    e.op(Wasm.BR_TABLE);
    e.out.unsigned(labels.length - 1);
    for (const label of labels) e.out.unsigned(e.depth - label);
    for (const successor of successors) {
      e.close();
      e.flags = flags;
      this.#goTo(block, successor);
    }
  }

  #emitGuard(block: Block): void {
    const e = this.#e;
    const { flags, dirty } = e;
    const { register, targets } = block.guard;
    targets.forEach((target, index) => {
      e.getR(register);
      e.constant(target | 0);
      e.op(Wasm.I32_EQ);
      e.open(Wasm.IF);
      this.#goTo(block, block.successors[index]);
      e.close();
      e.flags = flags;
      e.dirty = dirty;
    });
    this.#goTo(block, block.successors[targets.length]);
  }

  #emitRoutes(block: Block): void {
    const e = this.#e;
    const { flags } = e;
    e.get(Local.NEXT);
    e.open(Wasm.IF, VOID, false);
    for (const { number, choice } of block.ownRoutes) {
      e.get(Local.NEXT);
      e.constant(number);
      e.op(Wasm.I32_EQ);
      e.open(Wasm.IF);
      if (choice >= 0) {
        e.constant(choice);
        e.put(Local.CHOICE);
      }
      e.constant(0);
      e.put(Local.NEXT);
      this.#goTo(block, block.successors[0]);
      e.close();
      e.flags = flags;
    }
    block.routes.forEach(({ last, arrives }, index) => {
      e.get(Local.NEXT);
      e.constant(last);
      e.op(Wasm.I32_LE_U);
      e.open(Wasm.IF);
      if (arrives) {
        e.constant(0);
        e.put(Local.NEXT);
      }
      this.#goTo(block, block.successors[index + 1]);
      e.close();
      e.flags = flags;
    });
    e.op(Wasm.UNREACHABLE);
    e.close();
    this.#goTo(block, block.successors[0]);
  }

  #emitOne(instruction: Instruction): void {
    const e = this.#e;
    const { it, cost, seen } = instruction;
    if (it === 0 || it >>> 4 >= 14) {
      this.#emitPlain(instruction, seen);
      // An IT block leaves the flags apart; so they are taken for in flags.ts.
      if (it !== 0 && seen) e.separateFlags();
      return;
    }
    // It sets flags: what leaves them alone is emitted by the run.
    e.separateFlags();
    e.pushCondition(it >>> 4);
    e.open(Wasm.IF);
    this.#emitPlain(instruction, seen);
    e.separateFlags();
    if (cost > 1) {
      e.otherwise();
      e.account(cost - 1, 0);
    }
    e.close();
    e.dirty |= e.dirtyBefore;
  }

  #emitPlain({ op, w, imm }: Instruction, seen: boolean): void {
    const e = this.#e;
    if (isRare(op)) emitRare(e);
    else if (op === Op.BARRIER) return;
    else if (op >= Op.LDR && op <= Op.STRH) emitLoadStore(e, op, w, imm);
    else if (op === Op.LS_WB) emitWriteBack(e, w, imm);
    else if (op === Op.LDRD || op === Op.STRD) emitDual(e, op, w, imm);
    else if (op === Op.LDM || op === Op.STM) emitMultiple(e, op, w, imm);
    else emitData(e, op, w, imm, seen);
  }

  #emitEnd(block: Block, instruction: Instruction): void {
    const e = this.#e;
    const { it, cost } = instruction;
    if (it === 0 || it >>> 4 >= 14) {
      this.#emitJump(block, instruction);
      return;
    }
    // The last instruction of an IT block: not executed, it falls through to the last successor.
    const calls = block.end === End.CALL || block.end === End.DYNAMIC_CALL || block.end === End.RARE;
    e.pushCondition(it >>> 4);
    if (calls) {
      e.put(Local.X);
      e.storeFlags();
      e.get(Local.X);
    }
    const { flags, dirty } = e;
    e.open(Wasm.IF);
    this.#emitJump(block, instruction);
    e.close();
    e.flags = flags;
    e.dirty = dirty;
    e.account(cost - 1, 0);
    this.#goTo(block, block.successors[block.successors.length - 1]);
  }

  #emitJump(block: Block, instruction: Instruction): void {
    const e = this.#e;
    const { op, w, imm, slot } = instruction;
    switch (block.end) {
      case End.JUMP:
        this.#goTo(block, block.successors[0]);
        return;
      case End.BRANCH:
        this.#emitBranch(block, instruction);
        return;
      case End.CALL:
        e.constant(e.next | 1);
        e.putR(14);
        e.constant(e.address(slot + imm));
        e.put(Local.TO);
        emitCall(e, block, () => e.constant(e.around.slotOf(e.address(slot + imm) >>> 0)));
        this.#goTo(block, block.successors[0]);
        return;
      case End.INLINE:
        e.constant(e.next | 1);
        e.putR(14);
        this.#goTo(block, block.successors[0]);
        return;
      case End.DYNAMIC_CALL:
        e.getR((w >>> 18) & 15);
        emitDynamicCall(e, block);
        this.#goTo(block, block.successors[0]);
        return;
      case End.RETURN:
        if (op === Op.BX) {
          e.getR((w >>> 18) & 15);
          e.constant(imm);
          e.op(Wasm.I32_ADD);
          plainTargetOnly(e);
        } else {
          emitMultiple(e, op, w, imm);
          e.get(Local.TO);
          e.constant(-2);
          e.op(Wasm.I32_AND);
          e.put(Local.TO);
        }
        this.#emitReturn(block);
        return;
      case End.TABLE:
        this.#emitTable(block, instruction);
        return;
      default:
        callRare(e);
        e.op(Wasm.RETURN);
    }
  }

  #emitBranch(block: Block, { op, w, cost }: Instruction): void {
    const e = this.#e;
    if (op === Op.CBZ || op === Op.CBNZ) {
      e.getR((w >>> 10) & 15);
      if (op === Op.CBZ) e.op(Wasm.I32_EQZ);
    } else {
      e.pushCondition(op - Op.B_EQ);
    }
    const { flags, dirty } = e;
    e.open(Wasm.IF);
    if (cost === 1) e.account(-1, 0);
    this.#goTo(block, block.successors[0]);
    e.close();
    e.flags = flags;
    e.dirty = dirty;
    if (cost === 2) e.account(1, 0);
    this.#goTo(block, block.successors[1]);
  }

  #emitReturn(block: Block): void {
    const e = this.#e;
    if (block.context !== 0) {
      e.get(Local.TO);
      e.constant(e.address(this.#contexts[block.context].returnSlot));
      e.op(Wasm.I32_EQ);
      const { flags, dirty } = e;
      e.open(Wasm.IF, VOID, true);
      this.#goTo(block, block.successors[0]);
      e.close();
      e.flags = flags;
      e.dirty = dirty;
    }
    leaveTo(e);
  }

  #emitTable(block: Block, { op, w, imm, slot }: Instruction): void {
    const e = this.#e;
    emitTableRead(e, op, w, imm);
    const { distances, successors } = block;
    const outer = e.open(Wasm.BLOCK);
    const labels = distances.map(() => e.open(Wasm.BLOCK)).reverse();
    const largest = distances.length === 0 ? -1 : distances[distances.length - 1];
    e.get(Local.VALUE);
    e.op(Wasm.BR_TABLE);
    e.out.unsigned(largest + 1);
    for (let distance = 0; distance <= largest; distance++) {
      const at = distances.indexOf(distance);
      e.out.unsigned(e.depth - (at < 0 ? outer : labels[at]));
    }
    e.out.unsigned(e.depth - outer);
    const { flags, dirty } = e;
    for (let index = 0; index < distances.length; index++) {
      e.close();
      e.flags = flags;
      e.dirty = dirty;
      this.#goTo(block, successors[index]);
    }
    e.close();
    e.flags = flags;
    e.dirty = dirty;
    e.get(Local.VALUE);
    e.constant(1);
    e.op(Wasm.I32_SHL);
    e.constant(e.address(slot + 2));
    e.op(Wasm.I32_ADD);
    e.put(Local.TO);
    leaveTo(e);
  }
}
