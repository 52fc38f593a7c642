import { describe, expect, it } from "vitest";
import { BKP, createTestChip, EXTI, PWR, RCC, RTC } from "./test-chip.ts";

const [CRH, CRL, PRLH, PRLL, DIVL, CNTH, CNTL, ALRH, ALRL] = [0, 4, 8, 0xc, 0x14, 0x18, 0x1c, 0x20, 0x24].map(
  (offset) => RTC + offset,
);
const [SECF, ALRF, OWF, RSF, CNF, RTOFF] = [1, 2, 4, 8, 16, 32];

type Test = ReturnType<typeof createTestChip>;

/** Backup domain open, LSE running, RTC on it. */
function createClock(): Test {
  const test = createTestChip();
  const { write, wait } = test;
  write(RCC.APB1ENR, 3 << 27);
  write(PWR.CR, 1 << 8);
  write(RCC.BDCR, 1);
  wait(2_500_001);
  write(RCC.BDCR, 1 | (1 << 8) | (1 << 15));
  return test;
}

function configure({ read, write, wait }: Test, values: Readonly<Record<number, number>>): void {
  expect(read(CRL) & RTOFF).toBe(RTOFF);
  write(CRL, read(CRL) | CNF);
  for (const [register, value] of Object.entries(values)) write(Number(register), value);
  write(CRL, read(CRL) & ~CNF);
  expect(read(CRL) & RTOFF).toBe(0);
  wait(200);
  expect(read(CRL) & RTOFF).toBe(RTOFF);
}

const count = ({ read }: Test): number => read(CNTH) * 65536 + read(CNTL);

describe("RTC", () => {
  it("counts seconds of LSE, with SECF and its interrupt", () => {
    const test = createClock();
    const { read, write, wait, cpu } = test;
    configure(test, { [PRLL]: 0x7fff, [PRLH]: 0 });
    write(CRH, 1);
    wait(999_000);
    expect([count(test), read(CRL) & SECF, cpu.lines.has(3)]).toEqual([0, 0, false]);
    wait(1_000);
    expect([count(test), read(CRL) & SECF, cpu.lines.has(3)]).toEqual([1, SECF, true]);
    write(CRL, read(CRL) & ~SECF);
    expect([read(CRL) & SECF, cpu.lines.has(3)]).toEqual([0, false]);
    wait(99_000_000);
    expect(count(test)).toBe(100);
  });

  it("shows the live prescaler counting down", () => {
    const test = createClock();
    configure(test, { [PRLL]: 0x7fff });
    const before = test.read(DIVL);
    test.wait(500_000);
    expect(before - test.read(DIVL)).toBeGreaterThanOrEqual(16383);
    expect(before - test.read(DIVL)).toBeLessThanOrEqual(16385);
  });

  it("loses writes outside CNF, and without DBP", () => {
    const test = createClock();
    test.write(CNTL, 5);
    test.wait(200);
    expect(count(test)).toBe(0);
    test.write(PWR.CR, 0);
    test.write(CRL, test.read(CRL) | CNF);
    expect(test.read(CRL) & CNF).toBe(0);
  });

  it("sounds the alarm: ALRF, IRQ 3, and EXTI line 17 with IRQ 41", () => {
    const test = createClock();
    const { read, write, wait, cpu } = test;
    write(EXTI.IMR, 1 << 17);
    write(EXTI.RTSR, 1 << 17);
    configure(test, { [PRLL]: 0x7fff, [CNTL]: 100, [ALRH]: 0, [ALRL]: 103 });
    write(CRH, 2);
    wait(2_900_000);
    expect(read(CRL) & ALRF).toBe(0);
    wait(100_000);
    expect(read(CRL) & ALRF).toBe(ALRF);
    expect([cpu.lines.has(3), cpu.lines.has(41), read(EXTI.PR)]).toEqual([true, true, 1 << 17]);
  });

  it("overflows from 0xFFFFFFFF to 0", () => {
    const test = createClock();
    configure(test, { [PRLL]: 0x7fff, [CNTH]: 0xffff, [CNTL]: 0xffff });
    test.wait(1_000_000);
    expect([count(test), test.read(CRL) & OWF]).toEqual([0, OWF]);
  });

  it("keeps counting over a system reset, and RSF says when it may be read again", () => {
    const test = createClock();
    const { read, write, wait, chip } = test;
    configure(test, { [PRLL]: 0x7fff });
    wait(3_000_000);
    expect(read(CRL) & RSF).toBe(RSF);
    chip.reset("software");
    expect([read(CRL) & RSF, count(test)]).toEqual([0, 0]);
    wait(100);
    expect([read(CRL) & RSF, count(test)]).toEqual([RSF, 3]);
    wait(2_000_000);
    expect(count(test)).toBe(5);
    write(CRL, read(CRL) & ~RSF);
    expect(read(CRL) & RSF).toBe(0);
    wait(100);
    expect(read(CRL) & RSF).toBe(RSF);
    chip.powerCycle({ vbat: true });
    wait(100);
    expect(count(test)).toBe(5);
    chip.powerCycle();
    wait(100);
    expect(count(test)).toBe(0);
  });

  it("never ends a write while RTCCLK stands", () => {
    const test = createTestChip();
    test.write(RCC.APB1ENR, 3 << 27);
    test.write(PWR.CR, 1 << 8);
    test.write(CRL, test.read(CRL) | CNF);
    test.write(CNTL, 1);
    test.write(CRL, test.read(CRL) & ~CNF);
    test.wait(1_000_000);
    expect(test.read(CRL) & RTOFF).toBe(0);
  });

  it("counts on the same when HCLK changes under it", () => {
    const test = createClock();
    configure(test, { [PRLL]: 0x7fff });
    test.wait(500_000);
    test.write(RCC.CFGR, 0b1011 << 4);
    test.wait(600_000);
    test.write(RCC.CFGR, 0);
    test.wait(1_000_000);
    expect(count(test)).toBe(2);
  });
});

describe("BKP", () => {
  it("keeps the data registers over resets, behind DBP", () => {
    const test = createTestChip();
    const { chip, read, write } = test;
    write(RCC.APB1ENR, 3 << 27);
    write(BKP + 4, 0x1234);
    expect(read(BKP + 4)).toBe(0);
    write(PWR.CR, 1 << 8);
    write(BKP + 4, 0x11234);
    write(BKP + 0x28, 0xabcd);
    chip.reset("software");
    write(RCC.APB1ENR, 3 << 27);
    expect([read(BKP + 4), read(BKP + 0x28)]).toEqual([0x1234, 0xabcd]);
    write(PWR.CR, 1 << 8);
    write(RCC.BDCR, 1 << 16);
    expect(read(BKP + 4)).toBe(0);
  });

  it("wipes the data registers on a tamper at PC13", () => {
    const test = createTestChip();
    const { chip, cpu, read, write } = test;
    chip.pins.driveExternal("C", 13, true);
    write(RCC.APB1ENR, 3 << 27);
    write(PWR.CR, 1 << 8);
    write(BKP + 4, 0x1234);
    write(BKP + 0x30, 3);
    write(BKP + 0x34, 4);
    expect(read(BKP + 4)).toBe(0x1234);
    chip.pins.driveExternal("C", 13, false);
    expect([read(BKP + 4), read(BKP + 0x34), cpu.lines.has(2)]).toEqual([0, 0x304, true]);
    chip.pins.driveExternal("C", 13, true);
    write(BKP + 0x34, 3);
    expect([read(BKP + 0x34), cpu.lines.has(2)]).toEqual([0, false]);
  });
});
