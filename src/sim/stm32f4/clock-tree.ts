import { type BusFrequencies, ClockTree, divideSystemClock, SystemClock } from "../stm32/clock-tree.ts";
import type { Scheduler } from "../time/scheduler.ts";

export const hsiHz = 16_000_000;
/** STM32F469 data sheet, "LSI oscillator characteristics", typical. */
export const lsiHz = 32_000;

/** What the tree is computed from. */
export interface ClockSettings {
  readonly hseHz: number;
  readonly cfgr: number;
  readonly pllcfgr: number;
  /** Source in force: SWS. */
  readonly source: number;
}

/** Output of the main PLL, PLLP, in Hz (RM0386 6.3.2); 0 for a setting that cannot oscillate. */
export function pllHz(pllcfgr: number, hseHz: number): number {
  const m = pllcfgr & 0x3f;
  const n = (pllcfgr >>> 6) & 0x1ff;
  const p = (((pllcfgr >>> 16) & 3) + 1) * 2;
  const input = pllcfgr & (1 << 22) ? hseHz : hsiHz;
  return m < 2 || n < 50 || n > 432 ? 0 : ((input / m) * n) / p;
}

function frequencies({ cfgr, pllcfgr, hseHz, source }: ClockSettings): BusFrequencies {
  const sysclk = source === SystemClock.pll ? pllHz(pllcfgr, hseHz) : source === SystemClock.hse ? hseHz : hsiHz;
  return divideSystemClock(sysclk, (cfgr >>> 4) & 15, (cfgr >>> 10) & 7, (cfgr >>> 13) & 7);
}

/** The clock tree of RM0386 figure 16 as far as CPU, buses and timers go; DCKCFGR.TIMPRE is not modelled. */
export class Stm32f4Clocks extends ClockTree<ClockSettings, BusFrequencies> {
  constructor(scheduler: Scheduler, settings: ClockSettings) {
    super(scheduler, frequencies, settings);
  }
}
