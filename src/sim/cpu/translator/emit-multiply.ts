import { Op } from "../opcodes.ts";
import { Local } from "./body-writer.ts";
import type { Emitter } from "./emitter.ts";
import { Budget } from "./guest-memory.ts";
import { I32, VOID, Wasm } from "./wasm-writer.ts";

/** The low and high words of WIDE. */
function putLong(e: Emitter, low: number, high: number): void {
  e.get(Local.WIDE);
  e.op(Wasm.I32_WRAP);
  e.putR(low);
  e.get(Local.WIDE);
  e.constant64(32);
  e.op(Wasm.I64_SHR_U);
  e.op(Wasm.I32_WRAP);
  e.putR(high);
}

export function longMultiply(e: Emitter, op: number, a: number, b: number, c: number, d: number): void {
  const extend = op === Op.UMULL || op === Op.UMLAL ? Wasm.I64_EXTEND_U : Wasm.I64_EXTEND_S;
  e.getR(b);
  e.op(extend);
  e.getR(c);
  e.op(extend);
  e.op(Wasm.I64_MUL);
  if (op === Op.UMLAL || op === Op.SMLAL) {
    e.getR(d);
    e.op(Wasm.I64_EXTEND_U);
    e.constant64(32);
    e.op(Wasm.I64_SHL);
    e.getR(a);
    e.op(Wasm.I64_EXTEND_U);
    e.op(Wasm.I64_OR);
    e.op(Wasm.I64_ADD);
  }
  e.put(Local.WIDE);
  putLong(e, a, d);
}

/** A division takes 2 to 11 cycles, by the distance of its operands; division by zero is the interpreter's. */
export function divide(e: Emitter, signed: boolean, a: number, b: number, c: number): void {
  e.getR(c);
  e.op(Wasm.I32_EQZ);
  e.open(Wasm.IF, VOID, false);
  e.leaveBefore();
  e.close();
  for (const [register, local] of [
    [b, Local.X],
    [c, Local.Y],
  ]) {
    e.getR(register);
    if (signed) {
      e.constant(0);
      e.getR(register);
      e.op(Wasm.I32_SUB);
      e.getR(register);
      e.constant(0);
      e.op(Wasm.I32_GE_S);
      e.op(Wasm.SELECT);
    }
    e.op(Wasm.I32_CLZ);
    e.put(local);
  }
  e.get(Local.Y);
  e.get(Local.X);
  e.op(Wasm.I32_SUB);
  e.put(Local.VALUE);
  // What is given back: the longest less 1 + (1 or 2 + (distance + 3) / 4).
  e.get(Local.LEFT);
  e.constant(9);
  e.constant(8);
  e.get(Local.VALUE);
  e.constant(3);
  e.op(Wasm.I32_ADD);
  e.constant(2);
  e.op(Wasm.I32_SHR_U);
  e.op(Wasm.I32_SUB);
  e.get(Local.VALUE);
  e.constant(0);
  e.op(Wasm.I32_LE_S);
  e.op(Wasm.SELECT);
  e.op(Wasm.I64_EXTEND_U);
  e.constant64(Budget.COUNT_BITS);
  e.op(Wasm.I64_SHL);
  e.op(Wasm.I64_ADD);
  e.put(Local.LEFT);
  if (!signed) {
    e.getR(b);
    e.getR(c);
    e.op(Wasm.I32_DIV_U);
    e.putR(a);
    return;
  }
  e.getR(c);
  e.constant(-1);
  e.op(Wasm.I32_EQ);
  e.open(Wasm.IF, I32);
  e.constant(0);
  e.getR(b);
  e.op(Wasm.I32_SUB);
  e.otherwise();
  e.getR(b);
  e.getR(c);
  e.op(Wasm.I32_DIV_S);
  e.close();
  e.putR(a);
}
