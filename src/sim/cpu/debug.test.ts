import { describe, expect, it } from "vitest";
import { DHCSR, FLASH, handler, RAM, TestBoard } from "./test-board.ts";

const START = FLASH + 0x100;
const DCRSR = 0xe000_edf4;
const DCRDR = 0xe000_edf8;
const DEMCR = 0xe000_edfc;
const DFSR = 0xe000_ed30;
const ICSR = 0xe000_ed04;
const AIRCR = 0xe000_ed0c;
const FP_CTRL = 0xe000_2000;
const FP_COMP0 = 0xe000_2008;
const ISER = 0xe000_e100;
const ISPR = 0xe000_e200;
const S_HALT = 1 << 17;
const S_SLEEP = 1 << 18;
const S_RETIRE = 1 << 24;
const S_RESET = 1 << 25;
const B_SELF = 0xe7fe;
const BX_LR = 0x4770;
const BKPT = 0xbe00;
const NOP = 0xbf00;

function boot(...code: number[]): TestBoard {
  return new TestBoard().code(START, ...code).boot();
}

function read(board: TestBoard, address: number): number {
  return board.cpu.debugRead(address, 4);
}

function write(board: TestBoard, address: number, value: number): void {
  board.cpu.debugWrite(address, 4, value);
}

describe("halt and run", () => {
  it("needs the key and C_DEBUGEN", () => {
    const board = boot(B_SELF);
    board.run(20);
    write(board, DHCSR, 0x0000_0003);
    expect(board.cpu.halted).toBe(false);
    write(board, DHCSR, 0xa05f_0002);
    expect(board.cpu.halted).toBe(false);
    board.halt();
    expect(board.cpu.halted).toBe(true);
    expect(board.run(20)).toBe("halted");
    expect(read(board, DFSR)).toBe(1);
    write(board, DFSR, 1);
    expect(read(board, DFSR)).toBe(0);
    board.resume();
    expect(board.run(20)).toBe("deadline");
    expect(board.log).toEqual(["halted", "running"]);
  });

  it("cannot be driven by the core's own code", () => {
    const board = boot(
      0x6001, // str r1, [r0]
      0x6802, // ldr r2, [r0]
      0xe7fe, // b .
    );
    const r = board.cpu.registers().r;
    r[0] = DHCSR;
    r[1] = 0xa05f_0003;
    board.cpu.setRegisters({ r });
    expect(board.run(20)).toBe("deadline");
    // The core's reads do not clear S_RESET_ST either.
    expect(board.r(2) & (S_RESET | 1)).toBe(S_RESET);
    expect(read(board, DHCSR) & S_RESET).toBe(S_RESET);
    expect(read(board, DHCSR) & S_RESET).toBe(0);
  });

  it("shows whether instructions retired since the last look", () => {
    const board = boot(B_SELF).attach();
    board.run(20);
    expect(read(board, DHCSR) & S_RETIRE).toBe(S_RETIRE);
    board.halt();
    read(board, DHCSR);
    board.run(20);
    expect(read(board, DHCSR) & (S_RETIRE | S_HALT)).toBe(S_HALT);
  });

  it("transfers every register", () => {
    const board = boot(B_SELF).attach();
    board.halt();
    const set = (selector: number, value: number) => {
      write(board, DCRDR, value);
      write(board, DCRSR, 0x1_0000 | selector);
    };
    const get = (selector: number) => {
      write(board, DCRSR, selector);
      return read(board, DCRDR);
    };
    for (let selector = 0; selector < 13; selector++) set(selector, 0xf000_0000 + selector);
    set(13, RAM + 0x43);
    set(14, 0xffff_fff9);
    set(15, FLASH + 0x301);
    set(16, 0xf100_0000);
    set(18, RAM + 0x80);
    set(20, 0x0201_5f01);
    expect(get(5)).toBe(0xf000_0005);
    // SPSEL came with the last write: selector 13 is PSP now, 17 what 13 was.
    expect([get(13), get(17), get(18)]).toEqual([RAM + 0x80, RAM + 0x40, RAM + 0x80]);
    expect([get(14), get(15), get(16)]).toEqual([0xffff_fff9, FLASH + 0x300, 0xf100_0000]);
    expect(get(20)).toBe(0x0201_5001);
  });
});

describe("stepping", () => {
  it("runs one instruction", () => {
    const board = boot(0x2001, 0x3001, 0xf04f, 0x0105, B_SELF).attach();
    board.halt();
    for (const pc of [START + 2, START + 4, START + 8, START + 8]) {
      const before = board.cpu.retired;
      board.step();
      expect(board.pc).toBe(pc);
      expect(board.cpu.retired).toBe(before + 1);
    }
    expect([board.r(0), board.r(1)]).toEqual([2, 5]);
  });

  it("enters a pending exception, or leaves it pending with C_MASKINTS", () => {
    const board = boot(NOP, NOP, B_SELF).attach();
    board.halt();
    write(board, ISER, 1);
    write(board, ISPR, 1);
    board.step(true);
    expect(board.pc).toBe(START + 2);
    board.step();
    expect(board.pc).toBe(handler(16));
    expect(board.word(board.r(13) + 24)).toBe(START + 2);
  });

  it("steps through SVC, WFI and an exception return", () => {
    const board = boot(
      0xdf00, // svc #0
      0xbf30, // wfi
      0xbf00, // nop
    )
      .code(handler(11), BX_LR)
      .attach();
    board.halt();
    board.step(true);
    expect(board.pc).toBe(handler(11));
    board.step(true);
    expect(board.pc).toBe(START + 2);
    board.step(true);
    expect(board.pc).toBe(START + 4);
    expect(board.cpu.sleeping).toBe(false);
  });

  it("steps over an access that raises an interrupt", () => {
    const board = boot(0x6001 /* str r1, [r0] */, NOP).attach();
    board.onWrite = () => board.cpu.setInterruptLine(0, true);
    board.halt();
    write(board, ISER, 1);
    write(board, DCRDR, 0x4000_0000);
    write(board, DCRSR, 0x1_0000);
    board.step();
    expect(board.pc).toBe(START + 2);
    board.step();
    expect(board.pc).toBe(handler(16));
  });
});

describe("breakpoints", () => {
  it("BKPT halts on itself", () => {
    const board = boot(NOP, BKPT).attach();
    expect(board.run(50)).toBe("halted");
    expect(board.pc).toBe(START + 2);
    expect(read(board, DFSR)).toBe(2);
  });

  it("FPB replaces either half-word, and is gone when disabled", () => {
    const board = boot(NOP, NOP, NOP, NOP, B_SELF).attach();
    expect(read(board, FP_CTRL)).toBe(0x260);
    write(board, FP_CTRL, 3);
    expect(read(board, FP_CTRL)).toBe(0x261);
    write(board, FP_COMP0, 0x8000_0001 | START);
    write(board, FP_COMP0 + 4, 0x4000_0001 | (START + 4));
    board.run(100);
    expect(board.pc).toBe(START + 2);
    write(board, FP_COMP0, 0);
    board.resume();
    board.run(100);
    expect(board.pc).toBe(START + 4);
    // Again at once, as on silicon: the debugger has to step over it.
    board.resume();
    board.run(100);
    expect(board.pc).toBe(START + 4);
    write(board, FP_CTRL, 1);
    board.resume();
    board.run(100);
    expect(board.cpu.halted).toBe(true);
    write(board, FP_CTRL, 2);
    board.resume();
    expect(board.run(100)).toBe("deadline");
  });

  it("FPB remaps an instruction and a literal", () => {
    const board = boot(0x4801 /* ldr r0, [pc, #4] */, 0x2101 /* movs r1, #1 */, BKPT, NOP)
      .data(START + 8, 0x1111_1111)
      .attach();
    // Table at RAM + 0x100; entry 0 for code comparator 0, entry 6 for literal comparator 6.
    board.data(RAM + 0x100, 0x2102_4801).data(RAM + 0x118, 0x2222_2222);
    write(board, 0xe000_2004, RAM + 0x100);
    write(board, FP_COMP0, START | 1);
    write(board, FP_COMP0 + 24, (START + 8) | 1);
    write(board, FP_CTRL, 3);
    board.run(100);
    expect([board.r(0), board.r(1)]).toEqual([0x2222_2222, 2]);
  });

  it("a BKPT without halting debug goes to DebugMonitor", () => {
    const board = boot(BKPT, B_SELF).code(handler(12), B_SELF);
    write(board, DEMCR, 1 << 16);
    board.run(100);
    expect(board.pc).toBe(handler(12));
    expect(board.word(board.r(13) + 24)).toBe(START);
    expect(read(board, DFSR)).toBe(2);
  });

  it("MON_STEP comes back to DebugMonitor after each instruction", () => {
    const board = boot(0x3401, 0x3401, B_SELF).code(handler(12), 0x3501 /* adds r5, #1 */, BX_LR);
    write(board, DEMCR, (1 << 16) | (1 << 18));
    board.run(60);
    expect(board.r(4)).toBe(2);
    expect(board.r(5)).toBeGreaterThanOrEqual(2);
  });

  it("MON_PEND pends the monitor", () => {
    const board = boot(B_SELF).code(handler(12), B_SELF);
    write(board, DEMCR, (1 << 16) | (1 << 17));
    expect(read(board, DEMCR)).toBe((1 << 16) | (1 << 17));
    board.run(40);
    expect(board.pc).toBe(handler(12));
    expect(read(board, DEMCR)).toBe(1 << 16);
  });
});

describe("vector catch", () => {
  it("halts at the reset vector", () => {
    const board = boot(NOP, B_SELF).attach();
    board.run(20);
    write(board, DEMCR, 0x0100_0001);
    write(board, AIRCR, 0x05fa_0004);
    expect(board.cpu.halted).toBe(true);
    expect(board.pc).toBe(START);
    expect(read(board, DFSR) & 8).toBe(8);
    expect(read(board, DHCSR) & (S_RESET | 3)).toBe(S_RESET | 3);
    expect(read(board, DEMCR)).toBe(0x0100_0001);
  });

  it("clears C_HALT at a reset without vector catch", () => {
    const board = boot(B_SELF).attach();
    board.halt();
    write(board, AIRCR, 0x05fa_0004);
    expect(board.cpu.halted).toBe(false);
    expect(read(board, DHCSR) & 0xf).toBe(1);
  });

  const caught: readonly [string, number, number[], number][] = [
    ["HardFault", 1 << 10, [0xde00], 3],
    ["state error", 1 << 7, [0xde00], 3],
    ["coprocessor", 1 << 5, [0xee10, 0x0a10], 3],
    ["bus error", 1 << 8, [0x6801 /* ldr r1, [r0] */], 3],
    ["checking error", 1 << 6, [0xc806 /* ldmia r0!, {r1, r2} */], 3],
    ["memory management", 1 << 4, [0x4700 /* bx r0 */], 3],
  ];
  for (const [name, bit, code, number] of caught) {
    it(`stops at the handler's first instruction: ${name}`, () => {
      const board = boot(...code)
        .code(handler(3), NOP, B_SELF)
        .attach();
      const r = board.cpu.registers().r;
      r[0] = 0x5000_0001;
      board.cpu.setRegisters({ r });
      write(board, DEMCR, bit);
      expect(board.run(100)).toBe("halted");
      expect(board.pc).toBe(handler(number));
      expect(read(board, DFSR)).toBe(8);
    });
  }
});

describe("reset line", () => {
  it("holds the core, keeps the debug registers alive, and honours a halt asked for meanwhile", () => {
    const board = boot(NOP, B_SELF);
    board.run(20);
    board.cpu.setHeldInReset(true);
    expect(board.run(20)).toBe("reset");
    expect(read(board, DHCSR) & S_RESET).toBe(S_RESET);
    expect(read(board, DHCSR) & S_RESET).toBe(S_RESET);
    board.halt();
    expect(board.cpu.halted).toBe(false);
    board.cpu.setHeldInReset(false);
    expect(board.cpu.halted).toBe(true);
    expect(board.pc).toBe(START);
    expect(board.cpu.retired).toBeGreaterThan(0);
    expect(read(board, DHCSR) & S_RESET).toBe(S_RESET);
    expect(read(board, DHCSR) & S_RESET).toBe(0);
  });
});

describe("sleep under debug", () => {
  it("halting wakes, S_SLEEP shows before", () => {
    const board = boot(0xbf30 /* wfi */, B_SELF).attach();
    expect(board.run(20)).toBe("sleeping");
    expect(read(board, DHCSR) & S_SLEEP).toBe(S_SLEEP);
    board.halt();
    expect(read(board, DHCSR) & (S_SLEEP | S_HALT)).toBe(S_HALT);
    expect(board.pc).toBe(START + 2);
  });
});

describe("ICSR", () => {
  it("tells what is pending and active", () => {
    const board = boot(B_SELF).attach();
    write(board, ICSR, 1 << 28);
    expect(read(board, ICSR)).toBe((1 << 28) | (14 << 12) | (1 << 11));
    write(board, ICSR, 1 << 27);
    write(board, ISPR, 1 << 5);
    expect(read(board, ICSR)).toBe((1 << 22) | (1 << 11));
    write(board, ISER, 1 << 5);
    expect(read(board, ICSR)).toBe((1 << 22) | (21 << 12) | (1 << 11));
  });
});
