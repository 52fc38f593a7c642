import { constants } from "node:os";
import { ProbityError } from "../base/errors.ts";
import type { StopSignal, Terminal } from "./terminal.ts";

/** The work was ended because the user wanted it. */
export class Stopped extends ProbityError {
  /** 128 and the signal's number, as a shell tells of a program that a signal ended. */
  readonly status: number;

  /** `ended` says how far the work came, and what to do. */
  constructor(signal: StopSignal, ended?: ProbityError) {
    super("stopped", ended?.message ?? "Ended before it was done, as it was asked to.", {
      facts: { signal, ...ended?.facts },
      remedy: ended?.remedy ?? ["Run it again to have it done."],
    });
    this.status = 128 + constants.signals[signal];
  }
}

/**
 * What Ctrl-C (SIGINT, SIGTERM, SIGHUP) does to a verb's work. At once when the work can be left where it is; at the next
 * good place inside of {@link inOrder}, where a memory would be left half done. A second one ends the process as it stands.
 */
export class StopRequest {
  readonly #terminal: Terminal;
  readonly #asked: Promise<StopSignal>;
  #signal: StopSignal | undefined;
  /** How many pieces of work that must not be left are going on. */
  #busy = 0;
  #leave: () => void = () => {};

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#asked = new Promise((resolve) => {
      this.#leave = () => {
        if (this.#signal !== undefined && this.#busy === 0) resolve(this.#signal);
      };
    });
    terminal.onStop((signal = "SIGTERM") => this.#stop(signal));
  }

  /** For work that looks now and then whether anybody waits for it. */
  readonly asked = (): boolean => this.#signal !== undefined;

  /** The error of work that ended with `ended` because it was asked to. */
  stopped(ended: ProbityError): Stopped | undefined {
    return this.#signal === undefined ? undefined : new Stopped(this.#signal, ended);
  }

  /** The work's result; rejects with `Stopped` as soon as the work can be left. */
  orStop<Result>(work: Promise<Result>): Promise<Result> {
    // What comes of work that was left is nobody's concern.
    work.catch(() => {});
    const left = this.#asked.then((signal): never => {
      throw new Stopped(signal);
    });
    return Promise.race([work, left]);
  }

  /** Work that is waited for also when the user wants to end: it looks at {@link asked}, or is short. */
  async inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
      // After whoever waits for this work has had its result.
      setImmediate(this.#leave);
    }
  }

  #stop(signal: StopSignal): void {
    if (this.#signal !== undefined) this.#terminal.exit(new Stopped(signal).status);
    this.#signal ??= signal;
    if (this.#busy > 0) this.#terminal.error("Ending in good order; once more ends at once.\n");
    this.#leave();
  }
}
