import type { Clock } from "../base/clock.ts";
import type { RunState } from "./debug-session.ts";

/** How often a running core is asked whether it halted, in milliseconds: quick at first, then at ease. */
const pollMilliseconds = [1, 2, 5, 10, 20] as const;
/** How long to wait between looks at a running target while nobody waits for it to stop. */
const unattendedMilliseconds = 250;
/** How long to wait between tries when the target stopped answering. */
const retryMilliseconds = 200;

export interface PollingParts {
  readonly clock: Clock;
  readonly state: () => RunState;
  /** One look at the target. */
  readonly look: () => Promise<void>;
}

/** Looks at a target that is not halted, again and again. */
export class Polling {
  readonly #parts: PollingParts;
  #attended = true;
  /** What polls now; another object than before: who polled before gives up. */
  #poller: object | undefined;
  #ended = false;

  constructor(parts: PollingParts) {
    this.#parts = parts;
  }

  /** Somebody waits for the target to stop: else it is looked at seldom. */
  get attended(): boolean {
    return this.#attended;
  }

  set attended(attended: boolean) {
    if (attended === this.#attended) return;
    this.#attended = attended;
    if (!attended) return;
    // The first look shall not be at the end of a long pause.
    this.#poller = undefined;
    if (!this.#ended && this.#parts.state() !== "halted") this.start();
  }

  /** Goes on until the target is halted. */
  start(): void {
    if (this.#poller !== undefined) return;
    const poller = {};
    this.#poller = poller;
    void this.#poll(poller).finally(() => {
      if (this.#poller !== poller) return;
      this.#poller = undefined;
      // A resume that came between the last look and here finds the poll ended: begin again.
      if (!this.#ended && this.#parts.state() !== "halted") this.start();
    });
  }

  /** For good. */
  end(): void {
    this.#ended = true;
  }

  async #poll(poller: object): Promise<void> {
    const { clock, state, look } = this.#parts;
    const goesOn = (): boolean => this.#poller === poller && !this.#ended;
    for (let round = 0; goesOn() && state() !== "halted"; round++) {
      const attended = this.#attended ? pollMilliseconds[Math.min(round >> 2, 4)] : unattendedMilliseconds;
      await clock.sleep(state() === "lost" ? retryMilliseconds : attended);
      if (!goesOn()) return;
      await look();
    }
  }
}
