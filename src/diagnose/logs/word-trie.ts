/**
 * Many words, found in a text in one pass: at each place where a word begins as many letters are followed as any of them has
 * there. An alternation of some thousand words in a regular expression finds the same in several times as long, and is compiled at
 * each start.
 */
export class WordTrie<T> {
  /** Numbers of the characters that the words have; 0: in none of them. */
  readonly #letters = new Uint16Array(0x10000);
  #alphabet = 1;
  /** From a node (a row) and a letter (a column) to the next node; 0: there is none, for nothing leads back to the root. */
  readonly #next: Int32Array;
  #nodes = 1;
  /** What ends at a node. */
  readonly #ends: (T[] | undefined)[] = [];

  /** `words`: each begins with a letter, a digit or `_`; several may be equal. */
  constructor(words: readonly (readonly [word: string, value: T])[]) {
    for (const [word] of words) {
      for (let i = 0; i < word.length; i++) {
        const code = word.charCodeAt(i);
        if (this.#letters[code] === 0) this.#letters[code] = this.#alphabet++;
      }
    }
    // As many nodes as the words have letters, were no two to begin alike: what is not used of it takes no memory.
    const most = words.reduce((sum, [word]) => sum + word.length, 1);
    this.#next = new Int32Array(most * this.#alphabet);
    for (const [word, value] of words) this.#add(word, value);
  }

  #add(word: string, value: T): void {
    let node = 0;
    for (let i = 0; i < word.length; i++) {
      const key = node * this.#alphabet + this.#letters[word.charCodeAt(i)];
      if (this.#next[key] === 0) this.#next[key] = this.#nodes++;
      node = this.#next[key];
    }
    const ends = this.#ends[node];
    if (ends === undefined) this.#ends[node] = [value];
    else ends.push(value);
  }

  /**
   * Calls `found` with where a word stands in the text, from `from` on, and what it stands for: in the order of their
   * places, at one place the shorter ones first. Ends when `found` returns true, and returns that.
   */
  find(text: string, found: (values: readonly T[], at: number) => boolean, from = 0): boolean {
    let inWord = from > 0 && isWordCharacter(text.charCodeAt(from - 1));
    for (let at = from; at < text.length; at++) {
      const begins = !inWord;
      inWord = isWordCharacter(text.charCodeAt(at));
      if (!begins || !inWord) continue;
      let node = 0;
      for (let i = at; i < text.length; i++) {
        node = this.#next[node * this.#alphabet + this.#letters[text.charCodeAt(i)]];
        if (node === 0) break;
        const ends = this.#ends[node];
        if (ends !== undefined && found(ends, at)) return true;
      }
    }
    return false;
  }
}

/** As `\w` has it. */
function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || (code >= 0x41 && code <= 0x5a)
  );
}
