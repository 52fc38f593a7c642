/** The upper 32 bits of the unsigned product. */
export function high(x: number, y: number): number {
  const xl = x & 0xffff;
  const xh = x >>> 16;
  const yl = y & 0xffff;
  const yh = y >>> 16;
  const low = xl * yl;
  const middle = xh * yl + (low >>> 16);
  const cross = xl * yh + (middle & 0xffff);
  return (xh * yh + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** The upper 32 bits of the signed product. */
export function highSigned(x: number, y: number): number {
  return (high(x, y) - (x < 0 ? y : 0) - (y < 0 ? x : 0)) | 0;
}

export function reverseBits(x: number): number {
  let v = ((x >>> 1) & 0x5555_5555) | ((x & 0x5555_5555) << 1);
  v = ((v >>> 2) & 0x3333_3333) | ((v & 0x3333_3333) << 2);
  v = ((v >>> 4) & 0x0f0f_0f0f) | ((v & 0x0f0f_0f0f) << 4);
  v = ((v >>> 8) & 0x00ff_00ff) | ((v & 0x00ff_00ff) << 8);
  return (v >>> 16) | (v << 16);
}

/** Cycles beyond the first of a division: 1 to 11, by how far apart the operands are (early termination). */
export function divideCycles(x: number, y: number): number {
  const distance = Math.clz32(y) - Math.clz32(x);
  if (y === 0 || distance <= 0) return 1;
  return 2 + (((distance + 3) >> 2) & 15);
}

/** ConditionHolds (ARMv7-M A7.3.1) on the engine's flags; 14 and 15 always hold. */
export function holds(condition: number, nf: number, zf: number, cf: number, vf: number): boolean {
  let result: boolean;
  switch (condition >>> 1) {
    case 0:
      result = zf === 0;
      break;
    case 1:
      result = cf !== 0;
      break;
    case 2:
      result = nf < 0;
      break;
    case 3:
      result = vf < 0;
      break;
    case 4:
      result = cf !== 0 && zf !== 0;
      break;
    case 5:
      result = (nf ^ vf) >= 0;
      break;
    case 6:
      result = zf !== 0 && (nf ^ vf) >= 0;
      break;
    default:
      return true;
  }
  return (condition & 1) !== 0 ? !result : result;
}
