/** Fields of xPSR (ARMv7-M B1.4.2). */

/** EPSR.T: the core executes Thumb code, as a Cortex-M always must. */
export const XPSR_THUMB = 1 << 24;
/** IPSR: the number of the exception that runs; 0 in thread mode. */
export const XPSR_EXCEPTION = 0x1ff;
