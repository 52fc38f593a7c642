import { Op, RARE } from "../opcodes.ts";
import type { Block } from "./block.ts";
import { End } from "./block.ts";

/** Registers that a region reads or writes, and those that it writes, as masks of R0 to R14. */
export interface RegisterUse {
  readonly mentioned: number;
  readonly written: number;
}

const NONE = 0;

/** May name a register too many, never one too few. */
export function registerUse(blocks: readonly Block[]): RegisterUse {
  let mentioned = NONE;
  let written = NONE;
  for (const block of blocks) {
    if (block.end === End.CALL || block.end === End.INLINE || block.end === End.DYNAMIC_CALL) written |= 1 << 14;
    for (const { op, w, imm } of block.code) {
      if (op >= RARE || op < Op.MOV_IMM || op === Op.IT || (op >= Op.B && op <= Op.B_LE) || op === Op.BL) continue;
      const a = 1 << ((w >>> 10) & 15);
      const b = 1 << ((w >>> 14) & 15);
      const c = 1 << ((w >>> 18) & 15);
      const d = 1 << ((w >>> 22) & 15);
      if (op === Op.LDM || op === Op.LDM_PC || op === Op.STM) {
        mentioned |= b | (imm & 0x7fff);
        written |= b | (op === Op.STM ? 0 : imm & 0x7fff);
        continue;
      }
      mentioned |= a | b | c;
      if (usesFourth(op)) mentioned |= d;
      if (writesFirst(op)) written |= a;
      if (op === Op.LS_WB || op === Op.LDRD || op === Op.STRD) written |= b;
      if (op === Op.LDRD || (op >= Op.UMULL && op <= Op.SMLAL)) written |= d;
    }
  }
  return { mentioned: (mentioned | written) & 0x7fff, written: written & 0x7fff };
}

function usesFourth(op: number): boolean {
  return (op >= Op.MLA && op <= Op.SMLAL) || op === Op.LDRD || op === Op.STRD;
}

function writesFirst(op: number): boolean {
  if (op >= Op.CMP_IMM && op <= Op.TEQ_IMM) return false;
  if (op >= Op.CMP_REG && op <= Op.TST_REG) return false;
  if (op >= Op.STR && op <= Op.STRH) return false;
  return op !== Op.STRD && op !== Op.CBZ && op !== Op.CBNZ && op !== Op.BX && op !== Op.BLX;
}
