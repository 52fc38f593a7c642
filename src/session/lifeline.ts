import type { ProbityError } from "../base/errors.ts";
import { isGone } from "../link/gone.ts";
import type { Link } from "../link/link.ts";

/** The link of a session, which tells when the probe at its end is pulled out, and can look for it again. */
export class Lifeline {
  readonly link: Link;
  /** The probe may be back some time: its link can be opened again. */
  readonly canReturn: boolean;
  readonly #inner: Link;
  #gone: ProbityError | undefined;
  #listener: (error: ProbityError) => void = () => {};

  constructor(inner: Link) {
    this.#inner = inner;
    this.canReturn = inner.reopen !== undefined;
    this.link = {
      info: inner.info,
      clock: inner.clock,
      transfer: (command, write, readLength) => this.#watched(inner.transfer(command, write, readLength)),
      readTrace: (length) => this.#watched(inner.readTrace(length)),
      close: () => inner.close(),
      limits: inner.limits,
      others: inner.others?.bind(inner),
    };
  }

  /** Calls back each time that the probe is found gone; there is one who listens. */
  onGone(listener: (error: ProbityError) => void): void {
    this.#listener = listener;
  }

  /** Opens the probe anew unless it answers. Rejects as `Link.reopen` does while it is not there. */
  async reopen(): Promise<void> {
    if (this.#gone === undefined) return;
    if (this.#inner.reopen === undefined) throw this.#gone;
    await this.#inner.reopen();
    this.#gone = undefined;
  }

  async #watched<Result>(transfer: Promise<Result>): Promise<Result> {
    try {
      return await transfer;
    } catch (error) {
      if (isGone(error) && this.#gone === undefined) {
        this.#gone = error;
        this.#listener(error);
      }
      throw error;
    }
  }
}
