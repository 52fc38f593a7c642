import { type Decoded, Op } from "./opcodes.ts";

const SP = 13;
const PC = 15;
const ZERO = 15;

/** What becomes of the carry, in `s` of the logical immediates: kept, cleared or set (ARMv7-M A5.3.2). */
const CARRY_KEPT = 0;

/** ThumbExpandImm: the constant of i:imm3:imm8. */
export function expandImmediate(imm12: number): number {
  const byte = imm12 & 0xff;
  if (imm12 < 0x400) {
    switch (imm12 >>> 8) {
      case 0:
        return byte;
      case 1:
        return byte * 0x10001;
      case 2:
        return (byte << 8) | (byte << 24);
      default:
        return Math.imul(byte, 0x01010101);
    }
  }
  const value = (imm12 & 0x7f) | 0x80;
  const rotation = imm12 >>> 7;
  return (value >>> rotation) | (value << (32 - rotation));
}

/** Data processing with a modified immediate (A5.3.1). */
export function decodeModifiedImmediate(hw1: number, hw2: number, out: Decoded): Decoded {
  const imm12 = ((hw1 & 0x400) << 1) | ((hw2 >>> 4) & 0x700) | (hw2 & 0xff);
  const imm = expandImmediate(imm12) | 0;
  const carry = imm12 < 0x400 ? CARRY_KEPT : imm < 0 ? 2 : 1;
  const n = hw1 & 15;
  const d = (hw2 >>> 8) & 15;
  const setFlags = (hw1 & 0x10) !== 0;
  const op = (hw1 >>> 5) & 15;
  if (d === PC) {
    // Rd = PC with S: the compares.
    if (!setFlags || n === PC) return out.set(Op.UNDEFINED);
    if (op === 0) return out.set(Op.TST_IMM, 0, n, 0, imm, carry);
    if (op === 4) return out.set(Op.TEQ_IMM, 0, n, 0, imm, carry);
    if (op === 8) return out.set(Op.CMN_IMM, 0, n, 0, imm);
    if (op === 13) return out.set(Op.CMP_IMM, 0, n, 0, imm);
    return out.set(Op.UNDEFINED);
  }
  if (d === SP) {
    if (n !== SP || (op !== 8 && op !== 13)) return out.set(Op.UNDEFINED);
    if (setFlags || (imm & 3) !== 0) {
      if (setFlags) return out.set(Op.ADD_SP, SP, SP, ZERO, imm, op === 8 ? 1 : 2);
      return out.set(Op.ADD_SP, SP, SP, ZERO, op === 8 ? imm : -imm);
    }
  }
  if (n === PC && op !== 2 && op !== 3) return out.set(Op.UNDEFINED);
  switch (op) {
    case 0:
      return out.set(setFlags ? Op.ANDS_IMM : Op.AND_IMM, d, n, 0, imm, carry);
    case 1:
      return out.set(setFlags ? Op.ANDS_IMM : Op.AND_IMM, d, n, 0, ~imm, carry);
    case 2:
      if (n === PC) return out.set(setFlags ? Op.MOVS_IMM : Op.MOV_IMM, d, 0, 0, imm, carry);
      return out.set(setFlags ? Op.ORRS_IMM : Op.ORR_IMM, d, n, 0, imm, carry);
    case 3:
      if (n === PC) return out.set(setFlags ? Op.MOVS_IMM : Op.MOV_IMM, d, 0, 0, ~imm, carry);
      return out.set(setFlags ? Op.ORRS_IMM : Op.ORR_IMM, d, n, 0, ~imm, carry);
    case 4:
      return out.set(setFlags ? Op.EORS_IMM : Op.EOR_IMM, d, n, 0, imm, carry);
    case 8:
      return out.set(setFlags ? Op.ADDS_IMM : Op.ADD_IMM, d, n, 0, imm);
    case 10:
      return out.set(setFlags ? Op.ADCS_IMM : Op.ADC_IMM, d, n, 0, imm);
    case 11:
      // x - imm - NOT(carry) is x + ~imm + carry, flags included.
      return out.set(setFlags ? Op.ADCS_IMM : Op.ADC_IMM, d, n, 0, ~imm);
    case 13:
      return out.set(setFlags ? Op.SUBS_IMM : Op.SUB_IMM, d, n, 0, imm);
    case 14:
      return out.set(setFlags ? Op.RSBS_IMM : Op.RSB_IMM, d, n, 0, imm);
    default:
      return out.set(Op.UNDEFINED);
  }
}

/** Data processing with a plain binary immediate (A5.3.3). */
export function decodePlainImmediate(hw1: number, hw2: number, address: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const d = (hw2 >>> 8) & 15;
  const imm12 = ((hw1 & 0x400) << 1) | ((hw2 >>> 4) & 0x700) | (hw2 & 0xff);
  const imm16 = ((hw1 & 15) << 12) | imm12;
  const low = ((hw2 >>> 10) & 0x1c) | ((hw2 >>> 6) & 3);
  const width = hw2 & 31;
  const op = (hw1 >>> 4) & 0x1f;
  if (d === PC || (d === SP && !((op === 0 || op === 10) && n === SP))) return out.set(Op.UNDEFINED);
  switch (op) {
    case 0:
    case 10: {
      const imm = op === 0 ? imm12 : -imm12;
      if (n === PC) return out.set(Op.MOV_IMM, d, 0, 0, ((address + 4) & ~3) + imm);
      if (d === SP && (imm & 3) !== 0) return out.set(Op.ADD_SP, SP, SP, ZERO, imm);
      return out.set(Op.ADD_IMM, d, n, 0, imm);
    }
    case 4:
      return out.set(Op.MOV_IMM, d, 0, 0, imm16);
    case 12:
      return out.set(Op.MOVT, d, 0, 0, imm16 << 16);
    case 16:
    case 18:
    case 24:
    case 26: {
      const arithmetic = (op & 2) !== 0;
      // A shift of ASR #0 would be SSAT16 and USAT16, of the DSP extension.
      if (n === PC || n === SP || (arithmetic && low === 0)) return out.set(Op.UNDEFINED);
      const unsigned = op >= 24;
      return out.set(unsigned ? Op.USAT : Op.SSAT, d, n, 0, unsigned ? width : width + 1, low, arithmetic ? 2 : 0);
    }
    case 20:
    case 28:
      if (n === PC || n === SP || low + width > 31) return out.set(Op.UNDEFINED);
      // imm: how far left to move the field so that it ends at bit 31; s: how far right then.
      return out.set(op === 20 ? Op.SBFX : Op.UBFX, d, n, 0, 31 - width - low, 31 - width);
    case 22: {
      if (width < low || n === SP) return out.set(Op.UNDEFINED);
      // BFC is BFI of the zero register.
      const mask = ((0xffffffff >>> (31 - (width - low))) << low) | 0;
      return out.set(Op.BFI, d, n, 0, mask, low);
    }
    default:
      return out.set(Op.UNDEFINED);
  }
}

const plainRegister = [
  Op.AND_REG,
  Op.BIC_REG,
  Op.ORR_REG,
  0,
  Op.EOR_REG,
  0,
  0,
  0,
  Op.ADD_REG,
  0,
  Op.ADC_REG,
  Op.SBC_REG,
  0,
  Op.SUB_REG,
  0,
  0,
] as const;

/**
 * Data processing with a shifted register (A5.3.11). Unshifted operands and immediate shifts get opcodes of their own;
 * the rest is DP_SHIFT: imm is operation << 4 | compare << 3 | S << 2 | shift type, s the amount.
 */
export function decodeShiftedRegister(hw1: number, hw2: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const d = (hw2 >>> 8) & 15;
  const m = hw2 & 15;
  const op = (hw1 >>> 5) & 15;
  const setFlags = (hw1 & 0x10) !== 0;
  const type = (hw2 >>> 4) & 3;
  let amount = ((hw2 >>> 10) & 0x1c) | ((hw2 >>> 6) & 3);
  const move = n === PC && (op === 2 || op === 3);
  if ((hw2 & 0x8000) !== 0 || !shiftedOperations.has(op) || m === PC) return out.set(Op.UNDEFINED);
  // LSR and ASR of 0 mean 32; ROR of 0 is RRX, kept as ROR with amount 0.
  if (amount === 0 && (type === 1 || type === 2)) amount = 32;
  const compare = d === PC;
  if (compare && (!setFlags || n === PC || (op !== 0 && op !== 4 && op !== 8 && op !== 13)))
    return out.set(Op.UNDEFINED);
  if (n === PC && !move) return out.set(Op.UNDEFINED);
  if (d === SP) return stackPointer(op, n, m, type, amount, setFlags, move, out);
  if (amount === 0 && type === 0) {
    if (compare) {
      if (op === 0) return out.set(Op.TST_REG, 0, n, m);
      if (op === 8) return out.set(Op.CMN_REG, 0, n, m);
      if (op === 13) return out.set(Op.CMP_REG, 0, n, m);
    } else if (move) {
      if (op === 2) return out.set(setFlags ? Op.MOVS_REG : Op.MOV_REG, d, 0, m);
      return out.set(setFlags ? Op.MVNS_REG : Op.MVN_REG, d, 0, m);
    } else {
      const plain = plainRegister[op];
      // The flag-setting form follows its plain one in the opcode table.
      if (plain !== 0) return out.set(setFlags ? plain + 1 : plain, d, n, m);
    }
  }
  if (move && op === 2 && type !== 3) {
    const shift = type === 0 ? Op.LSL_IMM : type === 1 ? Op.LSR_IMM : Op.ASR_IMM;
    return out.set(setFlags ? shift + 1 : shift, d, 0, m, 0, amount);
  }
  if (op === 8 && type === 0 && !setFlags) return out.set(Op.ADD_LSL, d, n, m, 0, amount);
  const operation = move ? (op === 2 ? 1 : 3) : op === 1 ? 5 : op;
  // The numbers of DP_SHIFT: 1 MOV, 3 ORN (and MVN, of the zero register), 5 BIC; the others as encoded.
  return out.set(
    Op.DP_SHIFT,
    d,
    move ? ZERO : n,
    m,
    (operation << 4) | (compare ? 8 : 0) | (setFlags ? 4 : 0) | type,
    amount,
  );
}

const shiftedOperations = new Set([0, 1, 2, 3, 4, 8, 10, 11, 13, 14]);

/** Rd = SP: ADD and SUB of a register to SP, and MOV.W SP, Rm. */
function stackPointer(
  op: number,
  n: number,
  m: number,
  type: number,
  amount: number,
  setFlags: boolean,
  move: boolean,
  out: Decoded,
): Decoded {
  if (move && op === 2 && type === 0 && amount === 0 && !setFlags) return out.set(Op.MOV_SP, SP, 0, m);
  if (n !== SP || (op !== 8 && op !== 13) || type !== 0 || amount > 3) return out.set(Op.UNDEFINED);
  // s: 0 ADD, 1 ADDS, 2 SUBS, 3 SUB; d: the shift of Rm.
  return out.set(Op.ADD_SP, SP, SP, m, 0, op === 8 ? (setFlags ? 1 : 0) : setFlags ? 2 : 3, amount);
}
