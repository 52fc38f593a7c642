import { type Decoded, listLength, Op } from "./opcodes.ts";

const SP = 13;
const PC = 15;
const ZERO = 15;

/** How a load or store with write-back computes its address, in `d` of LS_WB: the opcode's index, plus 8 for post-index. */
export const POST_INDEX = 8;

/** The order of LS_WB's kinds, bits 2:0 of `d`. */
export const loadStoreKinds = [Op.LDR, Op.LDRB, Op.LDRSB, Op.LDRH, Op.LDRSH, Op.STR, Op.STRB, Op.STRH] as const;

/** LDM, STM, PUSH.W, POP.W (ARMv7-M A5.3.5). `a` writes the base back, `s` decrements before. */
export function decodeMultiple(hw1: number, hw2: number, out: Decoded): Decoded {
  const op = (hw1 >>> 7) & 3;
  const load = (hw1 & 0x10) !== 0;
  const writeBack = (hw1 & 0x20) !== 0 ? 1 : 0;
  const n = hw1 & 15;
  const list = hw2 & 0xffff;
  if (op === 0 || op === 3 || n === PC || (list & 0x2000) !== 0 || listLength(list) < 2) return out.set(Op.UNDEFINED);
  const decrement = op === 2 ? 1 : 0;
  if (!load)
    return (list & 0x8000) !== 0
      ? out.set(Op.UNDEFINED)
      : out.set(Op.STM, writeBack, n, listLength(list), list, decrement);
  const back = (list >>> n) & 1 ? 0 : writeBack;
  return out.set((list & 0x8000) !== 0 ? Op.LDM_PC : Op.LDM, back, n, listLength(list), list, decrement);
}

/** LDRD, STRD, exclusives, table branches (A5.3.6). */
export function decodeDual(hw1: number, hw2: number, address: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const t = (hw2 >>> 12) & 15;
  const d = (hw2 >>> 8) & 15;
  const imm = (hw2 & 0xff) * 4;
  const op1 = (hw1 >>> 7) & 3;
  const op2 = (hw1 >>> 4) & 3;
  if (op1 === 0 && op2 === 0) return out.set(Op.STREX, t, n, 0, imm, 4, d);
  if (op1 === 0 && op2 === 1) return out.set(Op.LDREX, t, n, 0, imm, 4);
  if (op1 === 1 && op2 < 2) {
    const op3 = (hw2 >>> 4) & 15;
    const m = hw2 & 15;
    if (op3 === 4 || op3 === 5) {
      const size = op3 === 4 ? 1 : 2;
      return op2 === 0 ? out.set(Op.STREX, t, n, 0, 0, size, m) : out.set(Op.LDREX, t, n, 0, 0, size);
    }
    if (op2 === 1 && op3 < 2) {
      // A table right behind the instruction: its base is a constant.
      const op = op3 === 0 ? Op.TBB : Op.TBH;
      return n === PC ? out.set(op, 0, ZERO, m, address + 4) : out.set(op, 0, n, m);
    }
    return out.set(Op.UNDEFINED);
  }
  const load = (hw1 & 0x10) !== 0;
  const writeBack = (hw1 & 0x20) !== 0;
  const offset = (hw1 & 0x80) !== 0 ? imm : -imm;
  const preIndex = (hw1 & 0x100) !== 0;
  if (t === SP || t === PC || d === SP || d === PC || (load && t === d)) return out.set(Op.UNDEFINED);
  // s: 0 offset, 1 pre-indexed, 2 post-indexed.
  const mode = !preIndex ? 2 : writeBack ? 1 : 0;
  if (n === PC) {
    if (!load || mode !== 0) return out.set(Op.UNDEFINED);
    return out.set(Op.LDRD, t, ZERO, 0, ((address + 4) & ~3) + offset, 0, d);
  }
  return out.set(load ? Op.LDRD : Op.STRD, t, n, 0, offset, mode, d);
}

/** STR, STRB, STRH (A5.3.10). */
export function decodeStore(hw1: number, hw2: number, out: Decoded): Decoded {
  const size = (hw1 >>> 5) & 3;
  const t = (hw2 >>> 12) & 15;
  if (size === 3 || (hw1 & 15) === PC || t === PC) return out.set(Op.UNDEFINED);
  return single(hw1, hw2, 5 + [1, 2, 0][size], t, out);
}

/** Loads of bytes, half-words and words, preload hints (A5.3.7 to A5.3.9). */
export function decodeLoad(hw1: number, hw2: number, address: number, out: Decoded): Decoded {
  const size = (hw1 >>> 5) & 3;
  const signed = (hw1 & 0x100) !== 0;
  const n = hw1 & 15;
  const t = (hw2 >>> 12) & 15;
  if (size === 3 || (size === 2 && signed)) return out.set(Op.UNDEFINED);
  const kind = size === 2 ? 0 : 1 + size * 2 + (signed ? 1 : 0);
  // PLD, PLI and the unallocated hints.
  if (t === PC && size !== 2) return out.set(Op.NOP);
  if (n !== PC) return single(hw1, hw2, kind, t, out);
  const imm = hw2 & 0xfff;
  const literal = ((address + 4) & ~3) + ((hw1 & 0x80) !== 0 ? imm : -imm);
  if (size === 2 && t === PC) return out.set(Op.LDR_PC, 0, ZERO, ZERO, literal);
  if (size === 2 && t === SP) return out.set(Op.LDR_SP, SP, ZERO, ZERO, literal);
  if (t === SP) return out.set(Op.UNDEFINED);
  return out.set(loadStoreKinds[kind], t, ZERO, ZERO, literal);
}

/** The three addressing forms that loads and stores share: imm12, imm8 with P, U, W, and a shifted register. */
function single(hw1: number, hw2: number, kind: number, t: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const op = loadStoreKinds[kind];
  if (t === SP && op !== Op.LDR && op !== Op.STR) return out.set(Op.UNDEFINED);
  const special = op === Op.LDR && t === PC ? Op.LDR_PC : op === Op.LDR && t === SP ? Op.LDR_SP : undefined;
  if ((hw1 & 0x80) !== 0) return out.set(special ?? op, t, n, ZERO, hw2 & 0xfff);
  if ((hw2 & 0x800) === 0) {
    const m = hw2 & 15;
    if ((hw2 & 0x7c0) !== 0 || m === SP || m === PC) return out.set(Op.UNDEFINED);
    return out.set(special ?? op, t, n, m, 0, (hw2 >>> 4) & 3);
  }
  const preIndex = (hw2 & 0x400) !== 0;
  const up = (hw2 & 0x200) !== 0;
  const writeBack = (hw2 & 0x100) !== 0;
  const imm = up ? hw2 & 0xff : -(hw2 & 0xff);
  if (!preIndex && !writeBack) return out.set(Op.UNDEFINED);
  if (preIndex && up && !writeBack) {
    // LDRT and its like; PC and SP are not allowed as Rt.
    return t === PC || t === SP ? out.set(Op.UNDEFINED) : out.set(Op.UNPRIVILEGED, t, n, 0, imm, 0, kind);
  }
  if (!writeBack) return out.set(special ?? op, t, n, ZERO, imm);
  if (n === t) return out.set(Op.UNDEFINED);
  // For LDR to PC and SP, s: 0 offset (above), d: 1 pre-indexed, 2 post-indexed.
  if (special !== undefined) return out.set(special, t, n, ZERO, imm, 0, preIndex ? 1 : 2);
  return out.set(Op.LS_WB, t, n, 0, imm, 0, kind | (preIndex ? 0 : POST_INDEX));
}
