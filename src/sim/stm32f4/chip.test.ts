import { describe, expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import type { ChipOptions } from "../stm32/chip-options.ts";
import { Stm32f4Chip } from "./chip.ts";
import { stm32f469ni } from "./chip-config.ts";

const RCC = 0x40023800;
const PWR = 0x40007000;
const SYSCFG = 0x40013800;
const DHCSR = 0xe000edf0;
const CFSR = 0xe000ed28;
const HALT = 0xa05f0003;
const RUN = 0xa05f0001;

function make(options: ChipOptions = {}) {
  const chip = new Stm32f4Chip(stm32f469ni, { hseHz: 25e6, lseHz: 32_768, ...options });
  return {
    chip,
    read: (address: number) => chip.busRead(address, 4),
    write: (address: number, value: number) => expect(chip.busWrite(address, 4, value >>> 0)).toBe(true),
    pass: (microseconds: number) => chip.advance(microseconds * 1000),
  };
}

type Rig = ReturnType<typeof make>;

/** Half-words of code in RAM. */
function code(...halfWords: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(halfWords).buffer);
}

/** Runs code at an address for some microseconds, from a halted core. */
function runAt(
  { chip, write, pass }: Rig,
  address: number,
  microseconds: number,
  registers: Record<number, number> = {},
) {
  write(DHCSR, HALT);
  pass(1);
  const r = new Uint32Array(16);
  for (const [index, value] of Object.entries(registers)) r[Number(index)] = value;
  r[13] = 0x20008000;
  r[15] = address;
  chip.cpu.setRegisters({ r, xpsr: 0x01000000 });
  write(DHCSR, RUN);
  pass(microseconds);
}

describe("STM32F469: memories and identity", () => {
  it("shows its signature, its core and its debug components", () => {
    const { chip, read } = make({ uid: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] });
    expect(read(0xe0042000)).toBe(0x10006434);
    expect(chip.busRead(0x1fff7a22, 2)).toBe(2048);
    expect([read(0x1fff7a10), read(0x1fff7a18)]).toEqual([0x04030201, 0x0c0b0a09]);
    expect(read(0xe000ed00)).toBe(0x410fc241);
    const table = [0, 4, 8, 12, 16, 20, 24].map((offset) => read(0xe00ff000 + offset).toString(16));
    expect(table).toEqual(["fff0f003", "fff02003", "fff03003", "fff01003", "fff41003", "fff42003", "0"]);
    const ids = (base: number) => [0xfe0, 0xfe4, 0xfe8, 0xfd0, 0xff4].map((offset) => read(base + offset));
    expect(ids(0xe00ff000)).toEqual([0x34, 0x04, 0x0a, 0, 0x10]);
    expect(ids(0xe000e000)).toEqual([0x0c, 0xb0, 0x0b, 4, 0xe0]);
    expect(ids(0xe0041000)).toEqual([0x25, 0xb9, 0x0b, 4, 0x90]);
    // ICTR, FP_CTRL, no FPU: CPACR stays 0.
    expect([read(0xe000e004), read(0xe0002000) & ~1]).toEqual([2, 0x260]);
    chip.busWrite(0xe000ed88, 4, 0xf00000);
    expect(read(0xe000ed88)).toBe(0);
  });

  it("has memories where they are and bus faults where nothing is", () => {
    const { chip, read, write } = make();
    for (const address of [0x20000000, 0x2004fffc, 0x10000000, 0x1000fffc]) {
      write(address, 0x12345678);
      expect(read(address)).toBe(0x12345678);
    }
    const holes = [0x20050000, 0x10010000, 0x08200000, 0x40010800, 0x40025000, 0x50061000, 0x60000000, 0xa0002000];
    for (const address of [...holes, 0x90000000, 0xd0000000]) {
      expect([read(address), chip.busWrite(address, 4, 0)], address.toString(16)).toEqual([BUS_FAULT, false]);
    }
    expect([read(0x1fffc000) & 0xffff, read(0x1fffc008) & 0xffff]).toEqual([0xaaec, 0x0fff]);
  });

  it("closes a block without clock, and resets it by its reset bit", () => {
    const { read, write } = make();
    const I2C1 = 0x40005400;
    write(I2C1 + 8, 5);
    expect(read(I2C1 + 8)).toBe(0);
    write(RCC + 0x40, 1 << 21);
    write(I2C1 + 8, 5);
    expect(read(I2C1 + 8)).toBe(5);
    write(RCC + 0x20, 1 << 21);
    expect(read(I2C1 + 8)).toBe(0);
    write(I2C1 + 8, 6);
    write(RCC + 0x20, 0);
    expect(read(I2C1 + 8)).toBe(0);
    // QUADSPI hangs on AHB3.
    write(RCC + 0x38, 2);
    write(0xa0001004, 0x1f0000);
    expect(read(0xa0001004)).toBe(0x1f0000);
    write(RCC + 0x18, 2);
    write(RCC + 0x18, 0);
    expect(read(0xa0001004)).toBe(0);
  });

  it("aliases flash, system memory or SRAM1 at 0, by the BOOT pins and by MEM_MODE", () => {
    const flash = [{ address: 0x08000000, data: code(0x8000, 0x2000, 0x0009, 0x0800, 0xe7fe) }];
    const normal = make({ flash });
    normal.pass(10);
    expect(normal.chip.cpu.registers().r[15]).toBe(0x08000008);
    expect(normal.read(4)).toBe(0x08000009);
    const loader = make({ flash, boot0: true });
    loader.pass(10);
    expect(loader.chip.cpu.registers().r[15]).toBe(0x1fff0008);
    loader.write(RCC + 0x44, 1 << 14);
    expect(loader.read(SYSCFG)).toBe(1);
    loader.write(SYSCFG, 3);
    loader.write(0x20000010, 0xcafe);
    expect([loader.read(0x10), loader.read(0x28000)]).toEqual([0xcafe, BUS_FAULT]);
    loader.write(0x10, 0xbabe);
    expect(loader.read(0x20000010)).toBe(0xbabe);
    loader.write(SYSCFG, 2);
    expect(loader.read(0)).toBe(BUS_FAULT);
  });

  it("fetches no code from CCM RAM", () => {
    const rig = make({ flash: [{ address: 0x08000000, data: new Uint8Array(512).fill(0) }] });
    rig.chip.loadFlash([{ address: 0x10000000, data: code(0xe7fe) }]);
    runAt(rig, 0x10000000, 5);
    expect(rig.read(CFSR) & 0x100).toBe(0x100);
  });

  it("raises NOCP for a floating-point instruction, and knows those of the DSP extension", () => {
    const rig = make();
    // VMOV.F32 S0, #1.0 and UADD8 R0, R1, R2 with a BKPT behind each.
    rig.chip.loadFlash([{ address: 0x20000000, data: code(0xeeb7, 0x0a00, 0xbe00) }]);
    runAt(rig, 0x20000000, 5);
    expect(rig.read(CFSR) & (1 << 19)).toBe(1 << 19);
    const dsp = make();
    dsp.chip.loadFlash([{ address: 0x20000000, data: code(0xfa81, 0xf042, 0xbe00) }]);
    runAt(dsp, 0x20000000, 5, { 1: 0x01ff0280, 2: 0x02010180 });
    expect([dsp.chip.cpu.registers().r[0], dsp.read(CFSR)]).toEqual([0x03000300, 0]);
    expect((dsp.chip.cpu.registers().xpsr >>> 16) & 15).toBe(0b0101);
  });
});

describe("STM32F469: clocks and power", () => {
  it("climbs to 180 MHz from HSE by the PLL, with over-drive, each step ready after its time", () => {
    const { chip, read, write, pass } = make();
    expect([chip.clocks.hclk, read(RCC) & 3]).toEqual([16e6, 3]);
    write(RCC, read(RCC) | (1 << 16));
    pass(1999);
    expect(read(RCC) & (1 << 17)).toBe(0);
    pass(2);
    expect(read(RCC) & (1 << 17)).toBe(1 << 17);
    write(RCC + 4, 25 | (360 << 6) | (1 << 22) | (7 << 24) | (2 << 28));
    write(RCC + 0x40, 1 << 28);
    expect(read(PWR + 4) & (1 << 14)).toBe(0);
    write(RCC, read(RCC) | (1 << 24));
    // Fixed from now on.
    write(RCC + 4, 0x24003010);
    expect(read(RCC + 4) & 0x3f).toBe(25);
    pass(149);
    expect(read(RCC) & (1 << 25)).toBe(0);
    pass(2);
    expect([read(RCC) & (1 << 25), read(PWR + 4) & (1 << 14)]).toEqual([1 << 25, 1 << 14]);
    write(PWR, read(PWR) | (1 << 16));
    expect(read(PWR + 4) & (1 << 16)).toBe(0);
    pass(46);
    write(PWR, read(PWR) | (1 << 17));
    expect(read(PWR + 4) & (3 << 16)).toBe(1 << 16);
    pass(46);
    expect(read(PWR + 4) & (3 << 16)).toBe(3 << 16);
    write(RCC + 8, (5 << 10) | (4 << 13) | 2);
    expect((read(RCC + 8) >>> 2) & 3).toBe(2);
    const { sysclk, hclk, pclk1, pclk2, timers1, timers2 } = chip.clocks;
    expect([sysclk, hclk, pclk1, pclk2, timers1, timers2]).toEqual([180e6, 180e6, 45e6, 90e6, 90e6, 180e6]);
    // What runs the system cannot be switched off.
    write(RCC, 0);
    expect(read(RCC) & 0x03030000).toBe(0x03030000);
    chip.reset("software");
    expect([chip.clocks.hclk, read(RCC) & 0x01010000, read(PWR)]).toEqual([16e6, 0, 0]);
  });

  it("switches to the over-drive only once that is ready", () => {
    const { read, write, pass } = make();
    write(RCC + 0x40, 1 << 28);
    write(PWR, read(PWR) | (3 << 16));
    pass(500);
    expect(read(PWR + 4) & (3 << 16)).toBe(1 << 16);
    write(PWR, read(PWR));
    pass(46);
    expect(read(PWR + 4) & (3 << 16)).toBe(3 << 16);
    write(PWR, read(PWR) & ~(1 << 16));
    expect(read(PWR + 4) & (1 << 16)).toBe(0);
  });

  it("never switches to a source that is not there", () => {
    const { read, write, pass } = make({ hseHz: 0 });
    write(RCC, read(RCC) | (1 << 16));
    write(RCC + 8, 1);
    pass(10_000);
    expect([read(RCC) & (1 << 17), (read(RCC + 8) >>> 2) & 3]).toEqual([0, 0]);
    write(RCC, read(RCC) | (1 << 26) | (1 << 28));
    pass(200);
    expect(read(RCC) >>> 26).toBe(0xf);
  });

  it("tells why it was reset", () => {
    const { chip, read, write, pass } = make({
      flash: [{ address: 0x08000000, data: code(0, 0x2000, 9, 0x800, 0xe7fe) }],
    });
    const cause = () => {
      const flags = read(RCC + 0x74) >>> 24;
      write(RCC + 0x74, 1 << 24);
      return flags;
    };
    expect(cause()).toBe(0x0e);
    chip.driveNrst(true);
    pass(10);
    expect(chip.busWrite(RCC + 0x40, 4, 1)).toBe(true);
    expect(read(RCC + 0x40)).toBe(0);
    chip.driveNrst(false);
    expect(cause()).toBe(0x04);
    write(0xe000ed0c, 0x05fa0004);
    pass(10);
    expect(cause()).toBe(0x14);
    // IWDG: 4096 steps of 4 LSI periods at 32 kHz are 512 ms.
    write(0x40003000, 0xcccc);
    pass(511_000);
    expect(cause()).toBe(0);
    pass(2000);
    expect(cause()).toBe(0x24);
    chip.setVoltage(0);
    expect(chip.debugPortAnswers("swd")).toBe(false);
    chip.setVoltage(3.3);
    expect([chip.debugPortAnswers("swd"), cause()]).toEqual([true, 0x0e]);
  });

  it("freezes timers and watchdog of a halted core by DBGMCU, and only then", () => {
    const { read, write, pass } = make();
    const TIM2 = 0x40000000;
    write(RCC + 0x40, 1);
    write(TIM2 + 0x28, 15);
    write(TIM2 + 0x14, 1);
    write(TIM2, 1);
    write(0x40003000, 0xcccc);
    write(DHCSR, HALT);
    pass(100);
    expect(read(TIM2 + 0x24)).toBeGreaterThan(95);
    write(0xe0042008, 0x1001);
    const count = read(TIM2 + 0x24);
    pass(1_000_000);
    expect([read(TIM2 + 0x24), read(RCC + 0x74) & (1 << 29)]).toEqual([count, 0]);
    write(0xe0042008, 0);
    pass(1_000_000);
    expect(read(RCC + 0x74) & (1 << 29)).toBe(1 << 29);
  });

  it("counts, reloads and interrupts with a timer", () => {
    const { chip, read, write, pass } = make();
    const TIM6 = 0x40001000;
    write(RCC + 0x40, 1 << 4);
    write(TIM6 + 0x28, 15);
    write(TIM6 + 0x2c, 99);
    write(TIM6 + 0x14, 1);
    write(TIM6 + 0x10, 0);
    write(TIM6 + 0xc, 1);
    write(TIM6, 1);
    pass(99);
    expect([read(TIM6 + 0x10), read(TIM6 + 0x24)]).toEqual([0, 99]);
    pass(1);
    expect(read(TIM6 + 0x10)).toBe(1);
    // NVIC line 54.
    expect(read(0xe000e204) & (1 << 22)).toBe(1 << 22);
    write(TIM6 + 0x10, 0);
    // HCLK 8 MHz, PCLK1 a quarter of it: the timer's clock is twice that.
    write(RCC + 8, (8 << 4) | (5 << 10));
    expect([chip.clocks.hclk, chip.clocks.timers1]).toEqual([8e6, 4e6]);
    pass(150);
    expect(read(TIM6 + 0x24)).toBe(37);
    pass(240);
    expect([read(TIM6 + 0x10), read(TIM6 + 0x24)]).toEqual([0, 97]);
    pass(20);
    expect([read(TIM6 + 0x10), read(TIM6 + 0x24)]).toEqual([1, 2]);
  });

  it("closes the debug port when a program takes its pins, until the next reset", () => {
    const { chip, write } = make();
    write(RCC + 0x30, 1);
    write(0x40020000, 0x80000000);
    expect(chip.debugPortAnswers("swd")).toBe(false);
    chip.driveNrst(true);
    expect(chip.debugPortAnswers("swd")).toBe(true);
  });
});
