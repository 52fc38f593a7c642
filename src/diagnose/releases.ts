/** Releases of tools, compared. */

/** Major, minor and patch of `v1.6.1-2-gabc1234`, 0 where one is not told. */
function partsOf(version: string): readonly number[] {
  const parts = version
    .replace(/^v/i, "")
    .split(/[.-]/)
    .map((part) => Number.parseInt(part, 10) || 0);
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

/** Whether a release came before another: `1.9.2` before `1.10`. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [partsOf(version), partsOf(than)];
  const at = one.findIndex((part, index) => part !== other[index]);
  return at >= 0 && one[at] < other[at];
}

/** Whether it was built from commits behind a release, as `git describe` names it: it may have what the next one brought. */
export function isBetweenReleases(version: string): boolean {
  return /-\d+-g[0-9a-f]{5}/i.test(version);
}
