import { ProbityError } from "../../base/errors.ts";
import { stm32f1Algorithm } from "../algorithms/stm32f1.ts";
import type { RamArea } from "../target-crc32.ts";
import { TAIL_BYTES } from "./commands.ts";

/** The control block of firmware/flash-algorithm/stm32f1.c, word by word. */
export const CONTROL_WORDS = 8;
/** While the target works on one slot, the other is filled. */
export const SLOTS = 2;
/** Room for the 256 words of a checksum table. */
export const TABLE_BYTES = 1024;
/** Twice what `serve` and what it calls use, so that a debugger may look at a frame of a fault. */
const STACK_BYTES = 192;
/** Checksums of one slot at most. */
const MOST_SUMS = 128;
/** What one transfer of the probe carries at most. */
const LARGEST_SLOT = 6144;
const SMALLEST_SLOT = 256;

/** Where everything lies in the RAM that the job borrows. */
export interface JobLayout {
  readonly slotSize: number;
  /** End of slot 0; the head (code, control block, stack, checksums of each slot, table) begins there. */
  readonly head: number;
  readonly control: number;
  readonly stackTop: number;
  /** Checksums that a slot may ask for; they are left at `sums`, those of slot 1 behind those of slot 0. */
  readonly slotSums: number;
  readonly sums: number;
  readonly table: number;
}

/**
 * Slots below, then code, control block and stack; then checksums and their table, which are borrowed only when they are used.
 * Throws `flash-ram-too-small`.
 */
export function layOutJob(ram: RamArea): JobLayout {
  const code = stm32f1Algorithm.code.length;
  const slotSums = Math.min(MOST_SUMS, ram.size >>> 7);
  const runSize = (code + 4 * CONTROL_WORDS + STACK_BYTES + 7) & ~7;
  const headSize = (runSize + SLOTS * 4 * slotSums + TABLE_BYTES + 7) & ~7;
  const slotSize = Math.min(LARGEST_SLOT, ((ram.size - headSize) / SLOTS) & ~7);
  if (slotSize < SMALLEST_SLOT + TAIL_BYTES) {
    throw new ProbityError(
      "flash-ram-too-small",
      `The flash algorithm needs more RAM than the chip's ${ram.size} bytes.`,
      {
        facts: { ramSize: ram.size, needed: headSize + SLOTS * (SMALLEST_SLOT + TAIL_BYTES) },
        remedy: ["Check that the chip was identified correctly."],
      },
    );
  }
  const head = ram.base + SLOTS * slotSize;
  const sums = head + runSize;
  const table = sums + SLOTS * 4 * slotSums;
  return { slotSize, head, control: head + code, stackTop: sums, slotSums, sums, table };
}
