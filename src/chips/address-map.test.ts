import { describe, expect, it } from "vitest";
import { describeAddress } from "./address-map.ts";
import type { Chip } from "./chip.ts";
import { controllerPresence, controllersOf } from "./memory-controllers.ts";
import { rccBase } from "./peripheral-blocks.ts";
import { chipByDeviceId, chips } from "./table.ts";

const chip = (id: number): Chip => {
  const found = chipByDeviceId(id);
  if (found === undefined) throw new Error(`no chip ${id}`);
  return found;
};

describe("what lives at an address", () => {
  it.each([
    [0x20000000, 0x410, "RAM (SRAM)", true],
    [0x20004fff, 0x410, "RAM (SRAM)", true],
    [0x20005000, 0x410, "beyond the RAM of STM32F10x medium-density", false],
    [0x10000000, 0x413, "RAM (CCM)", true],
    [0x08000000, 0x410, "flash", true],
    [0x1ffff000, 0x410, "system memory", true],
    [0x1ffff800, 0x410, "option bytes", true],
    [0x40021018, 0x410, "RCC", true],
    [0x40022010, 0x410, "FLASH", true],
    [0x40010800, 0x410, "GPIOA", true],
    [0x40010004, 0x410, "AFIO", true],
    [0x40023838, 0x410, "no peripheral of STM32F1; RCC on STM32F2/STM32F4/STM32F7/STM32L1", false],
    [0x40013804, 0x410, "USART1", true],
    [0x40011c00, 0x410, "GPIOF", false],
    [0x40012000, 0x410, "GPIOG", false],
    [0x40011c00, 0x414, "GPIOF", true],
    [0x40007400, 0x410, "DAC", false],
    [0x40007400, 0x420, "DAC", true],
    [0x40006400, 0x410, "CAN1", undefined],
    [0x40018000, 0x418, "SDIO", false],
    [0x40015800, 0x414, "no peripheral of STM32F1", false],
    [0x48000000, 0x434, "the peripheral region; GPIOA on STM32F0", undefined],
    [0x40023838, 0x434, "RCC", true],
    [0x40021000, 0x434, "GPIOE", true],
    [0xe0042000, 0x410, "DBGMCU", true],
    [0xe000e010, 0x410, "SysTick", true],
    [0xe000ed28, 0x410, "SCB", true],
    [0xe0001000, 0x410, "DWT", true],
    [0xa0000060, 0x410, "FSMC control (PCR2: NAND bank 2)", false],
    [0xa0000000, 0x410, "FSMC control (BCR1: NOR/SRAM)", false],
    [0xa0000104, 0x414, "FSMC control (BWTR1: NOR/SRAM)", undefined],
    [0x70010000, 0x410, "FSMC NAND bank 2", false],
    [0x64000000, 0x414, "FSMC NOR/SRAM bank 1, NE2", undefined],
    [0xa0000080, 0x434, "FMC control (PCR: NAND)", true],
    [0xa0000150, 0x434, "FMC control (SDCMR: SDRAM)", true],
    [0xa0001008, 0x434, "QUADSPI control (SR)", true],
    [0x90000000, 0x434, "QUADSPI memory window", true],
    [0xd0000000, 0x434, "FMC SDRAM bank 2", true],
    [0xa0001000, 0x470, "OCTOSPI control (CR)", true],
    [0xa0001420, 0x470, "OCTOSPI control (SR)", true],
    [0x70000000, 0x470, "OCTOSPI memory window", true],
    [0x52005008, 0x450, "QUADSPI control (SR)", true],
    [0x52005020, 0x480, "OCTOSPI control (SR)", true],
    [0x5200a020, 0x480, "OCTOSPI control (SR)", true],
    [0x58024400, 0x480, "RCC", true],
    [0x420d1400, 0x482, "OCTOSPI control (CR)", true],
    [0x520d1400, 0x482, "OCTOSPI control (CR)", true],
    [0x56020c00, 0x482, "RCC", true],
    [0x47001400, 0x484, "OCTOSPI control (CR)", true],
    [0x00000000, 0x410, "the null page", undefined],
    [0xc0000000, 0x461, "FMC SDRAM bank 1", undefined],
  ] as const)("%s of chip %s", (address, id, name, exists) => {
    const place = describeAddress(address, chip(id));
    expect({ name: place.name, exists: place.exists }).toEqual({ name, exists });
  });

  it("knows addresses without a chip, by the families that are preferred", () => {
    expect(describeAddress(0xa0000060).name).toBe("FSMC control (PCR2: NAND bank 2)");
    expect(describeAddress(0x52005020, undefined, ["STM32H7"]).controller).toBe("QUADSPI");
    expect(describeAddress(0x40023800, undefined, ["STM32F4"]).name).toBe("RCC of STM32F4");
    expect(describeAddress(0x40023800, undefined, ["STM32F4"]).exists).toBeUndefined();
  });

  it("describes every address on every chip", () => {
    for (const each of [undefined, ...chips]) {
      for (let page = 0; page < 0x100; page++) {
        const place = describeAddress(page * 0x1000000 + 0x1000, each);
        expect(place.name).not.toBe("");
        expect(place.name).not.toMatch(/undefined/);
      }
    }
  });
});

describe("the controllers of external memory", () => {
  it.each([
    [0x410, "FSMC", "no", "STM32F10x medium-density, device ID 0x410, has no FSMC: none of its 20 parts do"],
    [0x414, "FSMC", "depends", "has FSMC in 12 of its 18 parts; smaller packages lack it"],
    [0x434, "FMC", "yes", "has FMC: all of its 30 parts do"],
    [0x434, "QUADSPI", "yes", "has QUADSPI: all of its 30 parts do"],
    [0x434, "OCTOSPI", "no", "has no OCTOSPI, but QUADSPI"],
    [0x480, "QUADSPI", "no", "has no QUADSPI, but OCTOSPI"],
    [0x480, "OCTOSPI", "yes", "has OCTOSPI: all of its 28 parts do"],
    [0x413, "QUADSPI", "no", "has no QUADSPI: none of its 21 parts do"],
    [0x461, "FMC", "depends", "in 13 of its 16 parts"],
    [0x47a, "OCTOSPI", "unknown", "is not known"],
  ] as const)("chip %s and %s: %s", (id, controller, has, words) => {
    const presence = controllerPresence(chip(id), controller);
    expect(presence.has).toBe(has);
    expect(presence.sentence).toContain(words);
  });

  it("are placed for every chip that has one", () => {
    for (const each of chips) {
      const detail = each.externalMemory;
      if (detail === undefined) continue;
      const own = controllersOf(each);
      if (detail.withFsmcOrFmc > 0) expect(own.join(), each.name).toMatch(/FSMC|FMC/);
      // Of the newest chips, the place of their OCTOSPI is in no public header yet.
      if (detail.withQuadOctoXspi > 0 && each.family !== "STM32C5") expect(own.join(), each.name).toMatch(/SPI/);
    }
  });

  it("and RCC have a place in every family but the newest", () => {
    const without = new Set(chips.filter((each) => rccBase(each) === undefined).map((each) => each.family));
    expect([...without]).toEqual(["STM32C5"]);
  });
});
