import type { Alarm, Scheduler } from "../time/scheduler.ts";

/** One clock source with an ON bit and a READY bit that follows it after the start-up time. */
export class Oscillator {
  readonly #scheduler: Scheduler;
  readonly #startNanoseconds: number;
  readonly #changed: (ready: boolean) => void;
  #starting: Alarm | undefined;
  #on = false;
  #ready = false;
  /** False: nothing is connected, or it broke; then it never becomes ready. */
  #alive = true;

  constructor(scheduler: Scheduler, startNanoseconds: number, changed: (ready: boolean) => void) {
    this.#scheduler = scheduler;
    this.#startNanoseconds = startNanoseconds;
    this.#changed = changed;
  }

  get on(): boolean {
    return this.#on;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get alive(): boolean {
    return this.#alive;
  }

  setAlive(alive: boolean): void {
    if (alive === this.#alive) return;
    this.#alive = alive;
    this.#restart();
  }

  /** The ON bit. Starting takes time; stopping is at once. `instantly` skips the start-up (reset, external clock). */
  set(on: boolean, instantly = false): void {
    if (on === this.#on && !(on && instantly)) return;
    this.#on = on;
    if (on && instantly && this.#alive) {
      this.#cancel();
      this.#setReady(true);
    } else {
      this.#restart();
    }
  }

  #restart(): void {
    this.#cancel();
    if (!this.#on || !this.#alive) {
      this.#setReady(false);
    } else if (!this.#ready) {
      this.#starting = this.#scheduler.afterNanoseconds(this.#startNanoseconds, () => {
        this.#starting = undefined;
        this.#setReady(true);
      });
    }
  }

  #cancel(): void {
    this.#scheduler.cancel(this.#starting);
    this.#starting = undefined;
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#changed(ready);
  }
}
