import { Op } from "../opcodes.ts";
import { Local } from "./body-writer.ts";
import type { Emitter } from "./emitter.ts";
import { Flags } from "./flags.ts";
import { Budget } from "./guest-memory.ts";
import { I32, VOID, Wasm } from "./wasm-writer.ts";

/** The result on the stack goes to `register`; N and Z from it. C and V are kept. */
function setResult(e: Emitter, register: number, seen: boolean): void {
  e.putR(register);
  if (!seen) return;
  e.getR(register);
  e.putResultFlags();
}

/** N and Z from the result on the stack, which is no more needed. */
function testResult(e: Emitter, seen: boolean): void {
  if (seen) e.putResultFlags();
  else e.op(Wasm.DROP);
}

function setCarryConstant(e: Emitter, seen: boolean, s: number): void {
  if (!seen || s === 0) return;
  e.constant(s - 1);
  e.putCarry();
}

/** Flags of a comparison or a sum: the operands are in X and Y. */
function setOperands(e: Emitter, kind: number, seen: boolean): void {
  if (!seen) return;
  e.get(Local.X);
  e.put(Local.FA);
  e.get(Local.Y);
  e.put(Local.FB);
  e.flags = kind;
}

/** x + y + carry with all flags, x in X and y in Y, into RESULT. */
function addWithCarry(e: Emitter, seen: boolean): void {
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

function shiftImmediate(e: Emitter, op: number, a: number, c: number, amount: number, seen: boolean): void {
  const type = (op - Op.LSL_IMM) >>> 1;
  const sets = ((op - Op.LSL_IMM) & 1) !== 0 && seen;
  e.getR(c);
  e.put(Local.X);
  if (sets) shiftCarry(e, type === 0 ? 32 - amount : amount - 1);
  pushShifted(e, type, amount);
  setResult(e, a, sets);
}

/** Shifts by the bottom byte of a register. */
function shiftRegister(e: Emitter, op: number, a: number, b: number, c: number, seen: boolean): void {
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
function shiftedOperand(e: Emitter, w: number, imm: number, seen: boolean): void {
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

/** `b` op operand into `a`; the operand is an immediate or a register. */
function simple(e: Emitter, code: number, a: number, b: number, c: number, imm: number, register: boolean): void {
  e.getR(b);
  if (register) e.getR(c);
  else e.constant(imm);
  e.op(code);
  e.putR(a);
}

function logical(
  e: Emitter,
  code: number,
  a: number,
  b: number,
  c: number,
  imm: number,
  register: boolean,
  seen: boolean,
  carry: number,
): void {
  setCarryConstant(e, seen, carry);
  e.getR(b);
  if (register) e.getR(c);
  else e.constant(imm);
  e.op(code);
  if (a >= 0) setResult(e, a, seen);
  else testResult(e, seen);
}

/** Sums and differences with flags; `a` below 0 for the compares. */
function arithmetic(e: Emitter, kind: number, a: number, seen: boolean): void {
  if (a >= 0) {
    e.get(Local.X);
    e.get(Local.Y);
    e.op(kind === Flags.SUM ? Wasm.I32_ADD : Wasm.I32_SUB);
    e.putR(a);
  }
  setOperands(e, kind, seen);
}

function operands(e: Emitter, b: number, c: number, imm: number, register: boolean): void {
  e.getR(b);
  e.put(Local.X);
  if (register) e.getR(c);
  else e.constant(imm);
  e.put(Local.Y);
}

function bitNot(e: Emitter): void {
  e.constant(-1);
  e.op(Wasm.I32_XOR);
}

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

function longMultiply(e: Emitter, op: number, a: number, b: number, c: number, d: number): void {
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
function divide(e: Emitter, signed: boolean, a: number, b: number, c: number): void {
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

function reverse(e: Emitter, op: number, a: number, c: number): void {
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

function extend(e: Emitter, op: number, a: number, c: number, amount: number): void {
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

/** Everything that neither touches memory nor branches. `seen`: its flags matter. */
export function emitData(e: Emitter, op: number, w: number, imm: number, seen: boolean): void {
  const a = (w >>> 10) & 15;
  const b = (w >>> 14) & 15;
  const c = (w >>> 18) & 15;
  const d = (w >>> 22) & 15;
  const s = w >>> 26;
  switch (op) {
    case Op.NOP:
    case Op.IT:
      return;
    case Op.MOV_IMM:
      e.constant(imm);
      e.putR(a);
      return;
    case Op.MOVS_IMM:
      setCarryConstant(e, seen, s);
      e.constant(imm);
      setResult(e, a, seen);
      return;
    case Op.MOV_REG:
      e.getR(c);
      e.putR(a);
      return;
    case Op.MOVS_REG:
    case Op.MVNS_REG:
      e.getR(c);
      if (op === Op.MVNS_REG) bitNot(e);
      setResult(e, a, seen);
      return;
    case Op.MVN_REG:
      e.getR(c);
      bitNot(e);
      e.putR(a);
      return;
    case Op.MOVT:
      e.getR(a);
      e.constant(0xffff);
      e.op(Wasm.I32_AND);
      e.constant(imm);
      e.op(Wasm.I32_OR);
      e.putR(a);
      return;
    case Op.AND_IMM:
    case Op.AND_REG:
      simple(e, Wasm.I32_AND, a, b, c, imm, op === Op.AND_REG);
      return;
    case Op.ORR_IMM:
    case Op.ORR_REG:
      simple(e, Wasm.I32_OR, a, b, c, imm, op === Op.ORR_REG);
      return;
    case Op.EOR_IMM:
    case Op.EOR_REG:
      simple(e, Wasm.I32_XOR, a, b, c, imm, op === Op.EOR_REG);
      return;
    case Op.ADD_IMM:
    case Op.ADD_REG:
      simple(e, Wasm.I32_ADD, a, b, c, imm, op === Op.ADD_REG);
      return;
    case Op.SUB_IMM:
    case Op.SUB_REG:
      simple(e, Wasm.I32_SUB, a, b, c, imm, op === Op.SUB_REG);
      return;
    case Op.ANDS_IMM:
    case Op.ANDS_REG:
      logical(e, Wasm.I32_AND, a, b, c, imm, op === Op.ANDS_REG, seen, op === Op.ANDS_REG ? 0 : s);
      return;
    case Op.ORRS_IMM:
    case Op.ORRS_REG:
      logical(e, Wasm.I32_OR, a, b, c, imm, op === Op.ORRS_REG, seen, op === Op.ORRS_REG ? 0 : s);
      return;
    case Op.EORS_IMM:
    case Op.EORS_REG:
      logical(e, Wasm.I32_XOR, a, b, c, imm, op === Op.EORS_REG, seen, op === Op.EORS_REG ? 0 : s);
      return;
    case Op.TST_IMM:
      logical(e, Wasm.I32_AND, -1, b, c, imm, false, seen, s);
      return;
    case Op.TEQ_IMM:
      logical(e, Wasm.I32_XOR, -1, b, c, imm, false, seen, s);
      return;
    case Op.TST_REG:
      logical(e, Wasm.I32_AND, -1, b, c, imm, true, seen, 0);
      return;
    case Op.BIC_REG:
    case Op.BICS_REG: {
      const sets = op === Op.BICS_REG && seen;
      e.getR(b);
      e.getR(c);
      bitNot(e);
      e.op(Wasm.I32_AND);
      setResult(e, a, sets);
      return;
    }
    case Op.ADDS_IMM:
    case Op.ADDS_REG:
    case Op.SUBS_IMM:
    case Op.SUBS_REG:
      operands(e, b, c, imm, op === Op.ADDS_REG || op === Op.SUBS_REG);
      arithmetic(e, op === Op.ADDS_IMM || op === Op.ADDS_REG ? Flags.SUM : Flags.DIFFERENCE, a, seen);
      return;
    case Op.CMP_IMM:
    case Op.CMP_REG:
    case Op.CMN_IMM:
    case Op.CMN_REG:
      operands(e, b, c, imm, op === Op.CMP_REG || op === Op.CMN_REG);
      arithmetic(e, op === Op.CMN_IMM || op === Op.CMN_REG ? Flags.SUM : Flags.DIFFERENCE, -1, seen);
      return;
    case Op.RSB_IMM:
      e.constant(imm);
      e.getR(b);
      e.op(Wasm.I32_SUB);
      e.putR(a);
      return;
    case Op.RSBS_IMM:
      e.constant(imm);
      e.put(Local.X);
      e.getR(b);
      e.put(Local.Y);
      arithmetic(e, Flags.DIFFERENCE, a, seen);
      return;
    case Op.ADC_IMM:
    case Op.ADCS_IMM:
    case Op.ADC_REG:
    case Op.ADCS_REG:
    case Op.SBC_REG:
    case Op.SBCS_REG: {
      operands(e, b, c, imm, op !== Op.ADC_IMM && op !== Op.ADCS_IMM);
      if (op === Op.SBC_REG || op === Op.SBCS_REG) {
        e.get(Local.Y);
        bitNot(e);
        e.put(Local.Y);
      }
      addWithCarry(e, seen && (op === Op.ADCS_IMM || op === Op.ADCS_REG || op === Op.SBCS_REG));
      e.get(Local.RESULT);
      e.putR(a);
      return;
    }
    case Op.ADD_LSL:
      e.getR(b);
      e.getR(c);
      e.constant(s);
      e.op(Wasm.I32_SHL);
      e.op(Wasm.I32_ADD);
      e.putR(a);
      return;
    case Op.DP_SHIFT:
      shiftedOperand(e, w, imm, seen);
      return;
    case Op.LSL_IMM:
    case Op.LSLS_IMM:
    case Op.LSR_IMM:
    case Op.LSRS_IMM:
    case Op.ASR_IMM:
    case Op.ASRS_IMM:
      shiftImmediate(e, op, a, c, s, seen);
      return;
    case Op.LSL_REG:
    case Op.LSLS_REG:
    case Op.LSR_REG:
    case Op.LSRS_REG:
    case Op.ASR_REG:
    case Op.ASRS_REG:
    case Op.ROR_REG:
    case Op.RORS_REG:
      shiftRegister(e, op, a, b, c, seen);
      return;
    case Op.MUL:
    case Op.MULS:
      e.getR(b);
      e.getR(c);
      e.op(Wasm.I32_MUL);
      setResult(e, a, op === Op.MULS && seen);
      return;
    case Op.MLA:
    case Op.MLS:
      e.getR(d);
      e.getR(b);
      e.getR(c);
      e.op(Wasm.I32_MUL);
      e.op(op === Op.MLA ? Wasm.I32_ADD : Wasm.I32_SUB);
      e.putR(a);
      return;
    case Op.UMULL:
    case Op.SMULL:
    case Op.UMLAL:
    case Op.SMLAL:
      longMultiply(e, op, a, b, c, d);
      return;
    case Op.SDIV:
    case Op.UDIV:
      divide(e, op === Op.SDIV, a, b, c);
      return;
    case Op.SXTB:
    case Op.SXTH:
    case Op.UXTB:
    case Op.UXTH:
      extend(e, op, a, c, s);
      return;
    case Op.BFI:
      e.getR(a);
      e.constant(~imm);
      e.op(Wasm.I32_AND);
      e.getR(b);
      e.constant(s);
      e.op(Wasm.I32_SHL);
      e.constant(imm);
      e.op(Wasm.I32_AND);
      e.op(Wasm.I32_OR);
      e.putR(a);
      return;
    case Op.UBFX:
    case Op.SBFX:
      e.getR(b);
      e.constant(imm);
      e.op(Wasm.I32_SHL);
      e.constant(s);
      e.op(op === Op.UBFX ? Wasm.I32_SHR_U : Wasm.I32_SHR_S);
      e.putR(a);
      return;
    case Op.CLZ:
      e.getR(c);
      e.op(Wasm.I32_CLZ);
      e.putR(a);
      return;
    case Op.RBIT:
    case Op.REV:
    case Op.REV16:
    case Op.REVSH:
      reverse(e, op, a, c);
      return;
    default:
      throw new Error(`no translation for opcode ${op}`);
  }
}
