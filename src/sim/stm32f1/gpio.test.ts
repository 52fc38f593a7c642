import { describe, expect, it } from "vitest";
import { AFIO, createTestChip, EXTI, GPIOA, GPIOB, GPIOC, RCC } from "./test-chip.ts";

const [CRL, CRH, IDR, ODR, BSRR, BRR, LCKR] = [0, 4, 8, 0xc, 0x10, 0x14, 0x18];

/** A chip with the clocks of AFIO and all ports on. */
function createPorts() {
  const test = createTestChip();
  test.write(RCC.APB2ENR, 0x7d);
  return test;
}

describe("GPIO", () => {
  it("drives outputs by ODR, BSRR (set wins) and BRR", () => {
    const { chip, read, write } = createPorts();
    write(GPIOC + CRH, 0x44244444);
    write(GPIOC + BSRR, 1 << 13);
    expect(chip.pins.level("C", 13)).toBe(true);
    write(GPIOC + BRR, 1 << 13);
    expect(chip.pins.level("C", 13)).toBe(false);
    write(GPIOC + BSRR, (1 << 13) | (1 << 29));
    expect(read(GPIOC + ODR)).toBe(1 << 13);
    expect(read(GPIOC + IDR)).toBe(1 << 13);
    write(GPIOC + BSRR, 1 << 29);
    expect(read(GPIOC + ODR)).toBe(0);
    write(GPIOC + ODR, 0xffffffff);
    expect(read(GPIOC + ODR)).toBe(0xffff);
  });

  it("tells listeners of each change once", () => {
    const { chip, write } = createPorts();
    const seen: boolean[] = [];
    const subscription = chip.pins.onChange("C", 13, (level) => seen.push(level));
    write(GPIOC + CRH, 0x44244444);
    write(GPIOC + BSRR, 1 << 13);
    write(GPIOC + BSRR, 1 << 13);
    write(GPIOC + BRR, 1 << 13);
    subscription.dispose();
    write(GPIOC + BSRR, 1 << 13);
    expect(seen).toEqual([true, false]);
  });

  it("reads inputs: floating low, pulled by ODR, driven from outside, and nothing on an analog pin", () => {
    const { chip, read, write } = createPorts();
    write(GPIOA + CRL, 0x44444084);
    write(GPIOA + ODR, 1 << 1);
    expect(read(GPIOA + IDR) & 7).toBe(0b010);
    chip.pins.driveExternal("A", 0, true);
    chip.pins.driveExternal("A", 1, false);
    chip.pins.driveExternal("A", 2, true);
    expect(read(GPIOA + IDR) & 7).toBe(0b001);
    expect(chip.pins.isAnalog("A", 2)).toBe(true);
    chip.pins.driveExternal("A", 1, undefined);
    expect(read(GPIOA + IDR) & 7).toBe(0b011);
  });

  it("lets an open drain go high unless something outside holds it", () => {
    const { chip, write } = createPorts();
    write(GPIOB + CRL, 0x47444444);
    expect(chip.pins.level("B", 6)).toBe(false);
    write(GPIOB + BSRR, 1 << 6);
    expect(chip.pins.level("B", 6)).toBe(true);
    chip.pins.setExternalPull("B", 6, "down");
    expect(chip.pins.level("B", 6)).toBe(false);
    chip.pins.setExternalPull("B", 6, "up");
    expect(chip.pins.level("B", 6)).toBe(true);
    chip.pins.driveExternal("B", 6, false);
    expect(chip.pins.level("B", 6)).toBe(false);
    chip.pins.driveExternal("B", 6, undefined);
    write(GPIOB + BRR, 1 << 6);
    expect(chip.pins.level("B", 6)).toBe(false);
  });

  it("lets the alternate function out in AF mode alone", () => {
    const { chip, write } = createPorts();
    chip.pins.setAlternate("A", 9, true);
    expect(chip.pins.level("A", 9)).toBe(false);
    write(GPIOA + CRH, 0x444444b4);
    expect(chip.pins.level("A", 9)).toBe(true);
    expect(chip.pins.isAlternateOutput("A", 9)).toBe(true);
    write(GPIOA + CRH, 0x44444434);
    expect(chip.pins.level("A", 9)).toBe(false);
    expect(chip.pins.isAlternateOutput("A", 9)).toBe(false);
  });

  it("freezes configurations after the lock sequence, until a reset", () => {
    const { read, write } = createPorts();
    write(GPIOA + LCKR, 0x10001);
    write(GPIOA + LCKR, 0x00001);
    write(GPIOA + LCKR, 0x10001);
    expect(read(GPIOA + LCKR)).toBe(1);
    expect(read(GPIOA + LCKR)).toBe(0x10001);
    write(GPIOA + CRL, 0x33333333);
    expect(read(GPIOA + CRL)).toBe(0x33333334);
    write(RCC.APB2RSTR, 1 << 2);
    write(RCC.APB2RSTR, 0);
    write(GPIOA + CRL, 0x33333333);
    expect(read(GPIOA + CRL)).toBe(0x33333333);
  });

  it("does not lock when the sequence is broken", () => {
    const { read, write } = createPorts();
    write(GPIOA + LCKR, 0x10001);
    write(GPIOA + LCKR, 0x00003);
    write(GPIOA + LCKR, 0x10001);
    read(GPIOA + LCKR);
    expect(read(GPIOA + LCKR)).toBe(1);
    write(GPIOA + CRL, 0x33333333);
    expect(read(GPIOA + CRL)).toBe(0x33333333);
  });

  it("keeps the SWJ pins with their pulls until SWJ_CFG frees them", () => {
    const { read, write, chip } = createPorts();
    expect(read(GPIOA + IDR) >>> 13).toBe(0b101);
    expect(read(GPIOB + IDR) & 0x18).toBe(0x10);
    write(GPIOB + CRL, 0x44423444);
    write(GPIOB + ODR, 0);
    expect(read(GPIOB + IDR) & 0x18).toBe(0x10);
    write(AFIO.MAPR, 2 << 24);
    expect(read(GPIOB + IDR) & 0x18).toBe(0);
    write(GPIOB + ODR, 1 << 3);
    expect(chip.pins.level("B", 3)).toBe(true);
    expect(chip.pins.mapr >>> 24).toBe(2);
  });

  it("takes half-words and bytes as the APB bridge replicates them", () => {
    const { read, write16, chip } = createPorts();
    write16(GPIOA + ODR, 0x1234);
    expect(read(GPIOA + ODR)).toBe(0x1234);
    expect(chip.bus.read(GPIOA + ODR + 1, 1, "cpu")).toBe(0x12);
  });
});

describe("EXTI", () => {
  it("latches the selected edges of the port that AFIO picks, and clears by writing 1", () => {
    const { chip, cpu, read, write } = createPorts();
    write(AFIO.EXTICR1, 1);
    write(EXTI.IMR, 1);
    write(EXTI.RTSR, 1);
    chip.pins.driveExternal("A", 0, true);
    expect(read(EXTI.PR)).toBe(0);
    chip.pins.driveExternal("B", 0, true);
    expect([read(EXTI.PR), cpu.lines.has(6)]).toEqual([1, true]);
    write(EXTI.PR, 1);
    expect([read(EXTI.PR), cpu.lines.has(6)]).toEqual([0, false]);
    chip.pins.driveExternal("B", 0, false);
    expect(read(EXTI.PR)).toBe(0);
    write(EXTI.FTSR, 1);
    chip.pins.driveExternal("B", 0, true);
    write(EXTI.PR, 1);
    chip.pins.driveExternal("B", 0, false);
    expect(read(EXTI.PR)).toBe(1);
  });

  it("shares IRQ 23 among lines 5–9 and IRQ 40 among 10–15", () => {
    const { cpu, write } = createPorts();
    write(EXTI.IMR, 0xffff);
    write(EXTI.SWIER, (1 << 5) | (1 << 9) | (1 << 15));
    expect([...cpu.lines].sort((a, b) => a - b)).toEqual([23, 40]);
    write(EXTI.PR, 1 << 5);
    expect(cpu.lines.has(23)).toBe(true);
    write(EXTI.PR, 1 << 9);
    expect(cpu.lines.has(23)).toBe(false);
  });

  it("clears SWIER with the pending bit, and can be raised again", () => {
    const { read, write } = createPorts();
    write(EXTI.IMR, 2);
    write(EXTI.SWIER, 2);
    expect([read(EXTI.SWIER), read(EXTI.PR)]).toEqual([2, 2]);
    write(EXTI.PR, 2);
    expect([read(EXTI.SWIER), read(EXTI.PR)]).toEqual([0, 0]);
    write(EXTI.SWIER, 2);
    expect(read(EXTI.PR)).toBe(2);
  });

  it("sends an event for WFE and pulses the triggers of other blocks", () => {
    const { chip, cpu, write } = createPorts();
    let pulses = 0;
    chip.triggers.onPulse("EXTI11", () => void pulses++);
    write(EXTI.EMR, 1 << 11);
    write(EXTI.RTSR, 1 << 11);
    chip.pins.driveExternal("A", 11, true);
    expect([cpu.events, pulses, cpu.lines.size]).toEqual([1, 1, 0]);
  });
});

describe("CRC unit", () => {
  it("computes CRC-32 over words, and resets without touching IDR", () => {
    const { read, write } = createTestChip();
    write(RCC.AHBENR, 0x54);
    write(0x40023000, 0x12345678);
    expect(read(0x40023000)).toBe(0xdf8a8a2b);
    write(0x40023000, 0x9abcdef0);
    expect(read(0x40023000)).not.toBe(0xdf8a8a2b);
    write(0x40023004, 0x1ff);
    write(0x40023008, 1);
    expect([read(0x40023000), read(0x40023004)]).toEqual([0xffffffff, 0xff]);
  });
});
