import type { Disposable } from "./events.ts";

/** The machine's own time and timers, injected so that a test can stand in for them. */
export interface WallTime {
  /** Milliseconds since some fixed start; never goes back. */
  now(): number;
  /** Calls once, `milliseconds` from now. A `background` timer does not keep the process alive. */
  after(milliseconds: number, callback: () => void, options?: { readonly background?: boolean }): Disposable;
}

/** The real one. */
export const systemWallTime: WallTime = {
  now: () => performance.now(),
  after(milliseconds, callback, options = {}) {
    const timer = setTimeout(callback, milliseconds);
    if (options.background === true) timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
};
