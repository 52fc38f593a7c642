import { Op } from "../opcodes.ts";
import { Local } from "./body-writer.ts";
import type { Emitter } from "./emitter.ts";
import { Wasm } from "./wasm-writer.ts";

/** ((X & mask) << shift) | ((X >>> shift) & mask), into X. */
function swap(e: Emitter, mask: number, shift: number): void {
  e.get(Local.X);
  e.constant(mask);
  e.op(Wasm.I32_AND);
  e.constant(shift);
  e.op(Wasm.I32_SHL);
  e.get(Local.X);
  e.constant(shift);
  e.op(Wasm.I32_SHR_U);
  e.constant(mask);
  e.op(Wasm.I32_AND);
  e.op(Wasm.I32_OR);
  e.put(Local.X);
}

export function reverse(e: Emitter, op: number, a: number, c: number): void {
  e.getR(c);
  e.put(Local.X);
  if (op === Op.RBIT) {
    swap(e, 0x5555_5555, 1);
    swap(e, 0x3333_3333, 2);
    swap(e, 0x0f0f_0f0f, 4);
  }
  swap(e, 0x00ff_00ff, 8);
  e.get(Local.X);
  if (op === Op.RBIT || op === Op.REV) {
    e.constant(16);
    e.op(Wasm.I32_ROTL);
  } else if (op === Op.REVSH) e.op(Wasm.I32_EXTEND16_S);
  e.putR(a);
}

export function extend(e: Emitter, op: number, a: number, c: number, amount: number): void {
  e.getR(c);
  if (amount !== 0) {
    e.constant(amount);
    e.op(Wasm.I32_ROTR);
  }
  if (op === Op.SXTB) e.op(Wasm.I32_EXTEND8_S);
  else if (op === Op.SXTH) e.op(Wasm.I32_EXTEND16_S);
  else {
    e.constant(op === Op.UXTB ? 0xff : 0xffff);
    e.op(Wasm.I32_AND);
  }
  e.putR(a);
}
