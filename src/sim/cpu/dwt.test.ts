import { describe, expect, it } from "vitest";
import { FLASH, handler, RAM, TestBoard } from "./test-board.ts";

const START = FLASH + 0x100;
const CTRL = 0xe000_1000;
const CYCCNT = 0xe000_1004;
const PCSR = 0xe000_101c;
const DEMCR = 0xe000_edfc;
const DFSR = 0xe000_ed30;
const MATCHED = 1 << 24;

function comparator(index: number): { comp: number; mask: number; function: number } {
  const base = 0xe000_1020 + index * 16;
  return { comp: base, mask: base + 4, function: base + 8 };
}

function boot(...code: number[]): TestBoard {
  const board = new TestBoard()
    .code(START, ...code)
    .boot()
    .attach();
  board.cpu.debugWrite(DEMCR, 4, 1 << 24);
  return board;
}

function watch(board: TestBoard, index: number, address: number, mask: number, kind: number): void {
  board.cpu.debugWrite(comparator(index).comp, 4, address);
  board.cpu.debugWrite(comparator(index).mask, 4, mask);
  board.cpu.debugWrite(comparator(index).function, 4, kind);
}

const touch = [
  0x6801, // ldr r1, [r0]
  0x6042, // str r2, [r0, #4]
  0x7a43, // ldrb r3, [r0, #9]
  0xb410, // push {r4}
  0xe7fe, // b .
];

function stopped(kind: number, address: number, mask: number): number | undefined {
  const board = boot(...touch);
  const r = board.cpu.registers().r;
  r[0] = RAM + 0x100;
  board.cpu.setRegisters({ r });
  watch(board, 2, address, mask, kind);
  return board.run(100) === "halted" ? board.pc - START : undefined;
}

describe("data watchpoints", () => {
  it("halt behind the access, by kind", () => {
    expect(stopped(5, RAM + 0x100, 2)).toBe(2);
    expect(stopped(6, RAM + 0x100, 2)).toBeUndefined();
    expect(stopped(6, RAM + 0x104, 2)).toBe(4);
    expect(stopped(6, RAM + 0x106, 0)).toBe(4);
    expect(stopped(7, RAM + 0x108, 2)).toBe(6);
    expect(stopped(7, RAM + 0x109, 0)).toBe(6);
    expect(stopped(7, RAM + 0x108, 0)).toBeUndefined();
    expect(stopped(6, RAM + 0x4ffc, 2)).toBe(8);
    expect(stopped(5, RAM + 0x100, 5)).toBe(2);
    expect(stopped(0, RAM + 0x100, 2)).toBeUndefined();
  });

  it("leave MATCHED, cleared by reading, and DFSR.DWTTRAP", () => {
    const board = boot(...touch);
    const r = board.cpu.registers().r;
    r[0] = RAM;
    board.cpu.setRegisters({ r });
    watch(board, 3, RAM + 4, 2, 6);
    board.run(100);
    expect(board.cpu.debugRead(DFSR, 4)).toBe(4);
    expect(board.cpu.debugRead(comparator(3).function, 4)).toBe(6 | MATCHED);
    expect(board.cpu.debugRead(comparator(3).function, 4)).toBe(6);
  });

  it("compares the value with DATAVMATCH", () => {
    const code = [
      0x2101, // movs r1, #1
      0x6001, // loop: str r1, [r0]
      0x3101, // adds r1, #1
      0xe7fc, // b loop
    ];
    const board = boot(...code);
    const r = board.cpu.registers().r;
    r[0] = RAM + 0x40;
    board.cpu.setRegisters({ r });
    // Comparator 0 gives the address, comparator 1 the value 5 of word size.
    watch(board, 0, RAM + 0x40, 2, 0);
    watch(board, 1, 5, 0, 6 | (1 << 8) | (2 << 10) | (0 << 12) | (0 << 16));
    expect(board.run(1000)).toBe("halted");
    expect(board.word(RAM + 0x40)).toBe(5);
  });

  it("become DebugMonitor without halting debug", () => {
    const board = new TestBoard().code(START, 0x6001 /* str r1, [r0] */, 0xe7fe).code(handler(12), 0xe7fe).boot();
    board.cpu.debugWrite(DEMCR, 4, (1 << 24) | (1 << 16));
    watch(board, 0, PERIPHERAL_WORD, 2, 6);
    const r = board.cpu.registers().r;
    r[0] = PERIPHERAL_WORD;
    board.cpu.setRegisters({ r });
    board.run(100);
    expect(board.pc).toBe(handler(12));
    expect(board.word(board.r(13) + 24)).toBe(START + 2);
  });
});

const PERIPHERAL_WORD = 0x4000_0010;

describe("instruction match", () => {
  it("halts behind the instruction and lets the core go on", () => {
    const board = boot(0x2001, 0x2102, 0x2203, 0xe7fe);
    watch(board, 1, START + 2, 0, 4);
    board.run(100);
    expect([board.pc, board.r(1), board.r(2)]).toEqual([START + 4, 2, 0]);
    board.resume();
    expect(board.run(100)).toBe("deadline");
    expect(board.r(2)).toBe(3);
  });
});

describe("cycle counter", () => {
  it("counts while enabled and running", () => {
    const board = boot(0xe7fe);
    expect(board.cpu.debugRead(CTRL, 4)).toBe(0x4000_0000);
    board.run(100);
    expect(board.cpu.debugRead(CYCCNT, 4)).toBe(0);
    board.cpu.debugWrite(CTRL, 4, 1);
    const before = board.scheduler.cycles;
    board.run(100);
    const counted = board.cpu.debugRead(CYCCNT, 4);
    expect(counted).toBe(board.scheduler.cycles - before);
    board.halt();
    board.scheduler.cycles += 1000;
    expect(board.cpu.debugRead(CYCCNT, 4)).toBe(counted);
    board.cpu.debugWrite(CYCCNT, 4, 0xffff_fff0);
    board.resume();
    board.scheduler.cycles += 0x20;
    expect(board.cpu.debugRead(CYCCNT, 4)).toBe(0x10);
    expect(board.cpu.debugRead(PCSR, 4)).toBe(START);
  });

  it("is exact inside the program", () => {
    const board = boot(
      0x6801, // ldr r1, [r0]
      0xbf00, // nop
      0xbf00, // nop
      0x6802, // ldr r2, [r0]
      0xe7fe, // b .
    );
    board.cpu.debugWrite(CTRL, 4, 1);
    const r = board.cpu.registers().r;
    r[0] = CYCCNT;
    board.cpu.setRegisters({ r });
    board.run(50);
    // Two cycles for a load and one for each NOP.
    expect(board.r(2) - board.r(1)).toBe(4);
  });

  it("halts when it reaches COMP0 with CYCMATCH", () => {
    const board = boot(0xe7fe);
    board.cpu.debugWrite(CTRL, 4, 1);
    watch(board, 0, 500, 0, 4 | (1 << 7));
    expect(board.run(10_000)).toBe("halted");
    expect(board.cpu.debugRead(CYCCNT, 4)).toBeGreaterThanOrEqual(500);
    expect(board.cpu.debugRead(CYCCNT, 4)).toBeLessThan(510);
  });

  it("reads as zero without TRCENA", () => {
    const board = new TestBoard().boot();
    expect(board.cpu.debugRead(CTRL, 4)).toBe(0);
    expect(board.cpu.debugRead(0xe000_1fe0, 4)).toBe(0);
    expect(board.cpu.debugRead(0xe000_2fe0, 4)).toBe(3);
  });
});
