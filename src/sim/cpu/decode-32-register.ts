import { type Decoded, Op } from "./opcodes.ts";

/** True when a register field holds SP or PC, which these groups do not allow. */
function reserved(register: number): boolean {
  return register === 13 || register === 15;
}

/** Shifts by register, extends, bit reversals, CLZ (ARMv7-M A5.3.12 to A5.3.15). */
export function decodeRegister(hw1: number, hw2: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const d = (hw2 >>> 8) & 15;
  const m = hw2 & 15;
  const op1 = (hw1 >>> 4) & 15;
  const op2 = (hw2 >>> 4) & 15;
  if ((hw2 & 0xf000) !== 0xf000 || reserved(d) || reserved(m)) return out.set(Op.UNDEFINED);
  if (op2 === 0 && op1 < 8) {
    if (reserved(n)) return out.set(Op.UNDEFINED);
    const plain = [Op.LSL_REG, Op.LSR_REG, Op.ASR_REG, Op.ROR_REG][op1 >>> 1];
    return out.set((op1 & 1) === 0 ? plain : plain + 1, d, n, m);
  }
  if ((op2 & 8) !== 0 && op1 < 8) {
    // With another Rn than 15 these are the extend-and-add of the DSP extension.
    const extend = n === 15 ? extends32[op1] : undefined;
    return extend === undefined ? out.set(Op.UNDEFINED) : out.set(extend, d, 0, m, 0, (op2 & 3) * 8);
  }
  if (op2 >= 8 && op2 < 12 && (op1 === 9 || op1 === 11)) {
    // Rm is encoded twice.
    if (n !== m) return out.set(Op.UNDEFINED);
    if (op1 === 9) return out.set([Op.REV, Op.REV16, Op.RBIT, Op.REVSH][op2 & 3], d, 0, m);
    if (op2 === 8) return out.set(Op.CLZ, d, 0, m);
  }
  return out.set(Op.UNDEFINED);
}

const extends32: readonly (number | undefined)[] = [Op.SXTH, Op.UXTH, undefined, undefined, Op.SXTB, Op.UXTB];

/** MUL, MLA, MLS (A5.3.16). */
export function decodeMultiply(hw1: number, hw2: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const d = (hw2 >>> 8) & 15;
  const m = hw2 & 15;
  const accumulator = (hw2 >>> 12) & 15;
  const subtract = (hw2 & 0x10) !== 0;
  if (
    ((hw1 >>> 4) & 7) !== 0 ||
    (hw2 & 0xe0) !== 0 ||
    reserved(d) ||
    reserved(n) ||
    reserved(m) ||
    accumulator === 13
  ) {
    return out.set(Op.UNDEFINED);
  }
  if (accumulator === 15) return subtract ? out.set(Op.UNDEFINED) : out.set(Op.MUL, d, n, m);
  return out.set(subtract ? Op.MLS : Op.MLA, d, n, m, 0, 0, accumulator);
}

/** Long multiplies and divisions (A5.3.17). */
export function decodeLongMultiply(hw1: number, hw2: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const low = (hw2 >>> 12) & 15;
  const high = (hw2 >>> 8) & 15;
  const m = hw2 & 15;
  const op1 = (hw1 >>> 4) & 7;
  const op2 = (hw2 >>> 4) & 15;
  if (reserved(n) || reserved(m) || reserved(high)) return out.set(Op.UNDEFINED);
  if (op2 === 15) {
    if (op1 === 1) return out.set(Op.SDIV, high, n, m);
    return op1 === 3 ? out.set(Op.UDIV, high, n, m) : out.set(Op.UNDEFINED);
  }
  if (op2 !== 0 || reserved(low) || high === low) return out.set(Op.UNDEFINED);
  const op = [Op.SMULL, Op.UNDEFINED, Op.UMULL, Op.UNDEFINED, Op.SMLAL, Op.UNDEFINED, Op.UMLAL, Op.UNDEFINED][op1];
  return out.set(op, low, n, m, 0, 0, high);
}
