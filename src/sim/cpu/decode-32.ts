import { hint } from "./decode-16.ts";
import { decodeModifiedImmediate, decodePlainImmediate, decodeShiftedRegister } from "./decode-32-data.ts";
import { decodeDual, decodeLoad, decodeMultiple, decodeStore } from "./decode-32-memory.ts";
import { decodeLongMultiply, decodeMultiply, decodeRegister } from "./decode-32-register.ts";
import { type Decoded, Op } from "./opcodes.ts";

/** Decodes a 32-bit Thumb-2 instruction at `address` (ARMv7-M A5.3). */
export function decode32(hw1: number, hw2: number, address: number, out: Decoded): Decoded {
  const op2 = (hw1 >>> 4) & 0x7f;
  switch ((hw1 >>> 11) & 3) {
    case 1:
      if ((op2 & 0x64) === 0) return decodeMultiple(hw1, hw2, out);
      if ((op2 & 0x64) === 4) return decodeDual(hw1, hw2, address, out);
      if ((op2 & 0x60) === 0x20) return decodeShiftedRegister(hw1, hw2, out);
      return out.set(Op.NOCP);
    case 2:
      if ((hw2 & 0x8000) !== 0) return branchesAndControl(hw1, hw2, out);
      if ((op2 & 0x20) === 0) return decodeModifiedImmediate(hw1, hw2, out);
      return decodePlainImmediate(hw1, hw2, address, out);
    default:
      if ((op2 & 0x71) === 0) return decodeStore(hw1, hw2, out);
      if ((op2 & 0x61) === 1) return decodeLoad(hw1, hw2, address, out);
      if ((op2 & 0x70) === 0x20) return decodeRegister(hw1, hw2, out);
      if ((op2 & 0x78) === 0x30) return decodeMultiply(hw1, hw2, out);
      if ((op2 & 0x78) === 0x38) return decodeLongMultiply(hw1, hw2, out);
      return (op2 & 0x40) !== 0 ? out.set(Op.NOCP) : out.set(Op.UNDEFINED);
  }
}

/** ARMv7-M A5.3.4. */
function branchesAndControl(hw1: number, hw2: number, out: Decoded): Decoded {
  const op = (hw1 >>> 4) & 0x7f;
  switch ((hw2 >>> 12) & 5) {
    case 0:
      if ((op & 0x38) !== 0x38) {
        // B<c>.W, encoding T3: S:J2:J1:imm6:imm11.
        const distance =
          (((hw1 & 0x400) << 21) >> 12) |
          ((hw2 & 0x800) << 7) |
          ((hw2 & 0x2000) << 4) |
          ((hw1 & 0x3f) << 11) |
          (hw2 & 0x7ff);
        return out.set(Op.B_EQ + ((hw1 >>> 6) & 15), 0, 0, 0, distance + 2);
      }
      return control(hw1, hw2, op, out);
    case 1:
      return out.set(Op.B, 0, 0, 0, longDistance(hw1, hw2));
    case 5:
      return out.set(Op.BL, 0, 0, 0, longDistance(hw1, hw2));
    default:
      // BLX to ARM state.
      return out.set(Op.UNDEFINED);
  }
}

/** Half-words from the instruction to the target: S:I1:I2:imm10:imm11 of encodings T4 of B and T1 of BL. */
function longDistance(hw1: number, hw2: number): number {
  const s = (hw1 >>> 10) & 1;
  const i1 = ((hw2 >>> 13) & 1) ^ s ^ 1;
  const i2 = ((hw2 >>> 11) & 1) ^ s ^ 1;
  return ((-s << 23) | (i1 << 22) | (i2 << 21) | ((hw1 & 0x3ff) << 11) | (hw2 & 0x7ff)) + 2;
}

function control(hw1: number, hw2: number, op: number, out: Decoded): Decoded {
  if (op === 0x7f && (hw2 & 0x7000) === 0x2000) return out.set(Op.UNDEFINED);
  if ((hw2 & 0x7000) !== 0) return out.set(Op.UNDEFINED);
  switch (op) {
    case 0x38:
    case 0x39:
      return out.set(Op.MSR, 0, hw1 & 15, 0, hw2 & 0xff, 0, (hw2 >>> 8) & 15);
    case 0x3a:
      // Hints; CPS has no 32-bit form in this architecture.
      return (hw2 & 0x700) === 0 ? hint(hw2 & 0xff, out) : out.set(Op.UNDEFINED);
    case 0x3b: {
      const kind = (hw2 >>> 4) & 15;
      if (kind === 2) return out.set(Op.CLREX);
      return kind >= 4 && kind <= 6 ? out.set(Op.BARRIER) : out.set(Op.UNDEFINED);
    }
    case 0x3e:
    case 0x3f: {
      const a = (hw2 >>> 8) & 15;
      return a === 13 || a === 15 ? out.set(Op.UNDEFINED) : out.set(Op.MRS, a, 0, 0, hw2 & 0xff);
    }
    default:
      return out.set(Op.UNDEFINED);
  }
}
