import { describe, expect, it } from "vitest";
import type { Adc } from "./adc.ts";
import { CR1, CR2, SR } from "./adc-registers.ts";
import { createCommunicationPeripherals } from "./communication-peripherals.ts";
import { FakeChip } from "./fake-context.ts";

const BASE = 0x40012400;
/** ADCCLK is 12 MHz, six HCLK cycles; the shortest conversion takes 14 of them. */
const SHORTEST = 14 * 6;
const SOFTWARE = CR2.EXTTRIG | (7 << 17);
const INJECTED_SOFTWARE = CR2.JEXTTRIG | (7 << 12);

function setUp() {
  const chip = new FakeChip();
  const blocks = createCommunicationPeripherals(chip);
  const find = (name: string) => blocks.find((block) => block.name === name) as Adc;
  chip.bus.map(BASE, find("ADC1"));
  const registers = (name: string) => {
    const block = find(name);
    const reg = (offset: number) => ({
      get: () => block.read(offset, 4),
      set: (value: number) => block.write(offset, 4, value),
      on: (bits: number) => block.write(offset, 4, block.read(offset, 4) | bits),
    });
    return {
      block,
      sr: reg(0),
      cr1: reg(4),
      cr2: reg(8),
      smpr1: reg(12),
      smpr2: reg(16),
      jofr1: reg(20),
      htr: reg(36),
      ltr: reg(40),
      sqr1: reg(44),
      sqr2: reg(48),
      sqr3: reg(52),
      jsqr: reg(56),
      jdr: (n: number) => block.read(0x38 + 4 * n, 4),
      dr: reg(76),
    };
  };
  for (let channel = 0; channel < 10; channel++) chip.volts.set(channel, (channel * 3.3) / 16);
  return { chip, blocks, ...registers("ADC1"), second: registers("ADC2") };
}

const code = (channel: number) => Math.round((channel / 16) * 4095);
const sequence = (...channels: number[]) => channels.reduce((value, channel, i) => value | (channel << (i * 5)), 0);

describe("single conversion", () => {
  it("powers up with the first ADON and converts with the second", () => {
    const { chip, cr2, sqr3, sr, dr } = setUp();
    sqr3.set(4);
    cr2.set(CR2.ADON);
    chip.run(1000);
    expect(sr.get()).toBe(0);
    cr2.set(CR2.ADON | CR2.CONT);
    chip.run(1000);
    expect(sr.get()).toBe(0);
    cr2.set(CR2.ADON);
    cr2.set(CR2.ADON);
    expect(sr.get()).toBe(SR.STRT);
    chip.run(SHORTEST - 1);
    expect(sr.get()).toBe(SR.STRT);
    chip.run(1);
    expect(sr.get()).toBe(SR.STRT | SR.EOC);
    expect(dr.get()).toBe(code(4));
    expect(sr.get()).toBe(SR.STRT);
  });

  it("starts by SWSTART only with EXTTRIG and EXTSEL 7, takes the sampling time, interrupts", () => {
    const { chip, cr1, cr2, sqr3, smpr2, sr } = setUp();
    sqr3.set(2);
    smpr2.set(7 << 6);
    cr1.set(CR1.EOCIE);
    cr2.set(CR2.ADON);
    cr2.set(CR2.ADON | CR2.SWSTART);
    chip.run(5000);
    expect(sr.get()).toBe(0);
    cr2.set(CR2.ADON | SOFTWARE);
    cr2.on(CR2.SWSTART);
    expect(cr2.get() & CR2.SWSTART).toBe(0);
    chip.run(252 * 6 - 1);
    expect(chip.interrupt(18)).toBe(false);
    chip.run(1);
    expect(chip.interrupt(18)).toBe(true);
    sr.set(~SR.EOC);
    expect(chip.interrupt(18)).toBe(false);
  });

  it("calibrates: RSTCAL and CAL fall by themselves", () => {
    const { chip, cr2 } = setUp();
    cr2.set(CR2.ADON);
    for (const bit of [CR2.RSTCAL, CR2.CAL]) {
      cr2.on(bit);
      expect(cr2.get() & bit).toBe(bit);
      expect(chip.runUntil(() => (cr2.get() & bit) === 0, 1000)).toBe(true);
    }
  });

  it("aligns to the left, converts on and on with CONT, and stops with ADON off", () => {
    const { chip, cr2, sqr3, sr, dr } = setUp();
    sqr3.set(8);
    cr2.set(CR2.ADON | CR2.CONT | CR2.ALIGN | SOFTWARE);
    cr2.on(CR2.SWSTART);
    chip.run(SHORTEST);
    expect(dr.get()).toBe(code(8) << 4);
    chip.volts.set(8, 0);
    chip.run(SHORTEST);
    expect(sr.get() & SR.EOC).toBe(SR.EOC);
    expect(dr.get()).toBe(0);
    cr2.set(0);
    chip.run(10 * SHORTEST);
    expect(sr.get() & SR.EOC).toBe(0);
  });

  it("measures temperature and reference once TSVREFE is set, on ADC1 alone", () => {
    const { chip, cr2, sqr3, dr, second } = setUp();
    const read = (unit: { cr2: typeof cr2; sqr3: typeof sqr3; dr: typeof dr }, channel: number) => {
      unit.sqr3.set(channel);
      unit.cr2.on(CR2.SWSTART);
      chip.run(SHORTEST);
      return unit.dr.get();
    };
    cr2.set(CR2.ADON | SOFTWARE);
    second.cr2.set(CR2.ADON | SOFTWARE);
    expect(read({ cr2, sqr3, dr }, 17)).toBe(0);
    cr2.on(CR2.TSVREFE);
    expect(read({ cr2, sqr3, dr }, 17)).toBe(1489);
    expect(read({ cr2, sqr3, dr }, 16)).toBe(1775);
    expect(read(second, 17)).toBe(0);
  });
});

describe("groups", () => {
  it("scans by DMA into a circular buffer, EOC and TC at the end of the group", () => {
    const { chip, cr1, cr2, sqr1, sqr3 } = setUp();
    const channel1 = 0x40020008;
    chip.bus.write(channel1 + 8, 4, BASE + 0x4c, "cpu");
    chip.bus.write(channel1 + 12, 4, 0x20000000, "cpu");
    chip.bus.write(channel1 + 4, 4, 3, "cpu");
    chip.bus.write(channel1, 4, 0x5a3, "cpu");
    sqr1.set(2 << 20);
    sqr3.set(sequence(5, 1, 9));
    cr1.set(CR1.SCAN);
    cr2.set(CR2.ADON | CR2.CONT | CR2.DMA | SOFTWARE);
    cr2.on(CR2.SWSTART);
    chip.run(2 * SHORTEST + 20);
    expect(chip.interrupt(11)).toBe(false);
    chip.run(SHORTEST);
    expect(chip.interrupt(11)).toBe(true);
    const values = [0, 2, 4].map((offset) => chip.bus.read(0x20000000 + offset, 2, "cpu"));
    expect(values).toEqual([code(5), code(1), code(9)]);
    chip.volts.set(1, 3.3);
    chip.run(3 * SHORTEST);
    expect(chip.bus.read(0x20000002, 2, "cpu")).toBe(4095);
  });

  it("goes through the sequence in pieces in discontinuous mode", () => {
    const { chip, cr1, cr2, sqr1, sqr3, dr } = setUp();
    sqr1.set(2 << 20);
    sqr3.set(sequence(1, 2, 3));
    cr1.set(CR1.SCAN | CR1.DISCEN);
    cr2.set(CR2.ADON | SOFTWARE);
    const got: number[] = [];
    for (let i = 0; i < 4; i++) {
      cr2.on(CR2.SWSTART);
      chip.run(10 * SHORTEST);
      got.push(dr.get());
    }
    expect(got).toEqual([code(1), code(2), code(3), code(1)]);
  });

  it("injects with offsets, before what the regular group was at", () => {
    const { chip, cr1, cr2, sqr3, jsqr, jofr1, jdr, sr, dr } = setUp();
    sqr3.set(4);
    jsqr.set((1 << 20) | (6 << 10) | (2 << 15));
    jofr1.set(code(6) + 5);
    cr1.set(CR1.SCAN | CR1.JEOCIE);
    cr2.set(CR2.ADON | SOFTWARE | INJECTED_SOFTWARE);
    cr2.on(CR2.SWSTART);
    chip.run(SHORTEST / 2);
    cr2.on(CR2.JSWSTART);
    chip.run(2 * SHORTEST);
    expect(sr.get()).toBe(SR.STRT | SR.JSTRT | SR.JEOC | SR.EOC);
    expect(chip.interrupt(18)).toBe(true);
    expect([jdr(1), jdr(2)]).toEqual([0x10000 - 5, code(2)]);
    sr.set(0);
    expect(chip.interrupt(18)).toBe(false);
    chip.run(SHORTEST);
    expect(sr.get()).toBe(SR.EOC);
    expect(dr.get()).toBe(code(4));
  });

  it("injects by itself after the regular group with JAUTO", () => {
    const { chip, cr1, cr2, sqr3, jsqr, jdr, sr } = setUp();
    sqr3.set(1);
    jsqr.set(9 << 15);
    cr1.set(CR1.JAUTO);
    cr2.set(CR2.ADON | SOFTWARE);
    cr2.on(CR2.SWSTART);
    chip.run(2 * SHORTEST);
    expect(sr.get() & SR.JEOC).toBe(SR.JEOC);
    expect(jdr(1)).toBe(code(9));
  });

  it("watches thresholds on the chosen channel", () => {
    const { chip, cr1, cr2, sqr3, htr, ltr, sr } = setUp();
    const convert = (channel: number) => {
      sr.set(0);
      sqr3.set(channel);
      cr2.on(CR2.SWSTART);
      chip.run(SHORTEST);
      return sr.get() & SR.AWD;
    };
    cr2.set(CR2.ADON | SOFTWARE);
    htr.set(code(6));
    ltr.set(code(2));
    expect(convert(9)).toBe(0);
    cr1.set(CR1.AWDEN | CR1.AWDIE);
    expect([1, 2, 6, 7].map(convert)).toEqual([SR.AWD, 0, 0, SR.AWD]);
    expect(chip.interrupt(18)).toBe(true);
    cr1.set(CR1.AWDEN | CR1.AWDSGL | 1);
    expect([1, 7].map(convert)).toEqual([SR.AWD, 0]);
  });
});

describe("triggers and dual mode", () => {
  it("converts on a timer's compare and on its TRGO, and wants no trigger otherwise", () => {
    const { chip, blocks, cr2, sqr3, sr, dr } = setUp();
    const tim2 = blocks.find((block) => block.name === "TIM2")!;
    const tim3 = blocks.find((block) => block.name === "TIM3")!;
    tim2.write(0x2c, 4, 9999);
    tim2.write(0x38, 4, 5000);
    tim2.write(0, 4, 1);
    expect(chip.scheduler.next).toBe(Number.POSITIVE_INFINITY);
    sqr3.set(3);
    cr2.set(CR2.ADON | CR2.EXTTRIG | (3 << 17));
    chip.run(5000 + SHORTEST - 1);
    expect(sr.get() & SR.EOC).toBe(0);
    chip.run(1);
    expect(dr.get()).toBe(code(3));
    cr2.set(CR2.ADON | CR2.EXTTRIG | (4 << 17));
    tim3.write(4, 4, 0x20);
    tim3.write(0x2c, 4, 999);
    tim3.write(0, 4, 1);
    chip.run(1000 + SHORTEST);
    expect(dr.get()).toBe(code(3));
    cr2.set(0);
    chip.run(20_000);
    expect(chip.scheduler.next).toBe(Number.POSITIVE_INFINITY);
  });

  it("converts on EXTI11", () => {
    const { chip, cr2, sr } = setUp();
    cr2.set(CR2.ADON | CR2.EXTTRIG | (6 << 17));
    chip.triggers.pulse("EXTI11");
    chip.run(SHORTEST);
    expect(sr.get() & SR.EOC).toBe(SR.EOC);
  });

  it("shows both results of a simultaneous conversion in DR, and moves them by DMA", () => {
    const { chip, cr1, cr2, sqr1, sqr3, second } = setUp();
    const channel1 = 0x40020008;
    chip.bus.write(channel1 + 8, 4, BASE + 0x4c, "cpu");
    chip.bus.write(channel1 + 12, 4, 0x20000000, "cpu");
    chip.bus.write(channel1 + 4, 4, 2, "cpu");
    chip.bus.write(channel1, 4, 0xa83, "cpu");
    for (const [unit, channels] of [
      [{ cr1, cr2, sqr1, sqr3 }, [1, 2]],
      [second, [8, 9]],
    ] as const) {
      unit.cr1.set(CR1.SCAN);
      unit.sqr1.set(1 << 20);
      unit.sqr3.set(sequence(...channels));
      unit.cr2.set(CR2.ADON | SOFTWARE);
    }
    cr1.on(6 << 16);
    cr2.on(CR2.DMA);
    cr2.on(CR2.SWSTART);
    chip.run(2 * SHORTEST + 20);
    expect(chip.bus.read(0x20000000, 4, "cpu")).toBe(((code(8) << 16) | code(1)) >>> 0);
    expect(chip.bus.read(0x20000004, 4, "cpu")).toBe(((code(9) << 16) | code(2)) >>> 0);
  });
});
