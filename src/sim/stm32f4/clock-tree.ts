import type { Disposable } from "../../base/events.ts";
import type { Scheduler } from "../time/scheduler.ts";

/** Which source SYSCLK comes from, as SW and SWS encode it (RM0386 6.3.3). */
export const SystemClock = { hsi: 0, hse: 1, pll: 2 } as const;

export const hsiHz = 16_000_000;
/** STM32F469 data sheet, "LSI oscillator characteristics", typical. */
export const lsiHz = 32_000;

const ahbDividers = [2, 4, 8, 16, 64, 128, 256, 512];

/** What the tree is computed from. */
export interface ClockSettings {
  readonly hseHz: number;
  readonly cfgr: number;
  readonly pllcfgr: number;
  /** Source in force: SWS. */
  readonly source: number;
}

/** Frequencies in Hz. */
export interface Frequencies {
  readonly sysclk: number;
  readonly hclk: number;
  readonly pclk1: number;
  readonly pclk2: number;
  /** Clocks of the timers on APB1 and APB2: twice PCLK where the bus is divided (DCKCFGR.TIMPRE is not modelled). */
  readonly timers1: number;
  readonly timers2: number;
}

/** Output of the main PLL, PLLP, in Hz (RM0386 6.3.2); 0 for a setting that cannot oscillate. */
export function pllHz(pllcfgr: number, hseHz: number): number {
  const m = pllcfgr & 0x3f;
  const n = (pllcfgr >>> 6) & 0x1ff;
  const p = (((pllcfgr >>> 16) & 3) + 1) * 2;
  const input = pllcfgr & (1 << 22) ? hseHz : hsiHz;
  return m < 2 || n < 50 || n > 432 ? 0 : ((input / m) * n) / p;
}

function frequencies({ cfgr, pllcfgr, hseHz, source }: ClockSettings): Frequencies {
  const sysclk = source === SystemClock.pll ? pllHz(pllcfgr, hseHz) : source === SystemClock.hse ? hseHz : hsiHz;
  const hpre = (cfgr >>> 4) & 15;
  const hclk = hpre < 8 ? sysclk : sysclk / ahbDividers[hpre - 8];
  const apbDivider = (code: number): number => (code < 4 ? 1 : 2 << (code - 4));
  const divider1 = apbDivider((cfgr >>> 10) & 7);
  const divider2 = apbDivider((cfgr >>> 13) & 7);
  const pclk1 = hclk / divider1;
  const pclk2 = hclk / divider2;
  return {
    sysclk,
    hclk,
    pclk1,
    pclk2,
    timers1: divider1 === 1 ? pclk1 : pclk1 * 2,
    timers2: divider2 === 1 ? pclk2 : pclk2 * 2,
  };
}

/** The clock tree of RM0386 figure 16 as far as CPU, buses and timers go: settings in, frequencies out, listeners told. */
export class ClockTree {
  readonly #scheduler: Scheduler;
  readonly #listeners = new Set<() => void>();
  #now: Frequencies;

  constructor(scheduler: Scheduler, settings: ClockSettings) {
    this.#scheduler = scheduler;
    this.#now = frequencies(settings);
    scheduler.setHclk(this.#now.hclk);
  }

  get now(): Frequencies {
    return this.#now;
  }

  /** Called after any frequency changed; the scheduler's HCLK is already the new one. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  update(settings: ClockSettings): void {
    const next = frequencies(settings);
    const before = this.#now;
    if ((Object.keys(next) as (keyof Frequencies)[]).every((key) => next[key] === before[key])) return;
    this.#now = next;
    this.#scheduler.setHclk(next.hclk);
    for (const listener of [...this.#listeners]) listener();
  }
}
