import type { LoaderFile } from "../../formats/loader-file.ts";
import { loaderQueue } from "../algorithms/loader-queue.ts";

/** RAM that exists on the chip. */
export interface RamPiece {
  readonly base: number;
  readonly size: number;
}

/** Where everything lies in the RAM that a loader borrows. */
export interface Placement {
  /** What the file's addresses are relative to: 0 for `.stldr`, the load address for `.FLM`. */
  readonly loadBase: number;
  /** Where the loader lies. */
  readonly loader: RamPiece;
  /** What is written with it: guard, stack, vector table, code, control block. */
  readonly support: RamPiece;
  /** Words of a pattern below the stack: a loader that runs over its end changes them. */
  readonly guard: number;
  readonly stack: { readonly base: number; readonly top: number };
  /** The vector table, aligned as VTOR wants it. */
  readonly vectors: number;
  /** Code of firmware/flash-algorithm/loader-queue.S. */
  readonly code: number;
  /** Its control block. */
  readonly control: number;
  /** Room for the checksum algorithm and its table; undefined where RAM is too scarce. */
  readonly checksum: number | undefined;
  /** Where calls and their data are put, one cell after the other. */
  readonly cells: { readonly base: number; readonly stride: number; readonly count: number };
}

/** Why a loader cannot be placed. */
export interface PlacementFailure {
  readonly reason: "outside-ram" | "too-large";
  /** Bytes that are needed, at least. */
  readonly needed: number;
}

export const GUARD_BYTES = 32;
/** A call in the queue: eight words at the end of its cell. */
export const SLOT_BYTES = 32;
export const CONTROL_BYTES = 20;
export const CHECKSUM_BYTES = 1024 + 512;
const SMALLEST_STACK = 1024;
/** What a loader gets unless it was found to need more: all of it is saved, written and put back. */
export const USUAL_STACK = 2048;
/** What one gets that needs more, as far as there is room. */
export const LARGE_STACK = 16 * 1024;
/** What one transfer of the probe carries at most. */
const LARGEST_CELL = 6144;
const SMALLEST_DATA = 256;
/** More than this is not borrowed for data unless it is asked for: it has to be saved and put back. */
export const USUAL_BUFFERS = 32 * 1024;
const CELLS = 12;

/**
 * Finds room for a loader, its stack of at most `stack` bytes, a vector table of `vectorCount` words and at most `buffers` bytes
 * for data. `.stldr` files run where they
 * are linked; `.FLM` files go to the start of the largest RAM. Everything else comes behind the loader, else before it,
 * else into another RAM.
 */
export function placeLoader(
  loader: LoaderFile,
  ram: readonly RamPiece[],
  vectorCount: number,
  buffers = USUAL_BUFFERS,
  stack = USUAL_STACK,
): Placement | PlacementFailure {
  const pieces = joined(ram.filter(mayHoldCode));
  const { span, format } = loader;
  const home =
    format === "stldr"
      ? pieces.find((piece) => contains(piece, span.start, span.length))
      : [...pieces].sort((a, b) => b.size - a.size).find((piece) => piece.size >= span.length);
  const vectorBytes = 4 * vectorCount;
  const sizes = {
    vectorBytes,
    // VTOR: the table's size, rounded up to a power of two (ARMv7-M B1.5.3).
    alignment: 2 ** Math.ceil(Math.log2(Math.max(128, vectorBytes))),
    // A page, where the loader takes no less.
    buffers,
    smallest: format === "flm" ? Math.max(SMALLEST_DATA, up(loader.device.pageSize, 8)) : SMALLEST_DATA,
  };
  const support = GUARD_BYTES + SMALLEST_STACK + vectorBytes + up(loaderQueue.code.length + CONTROL_BYTES, 8);
  const needed = span.length + support + sizes.smallest + SLOT_BYTES;
  if (home === undefined) return { reason: "outside-ram", needed };
  const loadBase = format === "stldr" ? 0 : up(home.base, 16) - span.start;
  const start = loadBase + span.start;
  const rooms = [
    { base: start + span.length, limit: home.base + home.size },
    { base: home.base, limit: start },
    ...pieces.filter((piece) => piece !== home).map(({ base, size }) => ({ base, limit: base + size })),
  ];
  const sizesOfStack = [LARGE_STACK, LARGE_STACK / 2, LARGE_STACK / 4, USUAL_STACK, SMALLEST_STACK];
  for (const stackBytes of sizesOfStack.filter((size) => size <= stack)) {
    for (const room of rooms) {
      const found = layOut({ ...room, ...sizes, stackBytes });
      if (found === undefined || (stackBytes > SMALLEST_STACK && found.cells.count < 2)) continue;
      return { ...found, loadBase, loader: { base: start, size: span.length } };
    }
  }
  return { reason: "too-large", needed };
}

export function isPlaced(result: Placement | PlacementFailure): result is Placement {
  return "cells" in result;
}

interface Room {
  readonly base: number;
  readonly limit: number;
  readonly stackBytes: number;
  readonly vectorBytes: number;
  readonly alignment: number;
  readonly smallest: number;
  readonly buffers: number;
}

function layOut(room: Room): Omit<Placement, "loadBase" | "loader"> | undefined {
  const guard = up(room.base, 8);
  const stackBase = guard + GUARD_BYTES;
  const top = stackBase + room.stackBytes;
  const vectors = up(top, room.alignment);
  // Between stack and table there may be room enough for the code.
  const codeBytes = up(loaderQueue.code.length + CONTROL_BYTES, 8);
  const inGap = top + codeBytes <= vectors;
  const code = inGap ? top : vectors + room.vectorBytes;
  const control = code + loaderQueue.code.length;
  const end = inGap ? vectors + room.vectorBytes : code + codeBytes;
  const left = room.limit - up(end, 8);
  if (left < room.smallest + SLOT_BYTES) return undefined;
  const checksum = left >= CHECKSUM_BYTES + 2 * (room.smallest + SLOT_BYTES) ? up(end, 8) : undefined;
  const base = up(end, 8) + (checksum === undefined ? 0 : CHECKSUM_BYTES);
  // A page has to fit in any case.
  const least = room.smallest + SLOT_BYTES;
  const bytes = Math.min(room.limit - base, Math.max(room.buffers, least));
  const most = Math.min(CELLS, Math.floor(bytes / least));
  // Few large cells use the link best; three and more keep the target busy while the next is on its way.
  const count = Math.max(1, Math.min(most, Math.max(4, Math.floor(bytes / LARGEST_CELL))));
  const stride = Math.min(Math.max(LARGEST_CELL, least), Math.floor(bytes / count) & ~7);
  const support = { base: guard, size: end - guard };
  const stack = { base: stackBase, top };
  return { guard, support, stack, vectors, code, control, checksum, cells: { base, stride, count } };
}

function contains(piece: RamPiece, start: number, length: number): boolean {
  return start >= piece.base && start + length <= piece.base + piece.size;
}

/** Peripherals and devices are execute never (ARMv7-M B3.1), and so is RAM among them. */
function mayHoldCode({ base }: RamPiece): boolean {
  return base < 0x40000000 || (base >= 0x60000000 && base < 0xa0000000);
}

/** RAM regions that touch are one. */
function joined(ram: readonly RamPiece[]): RamPiece[] {
  const result: { base: number; size: number }[] = [];
  for (const { base, size } of [...ram].sort((a, b) => a.base - b.base)) {
    const last = result.at(-1);
    if (last !== undefined && last.base + last.size >= base) last.size = Math.max(last.size, base + size - last.base);
    else result.push({ base, size });
  }
  return result;
}

function up(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
