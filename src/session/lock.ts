/** A first-come, first-served lock for asynchronous work. */
export class Lock {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything asked for before has ended; an error of one does not touch the next. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }
}
