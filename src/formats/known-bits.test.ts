import fc from "fast-check";
import { expect, test } from "vitest";
import * as bits from "./known-bits.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });
/** A value, and what is known of it. */
const partly = fc.record({ value: word, known: word }).map(({ value, known }) => ({
  value,
  bits: { known: known >>> 0, bits: (value & known) >>> 0 },
}));

/** True when what is known of a result agrees with the result, and unknown bits are held as zeros. */
function agrees({ known, bits: held }: bits.KnownBits, value: number): boolean {
  return (value & known) >>> 0 === held && (held & ~known) === 0;
}

test("what is known of a result is true of it, whatever the unknown bits are", () => {
  fc.assert(
    fc.property(partly, partly, fc.nat(31), fc.integer({ min: 1, max: 32 }), (a, b, by, width) => {
      const mask = width > 31 ? 0xffffffff : ((2 ** width - 1) * 2 ** by) % 2 ** 32;
      const results: [bits.KnownBits, number][] = [
        [bits.and(a.bits, b.bits), a.value & b.value],
        [bits.or(a.bits, b.bits), a.value | b.value],
        [bits.exclusiveOr(a.bits, b.bits), a.value ^ b.value],
        [bits.inverse(a.bits), ~a.value],
        [bits.sum(a.bits, b.bits), a.value + b.value],
        [bits.sum(a.bits, b.bits, -1), a.value - b.value],
        [bits.shiftedLeft(a.bits, by), a.value << by],
        [bits.shiftedRight(a.bits, by), a.value >>> by],
        [bits.common(a.bits, b.bits), a.value],
        [bits.common(a.bits, b.bits), b.value],
        ...(width + by <= 32
          ? ([[bits.withField(a.bits, b.bits, by, width), (a.value & ~mask) | ((b.value << by) & mask)]] as [
              bits.KnownBits,
              number,
            ][])
          : []),
      ];
      for (const [known, value] of results) expect(agrees(known, value >>> 0)).toBe(true);
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test("whole values stay whole", () => {
  const [a, b] = [bits.constantBits(0xf0), bits.constantBits(0x3c)];
  expect([bits.and(a, b), bits.or(a, b), bits.sum(a, b, -1)].map(bits.wholeValue)).toEqual([0x30, 0xfc, 0xb4]);
  expect(bits.wholeValue(bits.unknown)).toBeUndefined();
});

test("a question is answered for every value that the known bits leave open", () => {
  const half = { known: 0x7, bits: 0x4 };
  expect(bits.holdsForAll(half, 0xf, (value) => (value & 7) === 4)).toBe(true);
  expect(bits.holdsForAll(half, 0xf, (value) => value === 4)).toBe(false);
  expect(bits.holdsForAll(bits.unknown, 0xffffffff, () => true)).toBe(false);
});
