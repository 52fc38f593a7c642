import type { Disposable } from "../../base/events.ts";

/** Counts those who hear or see what leaves a board's outputs. */
export class Watchers {
  #count = 0;

  get any(): boolean {
    return this.#count > 0;
  }

  /** Counts the owner of `listening` until that is disposed of. */
  add(listening: Disposable): Disposable {
    let counted = true;
    this.#count++;
    return {
      dispose: () => {
        if (counted) this.#count--;
        counted = false;
        listening.dispose();
      },
    };
  }
}
