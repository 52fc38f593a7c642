import { Op, RARE } from "../opcodes.ts";
import { type Block, End, type Instruction } from "./block.ts";

/**
 * Where the flags are: in locals of their own, or still in the operands FA and FB of the instruction that set them, each
 * part by itself, so that an instruction that sets N and Z alone need not work out C and V.
 */
export const Flags = {
  /** N, Z, C and V in their own locals. */
  APART: 0,
  /** C and V as FA - FB leaves them, or as FA + FB does: the lower two bits. */
  BY_DIFFERENCE: 1,
  BY_SUM: 2,
  SOURCE: 3,
  /** But C is in its own local. */
  CARRY_APART: 4,
  /** N and Z are those of FA - FB or FA + FB, too. */
  RESULT_TOO: 8,
  /** All as FA - FB leaves them. */
  DIFFERENCE: 9,
  /** All as FA + FB leaves them. */
  SUM: 10,
  /** As the local KIND says: ways that leave them differently come together. */
  VARIES: 16,
} as const;

/** What an instruction does to the flags. */
export const Effect = {
  NONE: -1,
  /** Sets all; where they are then. */
  APART: Flags.APART,
  DIFFERENCE: Flags.DIFFERENCE,
  SUM: Flags.SUM,
  /** Sets N and Z. */
  RESULT: 32,
  /** Sets N, Z and C. */
  RESULT_AND_CARRY: 33,
} as const;

const UNKNOWN = -1;

export function effectOf({ op, imm, w }: Instruction): number {
  switch (op) {
    case Op.SUBS_IMM:
    case Op.RSBS_IMM:
    case Op.CMP_IMM:
    case Op.SUBS_REG:
    case Op.CMP_REG:
      return Effect.DIFFERENCE;
    case Op.ADDS_IMM:
    case Op.CMN_IMM:
    case Op.ADDS_REG:
    case Op.CMN_REG:
      return Effect.SUM;
    case Op.ADCS_IMM:
    case Op.ADCS_REG:
    case Op.SBCS_REG:
      return Effect.APART;
    case Op.MOVS_IMM:
    case Op.ANDS_IMM:
    case Op.ORRS_IMM:
    case Op.EORS_IMM:
    case Op.TST_IMM:
    case Op.TEQ_IMM:
      // The carry of a rotated immediate, where there is one.
      return w >>> 26 === 0 ? Effect.RESULT : Effect.RESULT_AND_CARRY;
    case Op.MOVS_REG:
    case Op.MVNS_REG:
    case Op.ANDS_REG:
    case Op.ORRS_REG:
    case Op.EORS_REG:
    case Op.BICS_REG:
    case Op.TST_REG:
    case Op.MULS:
      return Effect.RESULT;
    case Op.LSLS_IMM:
    case Op.LSRS_IMM:
    case Op.ASRS_IMM:
    case Op.LSLS_REG:
    case Op.LSRS_REG:
    case Op.ASRS_REG:
    case Op.RORS_REG:
      return Effect.RESULT_AND_CARRY;
    case Op.DP_SHIFT: {
      if ((imm & 4) === 0) return Effect.NONE;
      const operation = imm >>> 4;
      if (operation < 6) return (imm & 3) === 0 && w >>> 26 === 0 ? Effect.RESULT : Effect.RESULT_AND_CARRY;
      if (operation === 8) return Effect.SUM;
      return operation === 13 || operation === 14 ? Effect.DIFFERENCE : Effect.APART;
    }
    default:
      return op >= RARE ? Effect.APART : Effect.NONE;
  }
}

/** Where the flags are behind an instruction. */
function flagsAfter(flags: number, effect: number): number {
  if (effect < Effect.RESULT) return effect;
  if (flags === Flags.VARIES) return flags;
  const kept = flags & ~Flags.RESULT_TOO;
  return effect === Effect.RESULT_AND_CARRY && kept !== 0 ? kept | Flags.CARRY_APART : kept;
}

/** The flags are looked at here, or the region may be left here. */
function needsFlags({ op, it, imm }: Instruction): boolean {
  if (it !== 0 || op >= RARE || (op >= Op.LDR && op <= Op.BLX) || op === Op.TBB || op === Op.TBH) return true;
  if (op === Op.SDIV || op === Op.UDIV || op === Op.ADC_IMM || op === Op.ADC_REG || op === Op.SBC_REG) return true;
  if (op === Op.ADCS_IMM || op === Op.ADCS_REG || op === Op.SBCS_REG) return true;
  return op === Op.DP_SHIFT && ((imm & 3) === 3 || (imm >>> 4 > 8 && imm >>> 4 < 13));
}

const NZ = 1;
const C = 2;
const ALL = 7;

/** Decides for each instruction of a block whether the flags that it sets are seen by anyone, and what the block does. */
function survey(block: Block): void {
  const { code, seen } = block;
  let live = ALL;
  for (let index = code.length - 1; index >= 0; index--) {
    const instruction = code[index];
    const effect = effectOf(instruction);
    if (effect !== Effect.NONE) {
      const sets = effect === Effect.RESULT ? NZ : effect === Effect.RESULT_AND_CARRY ? NZ | C : ALL;
      seen[index] = (live & sets) !== 0 || instruction.op >= RARE;
      // A shift by a register may leave C alone.
      const surely = isShiftByRegister(instruction.op) ? NZ : sets;
      if (instruction.op < RARE && instruction.it === 0) live &= ~surely;
    } else seen[index] = false;
    if (needsFlags(instruction)) live = ALL;
  }
  // A call leaves them apart.
  if (block.end === End.CALL || block.end === End.DYNAMIC_CALL) {
    block.effect = Effect.APART;
    return;
  }
  for (let index = 0; index < code.length; index++) {
    if (!seen[index]) continue;
    if (code[index].it !== 0) block.effect = Effect.APART;
    else block.effect = together(block.effect, effectOf(code[index]));
  }
}

/** What two instructions do one after the other. */
function together(first: number, second: number): number {
  if (second < Effect.RESULT) return second;
  if (first === Effect.NONE || first === Effect.RESULT) return second;
  return first === Effect.RESULT_AND_CARRY ? first : flagsAfter(first, second);
}

function isShiftByRegister(op: number): boolean {
  return op === Op.LSLS_REG || op === Op.LSRS_REG || op === Op.ASRS_REG || op === Op.RORS_REG;
}

/** Decides for every block where the flags are when it begins: as all ways leave them, else it varies. */
export function placeFlags(blocks: readonly Block[]): void {
  for (const block of blocks) survey(block);
  blocks[0].flags = Flags.APART;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { flags, effect, successors } of blocks) {
      if (flags === UNKNOWN) continue;
      const left = effect === Effect.NONE ? flags : flagsAfter(flags, effect);
      for (const successor of successors) {
        const met = successor.flags === UNKNOWN || successor.flags === left ? left : Flags.VARIES;
        if (met !== successor.flags) {
          successor.flags = met;
          changed = true;
        }
      }
    }
  }
}
