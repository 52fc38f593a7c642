import type { Disposable } from "../../base/events.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { Clocks } from "./chip-context.ts";

/** Which source SYSCLK comes from, as SW and SWS encode it. */
export const SystemClock = { hsi: 0, hse: 1, pll: 2 } as const;

const hsiHz = 8_000_000;
/** DS5319 "LSI oscillator characteristics", typical. */
export const lsiHz = 40_000;

/** HPRE codes 8–15 (RM0008 7.3.2). */
const ahbDividers = [2, 4, 8, 16, 64, 128, 256, 512];

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

interface Frequencies {
  sysclk: number;
  hclk: number;
  pclk1: number;
  pclk2: number;
  tim1: number;
  timApb1: number;
  adc: number;
  lsi: number;
  lse: number;
  rtc: number;
}

/** PLL output in Hz for a CFGR (RM0008 7.2.3); 0 when its source is missing. */
export function pllHz(cfgr: number, hseHz: number): number {
  const multiplier = Math.min(16, ((cfgr >>> 18) & 15) + 2);
  const fromHse = cfgr & (1 << 16) ? (cfgr & (1 << 17) ? hseHz / 2 : hseHz) : hsiHz / 2;
  return fromHse * multiplier;
}

function frequencies(settings: ClockSettings): Frequencies {
  const { cfgr, hseHz, source } = settings;
  const sysclk = source === SystemClock.pll ? pllHz(cfgr, hseHz) : source === SystemClock.hse ? hseHz : hsiHz;
  const hpre = (cfgr >>> 4) & 15;
  const hclk = hpre < 8 ? sysclk : sysclk / ahbDividers[hpre - 8];
  const apbDivider = (code: number): number => (code < 4 ? 1 : 2 << (code - 4));
  const divider1 = apbDivider((cfgr >>> 8) & 7);
  const divider2 = apbDivider((cfgr >>> 11) & 7);
  const pclk1 = hclk / divider1;
  const pclk2 = hclk / divider2;
  const lse = settings.lseReady ? settings.lseHz : 0;
  const lsi = settings.lsiReady ? lsiHz : 0;
  const rtc = [0, lse, lsi, settings.hseReady ? hseHz / 128 : 0][settings.rtcSource];
  return {
    sysclk,
    hclk,
    pclk1,
    pclk2,
    tim1: divider2 === 1 ? pclk2 : pclk2 * 2,
    timApb1: divider1 === 1 ? pclk1 : pclk1 * 2,
    adc: pclk2 / (2 * (((cfgr >>> 14) & 3) + 1)),
    lsi,
    lse,
    rtc,
  };
}

/** The clock tree of RM0008 figure 8: settings in, frequencies out, listeners told. */
export class ClockTree implements Clocks {
  readonly #scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();
  #now: Frequencies;

  constructor(scheduler: Scheduler, settings: ClockSettings) {
    this.#scheduler = scheduler;
    this.#now = frequencies(settings);
    scheduler.setHclk(this.#now.hclk);
  }

  get sysclk(): number {
    return this.#now.sysclk;
  }
  get hclk(): number {
    return this.#now.hclk;
  }
  get pclk1(): number {
    return this.#now.pclk1;
  }
  get pclk2(): number {
    return this.#now.pclk2;
  }
  get tim1(): number {
    return this.#now.tim1;
  }
  get timApb1(): number {
    return this.#now.timApb1;
  }
  get adc(): number {
    return this.#now.adc;
  }
  get lsi(): number {
    return this.#now.lsi;
  }
  get lse(): number {
    return this.#now.lse;
  }
  get rtc(): number {
    return this.#now.rtc;
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** Recomputes; tells the listeners only if a frequency differs. */
  update(settings: ClockSettings): void {
    const next = frequencies(settings);
    const before = this.#now;
    const same = (Object.keys(next) as (keyof Frequencies)[]).every((key) => next[key] === before[key]);
    if (same) return;
    this.#now = next;
    this.#scheduler.setHclk(next.hclk);
    for (const listener of [...this.#listeners]) listener();
  }
}
