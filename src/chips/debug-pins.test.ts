import { describe, expect, it } from "vitest";
import { debugPinRegisters } from "./debug-pins.ts";
import { dmaChannels, dmaControllers, dmaTarget } from "./dma-controllers.ts";
import { isDataOnlyRam } from "./executable-ram.ts";
import { powerControl } from "./low-power.ts";
import { chipByDeviceId, chips } from "./table.ts";

const f103 = chipByDeviceId(0x410)!;
const f469 = chipByDeviceId(0x434)!;
const l476 = chipByDeviceId(0x415)!;

function effectOf(chip: typeof f103, name: string, value: number): string | undefined {
  return debugPinRegisters(chip)
    .find((each) => each.name === name)
    ?.effect(value);
}

describe("registers that can cut a debugger off", () => {
  it("SWJ_CFG of an F1: only 100 takes SWD away", () => {
    const off = [0, 1, 2, 4].filter((code) => effectOf(f103, "AFIO_MAPR", code << 24) !== undefined);
    expect(off).toEqual([4]);
  });

  it("PA13 and PA14 of others: as in the reset value of MODER, or not", () => {
    expect(effectOf(f469, "GPIOA_MODER", 0xa8000000)).toBeUndefined();
    expect(effectOf(f469, "GPIOA_MODER", 0xabffffff)).toBeUndefined();
    expect(effectOf(f469, "GPIOA_MODER", 0)).toBe("PA13 (SWDIO) becomes an input, PA14 (SWCLK) an input");
    expect(effectOf(f469, "GPIOA_MODER", 0xac000000)).toMatch(/^PA13 \(SWDIO\) becomes analog/);
    expect(effectOf(f469, "GPIOA_AFRH", 0x000f0000)).toBeUndefined();
    expect(effectOf(f469, "GPIOA_AFRH", 0x00700000)).toMatch(/another alternate function/);
    expect(debugPinRegisters(f469)[0].address).toBe(0x40020000);
    expect(debugPinRegisters(l476)[0].address).toBe(0x48000000);
  });

  it("deep sleep modes by PWR", () => {
    const modes = (chip: typeof f103, values: number[]) => values.map((value) => powerControl(chip)?.mode(value));
    expect(modes(f103, [0, 1, 2])).toEqual(["Stop", "Stop", "Standby"]);
    expect(modes(l476, [0, 2, 3, 4])).toEqual(["Stop", "Stop", "Standby", "Shutdown"]);
  });
});

describe("DMA", () => {
  it("F1: seven channels and five, the first at 0x40020008", () => {
    const controllers = dmaControllers(f103);
    expect(controllers.flatMap((each) => dmaChannels(each))).toHaveLength(12);
    expect(dmaChannels(controllers[0])[1]).toEqual({ name: "DMA1 channel 2", control: 0x4002001c, words: 4 });
  });

  it("F4: streams from 0", () => {
    expect(dmaChannels(dmaControllers(f469)[1])[7]).toMatchObject({ name: "DMA2 stream 7", control: 0x400264b8 });
  });

  it("writes to memory or to the peripheral, by the direction", () => {
    const words = (control: number): number[] => [control, 10, 0x4001300c, 0x20000100];
    expect(dmaTarget("channel", words(0x0aa1))).toBe(0x20000100);
    expect(dmaTarget("channel", words(0x0a91))).toBe(0x4001300c);
    expect(dmaTarget("stream", words(1))).toBe(0x20000100);
    expect(dmaTarget("stream", words(0x41))).toBe(0x4001300c);
  });
});

it("only the F4's CCM holds no code", () => {
  const found = chips.filter((chip) => isDataOnlyRam(chip, 0x10000000)).map(({ family }) => family);
  expect(new Set(found)).toEqual(new Set(["STM32F4"]));
  expect(isDataOnlyRam(f469, 0x20000000)).toBe(false);
});
