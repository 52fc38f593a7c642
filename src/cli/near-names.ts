/** How many names an error lists. */
const MOST = 8;
/** Letters by which a name may differ from what was meant, for each letter of it. */
const TYPOS = 0.3;

/** Those of the names that were probably meant, most likely first: another case, another ending, a slip of the keys. */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  const stem = stemOf(wanted);
  if (stem === "") return [];
  return names
    .map((name) => ({ name, distance: distanceOf(stem, stemOf(name)) }))
    .filter(({ name, distance }) => distance <= TYPOS * stem.length || stemOf(name).startsWith(stem))
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name)
    .slice(0, 3);
}

/** Names for one line; the rest is counted. */
export function someNames(names: readonly string[]): string {
  const more = names.length - MOST;
  return more > 0 ? `${names.slice(0, MOST).join(", ")} and ${more} more` : names.join(", ");
}

function stemOf(name: string): string {
  return name.toLowerCase().replace(/\.\w{1,5}$/, "");
}

/** Letters to put in, take out or change (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j] + (from[i] === to[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[to.length];
}
