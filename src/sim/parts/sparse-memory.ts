const CHUNK = 0x10000;

/** Bytes of a large memory part, erased (0xFF) until written; only chunks of 64 KiB that hold something take memory. */
export class SparseMemory {
  readonly size: number;
  readonly #chunks = new Map<number, Uint8Array>();

  /** `size` in bytes, a multiple of 64 KiB. */
  constructor(size: number) {
    this.size = size;
  }

  /** Chunks of 64 KiB that take memory. */
  get chunks(): number {
    return this.#chunks.size;
  }

  byte(address: number): number {
    const chunk = this.#chunks.get(Math.floor(address / CHUNK));
    return chunk === undefined ? 0xff : chunk[address % CHUNK];
  }

  /** Programs one byte: bits can be cleared only. */
  clearBits(address: number, value: number): void {
    if (value === 0xff) return;
    this.#chunkAt(address)[address % CHUNK] &= value;
  }

  /** A copy of `length` bytes. Throws a RangeError outside the memory. */
  read(address: number, length: number): Uint8Array {
    this.#check(address, length);
    const bytes = new Uint8Array(length).fill(0xff);
    this.#forParts(address, length, (chunk, from, to, done) => {
      const there = this.#chunks.get(chunk);
      if (there !== undefined) bytes.set(there.subarray(from, to), done);
    });
    return bytes;
  }

  /** Puts content there as a programmer in the factory would. Throws a RangeError outside the memory. */
  load(address: number, data: Uint8Array): void {
    this.#check(address, data.length);
    this.#forParts(address, data.length, (chunk, from, to, done) => {
      this.#chunkAt(chunk * CHUNK).set(data.subarray(done, done + to - from), from);
    });
  }

  erase(address: number, length: number): void {
    this.#check(address, length);
    this.#forParts(address, length, (chunk, from, to) => {
      if (to - from === CHUNK) this.#chunks.delete(chunk);
      else this.#chunks.get(chunk)?.fill(0xff, from, to);
    });
  }

  #check(address: number, length: number): void {
    if (address < 0 || length < 0 || address + length > this.size) {
      throw new RangeError(`${length} bytes at ${address} are outside a memory of ${this.size} bytes`);
    }
  }

  #chunkAt(address: number): Uint8Array {
    const number = Math.floor(address / CHUNK);
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK).fill(0xff);
      this.#chunks.set(number, chunk);
    }
    return chunk;
  }

  #forParts(
    address: number,
    length: number,
    act: (chunk: number, from: number, to: number, done: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const from = (address + done) % CHUNK;
      const to = Math.min(CHUNK, from + length - done);
      act(Math.floor((address + done) / CHUNK), from, to, done);
      done += to - from;
    }
  }
}
