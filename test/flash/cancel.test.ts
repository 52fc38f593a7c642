import { describe, expect, it } from "vitest";
import type { FlashProgress } from "../../src/flash/programmer.ts";
import { createLoaderRig, loaderOf } from "./loader-rig.ts";
import { CONTROLLER, createRig, FLASH, noise, RAM, RAM_SIZE, type Rig } from "./rig.ts";

/** Cancels as soon as work of that kind has come so far. */
function after(phase: FlashProgress["phase"], bytes: number) {
  const seen: FlashProgress[] = [];
  return {
    seen,
    onProgress: (progress: FlashProgress): void => void seen.push(progress),
    cancelled: () => seen.some((progress) => progress.phase === phase && progress.done >= bytes),
  };
}

async function stateOf({ core }: Pick<Rig, "core">, ramSize: number) {
  const { r, xpsr, msp, psp, primask } = await core.registers();
  const ram = Buffer.from(await core.port.read(RAM, ramSize)).toString("base64");
  return { r: [...r], xpsr, msp, psp, primask, demcr: await core.port.readWord(0xe000edfc), ram };
}

describe("the flash inside", () => {
  it.each([
    ["erase", 8 * 1024],
    ["program", 4 * 1024],
  ] as const)("ends in the middle of %s, is locked and at rest, and can be programmed again", async (phase, bytes) => {
    const rig = await createRig();
    const data = noise(60 * 1024);
    await rig.core.port.write(RAM, noise(RAM_SIZE, 5));
    const before = await stateOf(rig, RAM_SIZE);
    const { seen, onProgress, cancelled } = after(phase, bytes);
    const image = [{ address: FLASH, data }];
    const cut = rig.measure(() => rig.programmer.program(image, { onProgress, cancelled }));
    await expect(cut).rejects.toMatchObject({ code: "flash-cancelled" });
    expect(seen.some((progress) => progress.phase === phase && progress.done === progress.total)).toBe(false);
    // Not busy, and nothing but LOCK in the control register.
    expect((await rig.core.port.readWord(CONTROLLER + 0x0c)) & 1).toBe(0);
    expect(await rig.core.port.readWord(CONTROLLER + 0x10)).toBe(0x80);
    expect(await stateOf(rig, RAM_SIZE)).toEqual(before);
    await rig.programmer.program(image, { verify: true });
    expect(Buffer.compare(rig.flash(FLASH, data.length), data)).toBe(0);
  });

  it("is not touched when nobody waits any more at the start", async () => {
    const rig = await createRig();
    const before = rig.flash(FLASH, 4096);
    const cut = rig.programmer.program([{ address: FLASH, data: noise(4096) }], { cancelled: () => true });
    await expect(cut).rejects.toMatchObject({ code: "flash-cancelled" });
    expect(Buffer.compare(rig.flash(FLASH, 4096), before)).toBe(0);
    await expect(rig.programmer.erase(FLASH, 60 * 1024, undefined, () => true)).rejects.toMatchObject({
      code: "flash-cancelled",
    });
  });
});

describe("a memory behind a loader", () => {
  const ramSize = 0x10000;

  it("ends after the call under way, whatever was sent ahead, and can be programmed again", async () => {
    const rig = await createLoaderRig("stm3210e-eval");
    const loader = loaderOf("m29w128_stm3210e-eval");
    const memory = rig.memory(loader, { limit: 10_000 });
    const address = loader.device.start + 0x40000;
    // Something to erase, so that calls are sent ahead.
    rig.board.nor.content.load(0x40000, noise(0x60000, 9));
    await rig.core.port.write(RAM, noise(ramSize, 4));
    const before = await stateOf(rig, ramSize);
    const data = noise(0x60000);
    const { seen, onProgress, cancelled } = after("program", 20_000);
    await expect(memory.program([{ address, data }], { onProgress, cancelled })).rejects.toMatchObject({
      code: "flash-cancelled",
    });
    const { done } = seen.filter(({ phase }) => phase === "program").at(-1)!;
    expect(done).toBeGreaterThanOrEqual(20_000);
    expect(done).toBeLessThan(0x20000);
    expect(await stateOf(rig, ramSize)).toEqual(before);
    // No more than the call that was under way went on, and the one after it.
    const written = rig.board.nor.content.read(0x40000, data.length);
    const reached = written.findIndex((byte, i) => byte !== data[i]);
    expect(reached).toBeGreaterThanOrEqual(done);
    expect(reached).toBeLessThanOrEqual(done + 2 * 5632);
    await memory.program([{ address, data }], { verify: true });
    expect(Buffer.compare(rig.board.nor.content.read(0x40000, data.length), data)).toBe(0);
  });

  it("ends between two sectors to erase", async () => {
    const rig = await createLoaderRig("stm3210e-eval");
    const loader = loaderOf("m29w128_stm3210e-eval");
    const memory = rig.memory(loader, { limit: 10_000 });
    rig.board.nor.content.load(0, new Uint8Array(0x100000));
    let erased = 0;
    const cut = memory.erase(
      loader.device.start,
      0x100000,
      ({ done }) => {
        erased = done;
      },
      () => erased >= 0x40000,
    );
    await expect(cut).rejects.toMatchObject({ code: "flash-cancelled" });
    expect(rig.board.nor.content.read(0xc0000, 0x40000).every((byte) => byte === 0)).toBe(true);
  });
});
