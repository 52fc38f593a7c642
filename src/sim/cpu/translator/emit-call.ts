import { advanceIt } from "../state.ts";
import type { Block } from "./block.ts";
import { Import, Local } from "./body-writer.ts";
import { pushPlainTarget } from "./emit-memory.ts";
import type { Emitter } from "./emitter.ts";
import { packPlace } from "./exit-info.ts";
import { LOOKUP_BASE, LOOKUP_ENTRIES } from "./guest-memory.ts";
import { VOID, Wasm } from "./wasm-writer.ts";

/** Calls of regions inside one another, at most. */
const DEEPEST = 60;

/** The present instruction out of line, with everything in the state block. */
export function callRare(e: Emitter): void {
  const { w, imm, it, slot } = e.instruction;
  e.storeAll();
  e.constant(w);
  e.constant(imm);
  e.constant(e.address(slot));
  e.constant(packPlace(e.cyclesAfter, e.block.beyond));
  e.constant(e.instructionsAfter | ((it === 0 ? 0 : advanceIt(it)) << 8) | (it << 16));
  e.call(Import.RARE);
}

/** The same, and what follows: the region goes on unless the core is to. */
export function emitRare(e: Emitter): void {
  callRare(e);
  e.tee(Local.TO);
  e.open(Wasm.IF, VOID, false);
  e.return();
  e.close();
  e.load();
}

/** Leaves for the address in TO, which is even: whoever called this region knows where to go on. */
export function leaveTo(e: Emitter): void {
  const { flags, dirty } = e;
  e.storeAll();
  e.return();
  e.flags = flags;
  e.dirty = dirty;
}

/** The target on the stack into TO, even; one that is no plain branch is the interpreter's. */
export function plainTargetOnly(e: Emitter): void {
  e.tee(Local.TO);
  pushPlainTarget(e);
  e.op(Wasm.I32_EQZ);
  e.open(Wasm.IF, VOID, false);
  e.leaveBefore();
  e.close();
  e.get(Local.TO);
  e.constant(-2);
  e.op(Wasm.I32_AND);
  e.put(Local.TO);
}

/** Calls the region whose number `pushSlot` gives; TO holds its address, LR is set. */
export function emitCall(e: Emitter, block: Block, pushSlot: () => void): void {
  e.storeAll();
  e.get(Local.DEPTH);
  e.constant(DEEPEST);
  e.op(Wasm.I32_GE_S);
  leaveToCallee(e);
  e.get(Local.DEPTH);
  e.constant(1);
  e.op(Wasm.I32_ADD);
  e.get(Local.TO);
  pushSlot();
  e.op(Wasm.CALL_INDIRECT);
  e.out.unsigned(0);
  e.out.unsigned(0);
  e.tee(Local.TO);
  e.constant(e.next);
  e.op(Wasm.I32_NE);
  e.open(Wasm.IF, VOID, false);
  e.return();
  e.close();
  e.load(block.successors[0].live);
}

/** When the condition on the stack holds: the core goes on at the callee in TO. */
function leaveToCallee(e: Emitter): void {
  e.open(Wasm.IF, VOID, false);
  e.returnForCallee();
  e.close();
}

/** Calls the region that the look-up table has for the target on the stack. */
export function emitDynamicCall(e: Emitter, block: Block): void {
  const link = (): void => {
    e.constant(e.next | 1);
    e.putR(14);
  };
  e.tee(Local.TO);
  // Where the look-up table has the address.
  e.constant(1);
  e.op(Wasm.I32_SHL);
  e.constant((LOOKUP_ENTRIES - 1) << 3);
  e.op(Wasm.I32_AND);
  e.tee(Local.AT);
  e.access(Wasm.I32_LOAD, 2, LOOKUP_BASE);
  e.get(Local.TO);
  e.op(Wasm.I32_NE);
  const { flags, dirty } = e;
  e.open(Wasm.IF, VOID, false);
  e.get(Local.TO);
  plainTargetOnly(e);
  link();
  e.storeAll();
  e.returnForCallee();
  e.close();
  e.flags = flags;
  e.dirty = dirty;
  e.get(Local.TO);
  e.constant(-2);
  e.op(Wasm.I32_AND);
  e.put(Local.TO);
  link();
  emitCall(e, block, () => {
    e.get(Local.AT);
    e.access(Wasm.I32_LOAD, 2, LOOKUP_BASE + 4);
  });
}
