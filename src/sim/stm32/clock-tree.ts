import type { Disposable } from "../../base/events.ts";
import type { Scheduler } from "../time/scheduler.ts";

/** Which source SYSCLK comes from, as SW and SWS encode it. */
export const SystemClock = { hsi: 0, hse: 1, pll: 2 } as const;

/** What CPU, buses and timers run at, in Hz. */
export interface BusFrequencies {
  readonly sysclk: number;
  readonly hclk: number;
  readonly pclk1: number;
  readonly pclk2: number;
  /** Clocks of the timers on APB1 and APB2: twice PCLK where the bus is divided. */
  readonly timers1: number;
  readonly timers2: number;
}

/** HPRE codes 8–15. */
const ahbDividers = [2, 4, 8, 16, 64, 128, 256, 512];

function apbDivider(code: number): number {
  return code < 4 ? 1 : 2 << (code - 4);
}

/** What the prescalers HPRE, PPRE1 and PPRE2 make of SYSCLK. */
export function divideSystemClock(sysclk: number, hpre: number, ppre1: number, ppre2: number): BusFrequencies {
  const hclk = hpre < 8 ? sysclk : sysclk / ahbDividers[hpre - 8];
  const divider1 = apbDivider(ppre1);
  const divider2 = apbDivider(ppre2);
  const pclk1 = hclk / divider1;
  const pclk2 = hclk / divider2;
  const timers1 = divider1 === 1 ? pclk1 : pclk1 * 2;
  const timers2 = divider2 === 1 ? pclk2 : pclk2 * 2;
  return { sysclk, hclk, pclk1, pclk2, timers1, timers2 };
}

/** A clock tree: settings in, frequencies out, scheduler and listeners told. */
export class ClockTree<Settings, Frequencies extends { readonly hclk: number }> {
  readonly #scheduler: Scheduler;
  readonly #frequencies: (settings: Settings) => Frequencies;
  readonly #listeners = new Set<() => void>();
  #now: Frequencies;

  /** `frequencies`: what the family's tree makes of its settings, in Hz. */
  constructor(scheduler: Scheduler, frequencies: (settings: Settings) => Frequencies, settings: Settings) {
    this.#scheduler = scheduler;
    this.#frequencies = frequencies;
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

  /** Recomputes; tells the listeners only if a frequency differs. */
  update(settings: Settings): void {
    const next = this.#frequencies(settings);
    const before = this.#now;
    if ((Object.keys(next) as (keyof Frequencies)[]).every((key) => next[key] === before[key])) return;
    this.#now = next;
    this.#scheduler.setHclk(next.hclk);
    for (const listener of [...this.#listeners]) listener();
  }
}
