import { expect, it } from "vitest";
import { chipByDeviceId } from "../chips/table.ts";
import type { LoaderDevice } from "../formats/loader-file.ts";
import { memoryMapOf } from "./memory-map.ts";

const found = {
  row: chipByDeviceId(0x410),
  flashBytes: 64 * 1024,
  ramRegions: [{ base: 0x20000000, size: 20 * 1024, name: "SRAM" }],
} as unknown as Parameters<typeof memoryMapOf>[0];

it("covers the whole address space once, in order", () => {
  const map = memoryMapOf(found);
  let at = 0;
  for (const { start, length } of map) {
    expect(start).toBe(at);
    expect(length).toBeGreaterThan(0);
    at += length;
  }
  expect(at).toBe(2 ** 32);
  expect(map).toContainEqual({ kind: "flash", start: 0x08000000, length: 0x10000, blockSize: 1024 });
  expect(map).toContainEqual({ kind: "ram", start: 0x20000000, length: 0x5000 });
  expect(map).toContainEqual({ kind: "rom", start: 0x1ffff000, length: 2048 });
});

it("is all io for a chip of which nothing is known", () => {
  expect(memoryMapOf({ ...found, row: undefined, flashBytes: 0, ramRegions: [] })).toEqual([
    { kind: "io", start: 0, length: 2 ** 32 },
  ]);
});

it("lists flash whose sectors differ as runs of equal sectors, each with its size", () => {
  const f469 = { ...found, row: chipByDeviceId(0x434), flashBytes: 2048 * 1024 };
  const kib = 1024;
  const flash = memoryMapOf(f469 as typeof found)
    .filter(({ kind }) => kind === "flash")
    .map(({ start, length, blockSize }) => [start, length / kib, (blockSize ?? 0) / kib]);
  expect(flash).toEqual([
    [0x08000000, 64, 16],
    [0x08010000, 64, 64],
    [0x08020000, 896, 128],
    [0x08100000, 64, 16],
    [0x08110000, 64, 64],
    [0x08120000, 896, 128],
  ]);
  const half = memoryMapOf({ ...f469, flashBytes: 256 * kib } as typeof found).filter(({ kind }) => kind === "flash");
  expect(half.map(({ length }) => length / kib)).toEqual([64, 64, 128]);
});

/** A memory behind a loader, with runs of `size`, `count` sectors from its start. */
function memory(start: number, size: number, runs: readonly (readonly [number, number])[], isRam = false) {
  let at = start;
  const sectors = runs.map(([sectorSize, count]) => {
    const run = { start: at, size: sectorSize, count };
    at += sectorSize * count;
    return run;
  });
  return { device: { start, size, sectors, pageSize: 512 } as unknown as LoaderDevice, isRam };
}

function expectWhole(map: ReturnType<typeof memoryMapOf>): void {
  let at = 0;
  for (const { start, length } of map) {
    expect(start).toBe(at);
    expect(length).toBeGreaterThan(0);
    at += length;
  }
  expect(at).toBe(2 ** 32);
}

it("has what loaders add: flash by its runs of sectors, RAM, and what needs no erasing", () => {
  const map = memoryMapOf(found, [
    memory(0x70000000, 0x4000000, [[0x4000, 4096]]),
    memory(0x64000000, 0x40000, [
      [0x2000, 8],
      [0x10000, 3],
    ]),
    memory(0x68000000, 0x100000, [], true),
    memory(0x90000000, 0x8000, []),
  ]);
  expectWhole(map);
  expect(map.filter(({ kind, start }) => kind !== "io" && start >= 0x60000000)).toEqual([
    { kind: "flash", start: 0x64000000, length: 0x10000, blockSize: 0x2000 },
    { kind: "flash", start: 0x64010000, length: 0x30000, blockSize: 0x10000 },
    { kind: "ram", start: 0x68000000, length: 0x100000 },
    { kind: "flash", start: 0x70000000, length: 0x4000000, blockSize: 0x4000 },
    { kind: "flash", start: 0x90000000, length: 0x8000, blockSize: 512 },
  ]);
  // The chip's own memories are as without.
  expect(map.filter(({ start, kind }) => start < 0x60000000 && kind !== "io")).toEqual(
    memoryMapOf(found).filter(({ kind }) => kind !== "io"),
  );
});

it("has the sectors of a loader's for the part of the flash inside that it is for, and the chip's own for the rest", () => {
  const all = memoryMapOf(found, [memory(0x08000000, 0x10000, [[0x800, 32]])]);
  expect(all.filter(({ kind }) => kind === "flash")).toEqual([
    { kind: "flash", start: 0x08000000, length: 0x10000, blockSize: 0x800 },
  ]);
  const middle = memoryMapOf(found, [memory(0x08004000, 0x4000, [[0x800, 8]])]);
  expectWhole(middle);
  expect(middle.filter(({ kind }) => kind === "flash")).toEqual([
    { kind: "flash", start: 0x08000000, length: 0x4000, blockSize: 1024 },
    { kind: "flash", start: 0x08004000, length: 0x4000, blockSize: 0x800 },
    { kind: "flash", start: 0x08008000, length: 0x8000, blockSize: 1024 },
  ]);
});
