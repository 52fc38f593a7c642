import { describe, expect, it } from "vitest";
import { Scheduler } from "./scheduler.ts";

describe("Scheduler", () => {
  it("fires alarms in order of time, then of setting", () => {
    const scheduler = new Scheduler(8_000_000);
    const fired: string[] = [];
    scheduler.afterCycles(20, () => fired.push("late"));
    scheduler.afterCycles(10, () => fired.push("first"));
    scheduler.afterCycles(10, () => fired.push("second"));
    expect(scheduler.deadline).toBe(10);
    scheduler.cycles = 10;
    scheduler.fireDue();
    expect(fired).toEqual(["first", "second"]);
    expect(scheduler.deadline).toBe(20);
  });

  it("keeps nanosecond deadlines when HCLK changes, and cycle deadlines in cycles", () => {
    const scheduler = new Scheduler(8_000_000);
    const inTime = scheduler.afterNanoseconds(1_000_000, () => {});
    const inCycles = scheduler.afterCycles(8000, () => {});
    expect([inTime.due, inCycles.due]).toEqual([8000, 8000]);
    scheduler.cycles = 4000; // half a millisecond
    scheduler.setHclk(72_000_000);
    expect([inTime.due, inCycles.due]).toEqual([4000 + 36_000, 8000]);
    scheduler.cycles = 40_000;
    expect(scheduler.nanoseconds).toBeCloseTo(1_000_000, 3);
  });

  it("cancels, limits and interrupts a run", () => {
    const scheduler = new Scheduler(1e9);
    const alarm = scheduler.afterCycles(5, () => expect.unreachable());
    scheduler.setLimit(100);
    scheduler.cancel(alarm);
    expect(scheduler.deadline).toBe(100);
    scheduler.interruptRun();
    expect(scheduler.deadline).toBe(0);
    scheduler.cycles = 50;
    scheduler.fireDue();
    expect(scheduler.deadline).toBe(100);
  });

  it("keeps the pace of a train of alarms that fire late", () => {
    const scheduler = new Scheduler(1e9);
    const times: number[] = [];
    const again = () => {
      times.push(scheduler.now);
      if (times.length < 4) scheduler.afterCycles(10, again);
    };
    scheduler.afterCycles(10, again);
    for (const cycle of [13, 27, 45]) {
      scheduler.cycles = cycle;
      scheduler.fireDue();
    }
    expect(times).toEqual([10, 20, 30, 40]);
    expect(scheduler.now).toBe(45);
  });

  it("stops HCLK: alarms in cycles wait, alarms in nanoseconds fall due by skipped time", () => {
    const scheduler = new Scheduler(8_000_000);
    const fired: string[] = [];
    scheduler.afterCycles(8000, () => fired.push("cycles"));
    scheduler.afterNanoseconds(500_000, () => fired.push("time"));
    scheduler.setStopped(true);
    expect(scheduler.nextNanoseconds).toBe(500_000);
    scheduler.skipNanoseconds(499_999);
    scheduler.fireDue();
    expect(fired).toEqual([]);
    scheduler.afterNanoseconds(10, () => fired.push("set while stopped"));
    scheduler.skipNanoseconds(2_000_000);
    scheduler.fireDue();
    expect(fired).toEqual(["time", "set while stopped"]);
    expect(scheduler.cycles).toBe(0);
    scheduler.setStopped(false);
    expect(scheduler.nanoseconds).toBe(2_000_000);
    scheduler.cycles = 8000;
    scheduler.fireDue();
    expect(fired).toEqual(["time", "set while stopped", "cycles"]);
    expect(scheduler.nanoseconds).toBe(3_000_000);
  });
});
