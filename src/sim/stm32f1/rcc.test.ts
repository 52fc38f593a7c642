import { describe, expect, it } from "vitest";
import { createTestChip, PWR, RCC } from "./test-chip.ts";

const HSION = 1 << 0;
const HSIRDY = 1 << 1;
const HSEON = 1 << 16;
const HSERDY = 1 << 17;
const CSSON = 1 << 19;
const PLLON = 1 << 24;
const PLLRDY = 1 << 25;

type Test = ReturnType<typeof createTestChip>;

/** The usual 72 MHz: HSE × 9, APB1 / 2. */
function to72MHz({ read, write, wait }: Test): void {
  write(RCC.CR, read(RCC.CR) | HSEON);
  wait(2001);
  write(RCC.CFGR, (7 << 18) | (1 << 16) | (4 << 8));
  write(RCC.CR, read(RCC.CR) | PLLON);
  wait(201);
  write(RCC.CFGR, read(RCC.CFGR) | 2);
}

describe("RCC oscillators", () => {
  it("starts from HSI with the manual's reset values", () => {
    const { read } = createTestChip();
    expect(read(RCC.CR) & 0xffff00ff).toBe(0x83);
    expect([read(RCC.CFGR), read(RCC.CIR), read(RCC.AHBENR), read(RCC.APB1ENR), read(RCC.BDCR)]).toEqual([
      0, 0, 0x14, 0, 0,
    ]);
  });

  it("makes HSE ready after 2 ms and the PLL after 200 us", () => {
    const { read, write, wait } = createTestChip();
    write(RCC.CR, read(RCC.CR) | HSEON);
    wait(1999);
    expect(read(RCC.CR) & HSERDY).toBe(0);
    wait(2);
    expect(read(RCC.CR) & HSERDY).toBe(HSERDY);
    write(RCC.CR, read(RCC.CR) | PLLON);
    wait(199);
    expect(read(RCC.CR) & PLLRDY).toBe(0);
    wait(2);
    expect(read(RCC.CR) & PLLRDY).toBe(PLLRDY);
    write(RCC.CR, read(RCC.CR) & ~PLLON);
    expect(read(RCC.CR) & PLLRDY).toBe(0);
  });

  it("never becomes ready without a crystal", () => {
    const { read, write, wait } = createTestChip({ hseHz: 0 });
    write(RCC.CR, read(RCC.CR) | HSEON);
    wait(100_000);
    expect(read(RCC.CR) & (HSEON | HSERDY)).toBe(HSEON);
  });

  it("does not lock the PLL on a source that does not run", () => {
    const { read, write, wait } = createTestChip({ hseHz: 0 });
    write(RCC.CFGR, 1 << 16);
    write(RCC.CR, read(RCC.CR) | HSEON | PLLON);
    wait(100_000);
    expect(read(RCC.CR) & PLLRDY).toBe(0);
    write(RCC.CR, read(RCC.CR) & ~PLLON);
    write(RCC.CFGR, 0);
    write(RCC.CR, read(RCC.CR) | PLLON);
    wait(201);
    expect(read(RCC.CR) & PLLRDY).toBe(PLLRDY);
  });

  it("raises the ready interrupts", () => {
    const { read, write, wait, cpu } = createTestChip();
    write(RCC.CIR, 1 << 11);
    write(RCC.CR, read(RCC.CR) | HSEON);
    wait(2001);
    expect(read(RCC.CIR)).toBe((1 << 11) | (1 << 3));
    expect(cpu.lines.has(5)).toBe(true);
    write(RCC.CIR, (1 << 11) | (1 << 19));
    expect([read(RCC.CIR), cpu.lines.has(5)]).toEqual([1 << 11, false]);
  });

  it("starts LSI in 85 us and LSE in 2.5 s, the latter behind DBP", () => {
    const { read, write, wait } = createTestChip();
    write(RCC.CSR, 1);
    wait(86);
    expect(read(RCC.CSR) & 3).toBe(3);
    write(RCC.BDCR, 1);
    expect(read(RCC.BDCR)).toBe(0);
    write(RCC.APB1ENR, 3 << 27);
    write(PWR.CR, 1 << 8);
    write(RCC.BDCR, 1);
    wait(2_499_999);
    expect(read(RCC.BDCR)).toBe(1);
    wait(2);
    expect(read(RCC.BDCR)).toBe(3);
  });
});

describe("RCC clock tree", () => {
  it("switches to 72 MHz with SWS following SW", () => {
    const test = createTestChip();
    const { chip, read, write } = test;
    const heard: number[] = [];
    chip.clocks.onChange(() => heard.push(chip.scheduler.hclkHz));
    write(RCC.CFGR, 1);
    expect(read(RCC.CFGR) & 0xc).toBe(0);
    write(RCC.CFGR, 0);
    to72MHz(test);
    expect(read(RCC.CFGR) & 0xf).toBe(0xa);
    const { sysclk, hclk, pclk1, pclk2, tim1, timApb1, adc } = chip.clocks;
    expect([sysclk, hclk, pclk1, pclk2, tim1, timApb1, adc]).toEqual([72e6, 72e6, 36e6, 72e6, 72e6, 72e6, 36e6]);
    expect(heard.at(-1)).toBe(72e6);
    expect(chip.scheduler.hclkHz).toBe(72e6);
  });

  it("computes prescalers, multipliers and MCO", () => {
    const { chip, read, write, wait } = createTestChip();
    write(RCC.CFGR, (15 << 18) | (0b1001 << 4) | (0b110 << 8) | (0b101 << 11) | (3 << 14));
    write(RCC.CR, read(RCC.CR) | PLLON);
    wait(201);
    write(RCC.CFGR, read(RCC.CFGR) | 2);
    const { sysclk, hclk, pclk1, pclk2, tim1, timApb1, adc } = chip.clocks;
    expect([sysclk, hclk, pclk1, pclk2, tim1, timApb1, adc]).toEqual([64e6, 16e6, 2e6, 4e6, 8e6, 4e6, 5e5]);
  });

  it("keeps what runs the system: HSION, PLLON, and the PLL's factors", () => {
    const test = createTestChip();
    const { read, write } = test;
    write(RCC.CR, read(RCC.CR) & ~HSION);
    expect(read(RCC.CR) & 3).toBe(HSION | HSIRDY);
    to72MHz(test);
    write(RCC.CR, read(RCC.CR) & ~(PLLON | HSEON | HSION));
    expect(read(RCC.CR) & (PLLON | HSEON | HSION)).toBe(PLLON | HSEON);
    const before = read(RCC.CFGR);
    write(RCC.CFGR, 2);
    expect(read(RCC.CFGR)).toBe((before & 0x3f0000) | 0xa);
  });

  it("is back on HSI after a reset, at once", () => {
    const test = createTestChip();
    to72MHz(test);
    test.chip.reset("software");
    expect(test.read(RCC.CR) & ~0xff00).toBe(0x83);
    expect(test.chip.clocks.hclk).toBe(8e6);
    expect(test.chip.scheduler.hclkHz).toBe(8e6);
  });

  it("falls back to HSI with an NMI when HSE fails under CSS", () => {
    const test = createTestChip();
    to72MHz(test);
    test.write(RCC.CR, test.read(RCC.CR) | CSSON);
    test.chip.setHseAlive(false);
    expect(test.cpu.nmis).toBe(1);
    expect(test.chip.clocks.sysclk).toBe(8e6);
    expect(test.read(RCC.CFGR) & 0xf).toBe(0);
    expect(test.read(RCC.CR) & (HSEON | PLLON | CSSON)).toBe(0);
    expect(test.read(RCC.CIR) & 0x80).toBe(0x80);
    test.write(RCC.CIR, 1 << 23);
    expect(test.read(RCC.CIR) & 0x80).toBe(0);
  });

  it("breaks TIM1 when the clock fails, if TIM1 listens", () => {
    for (const listens of [true, false]) {
      const test = createTestChip();
      to72MHz(test);
      test.write(RCC.APB2ENR, 1 << 11);
      test.write(0x40012c44, (1 << 15) | (listens ? 1 << 12 : 0) | (1 << 13));
      test.write(RCC.CR, test.read(RCC.CR) | CSSON);
      test.chip.setHseAlive(false);
      expect((test.read(0x40012c44) >>> 15) & 1).toBe(listens ? 0 : 1);
      expect((test.read(0x40012c10) >>> 7) & 1).toBe(listens ? 1 : 0);
    }
  });

  it("stands still when HSE fails without CSS, until the reset button", () => {
    const test = createTestChip();
    to72MHz(test);
    let steps = 0;
    test.cpu.step = () => void steps++;
    test.chip.setHseAlive(false);
    test.chip.advance(1e6);
    expect(steps).toBe(0);
    test.chip.driveNrst(true);
    test.chip.driveNrst(false);
    test.chip.advance(1e6);
    expect(steps).toBe(8000);
  });

  it("takes RTCSEL once, until BDRST", () => {
    const { read, write } = createTestChip();
    write(RCC.APB1ENR, 3 << 27);
    write(PWR.CR, 1 << 8);
    write(RCC.BDCR, 2 << 8);
    write(RCC.BDCR, 1 << 8);
    expect(read(RCC.BDCR)).toBe(2 << 8);
    write(RCC.BDCR, 1 << 16);
    write(RCC.BDCR, 0);
    write(RCC.BDCR, 1 << 8);
    expect(read(RCC.BDCR)).toBe(1 << 8);
  });

  it("takes bytes, as compilers write them", () => {
    const { chip, read, write } = createTestChip();
    write(RCC.APB2ENR, 0x4014);
    chip.bus.write(RCC.APB2ENR + 1, 1, 0x02, "cpu");
    expect(read(RCC.APB2ENR)).toBe(0x0214);
  });
});
