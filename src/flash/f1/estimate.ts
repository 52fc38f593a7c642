import type { Work } from "./commands.ts";

/** DS5319 table 30: page or mass erase 20 ms at least, a half-word 52.5 us typically; maxima 40 ms and 70 us. */
const ERASE_MS = 20;
const SLOWEST_ERASE_MS = 40;
const HALF_WORD_MS = 0.0525;
/** What the algorithm adds to a half-word at 8 MHz. */
const OVERHEAD_MS = 0.0023;
const SLOWEST_HALF_WORD_MS = 0.07;
/** About ten cycles a byte at 8 MHz. */
const CHECKSUM_BYTE_MS = 0.00125;

/**
 * How long the target takes for a piece of work. It begins with the data sheet's figures and learns from what was seen, so
 * that the host asks seldom, and seldom too late.
 */
export class Estimate {
  #erase = ERASE_MS;
  #halfWord = HALF_WORD_MS + OVERHEAD_MS;
  #checksumByte = CHECKSUM_BYTE_MS;

  milliseconds({ pages, massErases, halfWords, checksumBytes }: Work): number {
    return (pages + massErases) * this.#erase + halfWords * this.#halfWord + checksumBytes * this.#checksumByte;
  }

  /**
   * A payload is over; only one kind of work at a time teaches something. `milliseconds` is when that was seen: when it was
   * so at the first look, it may have been over a little earlier.
   */
  learn({ pages, massErases, halfWords, checksumBytes }: Work, seen: number, firstLook: boolean): void {
    const milliseconds = firstLook ? seen * FIRST_LOOK : seen;
    if (pages + massErases > 0) {
      this.#erase = towards(this.#erase, milliseconds / (pages + massErases), ERASE_MS / 2, 2 * SLOWEST_ERASE_MS);
    } else if (halfWords >= 256 && checksumBytes === 0) {
      this.#halfWord = towards(this.#halfWord, milliseconds / halfWords, HALF_WORD_MS / 2, 1);
    } else if (halfWords === 0 && checksumBytes >= 1024) {
      this.#checksumByte = towards(this.#checksumByte, milliseconds / checksumBytes, CHECKSUM_BYTE_MS / 100, 1);
    }
  }

  /** After this long without a sign of life something is wrong; `slowness` is by how much the core clock is divided. */
  static limit({ pages, massErases, halfWords, checksumBytes }: Work, slowness: number): number {
    const slowest =
      (pages > 0 || massErases > 0 ? SLOWEST_ERASE_MS : 0) +
      halfWords * (SLOWEST_HALF_WORD_MS + OVERHEAD_MS * slowness) +
      checksumBytes * CHECKSUM_BYTE_MS * slowness;
    return 500 + 4 * slowest;
  }
}

/** So that looks become earlier until one is too early. */
const FIRST_LOOK = 0.99;

function towards(known: number, seen: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, known + 0.75 * (seen - known)));
}
