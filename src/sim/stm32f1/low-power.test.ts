import { describe, expect, it } from "vitest";
import { BKP, createTestChip, DBGMCU, EXTI, FLASH, GPIOA, IWDG, PWR, RCC } from "./test-chip.ts";

type Test = ReturnType<typeof createTestChip>;

/** Plays a program that goes into deep sleep at its first step, and counts the steps after it wakes. */
function deepSleeper(test: Test): { steps: number } {
  const count = { steps: -1 };
  test.cpu.step = () => {
    if (count.steps++ < 0) test.cpu.sleep(true);
  };
  return count;
}

function onHse({ read, write, wait }: Test): void {
  write(RCC.CR, read(RCC.CR) | (1 << 16));
  wait(2001);
  write(RCC.CFGR, 1);
}

describe("stop mode", () => {
  it("stops every clock, and an EXTI line wakes on HSI after 3.6 us", () => {
    const test = createTestChip();
    const { chip, read, write } = test;
    onHse(test);
    write(RCC.APB2ENR, 0x7d);
    write(EXTI.IMR, 1);
    write(EXTI.RTSR, 1);
    const count = deepSleeper(test);
    test.wait(1000);
    expect([chip.powerMode, chip.scheduler.stopped, chip.debugPortAnswers("swd")]).toEqual(["stop", true, false]);
    const cycles = chip.scheduler.cycles;
    test.wait(1_000_000);
    expect([chip.scheduler.cycles, count.steps]).toEqual([cycles, 0]);
    chip.pins.driveExternal("A", 0, true);
    expect([chip.powerMode, chip.debugPortAnswers("swd")]).toEqual(["run", true]);
    expect(read(RCC.CFGR) & 0xf).toBe(0);
    expect(read(RCC.CR) & 0x30000).toBe(0);
    test.wait(100);
    expect(count.steps).toBeGreaterThanOrEqual(Math.floor((100 - 3.6) * 8) - 2);
    expect(count.steps).toBeLessThanOrEqual((100 - 3.6) * 8 + 2);
  });

  it("keeps clocks and debug port with DBG_STOP", () => {
    const test = createTestChip();
    test.chip.debugPowerChanged(true);
    test.chip.busWrite(DBGMCU.CR, 4, 2);
    deepSleeper(test);
    test.wait(100);
    expect([test.chip.powerMode, test.chip.scheduler.stopped]).toEqual(["stop", false]);
    expect(test.chip.debugPortAnswers("swd")).toBe(true);
    expect(test.chip.busRead(DBGMCU.IDCODE, 4)).toBe(0x20036410);
  });

  it("is a reset when the option byte nRST_STOP says so", () => {
    const bytes = [0xa5, 0x5a, 0xfd, 0x02, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0];
    const test = createTestChip({ optionBytes: bytes });
    deepSleeper(test);
    test.wait(100);
    expect(test.chip.powerMode).toBe("run");
    expect(test.read(RCC.CSR) >>> 31).toBe(1);
  });

  it("is ended by the independent watchdog", () => {
    const test = createTestChip();
    test.write(IWDG.KR, 0xcccc);
    deepSleeper(test);
    test.wait(409_000);
    expect(test.chip.powerMode).toBe("stop");
    test.wait(2_000);
    expect(test.chip.powerMode).toBe("run");
    expect((test.read(RCC.CSR) >>> 29) & 1).toBe(1);
  });

  it("waits for the end of a flash operation", () => {
    const test = createTestChip();
    for (const key of [0x45670123, 0xcdef89ab]) test.write(FLASH.KEYR, key);
    test.write(FLASH.CR, 4);
    test.write(FLASH.CR, 0x44);
    deepSleeper(test);
    test.wait(19_900);
    expect(test.chip.powerMode).toBe("run");
    test.wait(200);
    expect(test.chip.powerMode).toBe("stop");
  });

  it("is not entered by a plain WFI", () => {
    const test = createTestChip();
    test.cpu.sleep(false);
    test.wait(100);
    expect([test.chip.powerMode, test.chip.scheduler.stopped]).toEqual(["run", false]);
  });
});

describe("standby", () => {
  const enter = (test: Test): { steps: number } => {
    test.write(RCC.APB1ENR, 3 << 27);
    test.write(RCC.APB2ENR, 0x7d);
    test.write(PWR.CSR, 1 << 8);
    test.write(PWR.CR, (1 << 8) | 2);
    test.write(BKP + 4, 0x55aa);
    test.write(0x20000000, 0x12345678);
    test.write(GPIOA, 0x44444424);
    test.write(GPIOA + 0x10, 2);
    const count = deepSleeper(test);
    test.wait(100);
    return count;
  };

  it("loses SRAM, keeps the backup domain, and ends by the WKUP pin in a reset with SBF and WUF", () => {
    const test = createTestChip();
    enter(test);
    expect([test.chip.powerMode, test.chip.debugPortAnswers("swd"), test.cpu.held]).toEqual(["standby", false, true]);
    expect(test.chip.pins.level("A", 1)).toBe(false);
    test.cpu.calls.length = 0;
    test.wait(1_000_000);
    expect(test.cpu.calls).toEqual([]);
    test.chip.pins.driveExternal("A", 0, true);
    expect([test.chip.powerMode, test.cpu.calls, test.cpu.held]).toEqual(["run", ["powerOn"], false]);
    test.write(RCC.APB1ENR, 3 << 27);
    expect(test.read(PWR.CSR)).toBe((1 << 8) | 3);
    expect(test.read(PWR.CR)).toBe(0);
    expect(test.read(BKP + 4)).toBe(0x55aa);
    expect(test.read(0x20000000)).not.toBe(0x12345678);
    test.write(PWR.CR, 0xc);
    expect(test.read(PWR.CSR)).toBe(1 << 8);
  });

  it("ends by NRST", () => {
    const test = createTestChip();
    enter(test);
    test.chip.driveNrst(true);
    test.chip.driveNrst(false);
    expect([test.chip.powerMode, test.cpu.held, test.chip.debugPortAnswers("swd")]).toEqual(["run", false, true]);
  });
});

describe("PVD", () => {
  it("compares VDD with PLS, and drives EXTI line 16 and IRQ 1", () => {
    const test = createTestChip();
    const { chip, cpu, read, write } = test;
    write(RCC.APB1ENR, 1 << 28);
    write(EXTI.IMR, 1 << 16);
    write(EXTI.RTSR, 1 << 16);
    write(PWR.CR, (1 << 4) | (7 << 5));
    expect(read(PWR.CSR)).toBe(0);
    chip.setVoltage(2.8);
    expect([read(PWR.CSR), cpu.lines.has(1)]).toEqual([4, true]);
    chip.setVoltage(3.3);
    expect(read(PWR.CSR)).toBe(0);
  });
});
