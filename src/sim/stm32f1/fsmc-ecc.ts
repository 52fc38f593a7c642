/** Exclusive-or of the positions of the ones in a byte, and whether their number is odd (bit 3). */
const ones = Uint8Array.from({ length: 256 }, (_, byte) => {
  let sum = 0;
  for (let bit = 0; bit < 8; bit++) if ((byte >>> bit) & 1) sum ^= 8 | bit;
  return sum;
});

/**
 * The Hamming code that the FSMC computes over what passes to or from a NAND flash (RM0008 21.6.6): two parity bits for
 * each bit of the position of a data bit, the even one for the positions where that bit is 0, the odd one for those
 * where it is 1; positions count bits, eight to a byte.
 */
export class NandEcc {
  #bytes = 256;
  #count = 0;
  #odd = false;
  #positions = 0;

  /** ECCEN was cleared, or ECCPS says another number of bytes. */
  restart(bytes: number): void {
    this.#bytes = bytes;
    this.#count = 0;
    this.#odd = false;
    this.#positions = 0;
  }

  /** One byte of data; what comes after the last one of the page does not count. */
  take(byte: number): void {
    if (this.#count === this.#bytes) return;
    const sum = ones[byte & 0xff];
    this.#positions ^= sum & 7;
    if (sum & 8) {
      this.#odd = !this.#odd;
      this.#positions ^= this.#count << 3;
    }
    this.#count++;
  }

  /** ECCRx. */
  get value(): number {
    let value = 0;
    const positionBits = Math.log2(this.#bytes) + 3;
    for (let bit = 0; bit < positionBits; bit++) {
      const high = (this.#positions >>> bit) & 1;
      const low = high ^ (this.#odd ? 1 : 0);
      value |= (low | (high << 1)) << (bit * 2);
    }
    return value >>> 0;
  }
}
