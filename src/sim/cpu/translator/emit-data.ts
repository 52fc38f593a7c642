import { Op } from "../opcodes.ts";
import { Local } from "./body-writer.ts";
import { extend, reverse } from "./emit-bits.ts";
import { divide, longMultiply } from "./emit-multiply.ts";
import { addWithCarry, bitNot, setCarryConstant, setOperands, setResult, testResult } from "./emit-results.ts";
import { shiftedOperand, shiftImmediate, shiftRegister } from "./emit-shift.ts";
import type { Emitter } from "./emitter.ts";
import { Flags } from "./flags.ts";
import { Wasm } from "./wasm-writer.ts";

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
