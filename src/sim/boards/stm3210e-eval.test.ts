import { describe, expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import { nandTimes } from "../parts/nand-flash.ts";
import { norTimes } from "../parts/nor-flash.ts";
import { createBoard } from "./boards.ts";
import { createStm3210eEval, type Stm3210eEval } from "./stm3210e-eval.ts";

const NOR = 0x64000000;
const SRAM = 0x68000000;
const NAND = 0x70000000;
const CFSR = 0xe000ed28;
const BFAR = 0xe000ed38;

/** Writes as a debugger does: clocks, pins and the three banks. */
function enableMemories(board: Stm3210eEval): void {
  const write = (address: number, value: number) => board.chip.busWrite(address, 4, value);
  write(0x40021014, 0x114);
  write(0x40021018, 0x1e0);
  for (const port of [0x40011400, 0x40011800, 0x40011c00, 0x40012000]) {
    write(port, 0xbbbbbbbb);
    write(port + 4, 0xbbbbbbbb);
  }
  // PD6 and PG6 are inputs.
  write(0x40011400, 0xb4bbbbbb);
  write(0x40012000, 0xb4bbbbbb);
  write(0xa000000c, 0x0502);
  write(0xa0000008, 0x1059);
  write(0xa0000014, 0x0300);
  write(0xa0000010, 0x1011);
  write(0xa0000060, 0x0c);
}

/** A board whose program at 0x08000100 is these half-words; HardFault loops at 0x08000080. */
function boardWith(program: readonly number[]): Stm3210eEval {
  const image = new Uint8Array(0x200);
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x20001000, true);
  view.setUint32(4, 0x08000101, true);
  view.setUint32(12, 0x08000081, true);
  view.setUint16(0x80, 0xe7fe, true);
  program.forEach((halfWord, i) => {
    view.setUint16(0x100 + i * 2, halfWord, true);
  });
  return createStm3210eEval({ flash: [{ address: 0x08000000, data: image }] });
}

const run = (board: Stm3210eEval, pc: number, r: readonly number[] = []): void => {
  board.chip.cpu.setRegisters({ r: [...r, ...new Array(15 - r.length).fill(0x20000800), pc] });
};

describe("STM3210E-EVAL", () => {
  it("has four lamps that are lit when high, five UARTs, and JTAG", () => {
    const board = createBoard("stm3210e-eval");
    expect(board.uarts).toEqual(["uart4", "uart5", "usart1", "usart2", "usart3"]);
    board.chip.busWrite(0x40021018, 4, 1 << 7);
    board.chip.busWrite(0x40011c00, 4, 0x33444444);
    board.chip.busWrite(0x40011c04, 4, 0x44444433);
    board.chip.busWrite(0x40011c10, 4, (1 << 6) | (1 << 9));
    expect(["ld1", "ld2", "ld3", "ld4"].map((name) => board.led(name))).toEqual([true, false, false, true]);
    expect(() => board.led("led")).toThrow("stm3210e-eval");
    expect(() => board.onUart("usart9", () => {})).toThrow("stm3210e-eval");
    expect([board.chip.debugPortAnswers("jtag"), board.chip.jtagIdcode]).toEqual([true, 0x3ba00477]);
  });

  it("shows its memories to a debugger, once it has set the FSMC up", () => {
    const board = createBoard("stm3210e-eval", { flash: [{ address: NOR + 6, data: Uint8Array.of(0x34, 0x12) }] });
    expect(board.chip.busRead(NOR + 4, 4)).toBe(0);
    enableMemories(board);
    expect(board.chip.busRead(NOR + 4, 4)).toBe(0x1234ffff);
    expect(board.chip.busWrite(SRAM + 8, 4, 0xcafe1234)).toBe(true);
    expect([board.chip.busRead(SRAM + 0x10000a, 2), board.sram.bytes[8]]).toEqual([0xcafe, 0x34]);
    board.chip.busWrite(NAND + 0x10000, 1, 0x90);
    board.chip.busWrite(NAND + 0x20000, 1, 0);
    expect(board.chip.busRead(NAND, 2)).toBe(0x7620);
    expect([board.chip.busRead(0x60000000, 4), board.chip.busRead(0x6c000000, 4)]).toEqual([0xffffffff, BUS_FAULT]);
  });

  it("pulls PD6 low while either flash memory is busy, PG6 for the NAND flash alone", () => {
    const board = createBoard("stm3210e-eval");
    enableMemories(board);
    const lines = () => [(board.chip.busRead(0x40011408, 4) >> 6) & 1, (board.chip.busRead(0x40012008, 4) >> 6) & 1];
    expect(lines()).toEqual([1, 1]);
    for (const [address, value] of [
      [0xaaa, 0xaa],
      [0x554, 0x55],
      [0xaaa, 0xa0],
      [0x100, 0x1234],
    ]) {
      board.chip.busWrite(NOR + address, 2, value);
    }
    expect(lines()).toEqual([0, 1]);
    board.chip.advance(norTimes.word);
    expect([...lines(), board.chip.busRead(NOR + 0x100, 2)]).toEqual([1, 1, 0x1234]);
    board.chip.busWrite(NAND + 0x10000, 1, 0xff);
    expect(lines()).toEqual([0, 0]);
    board.chip.advance(nandTimes.reset.idle);
    expect(lines()).toEqual([1, 1]);
  });

  it("runs code from the external SRAM, and sees when a debugger changes it", () => {
    const board = boardWith([0xe7fe]);
    enableMemories(board);
    // adds r0, #1; b back
    board.chip.busWrite(SRAM + 0x100, 4, 0xe7fd3001);
    run(board, SRAM + 0x100, [0]);
    board.chip.advance(100_000);
    const first = board.chip.cpu.registers().r[0];
    expect(first).toBeGreaterThan(100);
    // adds r1, #1
    board.chip.busWrite(SRAM + 0x100, 2, 0x3101);
    board.chip.advance(100_000);
    expect(board.chip.cpu.registers().r[0] - first).toBeLessThan(2);
  });

  it("runs code that the DMA controller puts into the external SRAM", () => {
    const board = boardWith([0xe7fe]);
    enableMemories(board);
    const write = (address: number, value: number) => board.chip.busWrite(address, 4, value);
    write(SRAM + 0x100, 0xe7fd3001);
    run(board, SRAM + 0x100, [0, 0]);
    board.chip.advance(100_000);
    expect(board.chip.cpu.registers().r[1]).toBe(0);
    // adds r1, #1; DMA1 channel 1, memory to memory, half-words.
    write(0x20000200, 0x3101);
    write(0x40021014, 0x115);
    write(0x40020010, 0x20000200);
    write(0x40020014, SRAM + 0x100);
    write(0x4002000c, 1);
    write(0x40020008, 0x4501);
    board.chip.advance(100_000);
    expect(board.chip.busRead(SRAM + 0x100, 2)).toBe(0x3101);
    expect(board.chip.cpu.registers().r[1]).toBeGreaterThan(100);
  });

  it("runs code from the NOR flash, at the pace of its accesses", () => {
    const board = boardWith([0xe7fe]);
    enableMemories(board);
    board.nor.content.load(0x400, Uint8Array.of(0x01, 0x30, 0xfd, 0xe7));
    run(board, NOR + 0x400, [0]);
    const before = board.chip.cpu.retired;
    board.chip.advance(1_000_000);
    // 8000 cycles, of which each fetch of a half-word takes 11.
    const retired = board.chip.cpu.retired - before;
    expect(retired).toBeGreaterThan(400);
    expect(retired).toBeLessThan(8000 / 11);
  });

  it("faults precisely where a bank is closed, at the address", () => {
    // ldr r1, [r0]; b .
    const board = boardWith([0x6801, 0xe7fe]);
    enableMemories(board);
    run(board, 0x08000100, [0x6c000010]);
    board.chip.advance(10_000);
    expect(board.chip.busRead(CFSR, 4)).toBe(0x8200);
    expect(board.chip.busRead(BFAR, 4)).toBe(0x6c000010);
    // A store to a bank without WREN: str r1, [r0].
    const other = boardWith([0x6001, 0xe7fe]);
    enableMemories(other);
    other.chip.busWrite(0xa0000010, 4, 0x0011);
    run(other, 0x08000100, [SRAM + 4]);
    other.chip.advance(10_000);
    expect([other.chip.busRead(CFSR, 4), other.chip.busRead(BFAR, 4)]).toEqual([0x8200, SRAM + 4]);
  });

  it("loses the SRAM at once when its program closes the bank", () => {
    // str r2, [r1] closes the bank; ldr r3, [r0] faults; b .
    const board = boardWith([0x600a, 0x6803, 0xe7fe]);
    enableMemories(board);
    run(board, 0x08000100, [SRAM, 0xa0000010, 0x1010]);
    board.chip.advance(10_000);
    expect([board.chip.busRead(CFSR, 4), board.chip.busRead(BFAR, 4)]).toEqual([0x8200, SRAM]);
  });

  it("keeps its flash memories over a power cycle, not its SRAM", () => {
    const board = createBoard("stm3210e-eval");
    enableMemories(board);
    board.nor.content.load(0, Uint8Array.of(1, 2));
    board.chip.busWrite(SRAM, 4, 0x01020304);
    for (const [address, value] of [
      [0xaaa, 0xaa],
      [0x554, 0x55],
      [0xaaa, 0x90],
    ]) {
      board.chip.busWrite(NOR + address, 2, value);
    }
    board.pressReset(true);
    board.pressReset(false);
    enableMemories(board);
    // RP is not wired to NRST: auto select goes on, and so does the SRAM's content.
    expect([board.chip.busRead(NOR, 2), board.chip.busRead(SRAM, 4)]).toEqual([0x20, 0x01020304]);
    board.powerCycle();
    enableMemories(board);
    expect([board.chip.busRead(NOR, 2), board.chip.busRead(SRAM, 4)]).toEqual([0x0201, 0x9e3779b1]);
  });
});
