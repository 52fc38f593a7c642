import { BARRIER_CYCLES } from "../execute-rare.ts";
import { Op, RARE } from "../opcodes.ts";

/** Cycles of a division at most: the greatest distance between its operands. */
export const LONGEST_DIVISION = 11;

/** The instruction is done out of line. DSB, DMB and ISB are not: time passes, and nothing else. */
export function isRare(op: number): boolean {
  return op >= RARE && op !== Op.BARRIER;
}

/**
 * The most cycles that an instruction takes in the interpreter, a conditional branch forward that is taken not counted
 * (its edge pays one more). What an instruction takes less is given back where it shows.
 */
export function greatestCost(op: number, w: number, imm: number): number {
  if (op === Op.BARRIER) return 1 + BARRIER_CYCLES;
  if (op >= RARE) return 1;
  // A branch backwards is mostly taken: what it costs then is paid ahead.
  if (op >= Op.B_EQ && op <= Op.B_LE) return imm < 0 ? 2 : 1;
  if (op >= Op.LDR && op <= Op.LS_WB) return 2;
  switch (op) {
    case Op.LDRD:
    case Op.STRD:
    case Op.BX:
    case Op.BLX:
      return 3;
    case Op.LDM:
    case Op.STM:
      return 1 + ((w >>> 18) & 15);
    case Op.LDM_PC:
      return 3 + ((w >>> 18) & 15);
    case Op.B:
    case Op.BL:
    case Op.MLA:
    case Op.MLS:
      return 2;
    case Op.TBB:
    case Op.TBH:
    case Op.UMULL:
    case Op.SMULL:
      return 4;
    case Op.UMLAL:
    case Op.SMLAL:
      return 5;
    case Op.SDIV:
    case Op.UDIV:
      return LONGEST_DIVISION;
    default:
      return 1;
  }
}
