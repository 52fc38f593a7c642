/** Runs asynchronous tasks one after the other, in the order in which they came; a task that fails stops no other. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `task` when every earlier one has ended; settles as it does. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => {});
    return result;
  }
}
