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
  expect(() => jobs.erase(region.base + 0x10000, 4)).toThrow(/ends at 0x0800003f/);
  jobs.write(region.base + 60, new Uint8Array(4));
});

it.each([
  [0x30000000, /Check the addresses in the linker script/],
  [0x65000000, /--loader FILE, or -el FILE/],
  [0x20000000, /linker script/],
  [0x07ffffff, /linker script/],
])("says of 0x%s that it is in no memory", (address, remedy) => {
  const jobs = new FlashJobs(region, { base: 0x64000000, size: 0x1000000, name: "NOR flash X" });
  const refused = (): unknown => {
    try {
      jobs.write(address, new Uint8Array(4));
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(refused()).toMatchObject({
    code: "flash-image-outside",
    message: expect.stringMatching(
      /4 bytes at 0x\w{8}, in none of .*: internal flash \(0x08000000 to 0x0800003f\), NOR flash X \(0x64000000 to 0x64ffffff\)\.$/,
    ),
    remedy: [expect.stringMatching(remedy), expect.anything()],
  });
});
