/**
 * Flash cells that have been erased and programmed too often: charge that is trapped in their oxide makes them read 0
 * after an erase. One bit in each 32 bytes of a stretch of main flash.
 */
export class WornCells {
  readonly #from: number;
  readonly #to: number;

  /** Offsets into main flash: the first byte of the stretch, and the first after it. */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /** What an erase of `length` bytes at `offset` leaves of the ones. */
  erased(flash: Uint8Array, offset: number, length: number): void {
    const end = Math.min(this.#to, offset + length, flash.length);
    for (let at = Math.max(this.#from, offset); at < end; at++) {
      const place = Math.imul(at >>> 5, 0x9e3779b1) >>> 0;
      if ((at & 31) === place >>> 27) flash[at] &= ~(1 << ((place >>> 24) & 7));
    }
  }
}
