/** A set of exception numbers, one bit each: the few that are in it are found without a look at the others. */
export class ExceptionSet {
  /** Number 32 * n + m is bit m of word n. */
  readonly words: Int32Array;

  constructor(count: number) {
    this.words = new Int32Array((count + 31) >>> 5);
  }

  has(number: number): boolean {
    return ((this.words[number >>> 5] >>> (number & 31)) & 1) !== 0;
  }

  /** 1 when the number is in it, else 0. */
  bit(number: number): number {
    return (this.words[number >>> 5] >>> (number & 31)) & 1;
  }

  set(number: number, present: boolean): void {
    if (present) this.words[number >>> 5] |= 1 << (number & 31);
    else this.words[number >>> 5] &= ~(1 << (number & 31));
  }

  clear(): void {
    this.words.fill(0);
  }

  /** No number is in it. */
  get isEmpty(): boolean {
    for (let index = 0; index < this.words.length; index++) if (this.words[index] !== 0) return false;
    return true;
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (let index = 0; index < this.words.length; index++) {
      for (let rest = this.words[index]; rest !== 0; rest &= rest - 1) size++;
    }
    return size;
  }

  /** External interrupts 32 * `group` and on, as a word of the NVIC shows them: they begin at number 16. */
  externals(group: number): number {
    const { words } = this;
    const low = group < words.length ? words[group] >>> 16 : 0;
    const high = group + 1 < words.length ? words[group + 1] << 16 : 0;
    return (low | high) >>> 0;
  }

  /** Any external interrupt is in it. */
  get anyExternal(): boolean {
    if (this.words[0] >>> 16 !== 0) return true;
    for (let index = 1; index < this.words.length; index++) if (this.words[index] !== 0) return true;
    return false;
  }
}

/** The number of the lowest bit that is set; `bits` is not 0. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
