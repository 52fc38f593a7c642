import { ClockTree, divideSystemClock, SystemClock } from "../stm32/clock-tree.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { Clocks } from "./chip-context.ts";

export const hsiHz = 8_000_000;
/** DS5319 "LSI oscillator characteristics", typical. */
export const lsiHz = 40_000;

/** What the tree is computed from. */
export interface ClockSettings {
  readonly hseHz: number;
  readonly lseHz: number;
  /** RCC_CFGR. */
  readonly cfgr: number;
  /** Source in force: SWS. */
  readonly source: number;
  readonly hseReady: boolean;
  readonly lsiReady: boolean;
  readonly lseReady: boolean;
  /** RTCSEL while RTCEN is set, else 0. */
  readonly rtcSource: number;
}

type Frequencies = Omit<Clocks, "onChange">;

/** PLL output in Hz for a CFGR (RM0008 7.2.3); 0 when its source is missing. */
export function pllHz(cfgr: number, hseHz: number): number {
  const multiplier = Math.min(16, ((cfgr >>> 18) & 15) + 2);
  const fromHse = cfgr & (1 << 16) ? (cfgr & (1 << 17) ? hseHz / 2 : hseHz) : hsiHz / 2;
  return fromHse * multiplier;
}

function frequencies(settings: ClockSettings): Frequencies {
  const { cfgr, hseHz, source } = settings;
  const sysclk = source === SystemClock.pll ? pllHz(cfgr, hseHz) : source === SystemClock.hse ? hseHz : hsiHz;
  const { timers1, timers2, ...buses } = divideSystemClock(
    sysclk,
    (cfgr >>> 4) & 15,
    (cfgr >>> 8) & 7,
    (cfgr >>> 11) & 7,
  );
  const lse = settings.lseReady ? settings.lseHz : 0;
  const lsi = settings.lsiReady ? lsiHz : 0;
  const rtc = [0, lse, lsi, settings.hseReady ? hseHz / 128 : 0][settings.rtcSource];
  const adc = buses.pclk2 / (2 * (((cfgr >>> 14) & 3) + 1));
  return { ...buses, tim1: timers2, timApb1: timers1, adc, lsi, lse, rtc };
}

/** The clock tree of RM0008 figure 8. */
export class Stm32f1Clocks extends ClockTree<ClockSettings, Frequencies> implements Clocks {
  constructor(scheduler: Scheduler, settings: ClockSettings) {
    super(scheduler, frequencies, settings);
  }

  get sysclk(): number {
    return this.now.sysclk;
  }
  get hclk(): number {
    return this.now.hclk;
  }
  get pclk1(): number {
    return this.now.pclk1;
  }
  get pclk2(): number {
    return this.now.pclk2;
  }
  get tim1(): number {
    return this.now.tim1;
  }
  get timApb1(): number {
    return this.now.timApb1;
  }
  get adc(): number {
    return this.now.adc;
  }
  get lsi(): number {
    return this.now.lsi;
  }
  get lse(): number {
    return this.now.lse;
  }
  get rtc(): number {
    return this.now.rtc;
  }
}
