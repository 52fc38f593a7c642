import { describe, expect, it } from "vitest";
import type { BoardChip } from "../../src/sim/boards/board.ts";
import { createStm3210eEval } from "../../src/sim/boards/stm3210e-eval.ts";
import { createStm32469iEval } from "../../src/sim/boards/stm32469i-eval.ts";
import { Stm32f4Chip } from "../../src/sim/stm32f4/chip.ts";
import { stm32f469ni } from "../../src/sim/stm32f4/chip-config.ts";
import { LoaderRig, sample } from "./loader-rig.ts";

const MHZ = 1_000_000;
const FLASH_ACR_F1 = 0x40022000;
const FLASH_ACR_F4 = 0x40023c00;
const places = { stack: 0x20003000, buffer: 0x20003800 };

function write(chip: BoardChip, address: number, value: number): void {
  if (!chip.busWrite(address, 4, value)) throw new Error("the register does not answer");
}

describe("Init of the STM3210E-EVAL's loaders", () => {
  const RCC_CR = 0x40021000;
  const RCC_CFGR = 0x40021004;

  const cases = [
    ["m29w128", 0x64000000],
    ["is61wv51216", 0x68000000],
    ["nand512w3a", 0x70000000],
  ] as const;

  it.each(cases)(
    "of %s: 72 MHz from the crystal, flash and APB1 as they must be, and no change by a second one",
    (name) => {
      const { chip } = createStm3210eEval();
      const rig = new LoaderRig(chip, `${name}_stm3210e-eval.stldr`, places);
      expect(rig.result("Init")).toBe(1);
      expect([chip.clocks.hclk, chip.clocks.pclk1]).toEqual([72 * MHZ, 36 * MHZ]);
      expect(chip.busRead(FLASH_ACR_F1, 4) & 0x17).toBe(0x12);
      const first = rig.duration;
      const settings = [RCC_CR, RCC_CFGR].map((address) => chip.busRead(address, 4));
      expect(rig.result("Init")).toBe(1);
      expect([RCC_CR, RCC_CFGR].map((address) => chip.busRead(address, 4))).toEqual(settings);
      // Neither crystal nor PLL start again.
      expect(first - rig.duration).toBeGreaterThan(2);
    },
  );

  it.each(cases)("of %s: 64 MHz from HSI when the crystal is dead, and the memory works", (name, start) => {
    const { chip } = createStm3210eEval();
    chip.setHseAlive(false);
    const rig = new LoaderRig(chip, `${name}_stm3210e-eval.stldr`, places);
    expect(rig.result("Init")).toBe(1);
    expect([chip.clocks.hclk, chip.clocks.pclk1]).toEqual([64 * MHZ, 32 * MHZ]);
    expect(chip.busRead(RCC_CR, 4) & (1 << 16)).toBe(0);
    expect(rig.result("Init")).toBe(1);
    expect(rig.duration).toBeLessThan(60);
    expect(rig.write(start, sample(3000))).toBe(1);
    expect(rig.result("Verify", start, places.buffer, 750, 0)).toBe(0);
  });

  it("takes the system clock from a PLL that a program set otherwise", () => {
    const { chip } = createStm3210eEval();
    const rig = new LoaderRig(chip, "m29w128_stm3210e-eval.stldr", places);
    // HSI/2 times 6, AHB halved.
    write(chip, RCC_CFGR, (4 << 18) | (8 << 4));
    write(chip, RCC_CR, 0x01000081);
    chip.advance(MHZ);
    write(chip, RCC_CFGR, (4 << 18) | (8 << 4) | 2);
    expect(chip.clocks.hclk).toBe(12 * MHZ);
    expect(rig.result("Init")).toBe(1);
    expect(chip.clocks.hclk).toBe(72 * MHZ);
  });
});

describe("Init of mt25ql512a_stm32469i-eval.stldr", () => {
  const RCC_CFGR = 0x40023808;
  const RCC_CR = 0x40023800;
  const PLLCFGR = 0x40023804;
  const wider = { stack: 0x20004000, buffer: 0x20008000 };

  it("sets 168 MHz from the crystal, flash and buses as they must be, and a second one changes nothing", () => {
    const { chip } = createStm32469iEval();
    const rig = new LoaderRig(chip, "mt25ql512a_stm32469i-eval.stldr", wider);
    expect(rig.result("Init")).toBe(1);
    expect(chip.clocks).toMatchObject({ hclk: 168 * MHZ, pclk1: 42 * MHZ, pclk2: 84 * MHZ });
    expect(chip.busRead(PLLCFGR, 4) & (1 << 22)).not.toBe(0);
    expect(chip.busRead(FLASH_ACR_F4, 4)).toBe(0x705);
    const first = rig.duration;
    expect(rig.result("Init")).toBe(1);
    expect(chip.clocks.hclk).toBe(168 * MHZ);
    expect(first - rig.duration).toBeGreaterThan(2);
  });

  it("takes HSI when the crystal is dead", () => {
    // No board without a crystal has the flash too; so Init fails for want of that.
    const chip = new Stm32f4Chip(stm32f469ni, { hseHz: 0, lseHz: 0 });
    const rig = new LoaderRig(chip, "mt25ql512a_stm32469i-eval.stldr", wider);
    expect(rig.result("Init")).toBe(0);
    expect(chip.clocks.hclk).toBe(168 * MHZ);
    expect(chip.busRead(RCC_CR, 4) & (1 << 16)).toBe(0);
    expect(rig.duration).toBeLessThan(60);
  });

  it("takes the system clock from a PLL that a program set otherwise", () => {
    const { chip } = createStm32469iEval();
    const rig = new LoaderRig(chip, "mt25ql512a_stm32469i-eval.stldr", wider);
    // HSI / 16 * 192 / 4.
    write(chip, PLLCFGR, 0x24000000 | (1 << 16) | (192 << 6) | 16);
    write(chip, RCC_CR, 0x01000081);
    chip.advance(MHZ);
    write(chip, RCC_CFGR, 2);
    expect(chip.clocks.hclk).toBe(48 * MHZ);
    expect(rig.result("Init")).toBe(1);
    expect(chip.clocks.hclk).toBe(168 * MHZ);
  });
});
