/**
 * How far the block came in which a region is left, in one word: cycles and instructions of it that did not take place,
 * why it is left, ITSTATE. Zero when everything is in its place.
 */
export function packExit(cycles: number, instructions: number, it: number): number {
  return cycles | (instructions << 11) | (it << 24);
}

export const exitCycles = (exit: number): number => exit & 0x7ff;
export const exitInstructions = (exit: number): number => (exit >>> 11) & 0x7f;

/** Bits of such a word: the core is to look at what happened; the budget does not suffice for what comes. */
export const EXIT_TO_CORE = 1 << 22;
export const EXIT_BUDGET = 1 << 23;
/** Both: an access goes to what is no plain memory, which was not expected there. */
export const EXIT_MISS = EXIT_TO_CORE | EXIT_BUDGET;

export const exitIt = (exit: number): number => exit >>> 24;

/** A place at which a region is left in the middle: what is in its locals then has to be taken back into the core. */
export interface Site {
  /** Where the core goes on. */
  readonly pc: number;
  /** See {@link packExit}. */
  readonly exit: number;
  /** Where the flags are; see flags.ts. */
  readonly flags: number;
  /** Registers that may be newer than the state block, as a mask. */
  readonly dirty: number;
}

/** In place of a region's number: the state block is up to date, and has the word for {@link packExit} itself. */
export const NO_REGION = -1;
/** Or: everything is in its place, and the core goes on at a callee that could not be called. */
export const TO_CALLEE = -2;

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
