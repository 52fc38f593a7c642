import { describe, expect, it } from "vitest";
import type { ImageSegment } from "../../src/flash/programmer.ts";
import { createLoaderRig, loaderOf } from "./loader-rig.ts";
import { createRig, FLASH, noise, region } from "./rig.ts";

/** The flash of the Blue Pill before, so that there is something to keep. */
const before = noise(region.size, 77);

const images: Readonly<Record<string, readonly ImageSegment[]>> = {
  "a piece within a page": [{ address: FLASH + 0x403, data: noise(77, 1) }],
  "pieces across pages": [
    { address: FLASH, data: noise(1500, 2) },
    { address: FLASH + 0x1ffe, data: noise(5, 3) },
    { address: FLASH + region.size - 3, data: noise(3, 4) },
  ],
  "erased stretches inside": [
    { address: FLASH + 0x800, data: new Uint8Array(4096).fill(0xff) },
    { address: FLASH + 0x2000, data: Uint8Array.from([...noise(100, 5), ...new Uint8Array(900).fill(0xff), 1]) },
  ],
  "all of the flash": [{ address: FLASH, data: noise(region.size, 6) }],
};

describe("a CMSIS-Pack flash algorithm built from our own source", () => {
  it.each(Object.entries(images))("gives the content that the programmer inside gives: %s", async (_, image) => {
    const inside = await createRig({ flash: [{ address: FLASH, data: before }] });
    await inside.programmer.program(image, { verify: true });
    const expected = inside.flash(FLASH, region.size);

    const rig = await createLoaderRig("bluepill", { flash: [{ address: FLASH, data: before }] });
    const memory = rig.memory(loaderOf("flm/stm32f10x_64.FLM"), { limit: 5000 });
    const registers = await rig.core.registers();
    const ram = Buffer.from(await rig.core.port.read(0x20000000, 0x5000));
    await memory.program(image, { verify: true });
    expect(Buffer.compare(rig.board.chip.memories.flash, expected)).toBe(0);
    expect(await rig.core.registers()).toEqual(registers);
    expect(ram.equals(await rig.core.port.read(0x20000000, 0x5000))).toBe(true);

    // What neither image nor page mention is as it was.
    const touched = (at: number): boolean =>
      image.some(({ address, data }) => at >= address - FLASH && at < address - FLASH + data.length);
    for (let at = 0; at < region.size; at++) {
      if (!touched(at)) expect(expected[at], `byte ${at}`).toBe(before[at]);
    }
  });

  it("erases the chip", async () => {
    const rig = await createLoaderRig("bluepill", { flash: [{ address: FLASH, data: before }] });
    await rig.memory(loaderOf("flm/stm32f10x_64.FLM"), { limit: 5000 }).massErase();
    expect(rig.board.chip.memories.flash.every((byte) => byte === 0xff)).toBe(true);
  });
});
