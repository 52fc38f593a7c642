import { Local } from "./body-writer.ts";
import type { Emitter } from "./emitter.ts";
import { Flags } from "./flags.ts";
import { Wasm } from "./wasm-writer.ts";

/** The result on the stack goes to `register`; N and Z from it. C and V are kept. */
export function setResult(e: Emitter, register: number, seen: boolean): void {
  e.putR(register);
  if (!seen) return;
  e.getR(register);
  e.putResultFlags();
}

/** N and Z from the result on the stack, which is no more needed. */
export function testResult(e: Emitter, seen: boolean): void {
  if (seen) e.putResultFlags();
  else e.op(Wasm.DROP);
}

export function setCarryConstant(e: Emitter, seen: boolean, s: number): void {
  if (!seen || s === 0) return;
  e.constant(s - 1);
  e.putCarry();
}

/** Flags of a comparison or a sum: the operands are in X and Y. */
export function setOperands(e: Emitter, kind: number, seen: boolean): void {
  if (!seen) return;
  e.get(Local.X);
  e.put(Local.FA);
  e.get(Local.Y);
  e.put(Local.FB);
  e.flags = kind;
}

/** x + y + carry with all flags, x in X and y in Y, into RESULT. */
export function addWithCarry(e: Emitter, seen: boolean): void {
  e.get(Local.X);
  e.get(Local.Y);
  e.op(Wasm.I32_ADD);
  e.pushCarry();
  e.op(Wasm.I32_ADD);
  e.put(Local.RESULT);
  if (!seen) return;
  // Carry out: the result is below x, or equal to it with a carry in.
  e.get(Local.RESULT);
  e.get(Local.X);
  e.op(Wasm.I32_LT_U);
  e.pushCarry();
  e.get(Local.RESULT);
  e.get(Local.X);
  e.op(Wasm.I32_EQ);
  e.op(Wasm.I32_AND);
  e.op(Wasm.I32_OR);
  e.put(Local.CF);
  e.get(Local.X);
  e.get(Local.RESULT);
  e.op(Wasm.I32_XOR);
  e.get(Local.Y);
  e.get(Local.RESULT);
  e.op(Wasm.I32_XOR);
  e.op(Wasm.I32_AND);
  e.put(Local.VF);
  e.get(Local.RESULT);
  e.tee(Local.NF);
  e.put(Local.ZF);
  e.flags = Flags.APART;
}

export function bitNot(e: Emitter): void {
  e.constant(-1);
  e.op(Wasm.I32_XOR);
}
