import type { Alarm, Scheduler } from "../time/scheduler.ts";

/** The operation that a flash controller works on, and those that wait behind it, in virtual time. */
export class FlashOperation {
  readonly #scheduler: Scheduler;
  readonly #finished: () => void;
  #alarm: Alarm | undefined;
  /** Virtual time in ns at which the last of them ends. */
  #end = 0;

  /** `finished` is called when nothing is left to do; not for what was cancelled. */
  constructor(scheduler: Scheduler, finished: () => void) {
    this.#scheduler = scheduler;
    this.#finished = finished;
  }

  /** BSY. */
  get busy(): boolean {
    return this.#alarm !== undefined;
  }

  /** HCLK cycle until which the array is busy, 0 when idle. */
  get busyUntil(): number {
    return this.#alarm?.due ?? 0;
  }

  /** Starts an operation, or queues it behind the one under way (the bus would hold its master that long). */
  begin(nanoseconds: number): void {
    const now = this.#scheduler.nanoseconds;
    this.#end = (this.#alarm === undefined ? now : Math.max(now, this.#end)) + nanoseconds;
    this.#scheduler.cancel(this.#alarm);
    this.#alarm = this.#scheduler.afterNanoseconds(this.#end - now, () => this.#finish());
  }

  /** A reset cuts it off. */
  cancel(): void {
    this.#scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
  }

  /** The CPU may have run past the end of an operation before its alarm was served. */
  settle(): void {
    if (this.#alarm === undefined || this.#scheduler.cycles < this.#alarm.due) return;
    this.#scheduler.cancel(this.#alarm);
    this.#finish();
  }

  #finish(): void {
    this.#alarm = undefined;
    this.#finished();
  }
}
