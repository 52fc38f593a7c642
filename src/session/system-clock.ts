import type { Clock } from "../base/clock.ts";

/** The machine's own time, for probes of flesh and blood. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
