import type { Alarm, Scheduler } from "../time/scheduler.ts";

/** What a flash memory is busy with. */
export type BusyKind = "erase" | "program" | "read";

interface Operation {
  readonly kind: BusyKind;
  readonly began: number;
  readonly ends: number;
  readonly alarm: Alarm;
  readonly done: () => void;
}

/** The operation that a flash memory works on, in virtual time, and the account of all that it worked on before. */
export class BusyTimer {
  readonly #scheduler: Scheduler;
  readonly #spent: Record<BusyKind, number> = { erase: 0, program: 0, read: 0 };
  readonly #changed: (busy: boolean) => void;
  #operation: Operation | undefined;

  /** `changed` hears when the part becomes busy and when it is ready again: the R/B pin. */
  constructor(scheduler: Scheduler, changed: (busy: boolean) => void = () => {}) {
    this.#scheduler = scheduler;
    this.#changed = changed;
  }

  /** What goes on now; undefined when nothing does. */
  get kind(): BusyKind | undefined {
    this.settle();
    return this.#operation?.kind;
  }

  /** Virtual time in ns at which the operation ends; 0 when there is none. */
  get endsAt(): number {
    this.settle();
    return this.#operation?.ends ?? 0;
  }

  /** Nanoseconds spent on one kind of operation so far, the one under way included. */
  spent(kind: BusyKind): number {
    this.settle();
    const operation = this.#operation;
    const current = operation?.kind === kind ? this.#scheduler.nanoseconds - operation.began : 0;
    return this.#spent[kind] + current;
  }

  /** Begins an operation; `done` is called when it ends, not when it is stopped. */
  start(kind: BusyKind, nanoseconds: number, done: () => void): void {
    this.stop();
    const began = this.#scheduler.nanoseconds;
    const alarm = this.#scheduler.afterNanoseconds(nanoseconds, () => this.#finish());
    this.#operation = { kind, began, ends: began + nanoseconds, alarm, done };
    this.#changed(true);
  }

  /** Ends the operation before its time. What it would still have taken, in ns; 0 when nothing went on. */
  stop(): number {
    this.settle();
    const operation = this.#operation;
    if (operation === undefined) return 0;
    this.#scheduler.cancel(operation.alarm);
    this.#operation = undefined;
    const now = this.#scheduler.nanoseconds;
    this.#spent[operation.kind] += now - operation.began;
    this.#changed(false);
    return operation.ends - now;
  }

  /** The CPU may be past the end of the operation before its alarm is served. */
  settle(): void {
    const operation = this.#operation;
    if (operation === undefined || this.#scheduler.cycles < operation.alarm.due) return;
    this.#scheduler.cancel(operation.alarm);
    this.#finish();
  }

  #finish(): void {
    const operation = this.#operation;
    if (operation === undefined) return;
    this.#operation = undefined;
    this.#spent[operation.kind] += operation.ends - operation.began;
    operation.done();
    // What `done` began keeps the part busy.
    if (this.#operation === undefined) this.#changed(false);
  }
}
