import { Op } from "../opcodes.ts";
import { Local } from "./body-writer.ts";
import { addWithCarry, setOperands, setResult, testResult } from "./emit-results.ts";
import type { Emitter } from "./emitter.ts";
import { Flags } from "./flags.ts";
import { Wasm } from "./wasm-writer.ts";

/** Bit `amount` - 1 of X, or bit 32 - `amount` for a left shift. */
function shiftCarry(e: Emitter, bit: number): void {
  e.get(Local.X);
  if (bit !== 0) {
    e.constant(bit);
    e.op(Wasm.I32_SHR_U);
  }
  e.constant(1);
  e.op(Wasm.I32_AND);
  e.putCarry();
}

/** X shifted by a constant, on the stack; type 0 LSL, 1 LSR, 2 ASR, 3 ROR. */
function pushShifted(e: Emitter, type: number, amount: number): void {
  if (type === 1 && amount === 32) {
    e.constant(0);
    return;
  }
  e.get(Local.X);
  if (amount === 0) return;
  e.constant(type === 2 && amount === 32 ? 31 : amount);
  e.op([Wasm.I32_SHL, Wasm.I32_SHR_U, Wasm.I32_SHR_S, Wasm.I32_ROTR][type]);
}

export function shiftImmediate(e: Emitter, op: number, a: number, c: number, amount: number, seen: boolean): void {
  const type = (op - Op.LSL_IMM) >>> 1;
  const sets = ((op - Op.LSL_IMM) & 1) !== 0 && seen;
  e.getR(c);
  e.put(Local.X);
  if (sets) shiftCarry(e, type === 0 ? 32 - amount : amount - 1);
  pushShifted(e, type, amount);
  setResult(e, a, sets);
}

/** Shifts by the bottom byte of a register. */
export function shiftRegister(e: Emitter, op: number, a: number, b: number, c: number, seen: boolean): void {
  const type = (op - Op.LSL_REG) >>> 1;
  const sets = ((op - Op.LSL_REG) & 1) !== 0 && seen;
  e.getR(b);
  e.put(Local.X);
  e.getR(c);
  e.constant(0xff);
  e.op(Wasm.I32_AND);
  e.put(Local.Y);
  if (type === 3) {
    e.get(Local.X);
    e.get(Local.Y);
    e.op(Wasm.I32_ROTR);
  } else if (type === 2) {
    e.get(Local.X);
    e.get(Local.Y);
    e.constant(31);
    e.get(Local.Y);
    e.constant(32);
    e.op(Wasm.I32_LT_U);
    e.op(Wasm.SELECT);
    e.op(Wasm.I32_SHR_S);
  } else {
    e.get(Local.X);
    e.get(Local.Y);
    e.op(type === 0 ? Wasm.I32_SHL : Wasm.I32_SHR_U);
    e.constant(0);
    e.get(Local.Y);
    e.constant(32);
    e.op(Wasm.I32_LT_U);
    e.op(Wasm.SELECT);
  }
  e.put(Local.RESULT);
  if (sets) {
    e.separateCarry();
    e.get(Local.Y);
    e.open(Wasm.IF);
    if (type === 3) {
      e.get(Local.RESULT);
      e.constant(31);
      e.op(Wasm.I32_SHR_U);
    } else {
      // The last bit that was moved out; beyond 32 there is none, or the sign.
      e.get(Local.X);
      if (type === 0) {
        e.constant(32);
        e.get(Local.Y);
      } else {
        e.get(Local.Y);
        e.constant(1);
      }
      e.op(Wasm.I32_SUB);
      e.op(Wasm.I32_SHR_U);
      e.constant(1);
      e.op(Wasm.I32_AND);
      if (type === 2) {
        e.get(Local.X);
        e.constant(31);
        e.op(Wasm.I32_SHR_U);
      } else e.constant(0);
      e.get(Local.Y);
      e.constant(32);
      e.op(Wasm.I32_LE_U);
      e.op(Wasm.SELECT);
    }
    e.put(Local.CF);
    e.close();
  }
  e.get(Local.RESULT);
  setResult(e, a, sets);
}

/** DP_SHIFT: an operation on a register and a shifted one; see decode-32-data.ts. */
export function shiftedOperand(e: Emitter, w: number, imm: number, seen: boolean): void {
  const a = (w >>> 10) & 15;
  const b = (w >>> 14) & 15;
  const c = (w >>> 18) & 15;
  const amount = w >>> 26;
  const type = imm & 3;
  const operation = imm >>> 4;
  const sets = (imm & 4) !== 0 && seen;
  const compares = (imm & 8) !== 0;
  e.getR(c);
  e.put(Local.X);
  // The shifted operand into Y.
  if (type === 3 && amount === 0) {
    e.pushCarry();
    e.constant(31);
    e.op(Wasm.I32_SHL);
    e.get(Local.X);
    e.constant(1);
    e.op(Wasm.I32_SHR_U);
    e.op(Wasm.I32_OR);
  } else pushShifted(e, type, amount);
  e.put(Local.Y);
  if (operation < 6) {
    if (sets) {
      if (type === 3) {
        if (amount === 0) shiftCarry(e, 0);
        else {
          e.get(Local.Y);
          e.constant(31);
          e.op(Wasm.I32_SHR_U);
          e.putCarry();
        }
      } else if (type !== 0) shiftCarry(e, amount - 1);
      else if (amount !== 0) shiftCarry(e, 32 - amount);
    }
    if (operation === 1) e.get(Local.Y);
    else {
      e.getR(b);
      e.get(Local.Y);
      if (operation === 3 || operation === 5) {
        e.constant(-1);
        e.op(Wasm.I32_XOR);
      }
      e.op(operation === 0 || operation === 5 ? Wasm.I32_AND : operation === 4 ? Wasm.I32_XOR : Wasm.I32_OR);
    }
    if (!compares) setResult(e, a, sets);
    else testResult(e, sets);
    return;
  }
  if (operation === 10 || operation === 11) {
    e.getR(b);
    e.put(Local.X);
    if (operation === 11) {
      e.get(Local.Y);
      e.constant(-1);
      e.op(Wasm.I32_XOR);
      e.put(Local.Y);
    }
    addWithCarry(e, sets);
    e.get(Local.RESULT);
    e.putR(a);
    return;
  }
  e.getR(b);
  if (operation === 14) {
    // RSB: the operands change places.
    e.get(Local.Y);
    e.put(Local.X);
    e.put(Local.Y);
  } else e.put(Local.X);
  if (!compares) {
    e.get(Local.X);
    e.get(Local.Y);
    e.op(operation === 8 ? Wasm.I32_ADD : Wasm.I32_SUB);
    e.putR(a);
  }
  setOperands(e, operation === 8 ? Flags.SUM : Flags.DIFFERENCE, sets);
}
