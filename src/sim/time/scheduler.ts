/** A call that is to come; keep it to cancel it. */
export interface Alarm {
  /** HCLK cycle at which it is due; Infinity once it has fired or been cancelled. */
  readonly due: number;
}

class ScheduledAlarm implements Alarm {
  due: number;
  readonly order: number;
  /** Set when the deadline was given in nanoseconds: it then moves when HCLK changes. */
  readonly dueNanoseconds: number | undefined;
  readonly callback: () => void;

  constructor(due: number, order: number, dueNanoseconds: number | undefined, callback: () => void) {
    this.due = due;
    this.order = order;
    this.dueNanoseconds = dueNanoseconds;
    this.callback = callback;
  }
}

/**
 * The one virtual clock of a board. Time is counted in HCLK cycles; nanoseconds follow from the present HCLK
 * frequency. The CPU advances `cycles` as it executes and must stop at `deadline`; everything else happens in alarms.
 *
 * Deterministic: alarms due at the same cycle fire in the order in which they were set.
 */
export class Scheduler {
  /** HCLK cycles since power-on. The CPU adds to it; it is exact whenever a peripheral is accessed. */
  cycles = 0;
  /** Counts: another value than before says that an alarm was set since, or the deadline moved. */
  changes = 0;

  /** While an alarm is called: the cycle at which it was due. */
  #dueCycle: number | undefined;
  #hclkHz: number;
  #stopped = false;
  #baseCycles = 0;
  #baseNanoseconds = 0;
  #order = 0;
  #limit = Number.POSITIVE_INFINITY;
  #deadline = Number.POSITIVE_INFINITY;
  readonly #heap: ScheduledAlarm[] = [];

  constructor(hclkHz: number) {
    this.#hclkHz = hclkHz;
  }

  get hclkHz(): number {
    return this.#hclkHz;
  }

  /** The CPU stops before executing an instruction once `cycles >= deadline`. Any alarm set may lower it. */
  get deadline(): number {
    return this.#deadline;
  }

  set deadline(cycle: number) {
    this.#deadline = cycle;
    this.changes = (this.changes + 1) | 0;
  }

  /**
   * The present cycle as peripherals count. While an alarm is called it is the cycle at which that was due, which the
   * CPU may have passed by part of an instruction; so trains of alarms keep their pace, and what one block does to
   * another happens at the right time.
   */
  get now(): number {
    return this.#dueCycle ?? this.cycles;
  }

  /** Virtual nanoseconds since power-on. */
  get nanoseconds(): number {
    if (this.#stopped) return this.#baseNanoseconds;
    return this.#baseNanoseconds + ((this.cycles - this.#baseCycles) * 1e9) / this.#hclkHz;
  }

  /** The clock tree changed: from now on a cycle lasts 1/`hz`. Deadlines given in nanoseconds keep their time. */
  setHclk(hz: number): void {
    if (hz === this.#hclkHz) return;
    this.#baseNanoseconds = this.nanoseconds;
    this.#baseCycles = this.cycles;
    this.#hclkHz = hz;
    this.#retimeAlarms();
  }

  /** HCLK does not run (stop mode, a dead oscillator): `cycles` stands still and only {@link skipNanoseconds} passes time. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Stops HCLK, or lets it run again at its last frequency. While it stands, alarms given in cycles wait, and alarms
   * given in nanoseconds fall due as {@link skipNanoseconds} reaches them.
   */
  setStopped(stopped: boolean): void {
    if (stopped === this.#stopped) return;
    this.#baseNanoseconds = this.nanoseconds;
    this.#baseCycles = this.cycles;
    this.#stopped = stopped;
    this.#retimeAlarms();
  }

  /** Passes time while HCLK is stopped: to `nanoseconds` (absolute, not in the past). The caller fires what is due. */
  skipNanoseconds(nanoseconds: number): void {
    if (!this.#stopped || nanoseconds <= this.#baseNanoseconds) return;
    this.#baseNanoseconds = nanoseconds;
    this.#retimeAlarms();
  }

  /** The time of the next alarm that was given in nanoseconds; Infinity when there is none. */
  get nextNanoseconds(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const alarm of this.#heap) next = Math.min(next, alarm.dueNanoseconds ?? next);
    return next;
  }

  /** The first cycle at or after virtual time `nanoseconds`, at the present HCLK; never in the past. Infinity while HCLK is stopped. */
  cyclesAt(nanoseconds: number): number {
    if (this.#stopped) return nanoseconds <= this.#baseNanoseconds ? this.cycles : Number.POSITIVE_INFINITY;
    const cycles = this.#baseCycles + Math.ceil(((nanoseconds - this.#baseNanoseconds) * this.#hclkHz) / 1e9 - 1e-6);
    return Math.max(cycles, this.cycles);
  }

  /** Calls `callback` when `count` HCLK cycles have passed from {@link now} (at least one). */
  afterCycles(count: number, callback: () => void): Alarm {
    return this.#insert(
      new ScheduledAlarm(this.now + Math.max(1, Math.ceil(count)), this.#order++, undefined, callback),
    );
  }

  /** Calls `callback` when `nanoseconds` have passed from now, whatever HCLK does meanwhile. */
  afterNanoseconds(nanoseconds: number, callback: () => void): Alarm {
    const at = this.nanoseconds + nanoseconds;
    return this.#insert(new ScheduledAlarm(this.cyclesAt(at), this.#order++, at, callback));
  }

  /** Takes an alarm back; one that has fired already is ignored. */
  cancel(alarm: Alarm | undefined): void {
    const index = alarm === undefined ? -1 : this.#heap.indexOf(alarm as ScheduledAlarm);
    if (index < 0) return;
    this.#heap[index].due = Number.POSITIVE_INFINITY;
    this.#heap.splice(index, 1);
    this.#refreshDeadline();
  }

  /** The cycle of the next alarm; Infinity when none is set. */
  get next(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0].due;
  }

  /** Bounds `deadline` from above: the caller of the CPU wants control back at `cycle` at the latest. */
  setLimit(cycle: number): void {
    this.#limit = cycle;
    this.#refreshDeadline();
  }

  /** Makes the CPU return as soon as it looks: something outside (a halt request, an interrupt) wants attention. */
  interruptRun(): void {
    this.deadline = this.cycles;
  }

  /** Fires every alarm that is due at the present cycle, in order, then renews the deadline. */
  fireDue(): void {
    try {
      while (this.#heap.length > 0 && this.#heap[0].due <= this.cycles) {
        const alarm = this.#heap.shift()!;
        this.#dueCycle = alarm.due;
        alarm.due = Number.POSITIVE_INFINITY;
        alarm.callback();
      }
    } finally {
      this.#dueCycle = undefined;
    }
    this.#refreshDeadline();
  }

  #retimeAlarms(): void {
    for (const alarm of this.#heap) {
      if (alarm.dueNanoseconds !== undefined) alarm.due = this.cyclesAt(alarm.dueNanoseconds);
    }
    this.#heap.sort(before);
    this.#refreshDeadline();
  }

  #insert(alarm: ScheduledAlarm): Alarm {
    let low = 0;
    let high = this.#heap.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.#heap[middle], alarm) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#heap.splice(low, 0, alarm);
    this.deadline = Math.min(this.#deadline, alarm.due);
    return alarm;
  }

  #refreshDeadline(): void {
    this.deadline = Math.min(this.next, this.#limit);
  }
}

function before(a: ScheduledAlarm, b: ScheduledAlarm): number {
  return a.due === b.due ? a.order - b.order : a.due - b.due;
}
