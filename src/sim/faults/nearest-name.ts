/** The one of `names` that takes the fewest changed letters to become, if it takes less than half of them. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.ceil(wanted.length / 2);
  for (const name of names) {
    const changes = distance(wanted, name);
    if (changes < least) [best, least] = [name, changes];
  }
  return best;
}

/** Letters inserted, left out or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}
