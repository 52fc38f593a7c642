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

  it("waits for transfers by timers alone, and is never more than 2 ms ahead", async () => {
    let wall = 0;
    const waits: number[] = [];
    const target = {
      nanoseconds: 0,
      advance(nanoseconds: number): void {
        this.nanoseconds += nanoseconds;
      },
    };
    const pacer = new RealtimePacer(target as unknown as DebugTarget, {
      now: () => wall,
      after: (milliseconds, call, options) => {
        if (options?.background === true) return { dispose: () => {} };
        waits.push(milliseconds);
        wall += milliseconds;
        queueMicrotask(call);
        return { dispose: () => {} };
      },
    });
    for (let transfer = 0; transfer < 100; transfer++) {
      pacer.before();
      target.advance(0.6e6);
      await pacer.after();
      expect(target.nanoseconds / 1e6 - wall).toBeLessThan(2);
    }
    expect(waits.length).toBeLessThan(40);
    expect(wall).toBeGreaterThan(57);
    waits.length = 0;
    const before = wall;
    for (let nap = 0; nap < 100; nap++) {
      await pacer.sleep(0.3);
      expect(target.nanoseconds / 1e6 - wall).toBeLessThan(2);
    }
    expect(waits.length).toBeLessThan(40);
    expect(wall - before).toBeGreaterThan(28);
    pacer.dispose();
  });

  it("puts its own look at the board off while transfers bring it up to date", () => {
    let wall = 0;
    let looks = 0;
    let due: { at: number; call: () => void } | undefined;
    const target = { nanoseconds: 0, advance: (nanoseconds: number) => void (target.nanoseconds += nanoseconds) };
    const pacer = new RealtimePacer(target as unknown as DebugTarget, {
      now: () => wall,
      after: (milliseconds, call) => {
        const timer = { at: wall + milliseconds, call };
        due = timer;
        return { dispose: () => due === timer && (due = undefined) };
      },
    });
    const until = (end: number): void => {
      while (due !== undefined && due.at <= end) {
        looks++;
        wall = due.at;
        due.call();
      }
      wall = end;
    };
    for (let at = 20; at <= 2000; at += 20) {
      until(at);
      pacer.before();
    }
    expect(looks).toBe(0);
    until(3000);
    expect(looks).toBeGreaterThanOrEqual(9);
    expect(target.nanoseconds / 1e6).toBeGreaterThan(2900);
    pacer.dispose();
  });

  it("looks at the wall often as soon as a board that took no time takes some", () => {
    let wall = 0;
    let cost = 0;
    const slices: number[] = [];
    const target = {
      nanoseconds: 0,
      advance(nanoseconds: number): void {
        slices.push(nanoseconds / 1e6);
        this.nanoseconds += nanoseconds;
        wall += (nanoseconds / 1e6) * cost;
      },
    };
    const pacer = new RealtimePacer(target as unknown as DebugTarget, {
      now: () => wall,
      after: () => ({ dispose: () => {} }),
    });
    pacer.before();
    wall += 40;
    pacer.before();
    expect(Math.max(...slices)).toBeCloseTo(2, 6);
    expect(slices.length).toBeLessThan(30);
    slices.length = 0;
    cost = 1;
    wall += 40;
    pacer.before();
    expect(slices[0]).toBeCloseTo(2, 6);
    expect(Math.max(...slices.slice(1))).toBeCloseTo(0.2, 6);
    pacer.dispose();
  });
});
