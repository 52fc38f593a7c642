import { expect, it } from "vitest";
import { TimCounter } from "./tim-counter.ts";

it("agrees with counting clock by clock, whatever the steps", () => {
  for (const [centre, down, arr, prescaler, rcr] of [
    [false, false, 9, 0, 0],
    [false, true, 9, 2, 1],
    [true, false, 5, 0, 2],
    [true, false, 4, 1, 0],
  ] as const) {
    const make = () => {
      const log = { updates: 0, matches: 0 };
      const counter = new TimCounter({
        matched: () => void log.matches++,
        update: () => void log.updates++,
        skipped: () => undefined,
        preloadPending: false,
      });
      Object.assign(counter, { centre, down, arr, prescaler, rcr, repetition: rcr, running: true });
      counter.compare.splice(0, 4, 3, 0, arr, -1);
      return { counter, log };
    };
    const slow = make();
    const fast = make();
    for (const clocks of [1, 7, 30, 500, 3, 10_000, 1]) {
      for (let i = 0; i < clocks; i++) slow.counter.advance(1);
      fast.counter.advance(clocks);
      const state = ({ cnt, phase, repetition, down: d }: TimCounter) => [cnt, phase, repetition, d];
      expect(state(fast.counter)).toEqual(state(slow.counter));
      expect(fast.log.updates > 0).toBe(slow.log.updates > 0);
    }
  }
});
