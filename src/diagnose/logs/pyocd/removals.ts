/** What Python had and has no longer, by the release that dropped it ("What's New in Python", sections "Removed"). */
const removals: readonly (readonly [name: RegExp, release: string])[] = [
  [/'isAlive'/, "3.9"],
  [/'(?:tostring|fromstring)'/, "3.9"],
  [/'getchildren'/, "3.9"],
  [/'(?:de|en)codestring'/, "3.9"],
  [/module '?collections'? has no attribute/, "3.10"],
  [/'getargspec'/, "3.11"],
  [/module '?asyncio'? has no attribute '(?:coroutine|async)'/, "3.11"],
  [/named '?(?:imp|distutils|asyncore|asynchat|smtpd)'?(?:\s|\.|$)/, "3.12"],
  [/module '?pkgutil'? has no attribute '(?:ImpImporter|ImpLoader)'/, "3.12"],
  [/'SafeConfigParser'/, "3.12"],
];

/** The release of Python that dropped what an error of its says is not there. */
export function removedFromPython(error: string): string | undefined {
  return removals.find(([name]) => name.test(error))?.[1];
}
