/** A 32-bit value of which some bits are known: `bits` holds them where `known` is 1, and zeros elsewhere. */
export interface KnownBits {
  readonly known: number;
  readonly bits: number;
}

/** Nothing is known. */
export const unknown: KnownBits = { known: 0, bits: 0 };

/** Every bit is known. */
export function constantBits(value: number): KnownBits {
  return { known: 0xffffffff, bits: value >>> 0 };
}

/** The number, when every bit of it is known. */
export function wholeValue({ known, bits }: KnownBits): number | undefined {
  return known === 0xffffffff ? bits : undefined;
}

export function and(a: KnownBits, b: KnownBits): KnownBits {
  const zero = zeros(a) | zeros(b);
  const one = a.bits & b.bits;
  return { known: (zero | one) >>> 0, bits: one >>> 0 };
}

export function or(a: KnownBits, b: KnownBits): KnownBits {
  const one = a.bits | b.bits;
  const zero = zeros(a) & zeros(b);
  return { known: (zero | one) >>> 0, bits: one >>> 0 };
}

export function exclusiveOr(a: KnownBits, b: KnownBits): KnownBits {
  const known = (a.known & b.known) >>> 0;
  return { known, bits: ((a.bits ^ b.bits) & known) >>> 0 };
}

export function inverse({ known, bits }: KnownBits): KnownBits {
  return { known, bits: (~bits & known) >>> 0 };
}

export function sum(a: KnownBits, b: KnownBits, sign = 1): KnownBits {
  const [left, right] = [wholeValue(a), wholeValue(b)];
  return left === undefined || right === undefined ? unknown : constantBits(left + sign * right);
}

/** Logical shift to the left; the bits that come in are zeros. */
export function shiftedLeft({ known, bits }: KnownBits, by: number): KnownBits {
  if (by > 31) return constantBits(0);
  return { known: ((known << by) | (2 ** by - 1)) >>> 0, bits: (bits << by) >>> 0 };
}

/** Logical shift to the right. */
export function shiftedRight({ known, bits }: KnownBits, by: number): KnownBits {
  if (by > 31) return constantBits(0);
  return { known: ((known >>> by) | ~(0xffffffff >>> by)) >>> 0, bits: bits >>> by };
}

/** What holds on both ways that lead to a place. */
export function common(a: KnownBits, b: KnownBits): KnownBits {
  const known = (a.known & b.known & ~(a.bits ^ b.bits)) >>> 0;
  return { known, bits: (a.bits & known) >>> 0 };
}

/** The value with a field of `width` bits at `at` taken from the low bits of another. */
export function withField(whole: KnownBits, field: KnownBits, at: number, width: number): KnownBits {
  const mask = width > 31 ? 0xffffffff : ((2 ** width - 1) << at) >>> 0;
  const moved = at === 0 ? field : shiftedLeft(field, at);
  return or(and(whole, constantBits(~mask)), and(moved, constantBits(mask)));
}

/** True when `test` holds for every value that agrees with the bits known; only those under `mask` are tried. */
export function holdsForAll({ known, bits }: KnownBits, mask: number, test: (value: number) => boolean): boolean {
  const open: number[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if (((mask & ~known) >>> bit) & 1) open.push(2 ** bit);
  }
  if (open.length > 10) return false;
  for (let choice = 0; choice < 2 ** open.length; choice++) {
    let value = (bits & mask) >>> 0;
    for (const [index, weight] of open.entries()) if ((choice >>> index) & 1) value += weight;
    if (!test(value >>> 0)) return false;
  }
  return true;
}

function zeros({ known, bits }: KnownBits): number {
  return known & ~bits;
}
