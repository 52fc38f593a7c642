import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Op, RARE } from "./opcodes.ts";
import { FLASH, RAM, TestBoard } from "./test-board.ts";

const START = FLASH + 0x100;

/** Runs the half-words to the BKPT that is put behind them; registers as given, flags clear. */
function execute(halfWords: number[], registers: Record<number, number> = {}, xpsr = 0): TestBoard {
  const board = new TestBoard()
    .code(START, ...halfWords, 0xbe00)
    .boot()
    .attach();
  const r = board.cpu.registers().r;
  for (const [index, value] of Object.entries(registers)) r[Number(index)] = value;
  board.cpu.setRegisters({ r, xpsr: (0x0100_0000 | xpsr) >>> 0 });
  expect(board.run(10_000)).toBe("halted");
  return board;
}

/** N, Z, C, V as letters. */
function flags(board: TestBoard): string {
  const xpsr = board.cpu.registers().xpsr;
  return ["V", "C", "Z", "N"]
    .map((name, index) => ((xpsr >>> (28 + index)) & 1 ? name : ""))
    .reverse()
    .join("");
}

const C = 0x2000_0000;

describe("opcode numbers", () => {
  it("are the case labels of the inner loop", () => {
    const source = readFileSync(new URL("./execute.ts", import.meta.url), "utf8");
    const labels = [...source.matchAll(/case (\d+):\s*(?:\{\s*)?\/\/ (\w+)/g)].map(([, number, name]) => [
      name,
      Number(number),
    ]);
    const expected = Object.entries(Op).filter(([, number]) => number < RARE);
    expect(Object.fromEntries(labels)).toEqual(Object.fromEntries(expected));
  });
});

describe("data processing", () => {
  it("sets carry and overflow of additions", () => {
    const add = (x: number, y: number) => {
      const board = execute([0x1840 /* adds r0, r0, r1 */], { 0: x, 1: y });
      return [board.r(0), flags(board)];
    };
    expect(add(0x7fff_ffff, 1)).toEqual([0x8000_0000, "NV"]);
    expect(add(0xffff_ffff, 1)).toEqual([0, "ZC"]);
    expect(add(0x8000_0000, 0x8000_0000)).toEqual([0, "ZCV"]);
  });

  it("carries through ADC and SBC", () => {
    const adc = (x: number, y: number, carry: number) => {
      const board = execute([0x4148 /* adcs r0, r1 */], { 0: x, 1: y }, carry);
      return [board.r(0), flags(board)];
    };
    expect(adc(0xffff_ffff, 0, C)).toEqual([0, "ZC"]);
    expect(adc(0xffff_ffff, 0xffff_ffff, C)).toEqual([0xffff_ffff, "NC"]);
    expect(adc(1, 2, 0)).toEqual([3, ""]);
    const adcImmediate = (x: number, carry: number) => {
      const board = execute([0xf150, 0x30ff /* adcs.w r0, r0, #0xffffffff */], { 0: x }, carry);
      return [board.r(0), flags(board)];
    };
    expect(adcImmediate(7, C)).toEqual([7, "C"]);
    expect(adcImmediate(0, 0)).toEqual([0xffff_ffff, "N"]);
    const sbc = (x: number, y: number, carry: number) => {
      const board = execute([0x4188 /* sbcs r0, r1 */], { 0: x, 1: y }, carry);
      return [board.r(0), flags(board)];
    };
    expect(sbc(5, 3, C)).toEqual([2, "C"]);
    expect(sbc(5, 5, 0)).toEqual([0xffff_ffff, "N"]);
    expect(sbc(0x8000_0000, 1, C)).toEqual([0x7fff_ffff, "CV"]);
  });

  it("compares", () => {
    const compare = (x: number, y: number) => flags(execute([0x4288 /* cmp r0, r1 */], { 0: x, 1: y }));
    expect(compare(1, 1)).toBe("ZC");
    expect(compare(1, 2)).toBe("N");
    expect(compare(0x8000_0000, 1)).toBe("CV");
  });

  it("shifts by 0, 32 and more", () => {
    const shift = (halfWord: number, x: number, y: number, xpsr = 0) => {
      const board = execute([halfWord], { 0: x, 1: y }, xpsr);
      return [board.r(0), flags(board)];
    };
    const [lsls, lsrs, asrs, rors] = [0x4088, 0x40c8, 0x4108, 0x41c8];
    expect(shift(lsls, 3, 0, C)).toEqual([3, "C"]);
    expect(shift(lsls, 1, 32)).toEqual([0, "ZC"]);
    expect(shift(lsls, 1, 33)).toEqual([0, "Z"]);
    expect(shift(lsrs, 0x8000_0000, 32)).toEqual([0, "ZC"]);
    expect(shift(asrs, 0x8000_0000, 64)).toEqual([0xffff_ffff, "NC"]);
    expect(shift(rors, 0x8000_0001, 32)).toEqual([0x8000_0001, "NC"]);
    expect(shift(rors, 1, 1)).toEqual([0x8000_0000, "NC"]);
    // lsrs r0, r0, #32
    expect(shift(0x0800, 0x8000_0000, 0)).toEqual([0, "ZC"]);
  });

  it("takes the carry of a rotated constant, and shifts operands", () => {
    const board = execute(
      [
        0xf05f,
        0x4000, // movs.w r0, #0x80000000
        0xeb02,
        0x01c3, // add.w r1, r2, r3, lsl #3
        0xeba2,
        0x0463, // sub.w r4, r2, r3, asr #1
        0xea4f,
        0x0533, // rrx r5, r3
        0xf062,
        0x06f0, // orn r6, r2, #0xf0
        0xea92,
        0x1f33, // teq.w r2, r3, ror #4
      ],
      { 2: 100, 3: 9 },
    );
    expect([board.r(0), board.r(1), board.r(4), board.r(5), board.r(6)]).toEqual([
      0x8000_0000,
      172,
      96,
      0x8000_0004,
      (100 | ~0xf0) >>> 0,
    ]);
    // 9 ROR 4 has its top bit set; EOR with 100 keeps it.
    expect(flags(board)).toBe("NC");
  });

  it("multiplies and divides", () => {
    const board = execute(
      [
        0xfba0,
        0x2301, // umull r2, r3, r0, r1
        0xfb80,
        0x4501, // smull r4, r5, r0, r1
        0xfb00,
        0x7611, // mls r6, r0, r1, r7
        0xfb90,
        0xf8f1, // sdiv r8, r0, r1
        0xfbb0,
        0xf9f1, // udiv r9, r0, r1
        0xfb90,
        0xfafb, // sdiv r10, r0, r11
      ],
      { 0: 0xffff_fff6, 1: 7, 7: 1, 11: 0 },
    );
    expect([board.r(2), board.r(3)]).toEqual([0xffff_ffba, 6]);
    expect([board.r(4), board.r(5)]).toEqual([0xffff_ffba, 0xffff_ffff]);
    expect(board.r(6)).toBe(71);
    expect(board.r(8)).toBe(0xffff_ffff);
    expect(board.r(9)).toBe(Math.floor(0xffff_fff6 / 7));
    expect(board.r(10)).toBe(0);
  });

  it("accumulates 64 bits", () => {
    const board = execute(
      [
        0xfbe0,
        0x2301, // umlal r2, r3, r0, r1
        0xfbc0,
        0x4501, // smlal r4, r5, r0, r1
      ],
      { 0: 0xffff_ffff, 1: 0xffff_ffff, 2: 0xffff_ffff, 3: 1, 4: 0xffff_ffff, 5: 0 },
    );
    const unsigned = 0xffff_ffffn * 0xffff_ffffn + 0x1_ffff_ffffn;
    expect((BigInt(board.r(3)) << 32n) | BigInt(board.r(2))).toBe(BigInt.asUintN(64, unsigned));
    expect([board.r(4), board.r(5)]).toEqual([0, 1]);
  });

  it("moves bit fields, saturates, extends and reverses", () => {
    const board = execute(
      [
        0xf361,
        0x200b, // bfi r0, r1, #8, #4
        0xf3c1,
        0x1207, // ubfx r2, r1, #4, #8
        0xf341,
        0x1303, // sbfx r3, r1, #4, #4
        0xf36f,
        0x041f, // bfc r4, #0, #32
        0xf301,
        0x0507, // ssat r5, #8, r1
        0xf387,
        0x0604, // usat r6, #4, r7
        0xfa4f,
        0xf891, // sxtb.w r8, r1, ror #8
        0xfa91,
        0xf9a1, // rbit r9, r1
        0xfab6,
        0xfa86, // clz r10, r6
        0xfa91,
        0xfb91, // rev16 r11, r1
        0xfa91,
        0xfcb1, // revsh r12, r1
      ],
      { 0: 0xffff_ffff, 1: 0x1234_8fa5, 4: 0xffff_ffff, 7: 0xffff_fff0 },
    );
    expect(board.r(0)).toBe(0xffff_f5ff);
    expect(board.r(2)).toBe(0xfa);
    expect(board.r(3)).toBe(0xffff_fffa);
    expect(board.r(4)).toBe(0);
    expect(board.r(5)).toBe(0x7f);
    expect(board.r(6)).toBe(0);
    expect(board.r(8)).toBe(0xffff_ff8f);
    expect(board.r(9)).toBe(0xa5f1_2c48);
    expect(board.r(10)).toBe(32);
    expect(board.r(11)).toBe(0x3412_a58f);
    expect(board.r(12)).toBe(0xffff_a58f);
    expect((board.cpu.registers().xpsr >>> 27) & 1).toBe(1);
  });
});

describe("IT blocks", () => {
  it("execute by condition and leave the flags of 16-bit instructions alone", () => {
    const board = execute(
      [
        0x2801, // cmp r0, #1
        0xbf0b, // itete eq
        0x2100, // moveq r1, #0
        0x210b, // movne r1, #11
        0x3201, // addeq r2, r2, #1
        0x320a, // addne r2, r2, #10
      ],
      { 0: 1, 1: 5, 2: 0 },
    );
    expect([board.r(1), board.r(2)]).toEqual([0, 1]);
    expect(flags(board)).toBe("ZC");
    expect(board.cpu.registers().xpsr & 0x0600_fc00).toBe(0);
  });

  it("goes on in the middle with the state of the xPSR", () => {
    // movs r1, #1 as the last instruction of a block whose condition NE fails.
    const board = execute([0x2101, 0x2202], { 1: 0 }, 0x4000_0000 | ((0x18 & 0xfc) << 8));
    expect([board.r(1), board.r(2)]).toEqual([0, 2]);
  });

  it("changes flags inside the block by 32-bit instructions and compares", () => {
    const board = execute(
      [
        0x4280, // cmp r0, r0
        0xbf04, // itt eq
        0x2800, // cmpeq r0, #0
        0x2101, // moveq r1, #1
      ],
      { 0: 1, 1: 7 },
    );
    expect(board.r(1)).toBe(7);
  });
});

describe("loads and stores", () => {
  it("indexes, extends, and moves blocks", () => {
    const board = execute(
      [
        0xe8e0,
        0x1202, // strd r1, r2, [r0], #8
        0xf910,
        0x3c08, // ldrsb r3, [r0, #-8]
        0xf830,
        0x4d06, // ldrh.w r4, [r0, #-6]!
        0xb506, // push {r1, r2, lr}
        0xbce0, // pop {r5, r6, r7}
        0xf930,
        0x8019, // ldrsh r8, [r0, r9, lsl #1]
        0xe92a,
        0x0006, // stmdb r10!, {r1, r2}
      ],
      { 0: RAM, 1: 0x8081_8283, 2: 0x1122_3344, 9: 1, 10: RAM + 0x20, 14: 77 },
    );
    expect(board.r(3)).toBe(0xffff_ff83);
    expect(board.r(4)).toBe(0x8081);
    expect(board.r(0)).toBe(RAM + 2);
    expect([board.r(5), board.r(6), board.r(7)]).toEqual([0x8081_8283, 0x1122_3344, 77]);
    expect(board.r(8)).toBe(0x3344);
    expect(board.r(10)).toBe(RAM + 0x18);
    expect([board.word(RAM + 0x18), board.word(RAM + 0x1c)]).toEqual([0x8081_8283, 0x1122_3344]);
    expect(board.r(13)).toBe(RAM + 0x5000);
  });

  it("loads and stores unaligned words and half-words", () => {
    const board = execute(
      [
        0xe9c0,
        0x1200, // strd r1, r2, [r0]
        0xf8d0,
        0x3001, // ldr.w r3, [r0, #1]
        0xf8b0,
        0x4003, // ldrh.w r4, [r0, #3]
        0xf8c0,
        0x3009, // str.w r3, [r0, #9]
        0x682e, // ldr r6, [r5]
      ],
      { 0: RAM, 1: 0x4433_2211, 2: 0x8877_6655, 5: START + 2 },
    );
    expect([board.r(3), board.r(4)]).toEqual([0x5544_3322, 0x5544]);
    expect(board.word(RAM + 8)).toBe(0x4433_2200);
    expect(board.r(6)).toBe(0xf8d0_1200);
  });

  it("branches by table", () => {
    const board = execute([
      0x2002, // movs r0, #2
      0xe8df,
      0xf000, // tbb [pc, r0]
      0x0302, // .short 0x0302
      0x0004, // .short 0x0004
      0x2101, // movs r1, #1
      0x2102, // movs r1, #2
      0x2103, // movs r1, #3
    ]);
    expect(board.r(1)).toBe(3);
  });

  it("stores exclusively only after an exclusive load", () => {
    const board = execute(
      [
        0xe850,
        0x1f00, // ldrex r1, [r0]
        0xe840,
        0x3200, // strex r2, r3, [r0]
        0xe840,
        0x3400, // strex r4, r3, [r0]
      ],
      { 0: RAM + 8, 3: 5, 2: 9 },
    );
    expect([board.r(2), board.r(4), board.word(RAM + 8)]).toEqual([0, 1, 5]);
  });

  it("reaches single bits through the bit-band aliases", () => {
    const board = execute(
      [
        0x6001, // str r1, [r0]
        0x6842, // ldr r2, [r0, #4]
        0x6019, // str r1, [r3]
      ],
      { 0: 0x2200_0000 + 4 * 32 + 7 * 4, 1: 0xffff_ffff, 3: 0x4200_0000 + 8 * 32 + 31 * 4 },
    );
    expect(board.word(RAM + 4)).toBe(0x80);
    expect(board.r(2)).toBe(0);
    expect(board.words[2]).toBe(0x8000_0000);
    expect(board.cpu.debugRead(0x2200_0000 + 4 * 32 + 7 * 4, 4)).toBe(1);
  });

  it("runs code in RAM that changes itself", () => {
    const board = new TestBoard().boot().attach();
    // The first instruction overwrites the second: movs r1, #1 becomes movs r1, #9.
    board.code(RAM, 0x8003 /* strh r3, [r0] */, 0x2101, 0xbe00);
    const r = board.cpu.registers().r;
    for (const round of [0, 1]) {
      r[0] = RAM + 2;
      r[3] = 0x2109 + round;
      r[15] = RAM;
      board.cpu.setRegisters({ r });
      board.resume();
      board.run(1000);
      expect(board.r(1)).toBe(9 + round);
    }
  });
});

describe("MRS, MSR and privilege", () => {
  it("switches stacks and drops privilege", () => {
    const board = execute(
      [
        0xf380,
        0x8809, // msr psp, r0
        0x2102, // movs r1, #2
        0xf381,
        0x8814, // msr control, r1
        0xf3ef,
        0x8209, // mrs r2, psp
        0x466b, // mov r3, sp
        0x2103, // movs r1, #3
        0xf381,
        0x8814, // msr control, r1
        0xb672, // cpsid i
        0xf3ef,
        0x8414, // mrs r4, control
      ],
      { 0: RAM + 0x103 },
    );
    const registers = board.cpu.registers();
    expect([board.r(2), board.r(3), board.r(4)]).toEqual([RAM + 0x100, RAM + 0x100, 3]);
    expect(registers.primask).toBe(0);
    expect(registers.msp).toBe(RAM + 0x5000);
  });

  it("keeps the implemented bits of BASEPRI, and BASEPRI_MAX only rises", () => {
    const board = execute(
      [
        0xf380,
        0x8811, // msr basepri, r0
        0xf381,
        0x8812, // msr basepri_max, r1
        0xf3ef,
        0x8211, // mrs r2, basepri
        0xf383,
        0x8812, // msr basepri_max, r3
        0xf3ef,
        0x8411, // mrs r4, basepri
      ],
      { 0: 0x5f, 1: 0x60, 3: 0x20 },
    );
    expect([board.r(2), board.r(4)]).toEqual([0x50, 0x20]);
  });
});
