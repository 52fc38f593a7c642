import type { CpuConfig } from "./cpu.ts";

/** The Cortex-M3 r1p1 of an STM32F103 of low or medium density (PM0056, RM0008 10.1). */
export const cortexM3F103: CpuConfig = {
  cpuid: 0x411fc231,
  interrupts: 43,
  priorityBits: 4,
  // TENMS 9000: 1 ms at HCLK/8 of 72 MHz (RM0008 10.1.1).
  sysTickCalibration: 9000,
  sysTickDivider: 8,
  flashPatch: { code: 6, literal: 2 },
  watchpoints: 4,
};
