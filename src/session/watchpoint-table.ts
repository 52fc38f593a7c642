import type { Core, WatchAccess } from "../cortexm/core.ts";

/** Watchpoints of all clients, counted: two of the same need one comparator. */
export class WatchpointTable {
  readonly #core: Core;
  readonly #counts = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Rejects with `watchpoints-used-up` or `watchpoint-unsupported`. */
  async add(access: WatchAccess, address: number, length: number): Promise<void> {
    const key = keyOf(access, address, length);
    const count = this.#counts.get(key) ?? 0;
    if (count === 0) await this.#core.setWatchpoint(address, length, access);
    this.#counts.set(key, count + 1);
  }

  async remove(access: WatchAccess, address: number, length: number): Promise<void> {
    const key = keyOf(access, address, length);
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) {
      this.#counts.set(key, count - 1);
    } else if (count === 1) {
      this.#counts.delete(key);
      await this.#core.clearWatchpoint(address, length, access);
    }
  }

  /** The comparators were cleared. */
  forget(): void {
    this.#counts.clear();
  }
}

function keyOf(access: WatchAccess, address: number, length: number): string {
  return `${access}@${address}+${length}`;
}
