import fc from "fast-check";
import { expect, it } from "vitest";
import { MemoryCache } from "./memory-cache.ts";

const base = 0x20000000;
const size = 1000; // not a multiple of the block: the last block is short

function setUp() {
  const memory = new Uint8Array(size).map((_, i) => i * 7);
  const reads: [number, number][] = [];
  const cache = new MemoryCache([{ kind: "ram", start: base, length: size }], async (address, length) => {
    reads.push([address, length]);
    return memory.slice(address - base, address - base + length);
  });
  return { memory, reads, cache };
}

it("returns what memory holds, wherever the block borders fall", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 300 }))), async (accesses) => {
      const { memory, cache } = setUp();
      for (const [offset, wanted] of accesses) {
        const length = Math.min(wanted, size - offset);
        expect(await cache.read(base + offset, length)).toEqual(memory.slice(offset, offset + length));
      }
    }),
  );
});

it("fetches a block once, and again after it was forgotten", async () => {
  const { memory, reads, cache } = setUp();
  await cache.read(base + 4, 4);
  await cache.read(base + 100, 28);
  expect(reads).toEqual([[base, 128]]);
  memory[5] = 99;
  cache.forget(base + 5, 1);
  expect((await cache.read(base + 4, 4))[1]).toBe(99);
  expect(reads.length).toBe(2);
  cache.clear();
  await cache.read(base + 4, 4);
  expect(reads.length).toBe(3);
});

it("does not cache what lies outside the regions", async () => {
  const { reads, cache } = setUp();
  await cache.read(0x40011000, 4);
  await cache.read(0x40011000, 4);
  expect(reads).toEqual([
    [0x40011000, 4],
    [0x40011000, 4],
  ]);
});
