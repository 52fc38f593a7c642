/**
 * How a region was left, in one word: cycles and instructions of the block that did not take place, where the flags
 * are (0 when that varies), ITSTATE. Zero when everything is in its place.
 */
export function packExit(cycles: number, instructions: number, flags: number, it: number): number {
  return cycles | (instructions << 11) | ((flags & 15) << EXIT_FLAGS) | (it << 24);
}

/** Bit at which the place of the flags begins in such a word. */
export const EXIT_FLAGS = 18;

export const exitCycles = (exit: number): number => exit & 0x7ff;
export const exitInstructions = (exit: number): number => (exit >>> 11) & 0x7f;
export const exitFlags = (exit: number): number => (exit >>> EXIT_FLAGS) & 15;

/** Bits of such a word: the core is to look at what happened; the budget does not suffice for what comes. */
export const EXIT_TO_CORE = 1 << 22;
export const EXIT_BUDGET = 1 << 23;
/** Both: an access goes to what is no plain memory, which was not expected there. */
export const EXIT_MISS = EXIT_TO_CORE | EXIT_BUDGET;

/** The whole word, where a region is left for a callee that it cannot call, and everything is in its place. */
export const EXIT_TO_CALLEE = 1;

export const exitIt = (exit: number): number => exit >>> 24;

/** What a call out of line needs to know of its place: cycles of the block from there on, and those to be kept. */
export function packPlace(cycles: number, beyond: number): number {
  return cycles | (beyond << 12);
}

export const placeCycles = (place: number): number => place & 0xfff;
export const placeBeyond = (place: number): number => place >>> 12;

/** What became of an access that went out of line. */
export const Status = {
  DONE: 0,
  /** The budget is another one now, and suffices. */
  NEW_BUDGET: 1,
  /** The region is to be left behind this instruction. */
  LEAVE: 2,
  /** The instruction faults. */
  FAULT: 3,
} as const;
