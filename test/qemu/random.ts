/**
 * The seed of a run: PROBITY_SEED when set (decimal or 0x…), else always the same one, so that two runs of the suite
 * test the same instructions.
 */
export function seedOfRun(): number {
  const text = process.env.PROBITY_SEED;
  if (text === undefined || text === "") return 0x50b17e;
  const seed = Number(text);
  if (!Number.isInteger(seed)) throw new Error(`PROBITY_SEED is not a whole number: ${text}`);
  return seed >>> 0;
}

/** How much a run tests: what the variable says, else `initial`. */
export function countOf(variable: string, initial: number): number {
  const text = process.env[variable];
  if (text === undefined || text === "") return initial;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${variable} is not a number above 0: ${text}`);
  return count;
}

/** Words at which carries, signs, saturation and shifts change their minds. */
const edges = [
  0, 1, 2, 3, 4, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7ffffffe, 0x7fffffff,
  0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0x55555555, 0xaaaaaaaa,
];

/** A small seeded generator (sfc32): the same seed and stream give the same numbers on every machine. */
export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number, stream = 0) {
    this.#state = Uint32Array.of(seed, stream, seed ^ 0x9e3779b9, 1);
    for (let i = 0; i < 16; i++) this.word();
  }

  /** An unsigned 32-bit number, all values alike. */
  word(): number {
    const s = this.#state;
    const result = s[0] + s[1] + s[3]++;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + result;
    return result >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * limit);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** A register value: half of them edges or their neighbourhood, half of them anything. */
  value(): number {
    switch (this.below(8)) {
      case 0:
      case 1:
      case 2:
        return this.pick(edges);
      case 3:
        return (1 << this.below(32)) >>> 0;
      case 4:
        return (this.pick(edges) + this.between(-2, 2)) >>> 0;
      default:
        return this.word();
    }
  }

  /** A value at which a sum or difference with `other` changes a flag, or nearly so. */
  related(other: number): number {
    const base = this.pick([other, ~other, -other, 0, 0x8000_0000 ^ other, 0x7fff_ffff - other]);
    return (base + this.pick([0, 0, -1, 1])) >>> 0;
  }
}
