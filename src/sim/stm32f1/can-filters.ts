/** A frame on a CAN bus. */
export interface CanFrame {
  /** 11 bits, or 29 when `extended`. */
  readonly id: number;
  readonly extended: boolean;
  readonly remote: boolean;
  readonly data: readonly number[];
}

/** What the filters made of a frame: the FIFO it goes to and the number of the filter that let it in (FMI). */
export interface FilterMatch {
  readonly fifo: 0 | 1;
  readonly index: number;
}

/** Filter banks of a bxCAN (RM0008 24.7.4): mask or list, one 32-bit or two 16-bit filters a word. */
export class CanFilters {
  /** FM1R: list mode; FS1R: 32 bits; FFA1R: FIFO 1; FA1R: active. */
  mode = 0;
  scale = 0;
  fifo = 0;
  active = 0;
  /** FiR1, FiR2. */
  readonly words: Uint32Array;

  constructor(banks: number) {
    this.words = new Uint32Array(banks * 2);
  }

  /** The filter that lets `frame` in: 32-bit ones before 16-bit ones, lists before masks, then the lower number. */
  match(frame: CanFrame): FilterMatch | undefined {
    const next = [0, 0];
    let best: (FilterMatch & { rank: number }) | undefined;
    for (let bank = 0; bank < this.words.length / 2; bank++) {
      const fifo = ((this.fifo >> bank) & 1) as 0 | 1;
      const wide = ((this.scale >> bank) & 1) !== 0;
      const list = ((this.mode >> bank) & 1) !== 0;
      const filters = this.#filters(bank, wide, list);
      const target = wide ? wideWord(frame) : narrowWord(frame);
      filters.forEach(({ value, mask }, position) => {
        const rank = (wide ? 0 : 2) + (list ? 0 : 1);
        const hit = (this.active >> bank) & 1 && ((target ^ value) & mask) === 0;
        if (hit && (best === undefined || rank < best.rank)) best = { fifo, index: next[fifo] + position, rank };
      });
      // Numbers count on over banks that are not active.
      next[fifo] += filters.length;
    }
    return best;
  }

  reset(): void {
    this.mode = this.scale = this.fifo = this.active = 0;
    this.words.fill(0);
  }

  #filters(bank: number, wide: boolean, list: boolean): { value: number; mask: number }[] {
    const first = this.words[bank * 2];
    const second = this.words[bank * 2 + 1];
    // Bit 0 of a 32-bit filter is not part of a frame.
    if (wide) {
      if (!list) return [{ value: first, mask: second & ~1 }];
      return [first, second].map((value) => ({ value, mask: ~1 }));
    }
    const halves = [first & 0xffff, first >>> 16, second & 0xffff, second >>> 16];
    if (list) return halves.map((value) => ({ value, mask: 0xffff }));
    return [
      { value: halves[0], mask: halves[1] },
      { value: halves[2], mask: halves[3] },
    ];
  }
}

/** The frame as TIxR and RIxR hold it, TXRQ aside: identifier, IDE, RTR. */
export function wideWord(frame: CanFrame): number {
  const id = frame.extended ? (frame.id << 3) | 4 : frame.id << 21;
  return (id | (frame.remote ? 2 : 0)) >>> 0;
}

/** The frame as a 16-bit filter sees it: STID, RTR, IDE, EXID[17:15]. */
function narrowWord(frame: CanFrame): number {
  const standard = frame.extended ? frame.id >>> 18 : frame.id;
  const upper = frame.extended ? (frame.id >>> 15) & 7 : 0;
  return (standard << 5) | (frame.remote ? 0x10 : 0) | (frame.extended ? 8 : 0) | upper;
}

/** The frame that a mailbox holds. */
export function frameOf(identifier: number, length: number, low: number, high: number): CanFrame {
  const extended = (identifier & 4) !== 0;
  const remote = (identifier & 2) !== 0;
  const count = remote ? 0 : Math.min(8, length & 15);
  const data = Array.from({ length: count }, (_, i) => ((i < 4 ? low : high) >>> ((i & 3) * 8)) & 0xff);
  return { id: extended ? (identifier >>> 3) & 0x1fffffff : identifier >>> 21, extended, remote, data };
}
