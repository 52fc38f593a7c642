import { describe, expect, it } from "vitest";
import type { WordOperation } from "../coresight/memory-port.ts";
import { BreakpointUnit } from "./breakpoint-unit.ts";
import { WatchpointUnit } from "./watchpoint-unit.ts";

function text(operations: readonly WordOperation[]): string[] {
  return operations.map((one) => `${one.address.toString(16)}=${one.kind === "write" ? one.value.toString(16) : "?"}`);
}

/** What a unit would write, taken as written. */
function flush(unit: BreakpointUnit | WatchpointUnit): string[] {
  const writes = text(unit.operations());
  unit.written();
  return writes;
}

describe("FPB version 1", () => {
  /** FP_CTRL of a Cortex-M3: 6 code and 2 literal comparators. */
  function unit(): BreakpointUnit {
    const fresh = new BreakpointUnit(0x260);
    flush(fresh);
    return fresh;
  }

  it("reads its number of comparators from both fields", () => {
    expect(new BreakpointUnit(0x260)).toMatchObject({ count: 6, version: 1 });
    expect(new BreakpointUnit(0x1000_2080 & 0xffff)).toMatchObject({ count: 0x28 });
    expect(new BreakpointUnit(0x10000080)).toMatchObject({ count: 8, version: 2 });
  });

  it("clears every comparator first", () => {
    expect(flush(new BreakpointUnit(0x20))).toEqual(["e0002008=0", "e000200c=0"]);
  });

  it("encodes word address and half-word", () => {
    const one = unit();
    one.add(0x08000120);
    expect(flush(one)).toEqual(["e0002000=3", "e0002008=48000121"]);
    one.add(0x08000126);
    expect(flush(one)).toEqual(["e000200c=88000125"]);
    expect(one.has(0x08000124)).toBe(false);
    expect(one.has(0x08000126)).toBe(true);
    one.remove(0x08000120);
    expect(flush(one)).toEqual(["e0002008=0"]);
  });

  it("shares one comparator between both halves of a word", () => {
    const one = unit();
    one.add(0x08000120);
    one.add(0x08000122);
    expect(flush(one)).toEqual(["e0002000=3", "e0002008=c8000121"]);
    expect(text(one.lift(0x08000120))).toEqual(["e0002008=88000121"]);
    one.lifted(0x08000120);
    expect(flush(one)).toEqual(["e0002008=c8000121"]);
    one.remove(0x08000122);
    expect(flush(one)).toEqual(["e0002008=48000121"]);
    one.remove(0x08000120);
    expect(flush(one)).toEqual(["e0002008=0"]);
    expect(one.empty).toBe(true);
  });

  it("writes nothing when a breakpoint goes and comes between two runs", () => {
    const one = unit();
    one.add(0x08000120);
    flush(one);
    one.remove(0x08000120);
    one.add(0x08000120);
    expect(flush(one)).toEqual([]);
  });

  it("writes what was in use again after a reset", () => {
    const one = unit();
    one.add(0x08000120);
    flush(one);
    one.forget();
    expect(flush(one)).toEqual(["e0002000=3", "e0002008=48000121"]);
    one.remove(0x08000120);
    one.forget();
    expect(flush(one)).toEqual(["e0002008=0"]);
    one.forget();
    expect(flush(one)).toEqual([]);
  });
});

it("FPB version 2 matches any half-word, in RAM too", () => {
  const one = new BreakpointUnit(0x10000040);
  flush(one);
  one.add(0x20000102);
  one.add(0x20000100);
  expect(flush(one)).toEqual(["e0002000=3", "e0002008=20000103", "e000200c=20000101"]);
  expect(one.has(0x20000102)).toBe(true);
  expect(text(one.lift(0x20000102))).toEqual(["e0002008=0"]);
});

describe("DWT", () => {
  it("of ARMv7-M has mask and function", () => {
    const one = new WatchpointUnit(0x40000000, "v7-M");
    expect(one.count).toBe(4);
    flush(one);
    one.add({ address: 0x20000010, length: 4, access: "write" });
    one.add({ address: 0x20000020, length: 16, access: "read" });
    one.add({ address: 0x20000001, length: 1, access: "access" });
    expect(flush(one)).toEqual([
      ...["e0001028=0", "e0001020=20000010", "e0001024=2", "e0001028=6"],
      ...["e0001038=0", "e0001030=20000020", "e0001034=4", "e0001038=5"],
      ...["e0001048=0", "e0001040=20000001", "e0001044=0", "e0001048=7"],
    ]);
    one.remove({ address: 0x20000020, length: 16, access: "read" });
    expect(flush(one)).toEqual(["e0001038=0"]);
    expect(text(one.matchReads())).toEqual(["e0001028=?", "e0001048=?"]);
    expect(one.matched([6, 0x01000007])).toMatchObject({ address: 0x20000001 });
    expect(one.matched([6, 7])).toBeUndefined();
  });

  it("of ARMv8-M has size and action in one register", () => {
    const one = new WatchpointUnit(0x20000000, "v8-M");
    flush(one);
    one.add({ address: 0x20000010, length: 4, access: "write" });
    one.add({ address: 0x20000014, length: 2, access: "read" });
    expect(flush(one)).toEqual(["e0001020=20000010", "e0001028=815", "e0001030=20000014", "e0001038=416"]);
    expect(() => one.add({ address: 0x20000020, length: 8, access: "read" })).toThrow(/at most 4/);
  });

  it.each([
    [3, 0x20000000, /1, 2, 4/],
    [0, 0x20000000, /1, 2, 4/],
    [4, 0x20000002, /multiple of 4/],
    [0x10000, 0x20000000, /at most 32768/],
  ])("refuses %i bytes at %#x", (length, address, message) => {
    const one = new WatchpointUnit(0x40000000, "v7-M");
    const add = (): void => one.add({ address, length, access: "write" });
    expect(add).toThrow(message);
    expect(add).toThrow(expect.objectContaining({ code: "watchpoint-unsupported" }));
  });

  it("says when all are used up, and counts the same one once", () => {
    const one = new WatchpointUnit(0x10000000, "v7-M");
    const watch = { address: 0x20000000, length: 4, access: "write" } as const;
    one.add(watch);
    one.add({ ...watch });
    expect(() => one.add({ ...watch, access: "read" })).toThrow(
      expect.objectContaining({ code: "watchpoints-used-up", facts: { count: 1, address: 0x20000000 } }),
    );
  });
});

describe("comparators that another program has set", () => {
  it("breakpoints: neither used nor cleared, and counted when all are taken", () => {
    const one = new BreakpointUnit(0x40);
    expect(text(one.reads())).toEqual(["e0002008=?", "e000200c=?", "e0002010=?", "e0002014=?"]);
    one.leaveToOthers([0x48000121, 0, 0x40000000, 0]);
    one.clear();
    expect(flush(one)).toEqual([]);
    one.add(0x08000200);
    expect(flush(one)).toEqual(["e0002000=3", "e000200c=48000201"]);
    // The other one took its own out and set another; ours is known as ours.
    one.leaveToOthers([0, 0x48000201, 0x48000301, 0]);
    one.add(0x08000400);
    expect(flush(one)).toEqual(["e0002008=48000401"]);
    one.add(0x08000500);
    expect(flush(one)).toEqual(["e0002014=48000501"]);
    expect(() => one.add(0x08000600)).toThrow(/All 4 breakpoint comparators are in use \(1 by another program\)/);
    one.clear();
    expect(flush(one)).toEqual(["e0002008=0", "e000200c=0", "e0002014=0"]);
  });

  it("one of ours that is still to be cleared is not taken for another's", () => {
    const one = new BreakpointUnit(0x20);
    flush(one);
    one.add(0x08000200);
    flush(one);
    one.remove(0x08000200);
    one.leaveToOthers([0x48000201, 0]);
    expect(flush(one)).toEqual(["e0002008=0"]);
  });

  it("watchpoints: the same", () => {
    const one = new WatchpointUnit(0x20000000, "v7-M");
    expect(text(one.reads())).toEqual(["e0001028=?", "e0001038=?"]);
    one.leaveToOthers([6, 0]);
    one.clear();
    expect(flush(one)).toEqual([]);
    one.add({ address: 0x20000000, length: 4, access: "write" });
    expect(flush(one)).toContain("e0001038=6");
    expect(() => one.add({ address: 0x20000010, length: 4, access: "write" })).toThrow(/in use/);
    one.clear();
    expect(flush(one)).toEqual(["e0001038=0"]);
  });
});
