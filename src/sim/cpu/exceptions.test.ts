import { describe, expect, it } from "vitest";
import { FLASH, handler, RAM, TestBoard } from "./test-board.ts";

const START = FLASH + 0x100;
const SCB = 0xe000_e000;
const CFSR = 0xe000_ed28;
const HFSR = 0xe000_ed2c;
const BFAR = 0xe000_ed38;
const ICSR = 0xe000_ed04;
const SHCSR = 0xe000_ed24;
const CCR = 0xe000_ed14;
const ISER = 0xe000_e100;
const ISPR = 0xe000_e200;
const IABR = 0xe000_e300;
const IPR = 0xe000_e400;
const AIRCR = 0xe000_ed0c;
const SHPR = 0xe000_ed18;

const B_SELF = 0xe7fe;
const BX_LR = 0x4770;
const BKPT = 0xbe00;

function boot(...code: number[]): TestBoard {
  return new TestBoard()
    .code(START, ...code)
    .boot()
    .attach();
}

function read(board: TestBoard, address: number): number {
  return board.cpu.debugRead(address, 4);
}

function write(board: TestBoard, address: number, value: number): void {
  board.cpu.debugWrite(address, 4, value);
}

function ipsr(board: TestBoard): number {
  return board.cpu.registers().xpsr & 0x1ff;
}

describe("entry and return", () => {
  it("stacks eight words and comes back", () => {
    const board = boot(
      0x2001, // movs r0, #1
      0xdf05, // svc #5
      0x2102, // movs r1, #2
      0xbe00, // bkpt #0
    ).code(handler(11), BKPT, BX_LR);
    board.run(100);
    expect(board.pc).toBe(handler(11));
    expect(ipsr(board)).toBe(11);
    expect(board.r(14)).toBe(0xffff_fff9);
    const sp = board.r(13);
    expect(sp).toBe(RAM + 0x5000 - 32);
    expect(board.word(sp)).toBe(1);
    expect(board.word(sp + 24)).toBe(START + 4);
    expect(board.word(sp + 28)).toBe(0x0100_0000);
    board.cpu.setRegisters({ r: [...board.cpu.registers().r.subarray(0, 15), handler(11) + 2] });
    board.resume();
    board.run(100);
    expect(board.pc).toBe(START + 6);
    expect([board.r(1), board.r(13), ipsr(board)]).toEqual([2, RAM + 0x5000, 0]);
  });

  it("aligns the frame to eight bytes where CCR.STKALIGN says so", () => {
    const board = boot(
      0xb401, // push {r0}
      0xdf00, // svc #0
      0xbe00, // bkpt #0
    ).code(handler(11), BX_LR);
    write(board, CCR, 0x200);
    board.halt();
    board.resume();
    board.run(200);
    expect(board.pc).toBe(START + 4);
    expect(board.r(13)).toBe(RAM + 0x4ffc);
    // Frame at 0x4fd8: 0x4ffc - 4 - 32, with bit 9 of the stacked xPSR.
    expect(board.word(RAM + 0x4fd8 + 28)).toBe(0x0100_0200);
  });

  it("uses the process stack in Thread mode and the main stack in handlers", () => {
    const board = boot(
      0xf380,
      0x8809, // msr psp, r0
      0x2102, // movs r1, #2
      0xf381,
      0x8814, // msr control, r1
      0xdf00, // svc #0
      0xbe00, // bkpt #0
    ).code(handler(11), 0x466c /* mov r4, sp */, 0x4675 /* mov r5, lr */, BX_LR);
    const r = board.cpu.registers().r;
    r[0] = RAM + 0x800;
    board.cpu.setRegisters({ r });
    board.run(200);
    expect(board.pc).toBe(START + 12);
    expect(board.r(4)).toBe(RAM + 0x5000);
    expect(board.r(5)).toBe(0xffff_fffd);
    expect(board.r(13)).toBe(RAM + 0x800);
    expect(board.word(RAM + 0x7e0 + 24)).toBe(START + 12);
  });

  it("a return to a handler faults with INVPC where no other exception is active", () => {
    const board = boot(0xdf00 /* svc #0 */, BKPT)
      .code(
        handler(11),
        // The frame says that a handler goes on: ldr r0, [sp, #28]; adds r0, #11; str r0, [sp, #28].
        ...[0x9807, 0x300b, 0x9007],
        0xf1ae,
        0x0e08, // sub lr, #8: 0xfffffff1
        BX_LR,
      )
      .code(handler(6), BKPT);
    write(board, SHCSR, 1 << 18);
    board.run(200);
    expect(board.pc).toBe(handler(6));
    expect(read(board, CFSR)).toBe(1 << 18);
  });

  it("a frame that is stacked over code changes it", () => {
    const board = boot(
      0x47a8, // blx r5
      0x46b5, // mov sp, r6
      0xdf00, // svc #0
      0x47a8, // blx r5
      BKPT,
    )
      .code(handler(11), BX_LR)
      .code(RAM + 0x7f0, 0x2401 /* movs r4, #1 */, BX_LR);
    const { r } = board.cpu.registers();
    r[5] = RAM + 0x7f1;
    r[6] = RAM + 0x800;
    // The word of the frame that comes to lie there: movs r4, #2; bx lr.
    r[12] = 0x4770_2402;
    board.cpu.setRegisters({ r });
    board.run(200);
    expect(board.pc).toBe(START + 8);
    expect(board.r(4)).toBe(2);
  });

  it("nests by priority and tail-chains the rest", () => {
    const board = boot(B_SELF)
      // Interrupt 0 pends 1 (higher) and 2 (lower), counts in r4.
      .code(
        handler(16),
        0x2106, // movs r1, #6
        0x6001, // str r1, [r0]
        0xf3bf,
        0x8f4f, // dsb
        0x4625, // mov r5, r4
        0x4770, // bx lr
      )
      .code(handler(17), 0x3410 /* adds r4, #16 */, BX_LR)
      .code(handler(18), BKPT);
    const r = board.cpu.registers().r;
    r[0] = ISPR;
    board.cpu.setRegisters({ r });
    write(board, ISER, 7);
    board.cpu.debugWrite(IPR, 4, 0x00a0_2060);
    write(board, ISPR, 1);
    board.run(500);
    expect(board.pc).toBe(handler(18));
    // The higher one ran inside the first handler, before it read r4.
    expect([board.r(4), board.r(5)]).toEqual([16, 16]);
    // Tail-chained: still one frame.
    expect(board.r(13)).toBe(RAM + 0x5000 - 32);
    expect(read(board, IABR)).toBe(4);
    expect(read(board, ICSR) & 0x1ff).toBe(18);
  });

  it("does not preempt within a priority group", () => {
    const board = boot(B_SELF).code(handler(16), 0x6001 /* str r1, [r0] */, 0xbf00, BKPT).code(handler(17), BKPT);
    const r = board.cpu.registers().r;
    r[0] = ISPR;
    r[1] = 2;
    board.cpu.setRegisters({ r });
    // Group priority is bits 7:6 alone: 0x60 and 0x40 share group 0x40.
    write(board, AIRCR, 0x05fa_0500);
    write(board, ISER, 3);
    write(board, IPR, 0x0000_4060);
    write(board, ISPR, 1);
    board.run(100);
    expect(board.pc).toBe(handler(16) + 4);
  });

  it("pends a line again while it stays high", () => {
    const board = boot(B_SELF).code(handler(16 + 7), 0x3401 /* adds r4, #1 */, BX_LR);
    write(board, ISER, 1 << 7);
    board.cpu.setInterruptLine(7, true);
    board.run(200);
    const count = board.r(4);
    expect(count).toBeGreaterThan(5);
    board.cpu.setInterruptLine(7, false);
    board.run(200);
    expect(board.r(4) - count).toBeLessThanOrEqual(1);
  });

  it("holds interrupts by PRIMASK, BASEPRI and FAULTMASK, but not NMI", () => {
    const board = boot(B_SELF).code(handler(16), BKPT).code(handler(2), BKPT);
    write(board, ISER, 1);
    write(board, IPR, 0x50);
    for (const mask of [{ primask: 1 }, { primask: 0, basepri: 0x50 }, { basepri: 0, faultmask: 1 }]) {
      board.cpu.setRegisters(mask);
      write(board, ISPR, 1);
      board.run(50);
      expect(board.pc).toBe(START);
    }
    board.cpu.raiseNmi();
    board.run(50);
    expect(board.pc).toBe(handler(2));
  });

  it("refuses a return that does not fit", () => {
    const board = boot(
      0xdf00, // svc #0
      0xbe00, // bkpt #0
    )
      .code(handler(11), 0x4700 /* bx r0 */)
      .code(handler(6), BKPT);
    const r = board.cpu.registers().r;
    r[0] = 0xffff_fff1;
    board.cpu.setRegisters({ r });
    write(board, SHCSR, 1 << 18);
    board.run(100);
    expect(board.pc).toBe(handler(6));
    expect(read(board, CFSR)).toBe(1 << 18);
    expect(board.r(14)).toBe(0xffff_fff1);
  });
});

describe("faults", () => {
  /** Runs code with r0 given; halts in the handler of `number`. */
  function faulting(code: number[], r0: number, number: number, prepare: (board: TestBoard) => void = () => {}) {
    const board = boot(...code).code(handler(number), BKPT);
    const r = board.cpu.registers().r;
    r[0] = r0;
    board.cpu.setRegisters({ r });
    prepare(board);
    expect(board.run(200)).toBe("halted");
    expect(board.pc).toBe(handler(number));
    return { cfsr: read(board, CFSR), hfsr: read(board, HFSR), stacked: board.word(board.r(13) + 24), board };
  }

  const enable = (board: TestBoard) => write(board, SHCSR, 7 << 16);
  const cases: readonly [string, number[], number, number, number][] = [
    ["UNDEFINSTR", [0xde00], 0, 6, 1 << 16],
    ["UNDEFINSTR of a DSP instruction", [0xfa80, 0xf080], 0, 6, 1 << 16],
    ["NOCP", [0xee10, 0x0a10], 0, 6, 1 << 19],
    ["INVSTATE", [0x4700 /* bx r0 */], START, 6, 1 << 17],
    ["UNALIGNED of LDM", [0xc806 /* ldmia r0!, {r1, r2} */], RAM + 1, 6, 1 << 24],
    ["UNALIGNED of LDRD", [0xe9d0, 0x1200], RAM + 2, 6, 1 << 24],
    ["UNALIGNED of LDREX", [0xe850, 0x1f00], RAM + 2, 6, 1 << 24],
    ["PRECISERR of a load", [0x6801], 0x6000_0000, 5, (1 << 9) | (1 << 15)],
    ["PRECISERR of a store", [0x6001], 0x2100_0000, 5, (1 << 9) | (1 << 15)],
    ["IACCVIOL in a peripheral region", [0x4700], 0x4000_0001, 4, 1],
    ["IBUSERR", [0x4700], 0x1000_0001, 5, 1 << 8],
  ];
  for (const [name, code, r0, number, cfsr] of cases) {
    it(`takes ${name}`, () => {
      const result = faulting(code, r0, number, enable);
      expect(result.cfsr).toBe(cfsr);
      expect(result.hfsr).toBe(0);
      expect(result.stacked).toBe(code[0] === 0x4700 ? (r0 & ~1) >>> 0 : START);
    });
  }

  it("leaves registers as they were when a load of several faults", () => {
    const { board } = faulting([0xc806 /* ldmia r0!, {r1, r2} */], RAM + 0x4ffc, 5, enable);
    expect([board.r(0), board.r(1)]).toEqual([RAM + 0x4ffc, 0]);
    expect(read(board, BFAR)).toBe(RAM + 0x5000);
  });

  it("traps division by zero and unaligned loads where CCR asks for it", () => {
    const trap = (board: TestBoard) => {
      enable(board);
      write(board, CCR, 0x18);
    };
    // sdiv r0, r0, r1
    expect(faulting([0xfb90, 0xf0f1], 5, 6, trap).cfsr).toBe(1 << 25);
    expect(faulting([0x6801], RAM + 1, 6, trap).cfsr).toBe(1 << 24);
  });

  it("escalates to HardFault what is not enabled", () => {
    const { cfsr, hfsr } = faulting([0xde00], 0, 3);
    expect([cfsr, hfsr]).toEqual([1 << 16, 1 << 30]);
    const board = boot(BKPT).code(handler(3), B_SELF);
    write(board, 0xe000_edf0, 0xa05f_0000);
    board.run(100);
    expect(board.pc).toBe(handler(3));
    expect(read(board, HFSR)).toBe(0x8000_0000);
  });

  it("locks up on a fault in HardFault, and NMI still works", () => {
    const board = boot(0xde00).code(handler(3), 0xde00).code(handler(2), BKPT);
    expect(board.run(200)).toBe("lockup");
    expect(board.cpu.lockedUp).toBe(true);
    expect(board.pc).toBe(0xffff_fffe);
    expect(read(board, 0xe000_edf0) & (1 << 19)).not.toBe(0);
    board.cpu.raiseNmi();
    expect(board.run(200)).toBe("halted");
    expect(board.pc).toBe(handler(2));
  });

  it("reports faults of stacking and unstacking", () => {
    const stacking = faulting([0x4685 /* mov sp, r0 */, 0xdf00], 0x1000, 5, (board) => {
      enable(board);
      board.cpu.debugWrite(SHPR, 4, 0);
    });
    expect(stacking.cfsr).toBe(1 << 12);
    const board = boot(0xdf00, BKPT).code(handler(11), 0x4685 /* mov sp, r0 */, BX_LR).code(handler(5), BKPT);
    const r = board.cpu.registers().r;
    r[0] = 0x6000_0000;
    board.cpu.setRegisters({ r });
    enable(board);
    board.run(100);
    expect(board.pc).toBe(handler(5));
    expect(read(board, CFSR)).toBe(1 << 11);
  });

  it("reports a vector that cannot be read", () => {
    const board = boot(B_SELF).code(handler(3), BKPT);
    write(board, 0xe000_ed08, 0x1000_0000);
    write(board, ICSR, 1 << 28);
    expect(board.run(100)).toBe("lockup");
    expect(read(board, HFSR)).toBe(2);
  });

  it("ignores data bus faults at HardFault priority with BFHFNMIGN", () => {
    const board = boot(0xde00).code(handler(3), 0x6801 /* ldr r1, [r0] */, BKPT);
    const r = board.cpu.registers().r;
    r[0] = 0x6000_0000;
    r[1] = 5;
    board.cpu.setRegisters({ r });
    write(board, CCR, 0x100);
    board.run(100);
    expect(board.pc).toBe(handler(3) + 2);
    expect(board.r(1)).toBe(0);
  });

  it("keeps unprivileged code off the private peripherals", () => {
    const { cfsr } = faulting(
      [
        0x2101, // movs r1, #1
        0xf381,
        0x8814, // msr control, r1
        0x6802, // ldr r2, [r0]
      ],
      SCB + 0xd00,
      5,
      enable,
    );
    expect(cfsr).toBe((1 << 9) | (1 << 15));
  });

  it("locks up when a blank chip starts", () => {
    const board = new TestBoard();
    board.cpu.powerOn();
    expect(board.run(100)).toBe("lockup");
  });
});

describe("sleep", () => {
  it("WFI wakes for an interrupt, masked by PRIMASK or not", () => {
    const board = boot(
      0xb672, // cpsid i
      0xbf30, // wfi
      0x2101, // movs r1, #1
      0xb662, // cpsie i
      0xbe00, // bkpt #0
    ).code(handler(16), 0x2402 /* movs r4, #2 */, BX_LR);
    write(board, ISER, 1);
    expect(board.run(100)).toBe("sleeping");
    expect(board.cpu.sleeping).toBe(true);
    board.cpu.setInterruptLine(0, true);
    board.cpu.setInterruptLine(0, false);
    board.run(100);
    expect(board.pc).toBe(START + 8);
    expect([board.r(1), board.r(4)]).toEqual([1, 2]);
    expect(board.log.slice(-3)).toEqual(["sleep", "awake", "halted"]);
  });

  it("WFE takes the event register, SEV sets it", () => {
    const board = boot(
      0xbf40, // sev
      0xbf20, // wfe
      0xbf20, // wfe
      0xbe00, // bkpt #0
    );
    expect(board.run(100)).toBe("sleeping");
    expect(board.pc).toBe(START + 6);
    board.cpu.signalEvent();
    expect(board.run(100)).toBe("halted");
  });

  it("WFE sleeps through a masked interrupt, unless SEVONPEND makes it an event", () => {
    for (const sevOnPend of [0, 0x10]) {
      const board = boot(
        0xb672, // cpsid i
        0xbf20, // wfe
        0xbe00, // bkpt #0
      );
      write(board, ISER, 1);
      write(board, 0xe000_ed10, sevOnPend);
      expect(board.run(50)).toBe("sleeping");
      write(board, ISPR, 1);
      expect(board.run(50)).toBe(sevOnPend === 0 ? "sleeping" : "halted");
    }
  });

  it("sleeps on exit", () => {
    const board = boot(B_SELF).code(handler(16), 0x3401 /* adds r4, #1 */, BX_LR);
    write(board, ISER, 1);
    write(board, 0xe000_ed10, 2);
    write(board, ISPR, 1);
    expect(board.run(100)).toBe("sleeping");
    expect(board.r(4)).toBe(1);
    expect(board.pc).toBe(START);
  });
});

describe("reset", () => {
  it("SYSRESETREQ ends the instruction, then starts at the vector", () => {
    const board = boot(
      0x6001, // str r1, [r0]
      0xe7fe, // b .
    );
    const r = board.cpu.registers().r;
    r[0] = AIRCR;
    r[1] = 0x05fa_0004;
    r[13] = RAM + 0x100;
    board.cpu.setRegisters({ r, primask: 1 });
    expect(board.cpu.run()).toBe("reset");
    expect(board.log).toContain("system reset");
    const registers = board.cpu.registers();
    expect([registers.r[15], registers.r[13], registers.primask, registers.r[14]]).toEqual([
      START,
      RAM + 0x5000,
      0,
      0xffff_ffff,
    ]);
  });
});
