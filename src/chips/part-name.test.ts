import { expect, test } from "vitest";
import { highestClock } from "./highest-clock.ts";
import { partName } from "./part-name.ts";

const KiB = 1024;

test.each([
  ["STM32F103C8T6", "STM32F103C8", [0x410], 64, 20],
  ["STM32F103C8Tx", "STM32F103C8", [0x410], 64, 20],
  ["stm32f103xB", "STM32F103xB", [0x410], 128, 20],
  ["STM32F103C(8-B)Tx", "STM32F103", [0x410], undefined, undefined],
  ["STM32F103ZETx", "STM32F103ZE", [0x414], 512, 64],
  ["STM32F103C6", "STM32F103C6", [0x412], 32, 10],
  ["STM32F100RBTx", "STM32F100RB", [0x420], 128, 8],
  ["STM32F407VGTx", "STM32F407VG", [0x413], 1024, undefined],
  ["STM32L152RETx", "STM32L152RE", [0x437], 512, undefined],
  ["STM32WBA52CGUx", "STM32WBA52CG", [0x492], 1024, undefined],
  ["STM32WB55RGVx", "STM32WB55RG", [0x495], 1024, undefined],
  ["STM32N657X0HxQ", "STM32N657", [0x486], undefined, undefined],
])("%s", (text, name, ids, flashKib, ramKib) => {
  expect(partName(text)).toMatchObject({
    name,
    flashBytes: flashKib === undefined ? undefined : flashKib * KiB,
    ramBytes: ramKib === undefined ? undefined : ramKib * KiB,
  });
  expect(partName(text)?.chips.map(({ deviceId }) => deviceId)).toEqual(ids);
});

test("what is no name of a part is none", () => {
  for (const text of ["", "STM32", "STM32F7", "LPC1768", "GD32F103C8", "STM32ZZ99"])
    expect(partName(text)).toBeUndefined();
});

test("the highest clock goes by the line", () => {
  expect(highestClock("STM32F103C8")).toBe(72_000_000);
  expect(highestClock("STM32F100RB")).toBe(24_000_000);
  expect(highestClock("STM32H743ZI")).toBe(480_000_000);
  expect(highestClock("STM32WB55RG")).toBe(64_000_000);
  expect(highestClock("unknown")).toBeUndefined();
});
