/** What a counter tells its timer. */
export interface TimCounterListener {
  /** CNT became equal to a channel's compare value (or wrapped below one that it cannot reach). */
  matched(channel: number): void;
  /** Overflow or underflow with the repetition counter used up. The timer loads what was preloaded. */
  update(): void;
  /** Something that was preloaded waits for the next update. */
  readonly preloadPending: boolean;
  /** Whole periods passed in one step: each channel matched `times` more often than {@link matched} was called. */
  skipped(times: number): void;
}

/**
 * The prescaler and counter of a timer (RM0008 14.3.2): pure arithmetic on clock counts, so that a timer that nobody
 * watches costs nothing however long it runs.
 */
export class TimCounter {
  cnt = 0;
  /** Counting down: CR1.DIR. */
  down = false;
  /** Centre-aligned: CR1.CMS is not 0. */
  centre = false;
  /** The prescaler value in force; a clock counts as one tick every `prescaler + 1`. */
  prescaler = 0;
  /** Clocks that the prescaler has counted towards the next tick. */
  phase = 0;
  /** The auto-reload value in force. */
  arr = 0xffff;
  /** Overflows left before the next update, and what it starts again with. */
  repetition = 0;
  rcr = 0;
  /** CEN, as far as an update may end it (one-pulse mode). */
  running = false;
  /** Compare values in force; -1 for a channel that does not compare. */
  readonly compare = [0, 0, 0, 0];
  readonly #listener: TimCounterListener;

  constructor(listener: TimCounterListener) {
    this.#listener = listener;
  }

  /** Counts `clocks` clocks of the prescaler's input. A counter whose ARR is 0 stands still. */
  advance(clocks: number): void {
    let left = clocks;
    let wraps = 0;
    while (left > 0 && this.running && this.arr !== 0) {
      const ticks = this.#ticksToBoundary();
      const need = this.clocksFor(ticks);
      if (need > left) {
        const total = this.phase + left;
        const moved = Math.floor(total / (this.prescaler + 1));
        this.phase = total - moved * (this.prescaler + 1);
        this.cnt += this.down ? -moved : moved;
        return;
      }
      left -= need;
      this.phase = 0;
      if (this.#step(ticks)) wraps++;
      // After a whole period every flag stands; more of the same can be skipped.
      if (wraps >= 3) left = this.#skip(left);
    }
  }

  /** Clocks until `ticks` more ticks have been counted. */
  clocksFor(ticks: number): number {
    return ticks * (this.prescaler + 1) - this.phase;
  }

  /** Ticks until the next overflow or underflow. */
  ticksToWrap(): number {
    const { cnt, arr } = this;
    if (this.centre) return Math.max(1, this.down ? cnt : arr - cnt);
    if (this.down) return cnt + 1;
    return cnt <= arr ? arr - cnt + 1 : 0x10000 - cnt;
  }

  /** Ticks until the next update event as things stand; preloaded values not counted in. */
  ticksToUpdate(): number {
    return this.centre ? this.ticksToWrap() : this.ticksToWrap() + this.repetition * (this.arr + 1);
  }

  /** Ticks until the channel matches before the next wrap; Infinity when it does not. */
  ticksToMatch(channel: number): number {
    const value = this.compare[channel];
    const { cnt, arr } = this;
    if (value < 0) return Number.POSITIVE_INFINITY;
    if (this.down) return value < cnt && value >= (this.centre ? 1 : 0) ? cnt - value : Number.POSITIVE_INFINITY;
    const last = cnt > arr ? 0xffff : this.centre ? arr - 1 : arr;
    return value > cnt && value <= last ? value - cnt : Number.POSITIVE_INFINITY;
  }

  /** Starts over (UG, slave reset): CNT to its first value, prescaler and repetition counter cleared. */
  reinitialise(): void {
    if (this.centre) this.down = false;
    this.cnt = this.down ? this.arr : 0;
    this.phase = 0;
    this.repetition = this.rcr;
    if (this.running) this.#matchHere();
  }

  #ticksToBoundary(): number {
    let ticks = this.ticksToWrap();
    for (let channel = 0; channel < 4; channel++) ticks = Math.min(ticks, this.ticksToMatch(channel));
    return ticks;
  }

  /** Moves `ticks` ticks, the last of which reaches a boundary. True when it wrapped. */
  #step(ticks: number): boolean {
    if (ticks < this.ticksToWrap()) {
      this.cnt += this.down ? -ticks : ticks;
      this.#matchHere();
      return false;
    }
    const missedArr = !this.down && !this.centre && this.cnt > this.arr;
    const arrBefore = this.arr;
    const wasDown = this.down;
    if (this.centre) this.down = !this.down;
    // CNT was past ARR when ARR was lowered: it runs to 0xFFFF and wraps without an event.
    if (!missedArr) this.#wrapped();
    if (this.centre) this.cnt = wasDown ? 0 : this.arr;
    else this.cnt = this.down ? this.arr : 0;
    this.#matchHere();
    // A compare value beyond ARR flags at the overflow (RM0008 14.4.5, CC1IF).
    if (!missedArr && !(this.centre && wasDown)) {
      for (let channel = 0; channel < 4; channel++) {
        if (this.compare[channel] > arrBefore && this.compare[channel] !== this.cnt) this.#listener.matched(channel);
      }
    }
    return true;
  }

  #wrapped(): void {
    if (this.repetition > 0) {
      this.repetition--;
      return;
    }
    this.repetition = this.rcr;
    this.#listener.update();
  }

  #matchHere(): void {
    for (let channel = 0; channel < 4; channel++) {
      if (this.compare[channel] === this.cnt) this.#listener.matched(channel);
    }
  }

  /** Passes over whole periods; returns the clocks that are left. */
  #skip(clocks: number): number {
    if (!this.running || this.arr === 0 || this.#listener.preloadPending) return clocks;
    const period = (this.centre ? 2 * this.arr : this.arr + 1) * (this.prescaler + 1);
    const periods = Math.floor(clocks / period);
    if (periods === 0) return clocks;
    const wraps = periods * (this.centre ? 2 : 1);
    const beyond = wraps - this.repetition - 1;
    if (beyond < 0) {
      this.repetition -= wraps;
    } else {
      this.repetition = this.rcr - (beyond % (this.rcr + 1));
      this.#listener.update();
    }
    this.#listener.skipped(wraps);
    return clocks - periods * period;
  }
}
