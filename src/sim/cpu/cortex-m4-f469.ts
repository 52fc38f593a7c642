import { cortexM4Components } from "./component-ids.ts";
import type { CpuConfig } from "./cpu.ts";

/**
 * The Cortex-M4 r0p1 of an STM32F469 (PM0214, RM0386 12.1). Its FPU is not there: CPACR reads 0 whatever is written, and
 * a floating-point instruction is a UsageFault with NOCP, as on a Cortex-M4 that was made without one.
 */
export const cortexM4F469: CpuConfig = {
  cpuid: 0x410fc241,
  interrupts: 93,
  priorityBits: 4,
  // 1 ms at HCLK/8 of 150 MHz.
  sysTickCalibration: 18_750,
  sysTickDivider: 8,
  flashPatch: { code: 6, literal: 2 },
  watchpoints: 4,
  components: cortexM4Components,
  // Cortex-M4 TRM, "System control registers": without MPU, ID_MMFR0 is the same.
  featureRegisters: [
    0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000, 0x0010_0030, 0x0000_0000, 0x0100_0000, 0x0000_0000, 0x0114_1110,
    0x0211_2000, 0x2123_2231, 0x0111_1131, 0x0131_0102,
  ],
  dsp: true,
};
