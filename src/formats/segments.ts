import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";

/** A piece of an image: bytes and the address they belong to. */
export interface Segment {
  readonly address: number;
  readonly data: Uint8Array;
}

/** A piece as a reader found it, with words for where in the file that was (`line 12`, `section .text`). */
export interface FoundSegment extends Segment {
  readonly origin: string;
}

/** What a text format gives: pieces in address order that do not touch, and where the program starts, if it says so. */
export interface TextImage {
  readonly segments: readonly Segment[];
  readonly entry?: number;
}

/**
 * Sorts pieces by address and joins those that touch; empty ones go away.
 * Rejects with `image-overlap` (facts: address) when two pieces claim the same address, and with
 * `image-address` when one reaches beyond the 32-bit address space.
 */
export function joinSegments(pieces: readonly FoundSegment[], fileName: string): Segment[] {
  const sorted = pieces.filter((piece) => piece.data.length > 0).sort((a, b) => a.address - b.address);
  const joined: Segment[] = [];
  let run: FoundSegment[] = [];
  let end = -1;
  const close = (): void => {
    if (run.length > 0) joined.push({ address: run[0].address, data: together(run, end - run[0].address) });
  };
  for (const piece of sorted) {
    if (piece.address + piece.data.length > 2 ** 32) {
      throw new ProbityError(
        "image-address",
        `${fileName}: ${piece.origin} reaches beyond the end of the 32-bit address space.`,
        {
          facts: { address: piece.address, length: piece.data.length },
          remedy: ["Build the file for a 32-bit target and check its linker script."],
        },
      );
    }
    if (piece.address < end) {
      const other = run[run.length - 1];
      throw new ProbityError(
        "image-overlap",
        `${fileName}: ${piece.origin} and ${other.origin} both claim address ${hex32(piece.address)}.`,
        {
          facts: { address: piece.address, first: other.origin, second: piece.origin },
          remedy: ["Check the linker script, or the two files that were merged into this one, for overlapping parts."],
        },
      );
    }
    if (piece.address !== end) {
      close();
      run = [];
    }
    run.push(piece);
    end = piece.address + piece.data.length;
  }
  close();
  return joined;
}

function together(run: readonly FoundSegment[], length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (const piece of run) data.set(piece.data, piece.address - run[0].address);
  return data;
}
