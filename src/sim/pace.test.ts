import { describe, expect, it } from "vitest";
import type { WallTime } from "../base/wall-time.ts";
import type { DebugTarget } from "./dap/debug-target.ts";
import { RealtimePacer } from "./pace.ts";

/** A machine that needs `cost` milliseconds for each of the board's, and does nothing while nobody looks. */
function bench(cost: number) {
  let wall = 0;
  const target = {
    nanoseconds: 0,
    advance(nanoseconds: number): void {
      this.nanoseconds += nanoseconds;
      wall += (nanoseconds / 1e6) * cost;
    },
  };
  const time: WallTime = {
    now: () => wall,
    after: () => ({ dispose: () => {} }), // no time for the pacer's own looks
  };
  const pacer = new RealtimePacer(target as unknown as DebugTarget, time);
  return {
    pacer,
    /** A look at the board, after a pause. */
    look: (pause: number): number => {
      wall += pause;
      pacer.before();
      return target.nanoseconds / 1e6;
    },
  };
}

describe("the realtime pace", () => {
  it("brings a board to the present before a transfer", () => {
    const { look } = bench(0);
    look(0);
    expect(look(40)).toBeCloseTo(40, 6);
    expect(look(10)).toBeCloseTo(50, 6);
  });

  it("lets a host's pauses pass for the board however slowly it is computed", () => {
    const { look } = bench(7);
    let before = look(0);
    for (let turn = 0; turn < 20; turn++) {
      const after = look(10);
      expect(after - before).toBeGreaterThanOrEqual(10);
      before = after;
    }
  });

  it("holds a host up for no more than 50 ms of the board's after a long pause", () => {
    const { look } = bench(7);
    look(0);
    expect(look(5000)).toBeLessThan(51);
  });

  it("does not hold up transfers that follow one another", () => {
    const { look } = bench(7);
    look(0);
    expect(look(1)).toBe(0);
  });
});
