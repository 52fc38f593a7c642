import { Op, RARE } from "../opcodes.ts";
import { type Block, End, type Instruction } from "./block.ts";

/** Where the flags are. */
export const Flags = {
  /** N, Z, C and V in their own locals. */
  APART: 0,
  /** As FA - FB leaves them. */
  DIFFERENCE: 1,
  /** As FA + FB leaves them. */
  SUM: 2,
  /** N and Z as FA has them, C and V in their own locals. */
  RESULT: 3,
  /** As the local KIND says: ways that leave them differently come together. */
  VARIES: 4,
} as const;

const UNKNOWN = -1;

/** What an instruction does to the flags: the state that it leaves them in, or -1 for none. */
export function flagsOf({ op, imm }: Instruction): number {
  switch (op) {
    case Op.SUBS_IMM:
    case Op.RSBS_IMM:
    case Op.CMP_IMM:
    case Op.SUBS_REG:
    case Op.CMP_REG:
      return Flags.DIFFERENCE;
    case Op.ADDS_IMM:
    case Op.CMN_IMM:
    case Op.ADDS_REG:
    case Op.CMN_REG:
      return Flags.SUM;
    case Op.ADCS_IMM:
    case Op.ADCS_REG:
    case Op.SBCS_REG:
      return Flags.APART;
    case Op.MOVS_IMM:
    case Op.MOVS_REG:
    case Op.MVNS_REG:
    case Op.ANDS_IMM:
    case Op.ORRS_IMM:
    case Op.EORS_IMM:
    case Op.TST_IMM:
    case Op.TEQ_IMM:
    case Op.ANDS_REG:
    case Op.ORRS_REG:
    case Op.EORS_REG:
    case Op.BICS_REG:
    case Op.TST_REG:
    case Op.LSLS_IMM:
    case Op.LSRS_IMM:
    case Op.ASRS_IMM:
    case Op.LSLS_REG:
    case Op.LSRS_REG:
    case Op.ASRS_REG:
    case Op.RORS_REG:
    case Op.MULS:
      return Flags.RESULT;
    case Op.DP_SHIFT: {
      if ((imm & 4) === 0) return UNKNOWN;
      const operation = imm >>> 4;
      if (operation < 6) return Flags.RESULT;
      if (operation === 8) return Flags.SUM;
      return operation === 13 || operation === 14 ? Flags.DIFFERENCE : Flags.APART;
    }
    default:
      return op >= RARE ? Flags.APART : UNKNOWN;
  }
}

/** The flags are looked at here, or the region may be left here. */
function needsFlags({ op, it, imm }: Instruction): boolean {
  if (it !== 0 || op >= RARE || (op >= Op.LDR && op <= Op.BLX) || op === Op.TBB || op === Op.TBH) return true;
  if (op === Op.SDIV || op === Op.UDIV || op === Op.ADC_IMM || op === Op.ADC_REG || op === Op.SBC_REG) return true;
  if (op === Op.ADCS_IMM || op === Op.ADCS_REG || op === Op.SBCS_REG) return true;
  return op === Op.DP_SHIFT && ((imm & 3) === 3 || (imm >>> 4 > 8 && imm >>> 4 < 13));
}

/** For each instruction: whether the flags that it sets are seen by anyone. */
export function flagsSeen({ code }: Block): boolean[] {
  const seen = new Array<boolean>(code.length).fill(false);
  let live = true;
  for (let index = code.length - 1; index >= 0; index--) {
    const instruction = code[index];
    const kind = flagsOf(instruction);
    if (kind !== UNKNOWN) seen[index] = live || instruction.op >= RARE;
    if (kind !== UNKNOWN && kind !== Flags.RESULT && instruction.op < RARE && instruction.it === 0) live = false;
    if (needsFlags(instruction)) live = true;
  }
  return seen;
}

/** Decides for every block where the flags are when it begins: as all ways leave them, else it varies. */
export function placeFlags(blocks: readonly Block[]): void {
  const after = blocks.map((block) => {
    const seen = flagsSeen(block);
    let state = UNKNOWN;
    block.code.forEach((instruction, index) => {
      const kind = flagsOf(instruction);
      if (kind === UNKNOWN || !seen[index]) return;
      state = instruction.it !== 0 ? Flags.APART : kind;
    });
    // A call leaves them apart.
    return block.end === End.CALL || block.end === End.DYNAMIC_CALL ? Flags.APART : state;
  });
  blocks[0].flags = Flags.APART;
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      if (block.flags === UNKNOWN) continue;
      const left = after[block.order] === UNKNOWN ? block.flags : after[block.order];
      for (const successor of block.successors) {
        const met = successor.flags === UNKNOWN || successor.flags === left ? left : Flags.VARIES;
        if (met !== successor.flags) {
          successor.flags = met;
          changed = true;
        }
      }
    }
  }
}
