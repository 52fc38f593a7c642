import { holds } from "./arithmetic.ts";

/**
 * What a predecoded instruction does. The numbers are the `case` labels of the inner loop (execute.ts), which has to use
 * literals: V8 turns a switch into a jump table only then. A test keeps the two in step.
 *
 * Operands are packed into one word beside the opcode (see {@link pack}); `imm` is a second word.
 */
export const Op = {
  // Below 8: never subject to the condition of an IT block.
  UNDECODED: 0,
  LEAVE: 1,
  BKPT: 2,
  FPB_BREAK: 3,
  DWT_PC: 4,
  // Executed in the inner loop.
  NOP: 8,
  MOV_IMM: 9,
  MOVS_IMM: 10,
  MOV_REG: 11,
  MOVS_REG: 12,
  MVN_REG: 13,
  MVNS_REG: 14,
  MOVT: 15,
  AND_IMM: 16,
  ANDS_IMM: 17,
  ORR_IMM: 18,
  ORRS_IMM: 19,
  EOR_IMM: 20,
  EORS_IMM: 21,
  ADD_IMM: 22,
  ADDS_IMM: 23,
  SUB_IMM: 24,
  SUBS_IMM: 25,
  ADC_IMM: 26,
  ADCS_IMM: 27,
  RSB_IMM: 28,
  RSBS_IMM: 29,
  CMP_IMM: 30,
  CMN_IMM: 31,
  TST_IMM: 32,
  TEQ_IMM: 33,
  AND_REG: 34,
  ANDS_REG: 35,
  ORR_REG: 36,
  ORRS_REG: 37,
  EOR_REG: 38,
  EORS_REG: 39,
  BIC_REG: 40,
  BICS_REG: 41,
  ADD_REG: 42,
  ADDS_REG: 43,
  SUB_REG: 44,
  SUBS_REG: 45,
  ADC_REG: 46,
  ADCS_REG: 47,
  SBC_REG: 48,
  SBCS_REG: 49,
  CMP_REG: 50,
  CMN_REG: 51,
  TST_REG: 52,
  ADD_LSL: 53,
  DP_SHIFT: 54,
  LSL_IMM: 55,
  LSLS_IMM: 56,
  LSR_IMM: 57,
  LSRS_IMM: 58,
  ASR_IMM: 59,
  ASRS_IMM: 60,
  LSL_REG: 61,
  LSLS_REG: 62,
  LSR_REG: 63,
  LSRS_REG: 64,
  ASR_REG: 65,
  ASRS_REG: 66,
  ROR_REG: 67,
  RORS_REG: 68,
  MUL: 69,
  MULS: 70,
  MLA: 71,
  MLS: 72,
  UMULL: 73,
  SMULL: 74,
  UMLAL: 75,
  SMLAL: 76,
  SDIV: 77,
  UDIV: 78,
  SXTB: 79,
  SXTH: 80,
  UXTB: 81,
  UXTH: 82,
  BFI: 83,
  UBFX: 84,
  SBFX: 85,
  CLZ: 86,
  RBIT: 87,
  REV: 88,
  REV16: 89,
  REVSH: 90,
  LDR: 91,
  LDRB: 92,
  LDRSB: 93,
  LDRH: 94,
  LDRSH: 95,
  STR: 96,
  STRB: 97,
  STRH: 98,
  LS_WB: 99,
  LDRD: 100,
  STRD: 101,
  LDM: 102,
  STM: 103,
  LDM_PC: 104,
  B: 105,
  B_EQ: 106,
  B_NE: 107,
  B_CS: 108,
  B_CC: 109,
  B_MI: 110,
  B_PL: 111,
  B_VS: 112,
  B_VC: 113,
  B_HI: 114,
  B_LS: 115,
  B_GE: 116,
  B_LT: 117,
  B_GT: 118,
  B_LE: 119,
  CBZ: 120,
  CBNZ: 121,
  BL: 122,
  BX: 123,
  BLX: 124,
  TBB: 125,
  TBH: 126,
  IT: 127,
  // From RARE on: executed out of line (execute-rare.ts).
  UNDEFINED: 128,
  NOCP: 129,
  SVC: 130,
  WFI: 131,
  WFE: 132,
  SEV: 133,
  MRS: 134,
  MSR: 135,
  CPS: 136,
  BARRIER: 137,
  CLREX: 138,
  LDREX: 139,
  STREX: 140,
  LDR_PC: 141,
  LDR_SP: 142,
  MOV_PC: 143,
  ADD_PC: 144,
  MOV_SP: 145,
  ADD_SP: 146,
  SSAT: 147,
  USAT: 148,
  UNPRIVILEGED: 149,
  B_FAR: 150,
  BL_FAR: 151,
  CBZ_FAR: 152,
  CBNZ_FAR: 153,
  /** An instruction of the DSP extension; imm says which. */
  DSP: 154,
} as const;

export type Opcode = (typeof Op)[keyof typeof Op];

/** First opcode of those that execute-rare.ts handles. */
export const RARE = Op.UNDEFINED;

/** One instruction as the decoders describe it. Reused: a decoder overwrites every field. */
export class Decoded {
  op: number = Op.UNDEFINED;
  /** Registers, by role: a is the destination (or the register stored), b the first operand or base, c the second. */
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  /** A number of 0–63: a shift, a rotation, what becomes of the carry. */
  s = 0;
  imm = 0;

  set(op: number, a = 0, b = 0, c = 0, imm = 0, s = 0, d = 0): this {
    this.op = op;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    this.s = s;
    this.imm = imm | 0;
    return this;
  }
}

/** How many registers a list of LDM or STM names; the decoders put it into `c`. */
export function listLength(list: number): number {
  let count = 0;
  for (let rest = list; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Bit of the packed word: the instruction is 32 bits long. */
export const WIDE = 1 << 9;

/** The packed word: opcode 8:0, wide 9, then a, b, c, d of four bits each, and s of six. */
export function pack(decoded: Decoded, wide: boolean): number {
  return (
    decoded.op |
    (wide ? WIDE : 0) |
    (decoded.a << 10) |
    (decoded.b << 14) |
    (decoded.c << 18) |
    (decoded.d << 22) |
    (decoded.s << 26)
  );
}

/**
 * What a 16-bit instruction becomes inside an IT block: the same without setting flags (ARMv7-M A4.2). Compares keep
 * setting them. Indexed by opcode.
 */
export const withoutFlags: Uint16Array = (() => {
  const map = Uint16Array.from({ length: 512 }, (_, op) => op);
  for (const [setting, plain] of [
    [Op.MOVS_IMM, Op.MOV_IMM],
    [Op.MOVS_REG, Op.MOV_REG],
    [Op.MVNS_REG, Op.MVN_REG],
    [Op.ANDS_REG, Op.AND_REG],
    [Op.ORRS_REG, Op.ORR_REG],
    [Op.EORS_REG, Op.EOR_REG],
    [Op.BICS_REG, Op.BIC_REG],
    [Op.ADDS_REG, Op.ADD_REG],
    [Op.SUBS_REG, Op.SUB_REG],
    [Op.ADCS_REG, Op.ADC_REG],
    [Op.SBCS_REG, Op.SBC_REG],
    [Op.ADDS_IMM, Op.ADD_IMM],
    [Op.SUBS_IMM, Op.SUB_IMM],
    [Op.RSBS_IMM, Op.RSB_IMM],
    [Op.LSLS_IMM, Op.LSL_IMM],
    [Op.LSRS_IMM, Op.LSR_IMM],
    [Op.ASRS_IMM, Op.ASR_IMM],
    [Op.LSLS_REG, Op.LSL_REG],
    [Op.LSRS_REG, Op.LSR_REG],
    [Op.ASRS_REG, Op.ASR_REG],
    [Op.RORS_REG, Op.ROR_REG],
    [Op.MULS, Op.MUL],
  ] as const) {
    map[setting] = plain;
  }
  return map;
})();

/** Whether a condition holds (ARMv7-M A7.3.1), 1 or 0, by the condition in bits 7:4 and N, Z, C, V in bits 3:0. */
export const conditionTable: Uint8Array = Uint8Array.from({ length: 256 }, (_, index) => {
  const [n, z, c, v] = [index & 8, index & 4, index & 2, index & 1];
  return holds(index >>> 4, -n, z === 0 ? 1 : 0, c, -v) ? 1 : 0;
});
