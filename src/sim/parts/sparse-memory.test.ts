import { expect, it } from "vitest";
import { SparseMemory } from "./sparse-memory.ts";

it("is erased, takes memory by chunks of 64 KiB alone, and gives it back when a chunk is erased", () => {
  const memory = new SparseMemory(0x400_0000);
  expect([memory.byte(0x123_4567), memory.chunks]).toEqual([0xff, 0]);
  memory.load(0xfffe, Uint8Array.of(1, 2, 3, 4));
  expect(memory.chunks).toBe(2);
  expect([...memory.read(0xfffd, 6)]).toEqual([0xff, 1, 2, 3, 4, 0xff]);
  memory.clearBits(0xfffe, 0xfe);
  memory.clearBits(0x2_0000, 0xff);
  expect([memory.byte(0xfffe), memory.chunks]).toEqual([0, 2]);
  memory.erase(0x1_0000, 0x1000);
  expect([...memory.read(0xfffe, 4)]).toEqual([0, 2, 0xff, 0xff]);
  memory.erase(0, 0x2_0000);
  expect(memory.chunks).toBe(0);
  for (const act of [
    () => memory.read(0x400_0000, 1),
    () => memory.load(-1, Uint8Array.of(0)),
    () => memory.erase(0x3ff_ffff, 2),
  ]) {
    expect(act).toThrow(RangeError);
  }
});
