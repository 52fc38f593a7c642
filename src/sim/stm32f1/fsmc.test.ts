import { beforeEach, describe, expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import type { NandMemory, ParallelMemory } from "../parts/external-bus.ts";
import { Sram } from "../parts/sram.ts";
import { stm32f103ze } from "./chip-config-high-density.ts";
import { createTestChip, DBGMCU, FLASH, GPIOA, RCC } from "./test-chip.ts";

const FSMC = 0xa0000000;
const BCR2 = FSMC + 0x08;
const BTR2 = FSMC + 0x0c;
const BCR3 = FSMC + 0x10;
const BWTR2 = FSMC + 0x10c;
const PCR2 = FSMC + 0x60;
const SR2 = FSMC + 0x64;
const PMEM2 = FSMC + 0x68;
const PATT2 = FSMC + 0x6c;
const ECCR2 = FSMC + 0x74;
const PCR4 = FSMC + 0xa0;
const NE2 = 0x64000000;
const NE3 = 0x68000000;
const NAND = 0x70000000;
const GPIOD = 0x40011400;
const GPIOE = 0x40011800;
const GPIOF = 0x40011c00;
const GPIOG = 0x40012000;
/** MBKEN, NOR with FACCEN, 16 bits, WREN. */
const NOR16 = 0x1059;
const SRAM16 = 0x1011;

/** A memory that records what reaches it. */
class Recorder implements ParallelMemory {
  readonly dataBits = 16;
  readonly byteLanes: boolean;
  readonly addressBits = 20;
  readonly log: string[] = [];

  constructor(byteLanes = false) {
    this.byteLanes = byteLanes;
  }

  read(address: number): number {
    this.log.push(`r ${address.toString(16)}`);
    return (0x1100 + (address & 0xff)) & 0xffff;
  }

  write(address: number, value: number, lanes: number): void {
    this.log.push(`w ${address.toString(16)} ${value.toString(16)} ${lanes}`);
  }
}

class NandRecorder implements NandMemory {
  readonly log: string[] = [];
  readyAt = 0;
  next = 1;
  command(value: number): void {
    this.log.push(`c${value.toString(16)}`);
  }
  address(value: number): void {
    this.log.push(`a${value.toString(16)}`);
  }
  write(value: number): void {
    this.log.push(`w${value.toString(16)}`);
  }
  read(): number {
    return this.next++ & 0xff;
  }
}

let test: ReturnType<typeof createTestChip>;

beforeEach(() => {
  test = createTestChip({}, stm32f103ze);
});

/** Clocks FSMC and ports, and gives every pin to the alternate function. */
function enable(): void {
  test.write(RCC.AHBENR, 0x114);
  test.write(RCC.APB2ENR, 0x1e0);
  for (const port of [GPIOD, GPIOE, GPIOF, GPIOG]) {
    test.write(port, 0xbbbbbbbb);
    test.write(port + 4, 0xbbbbbbbb);
  }
}

/** CNF and MODE of one pin. */
function configure(port: number, pin: number, mode: number): void {
  const register = port + (pin < 8 ? 0 : 4);
  const shift = (pin & 7) * 4;
  test.write(register, ((test.read(register) & ~(15 << shift)) | (mode << shift)) >>> 0);
}

describe("FSMC registers", () => {
  it("have the manual's reset values, and none without a clock", () => {
    expect([test.read(FSMC), test.read(PCR2), test.read(NE2)]).toEqual([0, 0, 0]);
    test.write(BCR2, 0x1011);
    test.write(RCC.AHBENR, 0x114);
    expect([0, 8, 0x10, 0x18].map((offset) => test.read(FSMC + offset))).toEqual([0x30db, 0x30d2, 0x30d2, 0x30d2]);
    expect([4, 0xc, 0x14, 0x1c, 0x104, 0x11c].map((offset) => test.read(FSMC + offset))).toEqual(
      new Array(6).fill(0x0fffffff),
    );
    expect([0x60, 0x80, 0xa0].map((offset) => test.read(FSMC + offset))).toEqual([0x18, 0x18, 0x18]);
    expect([0x64, 0x84, 0xa4].map((offset) => test.read(FSMC + offset))).toEqual([0x40, 0x40, 0x40]);
    expect([0x68, 0x6c, 0x88, 0x8c, 0xa8, 0xac, 0xb0].map((offset) => test.read(FSMC + offset))).toEqual(
      new Array(7).fill(0xfcfcfcfc),
    );
    expect([0x74, 0x94, 0x20, 0xffc].map((offset) => test.read(FSMC + offset))).toEqual([0, 0, 0, 0]);
    test.write(BCR2, 0xffffffff);
    test.write(SR2, 0xffffffbf);
    expect([test.read(BCR2), test.read(SR2)]).toEqual([0x0008ffff, 0x7f]);
    test.chip.reset("software");
    test.write(RCC.AHBENR, 0x114);
    expect([test.read(BCR2), test.read(SR2)]).toEqual([0x30d2, 0x40]);
  });

  it("leave a hole on a chip that has none", () => {
    const c8 = createTestChip();
    c8.write(RCC.AHBENR, 0xffffffff);
    expect(c8.read(RCC.AHBENR) & 0x100).toBe(0);
    for (const address of [0x60000000, 0x64000000, 0x70000000, 0x90000000, 0xa0000000, 0xa0000060, 0xafffffff & ~3]) {
      expect([c8.read(address), c8.write(address, 0)], address.toString(16)).toEqual([BUS_FAULT, false]);
    }
    expect(test.read(0xb0000000)).toBe(BUS_FAULT);
    expect(test.read(0xa0001000)).toBe(BUS_FAULT);
  });
});

describe("NOR and SRAM banks", () => {
  it("err when they are not enabled, and on writes that are not", () => {
    enable();
    // NE1 is enabled from reset on, with nothing on it here.
    expect([test.read(0x60000000), test.write(0x60000000, 1)]).toEqual([0xffffffff, true]);
    for (const base of [0x64000000, 0x68000000, 0x6c000000]) {
      expect([test.read(base), test.write(base, 1)]).toEqual([BUS_FAULT, false]);
    }
    const memory = new Recorder();
    test.chip.fsmc?.connect(2, memory);
    test.write(BCR2, NOR16 & ~0x1000);
    expect([test.read16(NE2), test.write16(NE2, 1)]).toEqual([0x1100, false]);
    // NOR without FACCEN.
    test.write(BCR2, NOR16 & ~0x40);
    expect([test.read16(NE2), test.write16(NE2, 1)]).toEqual([BUS_FAULT, false]);
    test.write(BCR2, SRAM16);
    expect([test.read16(NE2), test.write16(NE2, 1)]).toEqual([0x1100, true]);
    expect(memory.log).toEqual(["r 0", "r 0", "w 0 1 3"]);
  });

  it("make one access of each that the memory's width asks for", () => {
    enable();
    const memory = new Recorder(true);
    test.chip.fsmc?.connect(2, memory);
    test.write(BCR2, SRAM16);
    expect(test.read(NE2 + 0x204)).toBe(0x11031102);
    expect([test.chip.bus.read(NE2 + 6, 1, "cpu"), test.chip.bus.read(NE2 + 7, 1, "cpu")]).toEqual([3, 0x11]);
    test.write(NE2 + 8, 0x89abcdef);
    test.write8(NE2 + 0xc, 0x5a);
    test.write8(NE2 + 0xd, 0xa5);
    expect(memory.log).toEqual([
      "r 102",
      "r 103",
      "r 3",
      "r 3",
      "w 4 cdef 3",
      "w 5 89ab 3",
      "w 6 5a5a 1",
      "w 6 a5a5 2",
    ]);
    memory.log.length = 0;
    // Eight bits: addresses count bytes, the upper data lines rest.
    test.write(BCR2, SRAM16 & ~0x10);
    expect(test.read(NE2 + 0x204)).toBe(0x07060504);
    test.write16(NE2 + 8, 0x1234);
    expect(memory.log).toEqual(["r 204", "r 205", "r 206", "r 207", "w 8 34 1", "w 9 12 1"]);
  });

  it("reach a memory as far as their pins are given to the FSMC", () => {
    enable();
    const memory = new Recorder();
    test.chip.fsmc?.connect(2, memory);
    test.write(BCR2, NOR16);
    // D0 is PD14, D8 PE11, A1 PF1.
    configure(GPIOD, 14, 4);
    configure(GPIOE, 11, 4);
    configure(GPIOF, 1, 4);
    expect(test.read16(NE2 + 4)).toBe(0x1101);
    test.write16(NE2 + 6, 0);
    expect(memory.log).toEqual(["r 0", "w 1 101 3"]);
    memory.log.length = 0;
    for (const [port, pin, read, log] of [
      [GPIOD, 4, 0xffff, ["w 0 1ff 3"]],
      [GPIOD, 5, 0x1101, ["r 0"]],
      [GPIOG, 9, 0xffff, []],
    ] as const) {
      configure(port, pin, 3);
      expect(test.read16(NE2)).toBe(read);
      expect(test.write16(NE2, 0xfe)).toBe(true);
      expect(memory.log).toEqual(log);
      memory.log.length = 0;
      configure(port, pin, 0xb);
    }
  });

  it("show a plain memory as a window as long as all is well with it", () => {
    enable();
    const sram = new Sram();
    test.chip.fsmc?.connect(3, sram);
    const window = () => test.chip.bus.windows.find(({ base }) => base === NE3);
    expect(window()).toBe(undefined);
    test.write(BCR3, SRAM16);
    expect([window()?.bytes === sram.bytes, window()?.writable, window()?.flash]).toEqual([true, true, false]);
    test.write(BCR3, SRAM16 & ~0x1000);
    expect(window()?.writable).toBe(false);
    test.write(BCR3, SRAM16 & ~0x10);
    expect(window()).toBe(undefined);
    test.write(BCR3, SRAM16);
    // NBL1 is PE1; NE3 is PG10.
    for (const [port, pin] of [
      [GPIOE, 1],
      [GPIOG, 10],
    ]) {
      configure(port, pin, 4);
      expect(window()).toBe(undefined);
      configure(port, pin, 0xb);
      expect(window()).toBeDefined();
    }
    test.write(RCC.AHBENR, 0x14);
    expect(window()).toBe(undefined);
    test.write(RCC.AHBENR, 0x114);
    test.chip.reset("software");
    expect(window()).toBe(undefined);
  });

  it("writes bytes and repeats the memory all over its bank", () => {
    enable();
    const sram = new Sram();
    test.chip.fsmc?.connect(3, sram);
    test.write(BCR3, SRAM16);
    test.write(NE3 + 0x100000, 0x11223344);
    test.write8(NE3 + 1, 0x55);
    expect([test.read(NE3), test.read(NE3 + 0x3f00000)]).toEqual([0x11225544, 0x11225544]);
    expect([...sram.bytes.subarray(0, 4)]).toEqual([0x44, 0x55, 0x22, 0x11]);
  });

  it("take as long as the timing registers say", () => {
    enable();
    test.chip.fsmc?.connect(2, new Recorder());
    const cycles = (act: () => unknown): number => {
      const before = test.chip.scheduler.cycles;
      act();
      return test.chip.scheduler.cycles - before;
    };
    test.write(BCR2, NOR16);
    test.write(BTR2, 0x0502);
    test.write(BWTR2, 0x0100);
    expect([cycles(() => test.read16(NE2)), cycles(() => test.read(NE2))]).toEqual([11, 22]);
    expect([cycles(() => test.write16(NE2, 0)), cycles(() => test.write(NE2, 0))]).toEqual([9, 18]);
    test.write(BCR2, NOR16 | 0x4000);
    expect([cycles(() => test.read16(NE2)), cycles(() => test.write16(NE2, 0))]).toEqual([11, 3]);
    expect(cycles(() => test.chip.bus.read(NE2, 2, "debug"))).toBe(0);
  });
});

describe("NAND banks", () => {
  let nand: NandRecorder;

  beforeEach(() => {
    enable();
    nand = new NandRecorder();
    test.chip.fsmc?.connectNand(2, nand);
  });

  it("err when they are not enabled; the PC card bank errs always, as no card is there", () => {
    expect([test.read(NAND), test.write(NAND, 0), test.read(0x80000000)]).toEqual([BUS_FAULT, false, BUS_FAULT]);
    test.write(PCR2, 0x0e);
    test.write(PCR4, 0x0e);
    expect([test.read(NAND) >= 0, test.write(NAND, 0)]).toEqual([true, true]);
    expect([test.read(0x80000000), test.read(0x90000000), test.write(0x90000000, 0)]).toEqual([
      BUS_FAULT,
      BUS_FAULT,
      false,
    ]);
    expect([test.read(NAND + 0x4000000), test.write(NAND + 0xc000000, 0)]).toEqual([BUS_FAULT, false]);
  });

  it("send commands with A16, addresses with A17, and data byte by byte, in both spaces", () => {
    test.write(PCR2, 0x0c);
    test.write8(NAND + 0x10000, 0x80);
    test.write8(NAND + 0x20000, 0x12);
    test.write8(NAND + 0x8020000, 0x34);
    test.write(NAND, 0x44332211);
    test.write8(NAND + 0x1fffc, 0x10);
    expect(nand.log).toEqual(["c80", "a12", "a34", "w11", "w22", "w33", "w44", "c10"]);
    expect([test.read(NAND), test.read16(NAND + 0x100), test.chip.bus.read(NAND, 1, "debug")]).toEqual([
      0x04030201, 0x0605, 7,
    ]);
    // A part with eight lines on a bus of sixteen.
    test.write(PCR2, 0x1c);
    expect(test.read16(NAND)).toBe(0xff08);
  });

  it("do without CLE, ALE, data lines and chip select that other functions have", () => {
    test.write(PCR2, 0x0c);
    configure(GPIOD, 11, 4);
    test.write8(NAND + 0x10000, 0x90);
    configure(GPIOD, 7, 4);
    test.write8(NAND + 0x20000, 0);
    expect(nand.log).toEqual(["w90"]);
    expect(test.read16(NAND)).toBe(0xffff);
    configure(GPIOD, 7, 0xb);
    configure(GPIOD, 0, 4);
    expect(test.chip.bus.read(NAND, 1, "cpu")).toBe(1 | 4);
  });

  it("hold the CPU, and a debugger, until R/B is high when PWAITEN is set", () => {
    const { scheduler } = test.chip;
    test.write(PMEM2, 0x00010203);
    test.write(PATT2, 0x00050403);
    test.write(PCR2, 0x0c);
    nand.readyAt = scheduler.nanoseconds + 100_000;
    let before = scheduler.cycles;
    test.chip.bus.read(NAND, 1, "cpu");
    expect(scheduler.cycles - before).toBe(4 + 3 + 1);
    before = scheduler.cycles;
    test.write8(NAND + 0x8000000, 1);
    expect(scheduler.cycles - before).toBe(4 + 5 + 5);
    test.write(PCR2, 0x0e);
    test.chip.bus.read(NAND, 1, "cpu");
    expect(scheduler.nanoseconds).toBeGreaterThanOrEqual(nand.readyAt);
    expect(scheduler.nanoseconds).toBeLessThan(nand.readyAt + 2000);
    nand.readyAt = scheduler.nanoseconds + 50_000;
    test.chip.busRead(NAND, 1);
    expect(test.chip.nanoseconds).toBeGreaterThanOrEqual(nand.readyAt);
    expect(test.chip.nanoseconds).toBeLessThan(nand.readyAt + 2000);
  });

  it("interrupt on the edges and levels of R/B on INT2", () => {
    const pin = (level: boolean) => test.chip.pins.driveExternal("G", 6, level);
    const pending = () => test.cpu.lines.has(48);
    configure(GPIOG, 6, 4);
    pin(true);
    pin(false);
    test.write(SR2, 0);
    expect([test.read(SR2), pending()]).toEqual([0x40, false]);
    test.write(SR2, 1 << 3);
    pin(true);
    expect([test.read(SR2), pending()]).toEqual([0x4b, true]);
    // The level comes back as long as it is there.
    test.write(SR2, 1 << 4);
    expect([test.read(SR2), pending()]).toEqual([0x52, true]);
    pin(false);
    test.write(SR2, 1 << 5);
    expect([test.read(SR2), pending()]).toEqual([0x60, false]);
    pin(true);
    pin(false);
    expect([test.read(SR2) & 7, pending()]).toEqual([7, true]);
    test.write(SR2, 0);
    expect(pending()).toBe(false);
  });

  it("compute the code of so many bytes as ECCPS says, anew each time ECCEN is set", () => {
    const eccen = 0x4c;
    const expected = (positions: number, odd: boolean, bits: number): number => {
      let code = 0;
      for (let bit = 0; bit < bits; bit++) {
        const high = (positions >> bit) & 1;
        code |= ((high ^ (odd ? 1 : 0)) | (high << 1)) << (2 * bit);
      }
      return code >>> 0;
    };
    for (const [eccps, bytes] of [
      [0, 256],
      [1, 512],
      [3, 2048],
      [5, 8192],
    ]) {
      test.write(PCR2, 0x0c);
      test.write(PCR2, eccen | (eccps << 17));
      for (let i = 0; i < bytes; i++) test.write8(NAND, i === bytes - 3 ? 0x20 : 0);
      // Beyond the page nothing counts; commands and addresses never do.
      test.write8(NAND, 0x01);
      expect(test.read(ECCR2), `${bytes} bytes`).toBe(expected((bytes - 3) * 8 + 5, true, Math.log2(bytes) + 3));
      test.write(PCR2, 0x0c);
      test.write(PCR2, eccen | (eccps << 17));
      test.write8(NAND + 0x10000, 0x80);
      test.write8(NAND + 0x20000, 0x01);
      expect(test.read(ECCR2)).toBe(0);
    }
  });
});

describe("STM32F103ZE", () => {
  it("says what it is and has its flash in pages of 2 KiB", () => {
    test.chip.debugPowerChanged(true);
    expect(test.read(DBGMCU.IDCODE)).toBe(0x10036414);
    expect(test.read16(0x1ffff7e0)).toBe(512);
    expect([test.read(0x0807fffc), test.read(0x08080000), test.read(0x2000fffc) >= 0, test.read(0x20010000)]).toEqual([
      0xffffffff,
      BUS_FAULT,
      true,
      BUS_FAULT,
    ]);
    test.chip.memories.flash.fill(0, 0x7e800, 0x80000);
    test.write(FLASH.KEYR, 0x45670123);
    test.write(FLASH.KEYR, 0xcdef89ab);
    test.write(FLASH.CR, 2);
    test.write(FLASH.AR, 0x0807f123);
    test.write(FLASH.CR, 0x42);
    test.wait(21_000);
    const { flash } = test.chip.memories;
    expect([flash[0x7efff], flash[0x7f000], flash[0x7f7ff], flash[0x7f800]]).toEqual([0, 0xff, 0xff, 0]);
  });

  it("protects two pages by a bit of WRPR, and all from page 62 on by the last", () => {
    // WRP0 bit 0 and WRP3 bit 7 are cleared.
    const optionBytes = [0xa5, 0x5a, 0xff, 0, 0xff, 0, 0xff, 0, 0xfe, 0x01, 0xff, 0, 0xff, 0, 0x7f, 0x80];
    test = createTestChip({ optionBytes }, stm32f103ze);
    test.write(FLASH.KEYR, 0x45670123);
    test.write(FLASH.KEYR, 0xcdef89ab);
    test.write(FLASH.CR, 1);
    const refused = (page: number): boolean => {
      test.write16(0x08000000 + page * 2048, 0x1234);
      test.wait(100);
      const failed = (test.read(FLASH.SR) & 0x10) !== 0;
      test.write(FLASH.SR, 0x34);
      return failed;
    };
    expect([0, 1, 2, 61, 62, 63, 255].map(refused)).toEqual([true, true, false, false, true, true, true]);
  });

  it("has the ports, timers, UARTs and DMA controller that smaller parts lack", () => {
    test.write(RCC.APB2ENR, 0x2180 | 4 | 1);
    test.write(RCC.APB1ENR, (1 << 3) | (1 << 4) | (1 << 15) | (1 << 19) | (1 << 20));
    // PF6 as an output; PD0 needs no remap.
    test.write(GPIOF, 0x43444444);
    test.write(GPIOF + 0x10, 1 << 6);
    expect([test.read(GPIOF + 8), test.chip.pins.level("F", 6)]).toEqual([0x40, true]);
    test.write(RCC.APB2ENR, 0x21a0 | 4 | 1);
    test.write(GPIOD, 0x44444443);
    test.write(GPIOD + 0x10, 1);
    expect(test.read(GPIOD + 8)).toBe(1);
    // A basic timer has no channels; it interrupts on line 54.
    test.write(0x40001018, 0xffff);
    test.write(0x4000102c, 99);
    test.write(0x4000100c, 1);
    test.write(0x40001000, 1);
    test.wait(20);
    expect([test.read(0x40001018), test.cpu.lines.has(54)]).toEqual([0, true]);
    for (const [base, register] of [
      [0x40003c00, 0x10],
      [0x40000c00, 0x2c],
      [0x40013400, 0x2c],
      [0x40004c00, 8],
      [0x40005000, 8],
    ]) {
      test.write(base + register, 0x123);
      expect(test.read16(base + register), base.toString(16)).toBe(0x123);
    }
    // DMA2 channel 3 carries TIM6_UP into PF's output register.
    test.write(RCC.AHBENR, 0x16);
    test.chip.memories.sram[0x100] = 0x80;
    test.write(0x40020438, GPIOF + 0xc);
    test.write(0x4002043c, 0x20000100);
    test.write(0x40020434, 1);
    test.write(0x40020430, 0xa93);
    test.write(0x4000100c, 0x101);
    test.wait(30);
    expect([test.read(0x40020434), test.read(GPIOF + 0xc) & 0xff, test.cpu.lines.has(58)]).toEqual([0, 0x80, true]);
    expect(test.read(0x40018000)).toBe(BUS_FAULT);
    expect(test.read(GPIOA)).toBe(0x44444444);
  });
});
