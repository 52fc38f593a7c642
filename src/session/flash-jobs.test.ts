import fc from "fast-check";
import { expect, it } from "vitest";
import { FlashJobs } from "./flash-jobs.ts";

const region = { base: 0x08000000, size: 64, pageSize: 16, erasedValue: 0xff };

it("joins pieces, the later one winning where they overlap", () => {
  const piece = fc
    .tuple(fc.nat(63), fc.uint8Array({ minLength: 1, maxLength: 20 }))
    .filter(([offset, data]) => offset + data.length <= 64);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const jobs = new FlashJobs(region);
      const expected = new Map<number, number>();
      for (const [offset, data] of pieces) {
        jobs.write(region.base + offset, data);
        data.forEach((byte, i) => {
          expected.set(region.base + offset + i, byte);
        });
      }
      const { image } = jobs.take();
      const found = new Map<number, number>();
      let last = -1;
      for (const segment of image) {
        expect(segment.address).toBeGreaterThan(last); // sorted, and never touching
        segment.data.forEach((byte, i) => {
          found.set(segment.address + i, byte);
        });
        last = segment.address + segment.data.length;
      }
      expect(found).toEqual(expected);
      expect(jobs.empty).toBe(true);
    }),
  );
});

it("refuses what reaches beyond flash, naming both sizes", () => {
  const jobs = new FlashJobs(region);
  expect(() => jobs.write(region.base + 60, new Uint8Array(5))).toThrow(/0x08000040.*ends at 0x0800003f/);
  expect(() => jobs.erase(region.base - 1, 4)).toThrow(/image/);
  jobs.write(region.base + 60, new Uint8Array(4));
});
