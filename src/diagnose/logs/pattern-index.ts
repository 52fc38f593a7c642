import type { LinePattern, LogReader } from "./log-reader.ts";

/** A pattern with its reader. */
export interface Candidate {
  readonly reader: LogReader;
  readonly pattern: LinePattern;
  /** Position in the order of all patterns. */
  readonly order: number;
}

const indexes = new WeakMap<readonly LogReader[], PatternIndex>();

/** The index of some readers' patterns, made once. */
export function indexOf(readers: readonly LogReader[]): PatternIndex {
  let index = indexes.get(readers);
  if (index === undefined) {
    index = new PatternIndex(readers);
    indexes.set(readers, index);
  }
  return index;
}

/** Finds the patterns that a line may match, by the literal words that they need. */
export class PatternIndex {
  readonly size: number;
  readonly #words: RegExp;
  readonly #byWord = new Map<string, readonly Candidate[]>();

  constructor(readers: readonly LogReader[]) {
    const all = readers.flatMap((reader) => reader.patterns.map((pattern) => ({ reader, pattern })));
    const candidates = all.map((each, order): Candidate => ({ ...each, order }));
    this.size = candidates.length;
    const own = new Map<string, Candidate[]>();
    for (const each of candidates) {
      for (const word of each.pattern.words) {
        if (!/^\w/.test(word) || word !== word.toLowerCase()) {
          throw new Error(`"${word}": the words of a pattern are lower case and begin with a letter, a digit or _`);
        }
        // Found with a shorter one of the same pattern.
        if (each.pattern.words.some((other) => other !== word && word.startsWith(other))) continue;
        const list = own.get(word);
        if (list === undefined) own.set(word, [each]);
        else list.push(each);
      }
    }
    // The longest alternative is found first; shorter ones that start it are found with it.
    const words = [...own.keys()].sort((a, b) => b.length - a.length);
    for (const word of words) {
      const starts = new Set<Candidate>();
      for (let end = word.length; end > 0; end--) {
        for (const each of own.get(word.slice(0, end)) ?? []) starts.add(each);
      }
      this.#byWord.set(word, [...starts]);
    }
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.#words = new RegExp(`\\b(?:${escaped.length === 0 ? "(?!)" : escaped.join("|")})`, "g");
  }

  /** The patterns of whose words the text has one, in order. */
  candidates(text: string): Candidate[] {
    const lower = text.toLowerCase();
    this.#words.lastIndex = 0;
    let match = this.#words.exec(lower);
    if (match === null) return [];
    const found = new Set<Candidate>();
    while (match !== null) {
      for (const each of this.#byWord.get(match[0]) ?? []) found.add(each);
      // Words may overlap: go on behind this one's first letter.
      this.#words.lastIndex = match.index + 1;
      match = this.#words.exec(lower);
    }
    return [...found].sort((a, b) => a.order - b.order);
  }

  /** Where words of patterns stand behind the start of the text, with the patterns of each; at most so many. */
  occurrences(text: string, most: number): { readonly at: number; readonly candidates: readonly Candidate[] }[] {
    const lower = text.toLowerCase();
    const found: { at: number; candidates: readonly Candidate[] }[] = [];
    this.#words.lastIndex = 1;
    for (let match = this.#words.exec(lower); match !== null && found.length < most; match = this.#words.exec(lower)) {
      found.push({ at: match.index, candidates: this.#byWord.get(match[0]) ?? [] });
      this.#words.lastIndex = match.index + 1;
    }
    return found;
  }

  /** Whether the text has a word of any pattern. */
  touches(text: string): boolean {
    this.#words.lastIndex = 0;
    return this.#words.test(text.toLowerCase());
  }
}
