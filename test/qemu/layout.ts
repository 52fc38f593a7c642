/**
 * Where things lie on the machine of the test: `mps2-an385`, the board of QEMU that has a Cortex-M3, RAM at 0 (so that
 * the vector table can be written) and RAM in the bit-band region.
 */
export interface Memory {
  readonly base: number;
  readonly size: number;
}

/** RAM at 0: vector table, start code and, in some batches, the cases. */
export const lowMemory: Memory = { base: 0, size: 0x40_0000 };
/** RAM that holds results, data and stacks; its first megabyte is the bit-band region. */
export const dataMemory: Memory = { base: 0x2000_0000, size: 0x10_0000 };
/** 16 MB of RAM, so that every bit of BL's offset can be used; the cases of some batches run here. */
export const highMemory: Memory = { base: 0x2100_0000, size: 0x100_0000 };

/** Interrupts of the board, and priority bits that QEMU gives an ARMv7-M NVIC. */
export const interrupts = 32;
export const priorityBits = 8;
/** CPUID that QEMU's Cortex-M3 shows. */
export const cpuid = 0x410f_c231;

/** Bytes from one case's result to the next, and where results begin. */
export const resultSize = 0x80;
export const resultBase = dataMemory.base;
/** Bytes of data that a case may read and write. */
export const dataSize = 0x100;
export const dataBase = dataMemory.base + 0x4_0000;
/** Cases of one batch at most, by the two areas above. */
export const batchLimit = 0x800;
/** Top of the main and of the process stack. */
export const mainStack = dataMemory.base + 0xf_0000;
export const processStack = dataMemory.base + 0xe_0000;

/** An instruction that is undefined for ever (ARMv7-M A7.7.194): fills the space between pieces of code. */
export const undefinedInstruction = 0xdeff;
