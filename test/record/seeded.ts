/** Whole numbers from 0 to below the limit, the same row for a seed (xorshift32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed * 2654435761 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
