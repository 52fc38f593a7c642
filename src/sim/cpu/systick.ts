import type { Alarm, Scheduler } from "../time/scheduler.ts";
import { merge } from "./ppb.ts";

const ENABLE = 1;
const TICKINT = 2;
const CLKSOURCE = 4;
const COUNTFLAG = 1 << 16;

/**
 * SysTick (ARMv7-M B3.3): a 24-bit counter down, computed from the cycle count when looked at; an alarm is set only
 * while it raises exceptions. Stands still in debug state.
 */
export class SysTick {
  readonly #scheduler: Scheduler;
  readonly #divider: number;
  readonly #calibration: number;
  readonly #onZero: () => void;
  #control = 0;
  #reload = 0;
  #value = 0;
  #countFlag = false;
  /** Timer ticks since power-on, at the moment for which #value holds. */
  #at = 0;
  #frozen = false;
  #alarm: Alarm | undefined;

  /** `onZero`: counted to zero with TICKINT set. */
  constructor(scheduler: Scheduler, divider: number, calibration: number, onZero: () => void) {
    this.#scheduler = scheduler;
    this.#divider = divider;
    this.#calibration = calibration;
    this.#onZero = onZero;
  }

  reset(): void {
    this.#control = 0;
    this.#reload = 0;
    this.#value = 0;
    this.#countFlag = false;
    this.#plan();
  }

  /** Debug state entered or left. */
  setFrozen(frozen: boolean): void {
    if (frozen === this.#frozen) return;
    this.#sync();
    this.#frozen = frozen;
    this.#at = this.#ticks();
    this.#plan();
  }

  /** The register at 0xE000E010 + `offset`. */
  read(offset: number): number {
    this.#sync();
    switch (offset) {
      case 0: {
        const value = this.#control | (this.#countFlag ? COUNTFLAG : 0);
        this.#countFlag = false;
        return value;
      }
      case 4:
        return this.#reload;
      case 8:
        return this.#value;
      case 12:
        return this.#calibration;
      default:
        return 0;
    }
  }

  write(offset: number, value: number, mask: number): void {
    this.#sync();
    if (offset === 0) {
      this.#control = merge(this.#control, value, mask) & (ENABLE | TICKINT | CLKSOURCE);
      this.#at = this.#ticks();
    } else if (offset === 4) {
      this.#reload = merge(this.#reload, value, mask) & 0xff_ffff;
    } else if (offset === 8) {
      this.#value = 0;
      this.#countFlag = false;
    }
    this.#plan();
  }

  #period(): number {
    return (this.#control & CLKSOURCE) !== 0 ? 1 : this.#divider;
  }

  #ticks(): number {
    return Math.floor(this.#scheduler.cycles / this.#period());
  }

  get #running(): boolean {
    return (this.#control & ENABLE) !== 0 && !this.#frozen;
  }

  /** Brings the counter up to the present cycle. */
  #sync(): void {
    if (!this.#running) return;
    const now = this.#ticks();
    let elapsed = now - this.#at;
    this.#at = now;
    if (elapsed <= 0) return;
    let value = this.#value;
    if (value === 0) {
      // From zero, one tick loads the reload value; that is no count to zero.
      value = this.#reload;
      elapsed--;
      if (value === 0) return;
    }
    if (elapsed < value) {
      this.#value = value - elapsed;
      return;
    }
    this.#countFlag = true;
    if ((this.#control & TICKINT) !== 0) this.#onZero();
    const beyond = this.#reload === 0 ? 0 : (elapsed - value) % (this.#reload + 1);
    this.#value = beyond === 0 ? 0 : this.#reload + 1 - beyond;
  }

  /** Sets the alarm for the next count to zero, where one is wanted. */
  #plan(): void {
    if (this.#alarm !== undefined) this.#scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    if (!this.#running || (this.#control & TICKINT) === 0) return;
    if (this.#value === 0 && this.#reload === 0) return;
    const ticks = this.#value === 0 ? this.#reload + 1 : this.#value;
    const due = (this.#at + ticks) * this.#period();
    this.#alarm = this.#scheduler.afterCycles(due - this.#scheduler.cycles, () => {
      this.#alarm = undefined;
      this.#sync();
      this.#plan();
    });
  }
}
