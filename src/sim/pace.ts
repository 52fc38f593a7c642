import type { Disposable } from "../base/events.ts";
import type { WallTime } from "../base/wall-time.ts";
import type { DebugTarget } from "./dap/debug-target.ts";

/** How virtual time goes by in relation to the wall's: as fast as it can be computed, or in step with it. */
export type Pace = "fast" | "realtime";

/** What keeps a board in its pace. */
export interface Pacer extends Disposable {
  /** Before a transfer: the board is brought to the present. */
  before(): void;
  /** After a transfer: resolves when its modelled time has passed. */
  after(): Promise<void>;
  /** Lets `milliseconds` of the board's time go by. */
  sleep(milliseconds: number): Promise<void>;
}

/**
 * Virtual time computed in one go, in nanoseconds: asleep, before others get their turn; keeping step, between looks at the
 * wall, more of it for a board that takes next to no time.
 */
const SLICE = { asleep: 1e6, inStep: 0.2e6, quick: 2e6 } as const;
/** Milliseconds of the wall's within which a slice is computed quickly. */
const QUICK = 0.05;

/** A sleeper wakes this much early, in nanoseconds: boards advance by whole instructions, not by single nanoseconds. */
const SLEEP_TOLERANCE = 1000;

/** Lets whatever waits in the event loop (sockets, timers) have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Never waits: asleep, the board runs through the time in slices. Nothing passes while nobody asks for it. */
export class FastPacer implements Pacer {
  readonly #target: DebugTarget;

  constructor(target: DebugTarget) {
    this.#target = target;
  }

  before(): void {}

  async after(): Promise<void> {}

  async sleep(milliseconds: number): Promise<void> {
    const wake = this.#target.nanoseconds + Math.max(0, milliseconds) * 1e6;
    do {
      await nextTurn();
      const left = wake - this.#target.nanoseconds;
      if (left > 0) this.#target.advance(Math.min(left, SLICE.asleep));
    } while (wake - this.#target.nanoseconds >= SLEEP_TOLERANCE);
  }

  dispose(): void {}
}

/**
 * How often the board is brought up to date while nobody talks to it, in milliseconds: when somebody sees what it does, and
 * when it shall merely not fall behind. Each time costs more to wake up than to compute.
 */
const TICK = { watched: 10, alone: 100 } as const;
/** Wall time that one catching up may take, in milliseconds; less while a host talks to the probe, so that it is not held up. */
const WORK = { idle: 8, talking: 1 } as const;
/**
 * As much of the pause before a transfer, in milliseconds, passes for the board however busy the machine is: a host that
 * looks now and then, and gives up after so much time of its own, would else find a chip slower than any.
 */
const PAUSE = 50;
/** Transfers closer than this (milliseconds) follow one another: what each of them takes passes anyway, no more is made up. */
const BACK_TO_BACK = 2;
/** So far (milliseconds) the board may be ahead of the wall: to wait for less by taking turns would keep a core busy. */
const LEAD = 2;
/** A host is talking until this long after its last transfer, in milliseconds. */
const TALK = 20;
/** A board that is further behind than this (milliseconds) lets the difference go: it runs slower than real. */
const LARGEST_LAG = 250;

/** In step with the wall clock, as far as the machine is fast enough. */
export class RealtimePacer implements Pacer {
  readonly #target: DebugTarget;
  readonly #wall: WallTime;
  readonly #watched: () => boolean;
  /** Wall milliseconds minus virtual milliseconds; undefined until the first transfer: only then does time begin. */
  #offset: number | undefined;
  /** The next tick, and when it comes by the wall. */
  #timer: Disposable | undefined;
  #due = 0;
  /** Nanoseconds to compute in one go while it keeps step. */
  #slice: number = SLICE.inStep;
  #disposed = false;
  #lastTransfer = Number.NEGATIVE_INFINITY;

  constructor(target: DebugTarget, wall: WallTime, watched = () => false) {
    this.#target = target;
    this.#wall = wall;
    this.#watched = watched;
    this.#tickIn(this.#period);
  }

  before(): void {
    this.#begin();
    const now = this.#wall.now();
    const gap = now - this.#lastTransfer;
    this.#lastTransfer = now;
    if (gap < BACK_TO_BACK) return;
    this.#catchUp(Math.min(gap, PAUSE));
    this.#putOffTick();
  }

  async after(): Promise<void> {
    this.#lastTransfer = this.#wall.now();
    for (let early = -this.#lag; early >= LEAD; early = -this.#lag) await this.#wait(Math.floor(early));
  }

  async sleep(milliseconds: number): Promise<void> {
    const offset = this.#begin();
    const wake = this.#target.nanoseconds / 1e6 + Math.max(0, milliseconds);
    for (;;) {
      this.#catchUp();
      const left = wake - this.#target.nanoseconds / 1e6;
      if (left * 1e6 < SLEEP_TOLERANCE || this.#disposed) return;
      const early = wake + (this.#offset ?? offset) - this.#wall.now();
      // Timers are a millisecond coarse: the board goes ahead over what is less.
      if (early >= 1) await this.#wait(early);
      else if (left <= LEAD) this.#target.advance(left * 1e6);
      else await nextTurn();
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
  }

  /** Time begins, if it has not yet: now is the board's present. */
  #begin(): number {
    this.#offset ??= this.#wall.now() - this.#target.nanoseconds / 1e6;
    return this.#offset;
  }

  /** Milliseconds by which the board is behind; negative while it is ahead, 0 before time begins. */
  get #lag(): number {
    return this.#offset === undefined ? 0 : this.#wall.now() - this.#offset - this.#target.nanoseconds / 1e6;
  }

  get #period(): number {
    return this.#watched() ? TICK.watched : TICK.alone;
  }

  #tickIn(milliseconds: number): void {
    this.#due = this.#wall.now() + milliseconds;
    this.#timer = this.#wall.after(milliseconds, () => this.#tick(), { background: true });
  }

  /** The board is up to date without it. A timer that comes late enough is left alone: there may be many transfers. */
  #putOffTick(): void {
    const period = this.#period;
    if (this.#disposed || this.#due - this.#wall.now() > period / 2) return;
    this.#timer?.dispose();
    this.#tickIn(period);
  }

  #tick(): void {
    if (this.#wall.now() - this.#lastTransfer >= BACK_TO_BACK) this.#catchUp();
    if (!this.#disposed) this.#tickIn(this.#lag > TICK.watched ? 0 : this.#period);
  }

  /** At least `certain` milliseconds of the board's, when it is behind so much, and what else there is time for. */
  #catchUp(certain = 0): void {
    const started = this.#wall.now();
    const enough = this.#target.nanoseconds + certain * 1e6;
    const work = started - this.#lastTransfer < TALK ? WORK.talking : WORK.idle;
    let now = started;
    while (this.#target.nanoseconds < enough || now - started < work) {
      const behind = this.#lag * 1e6;
      if (behind <= 0) break;
      this.#target.advance(Math.min(behind, this.#slice));
      const before = now;
      now = this.#wall.now();
      if (behind < this.#slice) break;
      this.#slice = now - before < QUICK ? Math.min(2 * this.#slice, SLICE.quick) : SLICE.inStep;
    }
    if (this.#lag > LARGEST_LAG) this.#offset = this.#begin() + this.#lag;
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#wall.after(milliseconds, resolve));
  }
}
