import { expect, it } from "vitest";
import { chipByDeviceId } from "../chips/table.ts";
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
