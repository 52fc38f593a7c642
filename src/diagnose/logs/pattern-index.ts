import type { LinePattern, LogReader } from "./log-reader.ts";
import { WordTrie } from "./word-trie.ts";

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
  readonly #words: WordTrie<Candidate>;
  /** By the order of a candidate: the search in which it was last found. */
  readonly #seenIn: Float64Array;
  #round = 0;

  constructor(readers: readonly LogReader[]) {
    const all = readers.flatMap((reader) => reader.patterns.map((pattern) => ({ reader, pattern })));
    const candidates = all.map((each, order): Candidate => ({ ...each, order }));
    this.size = candidates.length;
    this.#seenIn = new Float64Array(this.size);
    const words = candidates.flatMap((each) => each.pattern.words.map((word) => [word, each] as const));
    for (const [word] of words) {
      if (!/^\w/.test(word) || word !== word.toLowerCase()) {
        throw new Error(`"${word}": the words of a pattern are lower case and begin with a letter, a digit or _`);
      }
    }
    this.#words = new WordTrie(words);
  }

  /** The patterns of whose words the text has one, in order. */
  candidates(text: string): Candidate[] {
    const round = ++this.#round;
    const found: Candidate[] = [];
    this.#words.find(text.toLowerCase(), (values) => {
      for (const each of values) {
        if (this.#seenIn[each.order] === round) continue;
        this.#seenIn[each.order] = round;
        found.push(each);
      }
      return false;
    });
    return found.sort(byOrder);
  }

  /** Where words of patterns stand behind the start of the text, with the patterns of each; at most so many places. */
  occurrences(text: string, most: number): { readonly at: number; readonly candidates: readonly Candidate[] }[] {
    const found: { at: number; candidates: Candidate[] }[] = [];
    const take = (values: readonly Candidate[], at: number): boolean => {
      const last = found.at(-1);
      if (last?.at === at) last.candidates.push(...values);
      else if (found.length === most) return true;
      else found.push({ at, candidates: [...values] });
      return false;
    };
    this.#words.find(text.toLowerCase(), take, 1);
    return found;
  }

  /** Whether the text has a word of any pattern. */
  touches(text: string): boolean {
    return this.#words.find(text.toLowerCase(), () => true);
  }
}

function byOrder(one: Candidate, other: Candidate): number {
  return one.order - other.order;
}
