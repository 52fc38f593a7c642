import type { Work } from "./commands.ts";

/** DS5319 table 30: page or mass erase 20 ms at least, a half-word 52.5 us typically; maxima 40 ms and 70 us. */
const ERASE_MS = 20;
const SLOWEST_ERASE_MS = 40;
const HALF_WORD_MS = 0.0525;
const SLOWEST_HALF_WORD_MS = 0.07;
/** Core cycles that the algorithm adds to a half-word, and takes for a byte of a checksum. */
const HALF_WORD_CYCLES = 4;
const CHECKSUM_CYCLES = 11.6;

/**
 * How long the target takes for a piece of work. It begins with the data sheet's figures and learns from what was seen, so
 * that the host asks seldom, and seldom too late.
 */
export class Estimate {
  readonly #cycle: number;
  #erase = ERASE_MS;
  #halfWord: number;
  #checksumByte: number;

  /** `hclk` in hertz. */
  constructor(hclk: number) {
    this.#cycle = 1000 / hclk;
    this.#halfWord = HALF_WORD_MS + HALF_WORD_CYCLES * this.#cycle;
    this.#checksumByte = CHECKSUM_CYCLES * this.#cycle;
  }

  milliseconds({ pages, massErases, halfWords, checksumBytes }: Work): number {
    return (pages + massErases) * this.#erase + halfWords * this.#halfWord + checksumBytes * this.#checksumByte;
  }

  /** A payload is over; only one kind of work at a time teaches something. */
  learn({ pages, massErases, halfWords, checksumBytes }: Work, milliseconds: number): void {
    if (pages + massErases > 0) {
      if (halfWords + checksumBytes > 0) return;
      this.#erase = within(milliseconds / (pages + massErases), ERASE_MS / 2, 2 * SLOWEST_ERASE_MS);
    } else if (halfWords >= 256 && checksumBytes === 0) {
      this.#halfWord = within(milliseconds / halfWords, HALF_WORD_MS / 2, 1);
    } else if (halfWords === 0 && checksumBytes >= 1024) {
      this.#checksumByte = within(milliseconds / checksumBytes, this.#cycle, 100 * CHECKSUM_CYCLES * this.#cycle);
    }
  }

  /** After this long without a sign of life something is wrong. */
  limit({ pages, massErases, halfWords, checksumBytes }: Work): number {
    const slowest =
      (pages > 0 || massErases > 0 ? SLOWEST_ERASE_MS : 0) +
      halfWords * (SLOWEST_HALF_WORD_MS + HALF_WORD_CYCLES * this.#cycle) +
      checksumBytes * CHECKSUM_CYCLES * this.#cycle;
    return 500 + 4 * slowest;
  }
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
