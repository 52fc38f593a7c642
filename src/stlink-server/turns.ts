/**
 * Who may use a device, and when: one message of one client at a time, in the order in which they came. A client has at
 * most one message here, the next when that one is answered, so that the clients take turns however much one of them sends.
 */
export class Turns {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `task` when those before it have ended, failed or not; settles as it does. */
  take<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => {});
    return result;
  }
}
