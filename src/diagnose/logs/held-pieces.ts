const NEWLINE = 0x0a;

/** A piece of a log in an encoding in which a newline is one byte, and how many lines end in it. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

/** The last pieces of a long log, as many as hold a number of lines; not yet decoded. */
export class HeldPieces {
  readonly #pieces: Piece[] = [];
  #lines = 0;

  /** Adds a piece; returns the oldest ones that are not needed for the last `least` lines any more. */
  add(bytes: Uint8Array, least: number): Piece[] {
    let lines = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
    this.#pieces.push({ bytes, lines });
    this.#lines += lines;
    let surplus = 0;
    for (const each of this.#pieces) {
      if (this.#lines - each.lines <= least) break;
      this.#lines -= each.lines;
      surplus++;
    }
    return this.#pieces.splice(0, surplus);
  }

  /** Gives them back, oldest first. */
  take(): Piece[] {
    this.#lines = 0;
    return this.#pieces.splice(0);
  }
}
