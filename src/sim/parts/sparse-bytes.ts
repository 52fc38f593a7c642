/** The content of a large memory: pieces exist once somebody wrote to them, the rest reads as erased (0xFF). */
export class SparseBytes {
  readonly length: number;
  readonly #pieceBytes: number;
  readonly #pieces = new Map<number, Uint8Array>();

  constructor(length: number, pieceBytes: number) {
    this.length = length;
    this.#pieceBytes = pieceBytes;
  }

  get(offset: number): number {
    const piece = this.#pieces.get(Math.floor(offset / this.#pieceBytes));
    return piece === undefined ? 0xff : piece[offset % this.#pieceBytes];
  }

  set(offset: number, value: number): void {
    this.#piece(Math.floor(offset / this.#pieceBytes))[offset % this.#pieceBytes] = value;
  }

  /** A copy of bytes [offset, offset + length), as far as the memory goes. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.length - offset))).fill(0xff);
    for (let done = 0; done < bytes.length; ) {
      const within = (offset + done) % this.#pieceBytes;
      const count = Math.min(this.#pieceBytes - within, bytes.length - done);
      const piece = this.#pieces.get(Math.floor((offset + done) / this.#pieceBytes));
      if (piece !== undefined) bytes.set(piece.subarray(within, within + count), done);
      done += count;
    }
    return bytes;
  }

  /** Puts bytes in place as a programmer in the factory would; what lies beyond the end is dropped. */
  write(offset: number, bytes: Uint8Array): void {
    const total = Math.min(bytes.length, this.length - offset);
    for (let done = 0; done < total; ) {
      const within = (offset + done) % this.#pieceBytes;
      const count = Math.min(this.#pieceBytes - within, total - done);
      this.#piece(Math.floor((offset + done) / this.#pieceBytes)).set(bytes.subarray(done, done + count), within);
      done += count;
    }
  }

  /** Back to 0xFF. */
  erase(offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const index = Math.floor((offset + done) / this.#pieceBytes);
      const within = (offset + done) % this.#pieceBytes;
      const count = Math.min(this.#pieceBytes - within, length - done);
      if (count === this.#pieceBytes) this.#pieces.delete(index);
      else this.#pieces.get(index)?.fill(0xff, within, within + count);
      done += count;
    }
  }

  #piece(index: number): Uint8Array {
    let piece = this.#pieces.get(index);
    if (piece === undefined) {
      piece = new Uint8Array(this.#pieceBytes).fill(0xff);
      this.#pieces.set(index, piece);
    }
    return piece;
  }
}
