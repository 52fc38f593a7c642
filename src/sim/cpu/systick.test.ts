import { describe, expect, it } from "vitest";
import { FLASH, handler, TestBoard } from "./test-board.ts";

const START = FLASH + 0x100;
const CSR = 0xe000_e010;
const RVR = 0xe000_e014;
const CVR = 0xe000_e018;
const CALIB = 0xe000_e01c;
const COUNTFLAG = 1 << 16;

function boot(): TestBoard {
  const board = new TestBoard().code(START, 0xe7fe).code(handler(15), 0x3401 /* adds r4, #1 */, 0x4770 /* bx lr */);
  return board.boot().attach();
}

function read(board: TestBoard, address: number): number {
  return board.cpu.debugRead(address, 4);
}

function write(board: TestBoard, address: number, value: number): void {
  board.cpu.debugWrite(address, 4, value);
}

describe("SysTick", () => {
  it("loads from zero on the first tick, and counts down", () => {
    const board = boot();
    write(board, RVR, 99);
    write(board, CSR, 5);
    expect(read(board, CVR)).toBe(0);
    board.scheduler.cycles += 1;
    expect(read(board, CVR)).toBe(99);
    board.scheduler.cycles += 98;
    expect(read(board, CVR)).toBe(1);
    expect(read(board, CSR)).toBe(5);
    board.scheduler.cycles += 1;
    expect(read(board, CVR)).toBe(0);
    expect(read(board, CSR)).toBe(5 | COUNTFLAG);
    expect(read(board, CSR)).toBe(5);
    board.scheduler.cycles += 1;
    expect(read(board, CVR)).toBe(99);
  });

  it("is right after several periods without a look", () => {
    const board = boot();
    write(board, RVR, 99);
    write(board, CSR, 5);
    // One cycle to load, 99 to zero, then 250 of a period of 100.
    board.scheduler.cycles += 100 + 250;
    expect(read(board, CVR)).toBe(50);
    expect(read(board, CSR)).toBe(5 | COUNTFLAG);
  });

  it("clears by any write to CVR", () => {
    const board = boot();
    write(board, RVR, 9);
    write(board, CSR, 5);
    board.scheduler.cycles += 15;
    write(board, CVR, 1234);
    expect(read(board, CVR)).toBe(0);
    expect(read(board, CSR) & COUNTFLAG).toBe(0);
  });

  it("interrupts once a period", () => {
    const board = boot();
    write(board, RVR, 999);
    write(board, CSR, 7);
    board.run(10_050);
    expect(board.r(4)).toBe(10);
  });

  it("counts HCLK/8 by default", () => {
    const board = boot();
    write(board, RVR, 0xff_ffff);
    write(board, CSR, 1);
    board.scheduler.cycles += 8;
    const first = read(board, CVR);
    board.scheduler.cycles += 80;
    expect(first - read(board, CVR)).toBe(10);
    expect(read(board, CALIB)).toBe(9000);
  });

  it("stands still in debug state", () => {
    const board = boot();
    write(board, RVR, 999);
    write(board, CSR, 7);
    board.run(100);
    board.halt();
    const value = read(board, CVR);
    board.scheduler.cycles += 5000;
    board.scheduler.fireDue();
    expect(read(board, CVR)).toBe(value);
    board.resume();
    board.scheduler.cycles += 10;
    expect(read(board, CVR)).toBe(value - 10);
  });

  it("does not run with a reload value of zero", () => {
    const board = boot();
    write(board, CSR, 7);
    board.run(500);
    expect(board.r(4)).toBe(0);
  });
});
