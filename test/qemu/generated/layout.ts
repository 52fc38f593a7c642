/** Where generated programs lie; harness.s has the same addresses. */

/** Code of program number `slot`, and how much of it there is. */
export const codeSize = 0x4000;
export const codeBase = (slot: number): number => codeSize * (slot + 1);

/** Data of program number `slot`, its code in RAM within. */
export const dataSize = 0x1000;
export const dataBase = (slot: number): number => 0x2000_0000 + dataSize * slot;

/** Bytes at the start of the data that the program loads and stores. */
export const scratchSize = 0x400;
/** Functions in RAM: the offset of the first in the data, bytes for each, how many. */
export const ramCode = { offset: 0x400, size: 0x100, count: 4 } as const;
/** Offsets of the words that the handlers keep, of which only `ticks` depends on time. */
export const hashOffset = 0x800;
export const faultsOffset = 0x804;
export const ticksOffset = 0x808;
/** R0 to R11 at the start. */
export const registersOffset = 0xc00;
/** R0 to R11, LR, APSR and SP at the end. */
export const resultsOffset = 0xd00;

/** Number of programs, then 16 bytes for each. */
export const countAddress = 0x1000;
/** Most programs in a row, by the room for code. */
export const mostPrograms = 200;

/** Stacks, and the harness's own words. */
export const stacks = { base: 0x200f_e000, size: 0x2000 } as const;

/** Nothing answers there on either machine. */
export const nowhere = 0x5000_0000;
