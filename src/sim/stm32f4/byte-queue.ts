/** A FIFO of bytes with a fixed number of places. */
export class ByteQueue {
  readonly #bytes: Uint8Array;
  #first = 0;
  #length = 0;

  constructor(places: number) {
    this.#bytes = new Uint8Array(places);
  }

  get length(): number {
    return this.#length;
  }

  get free(): number {
    return this.#bytes.length - this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Adds a byte; lost when there is no place. */
  push(byte: number): void {
    if (this.free === 0) return;
    this.#bytes[(this.#first + this.#length) % this.#bytes.length] = byte;
    this.#length++;
  }

  /** Takes the oldest byte; 0 when there is none. */
  shift(): number {
    if (this.#length === 0) return 0;
    const byte = this.#bytes[this.#first];
    this.#first = (this.#first + 1) % this.#bytes.length;
    this.#length--;
    return byte;
  }
}
