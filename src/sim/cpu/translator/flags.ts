import { Op } from "../opcodes.ts";
import { type Block, End, type Instruction } from "./block.ts";
import { isRare } from "./costs.ts";

/**
 * Where the flags are: in locals of their own, still in the operands FA and FB of the instruction that set them, or in
 * the state block; each part by itself, so that an instruction that sets N and Z alone need not work out C and V.
 */
export const Flags = {
  /** N, Z, C and V in their own locals. */
  APART: 0,
  /** V, C, N and Z as FA - FB leaves them, or as FA + FB does, or in the state block: the lower two bits. */
  BY_DIFFERENCE: 1,
  BY_SUM: 2,
  IN_BLOCK: 3,
  SOURCE: 3,
  /** But C is in its own local. */
  CARRY_APART: 4,
  /** Without it N and Z are in their own locals. */
  RESULT_TOO: 8,
  /** All as FA - FB leaves them. */
  DIFFERENCE: 9,
  /** All as FA + FB leaves them. */
  SUM: 10,
  /** All in the state block, which says by these same numbers where. */
  STORED: 11,
  /** As the local KIND says: ways that leave them differently come together. Nothing but a way out looks at them then. */
  VARIES: 16,
} as const;

/** Parts of the flags, as bits. */
export const Part = { NZ: 1, C: 2, V: 4, ALL: 7 } as const;

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
      return isRare(op) ? Effect.APART : Effect.NONE;
  }
}

/** Parts that can be read as they are, or worked out of locals. */
export function partsAtHand(flags: number): number {
  if ((flags & Flags.VARIES) === 0 && (flags & Flags.SOURCE) !== Flags.IN_BLOCK) return Part.ALL;
  return ((flags & Flags.RESULT_TOO) === 0 ? Part.NZ : 0) | ((flags & Flags.CARRY_APART) !== 0 ? Part.C : 0);
}

const conditionParts = [
  Part.NZ,
  Part.C,
  Part.NZ,
  Part.V,
  Part.NZ | Part.C,
  Part.NZ | Part.V,
  Part.NZ | Part.V,
] as const;

/** The parts that a condition of 0 to 13 looks at. */
export function partsOf(condition: number): number {
  return conditionParts[condition >>> 1];
}

/** Where the flags are behind an instruction that sets them. */
function flagsAfter(flags: number, effect: number): number {
  if (effect < Effect.RESULT) return effect;
  if (flags === Flags.APART) return flags;
  const kept = flags & ~Flags.RESULT_TOO;
  return effect === Effect.RESULT_AND_CARRY ? kept | Flags.CARRY_APART : kept;
}

/** The region may be left at this instruction, with all flags. */
function mayLeave({ op, it }: Instruction): boolean {
  if (it !== 0 || isRare(op) || (op >= Op.LDR && op <= Op.BLX) || op === Op.TBB || op === Op.TBH) return true;
  return op === Op.SDIV || op === Op.UDIV;
}

/** Parts that the operation itself, not its condition, looks at. `seen`: so are the flags that it sets. */
function operandParts({ op, imm }: Instruction, seen: boolean): number {
  if (isWithCarry(op)) return Part.C;
  if (op === Op.DP_SHIFT && ((imm & 3) === 3 || (imm >>> 4 > 8 && imm >>> 4 < 13))) return Part.C;
  // It may leave C alone.
  return seen && isShiftByRegister(op) ? Part.C : 0;
}

function isWithCarry(op: number): boolean {
  return (
    op === Op.ADC_IMM ||
    op === Op.ADC_REG ||
    op === Op.SBC_REG ||
    op === Op.ADCS_IMM ||
    op === Op.ADCS_REG ||
    op === Op.SBCS_REG
  );
}

/** What the instructions of a block need of the flags, and whether those that they set are seen by anyone. */
function survey(block: Block): void {
  const { code } = block;
  let live: number = Part.ALL;
  for (let index = code.length - 1; index >= 0; index--) {
    const instruction = code[index];
    const { op, it } = instruction;
    const effect = effectOf(instruction);
    let seen = false;
    if (effect !== Effect.NONE) {
      const sets = partsSet(effect);
      seen = (live & sets) !== 0 || isRare(op);
      const surely = isShiftByRegister(op) ? Part.NZ : sets;
      if (!isRare(op) && it === 0) live &= ~surely;
    }
    const conditional = it !== 0 && it >>> 4 < 14;
    let parts = operandParts(instruction, seen);
    if (conditional) parts |= partsOf(it >>> 4);
    if (op >= Op.B_EQ && op <= Op.B_LE) parts |= partsOf(op - Op.B_EQ);
    // An instruction of an IT block that sets flags has them apart before and behind.
    if (it !== 0 && seen) parts = Part.ALL;
    instruction.effect = effect;
    instruction.looksAt = parts;
    instruction.seen = seen;
    if (mayLeave(instruction)) live = Part.ALL;
    else live |= parts;
  }
}

function partsSet(effect: number): number {
  return effect === Effect.RESULT ? Part.NZ : effect === Effect.RESULT_AND_CARRY ? Part.NZ | Part.C : Part.ALL;
}

function isShiftByRegister(op: number): boolean {
  return op === Op.LSLS_REG || op === Op.LSRS_REG || op === Op.ASRS_REG || op === Op.RORS_REG;
}

/** The flags are stored behind the block: others go on there. */
function storesAtEnd({ end }: Block): boolean {
  return end >= End.CALL && end <= End.RARE && end !== End.INLINE;
}

/**
 * The parts of the flags that are looked at or stored, on some way from the start of a block, before they are set:
 * given those behind it. True when that is news.
 */
function putNeeds(block: Block, looksBehind: number, storesBehind: number): boolean {
  const { code } = block;
  let looks = looksBehind;
  let stores = storesBehind;
  if (storesAtEnd(block)) stores = Part.ALL;
  if (block.end === End.CALL || block.end === End.DYNAMIC_CALL) looks = 0;
  for (let index = code.length - 1; index >= 0; index--) {
    const { op, it, seen, effect, looksAt } = code[index];
    if (isRare(op)) {
      looks = looksAt;
      stores = Part.ALL;
      continue;
    }
    if (seen && it === 0) {
      const sets = partsSet(effect);
      looks &= ~sets;
      stores &= ~sets;
    }
    looks |= looksAt;
  }
  if (looks === block.flagsLookedAt && stores === block.flagsStored) return false;
  block.flagsLookedAt = looks;
  block.flagsStored = stores;
  return true;
}

function findNeeds(blocks: readonly Block[]): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = blocks.length - 1; index >= 0; index--) {
      const block = blocks[index];
      let looks = 0;
      let stores = 0;
      for (const successor of block.successors) {
        looks |= successor.flagsLookedAt;
        stores |= successor.flagsStored;
      }
      if (putNeeds(block, looks, stores)) changed = true;
    }
  }
}

/** Where the flags are at the end of a block that has them at `flags` when it begins. */
function flagsBehind({ code, end }: Block, flags: number): number {
  let at = flags;
  for (const { op, it, effect, looksAt, seen } of code) {
    if ((looksAt & ~partsAtHand(at)) !== 0) at = Flags.APART;
    if (!seen) continue;
    if (it !== 0) at = Flags.APART;
    else at = isRare(op) ? Flags.STORED : flagsAfter(at, effect);
  }
  return end === End.CALL || end === End.DYNAMIC_CALL || end === End.RARE ? Flags.STORED : at;
}

/** Where a block finds the flags that come to it at `first` and `second`. */
function meet(block: Block, first: number, second: number): number {
  const varies = ((first | second) & Flags.VARIES) !== 0;
  const source = first & Flags.SOURCE;
  if (!varies && source === (second & Flags.SOURCE)) {
    if (source === Flags.IN_BLOCK) return Flags.STORED;
    return source | (first & second & Flags.RESULT_TOO) | ((first | second) & Flags.CARRY_APART);
  }
  const needed = block.flagsLookedAt | block.flagsStored;
  if (block.flagsStored !== 0 || (needed & Part.V) !== 0) {
    return block.flagsLookedAt === 0 ? Flags.STORED : Flags.APART;
  }
  const result = (needed & Part.NZ) !== 0 ? 0 : Flags.RESULT_TOO;
  return Flags.VARIES | result | ((needed & Part.C) !== 0 ? Flags.CARRY_APART : 0);
}

const UNKNOWN = -1;

/** Decides for every block where the flags are when it begins. */
export function placeFlags(blocks: readonly Block[]): void {
  for (const block of blocks) survey(block);
  findNeeds(blocks);
  blocks[0].flags = Flags.STORED;
  const settled = new Set<Block>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      if (block.flags === UNKNOWN) continue;
      const left = flagsBehind(block, block.flags);
      for (const successor of block.successors) {
        const { flags } = successor;
        if (flags === left || settled.has(successor)) continue;
        const met = flags === UNKNOWN ? left : meet(successor, flags, left);
        if (flags !== UNKNOWN && (flags & Flags.SOURCE) !== (left & Flags.SOURCE)) settled.add(successor);
        if (met === flags) continue;
        successor.flags = met;
        changed = true;
      }
    }
  }
}
