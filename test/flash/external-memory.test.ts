import { describe, expect, it } from "vitest";
import type { ImageSegment } from "../../src/flash/programmer.ts";
import { createLoaderRig, type LoaderRig, loaderOf } from "./loader-rig.ts";
import { FLASH, noise, RAM } from "./rig.ts";

/** Where a board's memory keeps its bytes, and how long it was busy. */
interface Part {
  read(offset: number, length: number): Uint8Array;
  put(offset: number, data: Uint8Array): void;
  /** Milliseconds of erasing and programming so far. */
  busy(): { readonly erase: number; readonly program: number };
}

const cases = [
  {
    board: "stm3210e-eval",
    loader: "m29w128_stm3210e-eval",
    sector: 0x20000,
    part: ({ board: { nor } }: LoaderRig<"stm3210e-eval">): Part => ({
      read: (offset, length) => nor.content.read(offset, length),
      put: (offset, data) => nor.content.load(offset, data),
      busy: () => ({ erase: nor.eraseNanoseconds / 1e6, program: nor.programNanoseconds / 1e6 }),
    }),
  },
  {
    board: "stm32469i-eval",
    loader: "mt25ql512a_stm32469i-eval",
    sector: 0x10000,
    part: ({ board: { qspiFlash } }: LoaderRig<"stm32469i-eval">): Part => ({
      read: (offset, length) => qspiFlash.content.read(offset, length),
      put: (offset, data) => qspiFlash.content.load(offset, data),
      busy: () => ({ erase: qspiFlash.busyNanoseconds.erase / 1e6, program: qspiFlash.busyNanoseconds.program / 1e6 }),
    }),
  },
] as const;

/**
 * A program that counts in r0 for ever: `movs r0, #0; movs r4, #0x44; adds r0, #1; b .-2` behind a vector table for the
 * stack's end and the first instruction.
 */
const program = Uint8Array.from(
  [0x20004000, (FLASH + 8) | 1, 0x24442000, 0xe7fd3001].flatMap((word) =>
    [0, 8, 16, 24].map((by) => (word >>> by) & 255),
  ),
);

/** What a loader must leave as it was, of a core that it interrupted. */
async function stateOf({ core }: LoaderRig<string>) {
  const registers = await core.registers();
  const ram = await core.port.read(RAM, 0xc000);
  // ACTLR, VTOR, CCR, SHCSR, CPACR, CFSR, HFSR, DEMCR.
  const places = [0xe000e008, 0xe000ed08, 0xe000ed14, 0xe000ed24, 0xe000ed88, 0xe000ed28, 0xe000ed2c, 0xe000edfc];
  const system = await core.port.words(places.map((address) => ({ kind: "read", address })));
  return { registers, ram, system };
}

function expectSame(after: Awaited<ReturnType<typeof stateOf>>, before: typeof after): void {
  same(after.ram, before.ram);
  expect({ ...after, ram: 0 }).toEqual({ ...before, ram: 0 });
}

async function rigFor(one: (typeof cases)[number], runFor?: number) {
  const rig = await createLoaderRig(one.board, { runFor });
  const loader = loaderOf(one.loader);
  return {
    rig,
    memory: rig.memory(loader, { limit: 10_000 }),
    part: one.part(rig as never),
    start: loader.device.start,
  };
}

function same(found: Uint8Array, wanted: Uint8Array): void {
  expect(Buffer.compare(found, wanted)).toBe(0);
}

describe.each(cases)("$loader", (one) => {
  it("writes any piece at any place, keeps what is beside it, and reads back", async () => {
    const { memory, part, start } = await rigFor(one);
    const { sector } = one;
    const before = noise(3 * sector, 11);
    part.put(0, before);
    const image: ImageSegment[] = [
      { address: start + 0x333, data: noise(4567, 5) },
      { address: start + sector - 10, data: noise(21, 6) },
      { address: start + 2 * sector + 1, data: noise(1, 7) },
    ];
    const wanted = before.slice();
    for (const { address, data } of image) wanted.set(data, address - start);
    const result = await memory.program(image, { verify: true });
    expect(result.pagesErased).toBe(3);
    same(part.read(0, 3 * sector), wanted);
    same(await memory.read(start + 0x330, 5000), wanted.subarray(0x330, 0x330 + 5000));
    await memory.verify(image);
  });

  it("leaves alone what is there already, and erases no sector but the one that changed", async () => {
    const { memory, part, start } = await rigFor(one);
    const data = noise(2 * one.sector + 1000, 3);
    await memory.program([{ address: start, data }]);
    expect(part.busy().erase).toBe(0);
    const once = part.busy();
    expect(await memory.program([{ address: start, data }])).toEqual({
      pagesErased: 0,
      pagesSkipped: 3,
      bytesProgrammed: 0,
    });
    expect(part.busy()).toEqual(once);
    data[one.sector + 77] ^= 0x40;
    expect(await memory.program([{ address: start, data }], { verify: true })).toMatchObject({
      pagesErased: 1,
      pagesSkipped: 2,
    });
    same(part.read(0, data.length), data);
    same(part.read(data.length, 500), new Uint8Array(500).fill(0xff));
  });

  it("finds a bit that flipped behind the loader's back", async () => {
    const { memory, part, start } = await rigFor(one);
    const data = noise(20_000, 9);
    await memory.program([{ address: start, data }]);
    const at = 12_345;
    part.put(at, Uint8Array.of(data[at] ^ 1));
    await expect(memory.verify([{ address: start, data }])).rejects.toMatchObject({
      code: "flash-verify-failed",
      facts: { address: start + at, expected: data[at], found: data[at] ^ 1, differing: 1 },
    });
  });

  it("erases the sectors that a stretch touches and no others", async () => {
    const { memory, part, start } = await rigFor(one);
    const { sector } = one;
    part.put(0, noise(4 * sector, 2));
    const seen: number[] = [];
    await memory.erase(start + sector + 5, sector, ({ done }) => seen.push(done));
    same(part.read(0, sector), noise(4 * sector, 2).subarray(0, sector));
    same(part.read(sector, 2 * sector), new Uint8Array(2 * sector).fill(0xff));
    same(part.read(3 * sector, sector), noise(4 * sector, 2).subarray(3 * sector));
    expect(seen).toEqual([0, sector, 2 * sector]);
  });

  it("refuses an image beyond the memory before anything is touched", async () => {
    const { memory, part, start, rig } = await rigFor(one);
    const { size } = memory.device;
    const transfers = rig.virtual.account.transfers;
    const image = [{ address: start + size - 2, data: new Uint8Array(4) }];
    await expect(memory.program(image)).rejects.toMatchObject({ code: "flash-image-outside" });
    await expect(memory.erase(start + size - 2, 4)).rejects.toMatchObject({ code: "flash-image-outside" });
    await expect(memory.erase(start - 1, 4)).rejects.toMatchObject({ code: "flash-image-outside" });
    expect(rig.virtual.account.transfers).toBe(transfers);
    expect(part.busy()).toEqual({ erase: 0, program: 0 });
  });

  it("leaves registers, RAM and system registers as they were in the middle of a program", async () => {
    const rig = await createLoaderRig(one.board, { flash: [{ address: FLASH, data: program }], runFor: 7 });
    const loader = loaderOf(one.loader);
    const memory = rig.memory(loader, { limit: 10_000 });
    const part = one.part(rig as never);
    const { start } = loader.device;
    await rig.core.port.write(RAM + 0x400, noise(0x8000, 8));
    part.put(0, noise(1000, 4));
    const before = await stateOf(rig);
    // In thread mode, in its loop.
    expect(before.registers.r[15] - FLASH).toBeLessThan(program.length);
    expect(before.registers.r[0]).toBeGreaterThan(1000);
    const image = [{ address: start + 77, data: noise(3001, 5) }];
    await memory.program(image, { verify: true });
    expectSame(await stateOf(rig), before);
    await memory.verify(image);
    await memory.erase(start, 1);
    expectSame(await stateOf(rig), before);
    same(part.read(0, 4000), new Uint8Array(4000).fill(0xff));
    // It goes on where it was: the count in r0 goes on rising.
    await rig.core.resume();
    await rig.virtual.sleep(5);
    await rig.core.halt();
    const { r } = await rig.core.registers();
    expect(r[0]).toBeGreaterThan(before.registers.r[0]);
    expect(r[4]).toBe(0x44);
  });
});

describe("the SRAM, which needs no erasing", () => {
  it("is written as it is, what is beside survives, and erasing does nothing", async () => {
    const rig = await createLoaderRig("stm3210e-eval");
    const loader = loaderOf("is61wv51216_stm3210e-eval");
    const memory = rig.memory(loader, { limit: 10_000 });
    const { start } = loader.device;
    expect(memory.isRam).toBe(true);
    await memory.init();
    const before = noise(4000, 6);
    await rig.core.port.write(start, before);
    // What looks erased has to be written, too: nothing was erased.
    const image = [{ address: start + 1001, data: noise(1777, 7).fill(loader.device.erasedValue, 300, 1600) }];
    expect(await memory.program(image, { verify: true })).toMatchObject({ pagesErased: 0 });
    const wanted = before.slice();
    wanted.set(image[0].data, 1001);
    same(await memory.read(start, 4000), wanted);
    await memory.erase(start, 4000);
    same(await memory.read(start, 4000), wanted);
    await rig.core.port.write(start + 1001, Uint8Array.of(image[0].data[0] ^ 0xff));
    await expect(memory.verify(image)).rejects.toMatchObject({ facts: { address: start + 1001, differing: 1 } });
  });
});

describe("the NAND flash, which only its loader reads", () => {
  it("is programmed around its bad blocks, and read back block by block", async () => {
    const rig = await createLoaderRig("stm3210e-eval");
    const loader = loaderOf("nand512w3a_stm3210e-eval");
    const memory = rig.memory(loader, { limit: 10_000 });
    const { start } = loader.device;
    const block = 0x4000;
    // Block 37 is bad from the factory: what is written across it lands in the next one.
    const image = [{ address: start + 36 * block + 100, data: noise(2 * block, 4) }];
    await memory.program(image, { verify: true });
    same(await memory.read(image[0].address, 2 * block), image[0].data);
    const beside = await memory.read(start + 36 * block, 100);
    same(beside, new Uint8Array(100).fill(0xff));
    const inPart = rig.board.nand.page(37 * 32);
    expect(inPart[512 + 5]).not.toBe(0xff);
    await memory.erase(start + 37 * block, 1);
    same(await memory.read(start + 37 * block, block), new Uint8Array(block).fill(0xff));
    same(await memory.read(image[0].address, block - 100), image[0].data.subarray(0, block - 100));
  });
});
