import type { Terminal } from "../terminal.ts";

/** Milliseconds between two signs of life while a target is lost: often at first, then seldom. */
const pauses = [5000, 10_000, 30_000, 60_000] as const;

/** Says on stderr, now and then, for how long a target has not answered and what is done about it. */
export class LostTarget {
  readonly #terminal: Terminal;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begin(): void {
    this.end();
    this.#since = performance.now();
    this.#wait(0);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(round: number): void {
    this.#timer = setTimeout(
      () => {
        const seconds = Math.round((performance.now() - this.#since) / 1000);
        this.#terminal.error(`Still no answer from the target after ${seconds} s; it is asked every 0.2 s.\n`);
        this.#wait(round + 1);
      },
      pauses[Math.min(round, pauses.length - 1)],
    );
    this.#timer.unref();
  }
}
