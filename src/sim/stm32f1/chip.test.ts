import { describe, expect, it } from "vitest";
import { BUS_FAULT } from "../cpu/cpu.ts";
import { Stm32f1Chip } from "./chip.ts";
import { stm32f103c6 } from "./chip-config.ts";
import { FakeCpu } from "./fake-cpu.ts";
import { AFIO, createTestChip, DBGMCU, FLASH, GPIOA, PWR, RCC } from "./test-chip.ts";

describe("memory map", () => {
  it("answers where RM0008 says and faults in the holes", () => {
    const { chip, read, write } = createTestChip({ flash: [{ address: 0x08000000, data: Uint8Array.of(1, 2, 3, 4) }] });
    expect(read(0x08000000)).toBe(0x04030201);
    expect(read(0)).toBe(0x04030201);
    expect(write(0x20004ffc, 0xdeadbeef)).toBe(true);
    expect(read(0x20004ffc)).toBe(0xdeadbeef);
    for (const hole of [
      0x08010000, 0x00010000, 0x20005000, 0x1ffff810, 0x1fffeffc, 0x40000c00, 0x40018000, 0x40024000, 0x60000000,
    ]) {
      expect(read(hole), hole.toString(16)).toBe(BUS_FAULT);
      expect(write(hole, 0), hole.toString(16)).toBe(false);
    }
    expect(chip.bus.read(0x1ffff7e0, 2, "cpu")).toBe(64);
    expect(read(0x1ffff7e0)).toBe(0xffff0040);
    expect(read(0x1ffff7e8)).toBe(0x00030002);
    expect([0, 4, 8, 12].map((offset) => read(0x1ffff800 + offset))).toEqual([
      0x00ff5aa5, 0x00ff00ff, 0x00ff00ff, 0x00ff00ff,
    ]);
  });

  it("answers on 128 KiB when the die hides more flash than its size register says", () => {
    const { read } = createTestChip({ hiddenFlash: true });
    expect(read(0x0801fffc)).toBe(0xffffffff);
    expect(read(0x08020000)).toBe(BUS_FAULT);
    expect(read(0x1ffff7e0)).toBe(0xffff0040);
  });

  it("boots from system memory or SRAM by the BOOT pins, sampled at reset", () => {
    const { chip, read, write } = createTestChip({ boot0: true });
    expect(read(0)).toBe(read(0x1ffff000));
    expect(read(4)).toBe(0x1ffff009);
    chip.setBootPins(true, true);
    expect(read(4)).toBe(0x1ffff009);
    chip.reset("pin");
    write(0x20000004, 0x12345678);
    expect(read(4)).toBe(0x12345678);
    expect(chip.bus.windows.find((window) => window.base === 0)?.writable).toBe(true);
  });

  it("reads 0 from a block without clock, and loses writes", () => {
    const { read, write } = createTestChip();
    write(GPIOA, 0x12345678);
    expect(read(GPIOA)).toBe(0);
    write(RCC.APB2ENR, 1 << 2);
    expect(read(GPIOA)).toBe(0x44444444);
    write(GPIOA, 0x12345678);
    expect(read(GPIOA)).toBe(0x12345678);
    write(RCC.APB2RSTR, 1 << 2);
    write(GPIOA, 0x11111111);
    write(RCC.APB2RSTR, 0);
    expect(read(GPIOA)).toBe(0x44444444);
  });

  it("refuses a segment outside every memory", () => {
    const { chip } = createTestChip();
    expect(() => chip.loadFlash([{ address: 0x0800fffe, data: new Uint8Array(4) }])).toThrow(/4 bytes at 0x0800fffe/);
  });
});

describe("other parts of the family", () => {
  it("are a table: an STM32F103C6 has half the memory and lacks four blocks", () => {
    const chip = new Stm32f1Chip(stm32f103c6, { createCpu: (host) => new FakeCpu(host) });
    expect(chip.busRead(DBGMCU.IDCODE, 4)).toBe(0x10006412);
    expect(chip.busRead(0x1ffff7e0, 2)).toBe(32);
    expect(chip.busRead(0x08007ffc, 4)).toBe(0xffffffff);
    expect(chip.busRead(0x08008000, 4)).toBe(BUS_FAULT);
    expect(chip.busRead(0x20002800, 4)).toBe(BUS_FAULT);
    expect(chip.busRead(0x40000800, 4)).toBe(BUS_FAULT);
    expect([chip.peripheral("USART3"), chip.peripheral("USART2")?.name]).toEqual([undefined, "USART2"]);
    chip.busWrite(RCC.APB1ENR, 4, 0xffffffff);
    expect(chip.busRead(RCC.APB1ENR, 4)).toBe(0x1aa20803);
  });
});

describe("debug port", () => {
  it("is switched off by SWJ_CFG and answers again under NRST", () => {
    const { chip, read, write } = createTestChip({ jtagWired: true });
    expect([chip.debugPortAnswers("swd"), chip.debugPortAnswers("jtag")]).toEqual([true, true]);
    write(RCC.APB2ENR, 1);
    write(AFIO.MAPR, 2 << 24);
    expect([chip.debugPortAnswers("swd"), chip.debugPortAnswers("jtag")]).toEqual([true, false]);
    write(AFIO.MAPR, (4 << 24) | 4);
    expect([chip.debugPortAnswers("swd"), chip.debugPortAnswers("jtag")]).toEqual([false, false]);
    expect(read(AFIO.MAPR)).toBe(4);
    write(AFIO.MAPR, 7 << 24);
    expect(chip.debugPortAnswers("swd")).toBe(false);
    chip.driveNrst(true);
    expect(chip.debugPortAnswers("swd")).toBe(true);
    chip.driveNrst(false);
    expect(chip.debugPortAnswers("swd")).toBe(true);
  });

  it("shows DBGMCU to a debugger alone, and keeps DBGMCU_CR over resets but not over power", () => {
    const { chip, read } = createTestChip();
    expect(read(DBGMCU.IDCODE)).toBe(0);
    chip.debugPowerChanged(true);
    expect(chip.busRead(DBGMCU.IDCODE, 4)).toBe(0x20036410);
    expect(read(DBGMCU.IDCODE)).toBe(0x20036410);
    chip.busWrite(DBGMCU.CR, 4, 0x307);
    chip.reset("software");
    chip.driveNrst(true);
    chip.driveNrst(false);
    expect(chip.busRead(DBGMCU.CR, 4)).toBe(0x307);
    chip.powerCycle();
    expect(chip.busRead(DBGMCU.CR, 4)).toBe(0);
  });

  it("lets a debugger wait for the busy flash", () => {
    const { chip } = createTestChip();
    for (const key of [0x45670123, 0xcdef89ab]) chip.busWrite(FLASH.KEYR, 4, key);
    chip.busWrite(FLASH.CR, 4, 1);
    const before = chip.nanoseconds;
    for (let i = 0; i < 4; i++) expect(chip.busWrite(0x08000000 + 2 * i, 2, 0x1111 * i)).toBe(true);
    expect(chip.busRead(0x08000000, 4)).toBe(0x11110000);
    expect(chip.nanoseconds - before).toBeGreaterThanOrEqual(4 * 52_500);
    expect(chip.nanoseconds - before).toBeLessThan(4 * 52_500 + 2000);
  });
});

describe("resets", () => {
  it("tells their cause in RCC_CSR", () => {
    const { chip, read, write } = createTestChip();
    expect(read(RCC.CSR)).toBe(0x0c000000);
    write(RCC.CSR, 1 << 24);
    expect(read(RCC.CSR)).toBe(0);
    chip.driveNrst(true);
    chip.driveNrst(false);
    expect(read(RCC.CSR)).toBe(0x04000000);
    chip.reset("software");
    expect(read(RCC.CSR)).toBe(0x14000000);
    chip.reset("independent-watchdog");
    chip.reset("window-watchdog");
    chip.reset("low-power");
    expect(read(RCC.CSR)).toBe(0xf4000000);
    chip.powerCycle();
    expect(read(RCC.CSR)).toBe(0x0c000000);
  });

  it("waits for the end of the instruction when asked for from inside one", () => {
    const { chip, cpu } = createTestChip();
    cpu.calls.length = 0;
    let during = -1;
    cpu.step = () => {
      if (during < 0) {
        cpu.host.requestSystemReset();
        during = cpu.calls.length;
      }
    };
    chip.advance(10_000);
    expect(during).toBe(0);
    expect(cpu.calls).toEqual(["reset"]);
  });

  it("executes nothing while NRST is low, but time passes", () => {
    const { chip, cpu } = createTestChip();
    let steps = 0;
    cpu.step = () => void steps++;
    chip.driveNrst(true);
    expect(cpu.held).toBe(true);
    chip.advance(1_000_000);
    expect([steps, chip.nanoseconds]).toEqual([0, 1_000_000]);
    chip.driveNrst(false);
    chip.advance(1_000_000);
    expect(steps).toBe(8000);
  });

  it("loses every write to a peripheral while NRST is low", () => {
    const { chip, read, write } = createTestChip();
    chip.driveNrst(true);
    expect(write(RCC.APB2ENR, 4)).toBe(true);
    expect(read(RCC.APB2ENR)).toBe(0);
    chip.driveNrst(false);
    write(RCC.APB2ENR, 4);
    expect(read(RCC.APB2ENR)).toBe(4);
  });

  it("is dead without power, and starts anew with it", () => {
    const { chip, cpu, read } = createTestChip();
    let steps = 0;
    cpu.step = () => void steps++;
    chip.setVoltage(0);
    chip.advance(1e6);
    expect([steps, chip.powered, chip.debugPortAnswers("swd")]).toEqual([0, false, false]);
    chip.setVoltage(3.3);
    chip.advance(1e6);
    expect([steps, chip.debugPortAnswers("swd"), read(RCC.CSR)]).toEqual([8000, true, 0x0c000000]);
  });

  it("keeps time without drift over many small steps", () => {
    const { chip } = createTestChip();
    for (let i = 0; i < 1000; i++) chip.advance(33.3);
    expect(chip.nanoseconds).toBeGreaterThanOrEqual(33_300 - 1e-3);
    expect(chip.nanoseconds).toBeLessThan(33_300 + 126);
  });
});

describe("clock gates and PWR", () => {
  it("needs PWREN for PWR", () => {
    const { read, write } = createTestChip();
    write(PWR.CR, 1 << 8);
    expect(read(PWR.CR)).toBe(0);
    write(RCC.APB1ENR, 1 << 28);
    write(PWR.CR, 1 << 8);
    expect(read(PWR.CR)).toBe(1 << 8);
  });
});
