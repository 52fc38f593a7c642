import { Dsp } from "./dsp-operations.ts";
import { type Decoded, Op } from "./opcodes.ts";

/** Registers that no instruction of the extension takes: SP and PC. */
function reserved(register: number): boolean {
  return register === 13 || register === 15;
}

/** Decodes an instruction of the DSP extension (ARMv7-M A5.3); any other becomes undefined. */
export function decodeDsp(hw1: number, hw2: number, out: Decoded): Decoded {
  const n = hw1 & 15;
  const d = (hw2 >>> 8) & 15;
  const m = hw2 & 15;
  if (reserved(d)) return out.set(Op.UNDEFINED);
  const group = hw1 & 0xff80;
  if ((hw1 & 0xfff0) === 0xeac0) return packHalves(hw2, d, n, m, out);
  if ((hw1 & 0xfff0) === 0xf320 || (hw1 & 0xfff0) === 0xf3a0) return saturateHalves(hw1, hw2, d, n, out);
  if (reserved(m)) return out.set(Op.UNDEFINED);
  if (group === 0xfa00) return extendAndAdd(hw1, hw2, d, n, m, out);
  if (reserved(n)) return out.set(Op.UNDEFINED);
  if (group === 0xfa80) return parallelOrSaturating(hw1, hw2, d, n, m, out);
  if (group === 0xfb00) return multiply(hw1, hw2, d, n, m, out);
  if (group === 0xfb80) return longMultiply(hw1, hw2, d, n, m, out);
  return out.set(Op.UNDEFINED);
}

/** PKHBT and PKHTB (A7.7.93). */
function packHalves(hw2: number, d: number, n: number, m: number, out: Decoded): Decoded {
  if ((hw2 & 0x8010) !== 0 || reserved(n) || reserved(m)) return out.set(Op.UNDEFINED);
  const amount = ((hw2 >>> 10) & 0x1c) | ((hw2 >>> 6) & 3);
  const topBottom = (hw2 & 0x20) !== 0;
  // ASR #0 means 32: all sign bits, as 31 gives them.
  const shift = topBottom && amount === 0 ? 31 : amount;
  return out.set(Op.DSP, d, n, m, topBottom ? Dsp.PKHTB : Dsp.PKHBT, shift);
}

/** SSAT16 and USAT16 (A7.7.153, A7.7.214). */
function saturateHalves(hw1: number, hw2: number, d: number, n: number, out: Decoded): Decoded {
  if ((hw2 & 0xf0f0) !== 0 || reserved(n)) return out.set(Op.UNDEFINED);
  const unsigned = (hw1 & 0x80) !== 0;
  const bits = hw2 & 15;
  return out.set(Op.DSP, d, n, 0, unsigned ? Dsp.USAT16 : Dsp.SSAT16, unsigned ? bits : bits + 1);
}

/** SXTAB and its kin; Rn = PC stands for nothing to add, and the plain ones of these have opcodes of their own. */
function extendAndAdd(hw1: number, hw2: number, d: number, n: number, m: number, out: Decoded): Decoded {
  const operation = (hw1 >>> 4) & 7;
  if ((hw2 & 0xf080) !== 0xf080 || operation > Dsp.UXTAB || n === 13) return out.set(Op.UNDEFINED);
  return out.set(Op.DSP, d, n, m, operation, ((hw2 >>> 4) & 3) * 8);
}

/** Parallel additions and subtractions (A5.3.13, A5.3.14), QADD and its kin, SEL (A5.3.15). */
function parallelOrSaturating(hw1: number, hw2: number, d: number, n: number, m: number, out: Decoded): Decoded {
  const op1 = (hw1 >>> 4) & 7;
  const op2 = (hw2 >>> 4) & 15;
  if ((hw2 & 0xf000) !== 0xf000) return out.set(Op.UNDEFINED);
  if (op2 < 8) {
    const known = op1 !== 3 && op1 !== 7 && (op2 & 3) !== 3;
    return known ? out.set(Op.DSP, d, n, m, Dsp.ADD8 + op1, op2) : out.set(Op.UNDEFINED);
  }
  if (op1 === 0 && op2 < 12) return out.set(Op.DSP, d, n, m, Dsp.QADD + (op2 & 3));
  if (op1 === 2 && op2 === 8) return out.set(Op.DSP, d, n, m, Dsp.SEL);
  return out.set(Op.UNDEFINED);
}

const multiplies: readonly (number | undefined)[] = [
  undefined,
  Dsp.SMLA,
  Dsp.SMLAD,
  Dsp.SMLAW,
  Dsp.SMLSD,
  Dsp.SMMLA,
  Dsp.SMMLS,
  Dsp.USADA8,
];

/** Half-word multiplies and those that keep the top word (A5.3.16). */
function multiply(hw1: number, hw2: number, d: number, n: number, m: number, out: Decoded): Decoded {
  const operation = multiplies[(hw1 >>> 4) & 7];
  const op2 = (hw2 >>> 4) & 15;
  const accumulator = (hw2 >>> 12) & 15;
  const highest = operation === Dsp.SMLA ? 3 : operation === Dsp.USADA8 ? 0 : 1;
  const needsAccumulator = operation === Dsp.SMMLS && accumulator === 15;
  if (operation === undefined || op2 > highest || accumulator === 13 || needsAccumulator) return out.set(Op.UNDEFINED);
  return out.set(Op.DSP, d, n, m, operation, op2, accumulator);
}

/** Long multiplies (A5.3.17): `a` is the low word of the result, `d` the high one. */
function longMultiply(hw1: number, hw2: number, d: number, n: number, m: number, out: Decoded): Decoded {
  const op1 = (hw1 >>> 4) & 7;
  const op2 = (hw2 >>> 4) & 15;
  const low = (hw2 >>> 12) & 15;
  if (reserved(low) || low === d) return out.set(Op.UNDEFINED);
  if (op1 === 4 && (op2 & 12) === 8) return out.set(Op.DSP, low, n, m, Dsp.SMLAL, op2 & 3, d);
  if (op1 === 4 && (op2 & 14) === 12) return out.set(Op.DSP, low, n, m, Dsp.SMLALD, op2 & 1, d);
  if (op1 === 5 && (op2 & 14) === 12) return out.set(Op.DSP, low, n, m, Dsp.SMLSLD, op2 & 1, d);
  if (op1 === 6 && op2 === 6) return out.set(Op.DSP, low, n, m, Dsp.UMAAL, 0, d);
  return out.set(Op.UNDEFINED);
}
