import { type Decoded, listLength, Op } from "./opcodes.ts";

const SP = 13;
/** Register 15 reads as zero inside the engine: the base of absolute addresses, the absent index register. */
const ZERO = 15;

/**
 * Decodes a 16-bit Thumb instruction at `address` (ARMv7-M A5.2). Branch targets become distances in half-words from
 * the instruction itself, literals absolute addresses.
 */
export function decode16(hw: number, address: number, out: Decoded): Decoded {
  const low = hw & 7;
  const middle = (hw >>> 3) & 7;
  const high = (hw >>> 6) & 7;
  const imm5 = (hw >>> 6) & 31;
  const imm8 = hw & 0xff;
  const at8 = (hw >>> 8) & 7;
  switch (hw >>> 11) {
    case 0b00000:
      if (imm5 === 0) return out.set(Op.MOVS_REG, low, 0, middle);
      return out.set(Op.LSLS_IMM, low, 0, middle, 0, imm5);
    case 0b00001:
      return out.set(Op.LSRS_IMM, low, 0, middle, 0, imm5 || 32);
    case 0b00010:
      return out.set(Op.ASRS_IMM, low, 0, middle, 0, imm5 || 32);
    case 0b00011:
      switch ((hw >>> 9) & 3) {
        case 0:
          return out.set(Op.ADDS_REG, low, middle, high);
        case 1:
          return out.set(Op.SUBS_REG, low, middle, high);
        case 2:
          return out.set(Op.ADDS_IMM, low, middle, 0, high);
        default:
          return out.set(Op.SUBS_IMM, low, middle, 0, high);
      }
    case 0b00100:
      return out.set(Op.MOVS_IMM, at8, 0, 0, imm8);
    case 0b00101:
      return out.set(Op.CMP_IMM, 0, at8, 0, imm8);
    case 0b00110:
      return out.set(Op.ADDS_IMM, at8, at8, 0, imm8);
    case 0b00111:
      return out.set(Op.SUBS_IMM, at8, at8, 0, imm8);
    case 0b01000:
      return (hw & 0x400) === 0 ? dataProcessing(hw, low, middle, out) : highRegisters(hw, address, out);
    case 0b01001:
      return out.set(Op.LDR, at8, ZERO, ZERO, ((address + 4) & ~3) + imm8 * 4);
    case 0b01010:
    case 0b01011:
      return out.set(registerLoadStore[(hw >>> 9) & 7], low, middle, high);
    case 0b01100:
      return out.set(Op.STR, low, middle, ZERO, imm5 * 4);
    case 0b01101:
      return out.set(Op.LDR, low, middle, ZERO, imm5 * 4);
    case 0b01110:
      return out.set(Op.STRB, low, middle, ZERO, imm5);
    case 0b01111:
      return out.set(Op.LDRB, low, middle, ZERO, imm5);
    case 0b10000:
      return out.set(Op.STRH, low, middle, ZERO, imm5 * 2);
    case 0b10001:
      return out.set(Op.LDRH, low, middle, ZERO, imm5 * 2);
    case 0b10010:
      return out.set(Op.STR, at8, SP, ZERO, imm8 * 4);
    case 0b10011:
      return out.set(Op.LDR, at8, SP, ZERO, imm8 * 4);
    case 0b10100:
      return out.set(Op.MOV_IMM, at8, 0, 0, ((address + 4) & ~3) + imm8 * 4);
    case 0b10101:
      return out.set(Op.ADD_IMM, at8, SP, 0, imm8 * 4);
    case 0b10110:
    case 0b10111:
      return miscellaneous(hw, out);
    case 0b11000:
      return out.set(Op.STM, 1, at8, listLength(imm8), imm8);
    case 0b11001:
      // Base in the list: the loaded value stays, no write-back (ARMv7-M A7.7.41).
      return out.set(Op.LDM, (hw >>> at8) & 1 ? 0 : 1, at8, listLength(imm8), imm8);
    case 0b11010:
    case 0b11011: {
      const condition = (hw >>> 8) & 15;
      if (condition === 14) return out.set(Op.UNDEFINED);
      if (condition === 15) return out.set(Op.SVC, 0, 0, 0, imm8);
      return out.set(Op.B_EQ + condition, 0, 0, 0, ((hw << 24) >> 24) + 2);
    }
    default:
      return out.set(Op.B, 0, 0, 0, ((hw << 21) >> 21) + 2);
  }
}

const registerLoadStore = [Op.STR, Op.STRH, Op.STRB, Op.LDRSB, Op.LDR, Op.LDRH, Op.LDRB, Op.LDRSH] as const;

const registerOperations = [
  Op.ANDS_REG,
  Op.EORS_REG,
  Op.LSLS_REG,
  Op.LSRS_REG,
  Op.ASRS_REG,
  Op.ADCS_REG,
  Op.SBCS_REG,
  Op.RORS_REG,
  Op.TST_REG,
  Op.RSBS_IMM,
  Op.CMP_REG,
  Op.CMN_REG,
  Op.ORRS_REG,
  Op.MULS,
  Op.BICS_REG,
  Op.MVNS_REG,
] as const;

function dataProcessing(hw: number, low: number, middle: number, out: Decoded): Decoded {
  const op = registerOperations[(hw >>> 6) & 15];
  if (op === Op.RSBS_IMM) return out.set(op, low, middle);
  return out.set(op, low, low, middle);
}

function highRegisters(hw: number, address: number, out: Decoded): Decoded {
  const d = (hw & 7) | ((hw >>> 4) & 8);
  const m = (hw >>> 3) & 15;
  const pc = address + 4;
  switch ((hw >>> 8) & 3) {
    case 0:
      // PC as an operand is a constant here.
      if (d === 15) return m === 15 ? out.set(Op.MOV_PC, 0, 0, ZERO, pc + pc) : out.set(Op.ADD_PC, 0, 0, m, pc);
      if (d === SP) return m === 15 ? out.set(Op.ADD_SP, SP, SP, ZERO, pc) : out.set(Op.ADD_SP, SP, SP, m);
      return m === 15 ? out.set(Op.ADD_IMM, d, d, 0, pc) : out.set(Op.ADD_REG, d, d, m);
    case 1:
      return d === 15 || m === 15 ? out.set(Op.UNDEFINED) : out.set(Op.CMP_REG, 0, d, m);
    case 2:
      if (d === 15) return m === 15 ? out.set(Op.MOV_PC, 0, 0, ZERO, pc) : out.set(Op.MOV_PC, 0, 0, m);
      if (d === SP) return m === 15 ? out.set(Op.MOV_IMM, d, 0, 0, pc & ~3) : out.set(Op.MOV_SP, SP, 0, m);
      return m === 15 ? out.set(Op.MOV_IMM, d, 0, 0, pc) : out.set(Op.MOV_REG, d, 0, m);
    default:
      if ((hw & 0x80) !== 0) return m === 15 ? out.set(Op.UNDEFINED) : out.set(Op.BLX, 0, 0, m);
      // BX PC ends in an INVSTATE fault: the PC read has bit 0 clear.
      return m === 15 ? out.set(Op.BX, 0, 0, ZERO, pc) : out.set(Op.BX, 0, 0, m);
  }
}

function miscellaneous(hw: number, out: Decoded): Decoded {
  const low = hw & 7;
  const middle = (hw >>> 3) & 7;
  switch ((hw >>> 8) & 15) {
    case 0b0000:
      return out.set((hw & 0x80) === 0 ? Op.ADD_IMM : Op.SUB_IMM, SP, SP, 0, (hw & 0x7f) * 4);
    case 0b0001:
    case 0b0011:
      return out.set(Op.CBZ, low, 0, 0, ((((hw >>> 9) & 1) << 5) | ((hw >>> 3) & 31)) + 2);
    case 0b1001:
    case 0b1011:
      return out.set(Op.CBNZ, low, 0, 0, ((((hw >>> 9) & 1) << 5) | ((hw >>> 3) & 31)) + 2);
    case 0b0010:
      return out.set([Op.SXTH, Op.SXTB, Op.UXTH, Op.UXTB][(hw >>> 6) & 3], low, 0, middle);
    case 0b0100:
    case 0b0101:
      return list(Op.STM, (hw & 0xff) | ((hw & 0x100) << 6), 1, out);
    case 0b0110:
      // CPSIE and CPSID (B5.2.1): imm bit 4 disables, bits 1:0 say which mask.
      if ((hw & 0xe8) !== 0x60) return out.set(Op.UNDEFINED);
      return out.set(Op.CPS, 0, 0, 0, hw & 0x13);
    case 0b1010:
      if ((hw & 0xc0) === 0x80) return out.set(Op.UNDEFINED);
      return out.set([Op.REV, Op.REV16, Op.UNDEFINED, Op.REVSH][(hw >>> 6) & 3], low, 0, middle);
    case 0b1100:
      return list(Op.LDM, hw & 0xff, 0, out);
    case 0b1101:
      return list(Op.LDM_PC, (hw & 0xff) | 0x8000, 0, out);
    case 0b1110:
      return out.set(Op.BKPT, 0, 0, 0, hw & 0xff);
    case 0b1111:
      if ((hw & 15) !== 0) return (hw & 0xf0) === 0xf0 ? out.set(Op.UNDEFINED) : out.set(Op.IT, 0, 0, 0, hw & 0xff);
      return hint((hw >>> 4) & 15, out);
    default:
      return out.set(Op.UNDEFINED);
  }
}

/** PUSH and POP. */
function list(op: number, registers: number, decrement: number, out: Decoded): Decoded {
  return out.set(op, 1, SP, listLength(registers), registers, decrement);
}

/** NOP-compatible hints of both lengths (A7.7.88); the unallocated ones do nothing. */
export function hint(number: number, out: Decoded): Decoded {
  if (number === 2) return out.set(Op.WFE);
  if (number === 3) return out.set(Op.WFI);
  if (number === 4) return out.set(Op.SEV);
  return out.set(Op.NOP);
}
