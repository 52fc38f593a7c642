import { beforeEach, describe, expect, it } from "vitest";
import { Scheduler } from "../time/scheduler.ts";
import { NorFlash, norGeometry, norTimes } from "./nor-flash.ts";

const BLOCK = norGeometry.blockBytes / 2;
const DQ7 = 0x80;
const DQ6 = 0x40;
const DQ5 = 0x20;
const DQ3 = 8;
const DQ2 = 4;
const DQ1 = 2;

let scheduler: Scheduler;
let nor: NorFlash;

/** Lets virtual time pass, with alarms at their time. */
function pass(nanoseconds: number): void {
  const end = scheduler.cyclesAt(scheduler.nanoseconds + nanoseconds);
  while (scheduler.next <= end) {
    scheduler.cycles = scheduler.next;
    scheduler.fireDue();
  }
  scheduler.cycles = end;
}

function unlock(command: number, address = 0x555): void {
  nor.write(0x555, 0xaa);
  nor.write(0x2aa, 0x55);
  nor.write(address, command);
}

function program(address: number, value: number): void {
  unlock(0xa0);
  nor.write(address, value);
}

function eraseBlock(address: number): void {
  unlock(0x80);
  unlock(0x30, address);
}

const toggles = (bit: number, address = 0): boolean => ((nor.read(address) ^ nor.read(address)) & bit) !== 0;

beforeEach(() => {
  scheduler = new Scheduler(72_000_000);
  nor = new NorFlash(scheduler);
});

describe("M29W128GL", () => {
  it("tells its codes until it is reset, and takes no other unlock address", () => {
    unlock(0x90);
    expect([0, 1, 0xe, 0xf, 2].map((address) => nor.read(address))).toEqual([0x20, 0x227e, 0x2221, 0x2200, 0]);
    expect(nor.read(5 * BLOCK)).toBe(0x20);
    nor.write(0, 0xf0);
    expect(nor.read(0)).toBe(0xffff);
    nor.write(0x554, 0xaa);
    nor.write(0x2aa, 0x55);
    nor.write(0x555, 0x90);
    expect(nor.read(0)).toBe(0xffff);
    nor.write(0x555, 0xaa);
    nor.write(0x2ab, 0x55);
    nor.write(0x555, 0x90);
    expect(nor.read(0)).toBe(0xffff);
    // The lines above A10 do not count.
    nor.write(0x7ff555, 0xaa);
    nor.write(0x1002aa, 0x55);
    nor.write(0x800 + 0x555, 0x90);
    expect(nor.read(1)).toBe(0x227e);
  });

  it("answers the CFI query with its geometry, and goes back to where it was asked from", () => {
    unlock(0x90);
    nor.write(0x55, 0x98);
    expect([0x10, 0x11, 0x12].map((address) => String.fromCharCode(nor.read(address))).join("")).toBe("QRY");
    expect(2 ** nor.read(0x27)).toBe(norGeometry.bytes);
    expect(2 ** nor.read(0x2a)).toBe(norGeometry.bufferWords * 2);
    expect(nor.read(0x2c)).toBe(1);
    expect((nor.read(0x2d) | (nor.read(0x2e) << 8)) + 1).toBe(norGeometry.bytes / norGeometry.blockBytes);
    expect((nor.read(0x2f) | (nor.read(0x30) << 8)) * 256).toBe(norGeometry.blockBytes);
    const primary = nor.read(0x15);
    expect([0, 1, 2].map((i) => String.fromCharCode(nor.read(primary + i))).join("")).toBe("PRI");
    nor.write(0, 0xf0);
    expect(nor.read(1)).toBe(0x227e);
    nor.write(0, 0xf0);
    expect(nor.read(1)).toBe(0xffff);
  });

  it("programs a word in 16 us, with DQ7 as its complement and DQ6 toggling meanwhile", () => {
    const ready: boolean[] = [];
    nor.onReady((level) => ready.push(level));
    program(0x1234, 0x5a80);
    expect(nor.read(0x1234) & (DQ7 | DQ5)).toBe(0);
    expect(toggles(DQ6)).toBe(true);
    pass(norTimes.word - 100);
    expect([nor.ready, toggles(DQ6)]).toEqual([false, true]);
    pass(100);
    expect([nor.ready, nor.read(0x1234), nor.read(0x1234)]).toEqual([true, 0x5a80, 0x5a80]);
    expect(ready).toEqual([false, true]);
    expect([nor.programNanoseconds, nor.eraseNanoseconds, nor.busyNanoseconds]).toEqual([16_000, 0, 16_000]);
    program(0x1234, 0x5a00);
    expect(nor.read(0x1234) & DQ7).toBe(DQ7);
  });

  it("is done on time even before its alarm is served, and hears nothing while it programs", () => {
    program(5, 0x1111);
    program(6, 0x2222);
    nor.write(0, 0xf0);
    scheduler.cycles = scheduler.cyclesAt(norTimes.word);
    expect([nor.read(5), nor.read(6)]).toEqual([0x1111, 0xffff]);
  });

  it("reports an attempt to turn zeros into ones by DQ5 until it is reset", () => {
    program(9, 0xff0f);
    pass(norTimes.word);
    program(9, 0x00ff);
    pass(norTimes.word);
    expect(nor.read(9) & (DQ5 | DQ7)).toBe(DQ5);
    expect([toggles(DQ6), nor.ready]).toEqual([true, true]);
    unlock(0x90);
    expect(nor.read(1) & DQ5).toBe(DQ5);
    program(10, 0);
    expect([nor.read(1) & DQ5, nor.ready]).toEqual([DQ5, true]);
    nor.write(0, 0xf0);
    expect(nor.read(9)).toBe(0x000f);
  });

  it("programs up to 32 words of one page by its write buffer", () => {
    unlock(0x25, 0x20000);
    nor.write(0x20000, 31);
    for (let i = 0; i < 32; i++) nor.write(0x20000 + i, i * 0x101);
    nor.write(0x20000 + 31, 0x29);
    // The last word's DQ7 is 0.
    expect([nor.ready, nor.read(0x2001f) & DQ7]).toEqual([false, DQ7]);
    pass(norTimes.buffer);
    expect(Array.from({ length: 33 }, (_, i) => nor.read(0x20000 + i))).toEqual([
      ...Array.from({ length: 32 }, (_, i) => i * 0x101),
      0xffff,
    ]);
    expect(nor.programNanoseconds).toBe(norTimes.buffer);
  });

  it.each([
    ["another page", () => nor.write(0x20020, 0)],
    ["another block", () => nor.write(0x40000, 0)],
    [
      "no confirmation",
      () => {
        nor.write(0x20001, 0);
        nor.write(0x20000, 0x28);
      },
    ],
  ])("aborts a write buffer by %s, and needs the long reset then", (_name, misuse) => {
    unlock(0x25, 0x20000);
    nor.write(0x20000, 1);
    nor.write(0x20000, 0x1234);
    misuse();
    expect(nor.read(0) & DQ1).toBe(DQ1);
    nor.write(0, 0xf0);
    expect(nor.read(0) & DQ1).toBe(DQ1);
    unlock(0xf0);
    expect([nor.read(0x20000), nor.busyNanoseconds]).toEqual([0xffff, 0]);
  });

  it("refuses a buffer of more than 32 words", () => {
    unlock(0x25, 0x20000);
    nor.write(0x20000, 32);
    expect(nor.read(0) & DQ1).toBe(DQ1);
  });

  it("takes short commands in unlock bypass until that is left", () => {
    unlock(0x20);
    for (const [address, value] of [
      [0, 1],
      [1, 2],
    ]) {
      nor.write(7, 0xa0);
      nor.write(address, value);
      pass(norTimes.word);
    }
    expect([nor.read(0), nor.read(1)]).toEqual([1, 2]);
    nor.write(0, 0x80);
    nor.write(0, 0x30);
    pass(norTimes.eraseWindow + norTimes.block);
    expect(nor.read(0)).toBe(0xffff);
    nor.write(0, 0x90);
    nor.write(0, 0x00);
    nor.write(0, 0xa0);
    nor.write(0, 0x1234);
    expect([nor.ready, nor.read(0)]).toEqual([true, 0xffff]);
  });

  it("erases a block after a window in which others may join", () => {
    for (const block of [2, 3, 4]) nor.content.load(block * norGeometry.blockBytes, Uint8Array.of(0, 0));
    eraseBlock(2 * BLOCK + 77);
    expect(nor.read(2 * BLOCK) & (DQ7 | DQ3)).toBe(0);
    pass(40_000);
    nor.write(3 * BLOCK, 0x30);
    pass(40_000);
    expect(nor.read(0) & DQ3).toBe(0);
    pass(20_000);
    expect(nor.read(0) & DQ3).toBe(DQ3);
    nor.write(4 * BLOCK, 0x30);
    nor.write(0, 0xf0);
    expect([toggles(DQ6), toggles(DQ2, 2 * BLOCK), toggles(DQ2, 4 * BLOCK)]).toEqual([true, true, false]);
    pass(2 * norTimes.block - 20_000);
    expect(nor.ready).toBe(false);
    pass(20_000);
    expect([2, 3, 4].map((block) => nor.read(block * BLOCK))).toEqual([0xffff, 0xffff, 0]);
    expect(nor.eraseNanoseconds).toBeCloseTo(90_000 + 2 * norTimes.block, -3);
  });

  it("gives an erasure up when another command comes within the window", () => {
    nor.content.load(0, Uint8Array.of(0x34, 0x12));
    eraseBlock(0);
    nor.write(0, 0xf0);
    expect([nor.ready, nor.read(0)]).toEqual([true, 0x1234]);
  });

  it("suspends an erasure to read and program elsewhere, and resumes it", () => {
    nor.content.load(0, Uint8Array.of(0, 0));
    nor.content.load(norGeometry.blockBytes, Uint8Array.of(0x78, 0x56));
    eraseBlock(0);
    pass(norTimes.eraseWindow + norTimes.block / 4);
    nor.write(0, 0xb0);
    expect([nor.ready, nor.read(BLOCK)]).toEqual([true, 0x5678]);
    expect([nor.read(0) & DQ7, toggles(DQ6), toggles(DQ2)]).toEqual([DQ7, false, true]);
    program(1, 0);
    expect(nor.ready).toBe(true);
    program(BLOCK + 1, 0x4321);
    pass(norTimes.word);
    expect(nor.read(BLOCK + 1)).toBe(0x4321);
    nor.write(0, 0x30);
    pass((norTimes.block * 3) / 4 - 1000);
    expect(nor.ready).toBe(false);
    pass(2000);
    expect([nor.ready, nor.read(0)]).toEqual([true, 0xffff]);
    expect(nor.eraseNanoseconds).toBeCloseTo(norTimes.eraseWindow + norTimes.block, -3);
  });

  it("erases the whole chip, which cannot be suspended", () => {
    nor.content.load(norGeometry.bytes - 2, Uint8Array.of(1, 2));
    unlock(0x80);
    unlock(0x10);
    expect(nor.read(0) & DQ3).toBe(DQ3);
    nor.write(0, 0xb0);
    expect(nor.ready).toBe(false);
    pass(norTimes.chip);
    expect(nor.read(norGeometry.bytes / 2 - 1)).toBe(0xffff);
  });

  it("forgets what it was at when power goes", () => {
    unlock(0x20);
    nor.content.load(0, Uint8Array.of(0, 0));
    eraseBlock(0);
    nor.reset();
    pass(1e9);
    expect([nor.read(0), nor.ready]).toEqual([0, true]);
    nor.write(0, 0xa0);
    nor.write(5, 0);
    expect(nor.read(5)).toBe(0xffff);
  });
});
