import { describe, expect, it } from "vitest";
import { FLASH, RAM, TestBoard } from "./test-board.ts";

const START = FLASH + 0x100;
const DEMCR = 0xe000_edfc;

function boot(...code: number[]): TestBoard {
  const board = new TestBoard().code(START, ...code).boot();
  board.cpu.debugWrite(DEMCR, 4, 1 << 24);
  return board;
}

function read(board: TestBoard, address: number): number {
  return board.cpu.debugRead(address, 4);
}

/** PIDR4, PIDR3–PIDR0 as one number, and the component class. */
function ids(board: TestBoard, base: number): string {
  const byte = (offset: number) =>
    read(board, base + offset)
      .toString(16)
      .padStart(2, "0");
  const pidr = [0xfd0, 0xfec, 0xfe8, 0xfe4, 0xfe0].map(byte).join("");
  const cidr = [0xff0, 0xff4, 0xff8, 0xffc].map(byte).join(" ");
  return `${pidr} ${cidr}`;
}

describe("component identification", () => {
  it("is an F103's", () => {
    const board = boot();
    expect([0, 4, 8, 12, 16, 20, 24].map((offset) => read(board, 0xe00f_f000 + offset))).toEqual([
      0xfff0_f003, 0xfff0_2003, 0xfff0_3003, 0xfff0_1003, 0xfff4_1003, 0xfff4_2002, 0,
    ]);
    expect(ids(board, 0xe00f_f000)).toBe("00000a0410 0d 10 05 b1");
    expect(ids(board, 0xe000_e000)).toBe("04001bb000 0d e0 05 b1");
    expect(ids(board, 0xe000_1000)).toBe("04001bb002 0d e0 05 b1");
    expect(ids(board, 0xe000_2000)).toBe("04000bb003 0d e0 05 b1");
    expect(ids(board, 0xe000_0000)).toBe("04001bb001 0d e0 05 b1");
    expect(ids(board, 0xe004_0000)).toBe("04001bb923 0d 90 05 b1");
    expect([read(board, 0xe004_0fc8), read(board, 0xe004_0fcc)]).toEqual([0xca1, 0x11]);
    expect([read(board, 0xe000_ed00), read(board, 0xe000_ed90), read(board, 0xe000_e004)]).toEqual([0x411f_c231, 0, 1]);
  });

  it("leaves DBGMCU to the chip", () => {
    expect(boot().cpu.debugRead(0xe004_2000, 4)).toBe(-1);
  });
});

describe("registers of the system control space", () => {
  it("keep their implemented bits", () => {
    const board = boot();
    const check = (address: number, value: number, expected: number) => {
      board.cpu.debugWrite(address, 4, value);
      expect(read(board, address)).toBe(expected >>> 0);
    };
    check(0xe000_ed08, 0xffff_ffff, 0x3fff_ff80);
    check(0xe000_ed08, 0, 0);
    check(0xe000_ed0c, 0x05fa_0700, 0xfa05_0700);
    check(0xe000_ed0c, 0x1234_0300, 0xfa05_0700);
    check(0xe000_ed10, 0xffff_ffff, 0x16);
    check(0xe000_ed14, 0xffff_ffff, 0x31b);
    check(0xe000_ed18, 0xffff_ffff, 0x00f0_f0f0);
    check(0xe000_ed20, 0xffff_ffff, 0xf0f0_00f0);
    check(0xe000_e400, 0x1234_5678, 0x1030_5070);
    check(0xe000_e428, 0xffff_ffff, 0x00f0_f0f0);
    check(0xe000_e104, 0xffff_ffff, 0x7ff);
    check(0xe000_e184, 0xff, 0x700);
    board.cpu.debugWrite(0xe000_e401, 1, 0xff);
    expect(board.cpu.debugRead(0xe000_e401, 1)).toBe(0xf0);
    expect(read(board, 0xe000_e400)).toBe(0x1030_f070);
  });
});

describe("ITM", () => {
  /** Stimulus port 0 open to the trace port, NRZ without formatter. */
  function open(board: TestBoard): void {
    board.cpu.debugWrite(0xe004_00f0, 4, 2);
    board.cpu.debugWrite(0xe004_0304, 4, 0x100);
    board.cpu.debugWrite(0xe000_0fb0, 4, 0xc5ac_ce55);
    board.cpu.debugWrite(0xe000_0e80, 4, 0x0001_0009);
    board.cpu.debugWrite(0xe000_0e00, 4, 5);
  }

  it("turns stores to stimulus ports into packets", () => {
    const board = boot(
      0x6802, // ldr r2, [r0]
      0x7001, // strb r1, [r0]
      0x8101, // strh r1, [r0, #8]
      0x6041, // str r1, [r0, #4]
      0x6001, // str r1, [r0]
      0xe7fe, // b .
    );
    open(board);
    const r = board.cpu.registers().r;
    r[0] = 0xe000_0000;
    r[1] = 0x4433_2241;
    board.cpu.setRegisters({ r });
    board.run(50);
    expect(board.r(2)).toBe(1);
    // Port 1 is not enabled.
    expect(board.trace).toEqual([0x01, 0x41, 0x12, 0x41, 0x22, 0x03, 0x41, 0x22, 0x33, 0x44]);
  });

  it("says nothing while locked, disabled or without TRCENA", () => {
    const board = boot();
    board.cpu.debugWrite(0xe004_00f0, 4, 2);
    board.cpu.debugWrite(0xe004_0304, 4, 0x100);
    board.cpu.debugWrite(0xe000_0e80, 4, 1);
    board.cpu.debugWrite(0xe000_0e00, 4, 1);
    board.cpu.debugWrite(0xe000_0000, 4, 1);
    expect(board.trace).toEqual([]);
    open(board);
    board.cpu.debugWrite(DEMCR, 4, 0);
    board.cpu.debugWrite(0xe000_0000, 4, 1);
    expect(board.trace).toEqual([]);
    expect(read(board, 0xe000_0000)).toBe(0);
  });

  it("adds timestamps", () => {
    const board = boot();
    open(board);
    board.cpu.debugWrite(0xe000_0e80, 4, 3);
    board.scheduler.cycles += 3;
    board.cpu.debugWrite(0xe000_0000, 1, 0x41);
    board.scheduler.cycles += 300;
    board.cpu.debugWrite(0xe000_0000, 1, 0x42);
    expect(board.trace).toEqual([0x01, 0x41, 0x30, 0x01, 0x42, 0xc0, 0xac, 0x02]);
  });

  it("is wrapped into frames while the formatter is on", () => {
    const board = boot();
    open(board);
    board.cpu.debugWrite(0xe004_0304, 4, 0x102);
    for (let index = 0; index < 7; index++) board.cpu.debugWrite(0xe000_0000, 1, 0x41 + index);
    // Source id 1, then 14 bytes; low bits of the bytes at even places gather in the last.
    expect(board.trace).toEqual([
      0x03, 0x01, 0x40, 0x01, 0x42, 0x01, 0x42, 0x01, 0x44, 0x01, 0x44, 0x01, 0x46, 0x01, 0x46, 0xaa,
    ]);
  });
});

describe("code cache", () => {
  it("follows the debugger's writes to RAM", () => {
    const board = boot().attach();
    board.cpu.debugWrite(RAM, 4, 0xbe00_2001);
    const r = board.cpu.registers().r;
    r[15] = RAM;
    board.cpu.setRegisters({ r });
    board.run(50);
    expect(board.r(0)).toBe(1);
    board.cpu.debugWrite(RAM, 2, 0x2007);
    r[15] = RAM;
    board.cpu.setRegisters({ r });
    board.resume();
    board.run(50);
    expect(board.r(0)).toBe(7);
  });

  it("waits for a busy flash, but not in RAM", () => {
    const board = boot(0x2001, 0xe7fe);
    board.bus.flashBusyUntil = 500;
    board.run(100);
    expect(board.r(0)).toBe(0);
    expect(board.scheduler.cycles).toBe(100);
    board.run(420);
    expect(board.r(0)).toBe(1);
    board.code(RAM, 0x3101 /* adds r1, #1 */, 0x680a /* ldr r2, [r1] */, 0xe7fe);
    board.bus.flashBusyUntil = 10_000;
    const r = board.cpu.registers().r;
    r[1] = RAM - 1;
    r[15] = RAM;
    board.cpu.setRegisters({ r });
    board.run(50);
    expect(board.r(2)).toBe(0x680a_3101);
  });
});
