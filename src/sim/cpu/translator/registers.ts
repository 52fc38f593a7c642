import { Op, RARE } from "../opcodes.ts";
import { type Block, End, type Instruction } from "./block.ts";
import { isRare } from "./costs.ts";

/** What becomes of each register field of an opcode, as bits: read A to D, written A, B, D. */
const Use = { READ_A: 1, READ_B: 2, READ_C: 4, READ_D: 8, WRITE_A: 16, WRITE_D: 32 } as const;

/** All registers that a region has. */
const ALL = 0x7fff;

const uses = new Uint8Array(RARE);

function setUses(use: number, ...ranges: readonly (readonly [number, number])[]): void {
  for (const [first, last] of ranges) uses.fill(use, first, last + 1);
}

const { READ_A, READ_B, READ_C, READ_D, WRITE_A, WRITE_D } = Use;
setUses(WRITE_A, [Op.MOV_IMM, Op.MOVS_IMM]);
setUses(READ_C | WRITE_A, [Op.MOV_REG, Op.MVNS_REG], [Op.LSL_IMM, Op.ASRS_IMM], [Op.SXTB, Op.UXTH], [Op.CLZ, Op.REVSH]);
setUses(READ_A | WRITE_A, [Op.MOVT, Op.MOVT]);
setUses(READ_B | WRITE_A, [Op.AND_IMM, Op.RSBS_IMM], [Op.ADC_IMM, Op.ADCS_IMM], [Op.UBFX, Op.SBFX]);
setUses(READ_B, [Op.CMP_IMM, Op.TEQ_IMM]);
setUses(READ_B | READ_C | WRITE_A, [Op.AND_REG, Op.SBCS_REG], [Op.ADD_LSL, Op.DP_SHIFT], [Op.LSL_REG, Op.RORS_REG]);
setUses(READ_B | READ_C | WRITE_A, [Op.MUL, Op.MULS], [Op.SDIV, Op.UDIV], [Op.LDR, Op.LDRSH]);
setUses(READ_B | READ_C, [Op.CMP_REG, Op.TST_REG], [Op.TBB, Op.TBH]);
setUses(READ_B | READ_C | READ_D | WRITE_A, [Op.MLA, Op.MLS]);
setUses(READ_B | READ_C | WRITE_A | WRITE_D, [Op.UMULL, Op.SMULL]);
setUses(READ_A | READ_B | READ_C | READ_D | WRITE_A | WRITE_D, [Op.UMLAL, Op.SMLAL]);
setUses(READ_A | READ_B | WRITE_A, [Op.BFI, Op.BFI]);
setUses(READ_A | READ_B | READ_C, [Op.STR, Op.STRH]);
setUses(READ_B | WRITE_A | WRITE_D, [Op.LDRD, Op.LDRD]);
setUses(READ_A | READ_B | READ_D, [Op.STRD, Op.STRD]);
setUses(READ_A, [Op.CBZ, Op.CBNZ]);
setUses(READ_C, [Op.BX, Op.BLX]);

/** Registers that an instruction reads, as a mask. */
export function registersRead({ op, w, imm }: Instruction): number {
  if (op >= RARE) return 0;
  const b = 1 << ((w >>> 14) & 15);
  if (op === Op.LDM || op === Op.LDM_PC) return b & ALL;
  if (op === Op.STM) return (b | imm) & ALL;
  const a = 1 << ((w >>> 10) & 15);
  if (op === Op.LS_WB) return (a | b) & ALL;
  const use = uses[op];
  let read = (use & READ_A) !== 0 ? a : 0;
  if ((use & READ_B) !== 0) read |= b;
  if ((use & READ_C) !== 0) read |= 1 << ((w >>> 18) & 15);
  if ((use & READ_D) !== 0) read |= 1 << ((w >>> 22) & 15);
  return read & ALL;
}

/** Registers that it writes; may name one that it reads, too, and keeps. */
export function registersWritten({ op, w, imm }: Instruction): number {
  if (op >= RARE) return 0;
  const b = 1 << ((w >>> 14) & 15);
  if (op === Op.LDM || op === Op.LDM_PC) return (b | imm) & ALL;
  if (op === Op.STM) return b & ALL;
  const a = 1 << ((w >>> 10) & 15);
  if (op === Op.LS_WB) return (a | b) & ALL;
  if (op === Op.BL || op === Op.BLX) return 1 << 14;
  // TST, TEQ, CMP and CMN of a shifted register.
  if (op === Op.DP_SHIFT && (imm & 8) !== 0) return 0;
  const use = uses[op];
  let written = (use & WRITE_A) !== 0 ? a : 0;
  if ((use & WRITE_D) !== 0) written |= 1 << ((w >>> 22) & 15);
  if (op === Op.LDRD || op === Op.STRD) written |= b;
  return written & ALL;
}

/** What a block does to the registers. */
interface Effect {
  /** Read before they are written. */
  read: number;
  /** Surely written. */
  killed: number;
  /** Written behind the last instruction that leaves the state block up to date, or at all if none does. */
  written: number;
  /** Such an instruction is there. */
  stores: boolean;
}

function effectOf({ code, end, guard }: Block): Effect {
  const effect: Effect = { read: 0, killed: 0, written: 0, stores: false };
  if (end === End.GUARD) effect.read = (1 << guard.register) & ALL;
  for (const instruction of code) {
    const { op } = instruction;
    if (isRare(op)) {
      if (isConditional(instruction)) continue;
      // Everything is stored before it and loaded behind it.
      effect.killed = ALL;
      effect.written = 0;
      effect.stores = true;
      continue;
    }
    const written = registersWritten(instruction);
    let read = registersRead(instruction);
    const conditional = isConditional(instruction);
    // What is not executed keeps its register.
    if (conditional) read |= written;
    effect.read |= read & ~effect.killed;
    if (!conditional) effect.killed |= written;
    effect.written |= written;
  }
  if (calls(end) && !isConditional(code[code.length - 1])) {
    effect.killed = ALL;
    effect.written = 0;
    effect.stores = true;
  }
  return effect;
}

function calls(end: number): boolean {
  return end === End.CALL || end === End.DYNAMIC_CALL;
}

function isConditional({ it }: Instruction): boolean {
  return it !== 0 && it >>> 4 < 14;
}

/** Registers that a region reads or writes, and those that it writes, as masks of R0 to R14. */
export interface RegisterUse {
  readonly mentioned: number;
  readonly written: number;
}

/**
 * Decides for every block which registers may be newer than the state block when it begins, and which must have been
 * loaded from there: those it reads, and those that a way out may have to take back.
 */
export function placeRegisters(blocks: readonly Block[]): RegisterUse {
  const effects = blocks.map(effectOf);
  let mentioned = 0;
  let writtenAll = 0;
  for (const { code } of blocks) {
    for (const instruction of code) {
      const written = registersWritten(instruction);
      writtenAll |= written;
      mentioned |= written | registersRead(instruction);
    }
  }
  for (let changed = true; changed; ) {
    changed = false;
    blocks.forEach(({ dirty, successors }, index) => {
      const { written, stores } = effects[index];
      const left = stores ? written : dirty | written;
      for (const successor of successors) {
        if ((left & ~successor.dirty) === 0) continue;
        successor.dirty |= left;
        changed = true;
      }
    });
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = blocks.length - 1; index >= 0; index--) {
      const block = blocks[index];
      const { read, killed } = effects[index];
      let live = 0;
      for (const successor of block.successors) live |= successor.live;
      live = read | (live & ~killed) | block.dirty;
      if (live === block.live) continue;
      block.live = live;
      changed = true;
    }
  }
  return { mentioned, written: writtenAll };
}
