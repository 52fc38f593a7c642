import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readImage } from "./image.ts";
import { intelHexOf, srecOf } from "./write-image.ts";

const content = fc
  .record({ address: fc.integer({ min: 0, max: 0xffffffff }), data: fc.uint8Array({ minLength: 1, maxLength: 300 }) })
  .filter(({ address, data }) => address + data.length <= 2 ** 32);

describe.each([
  ["Intel HEX", "intel-hex", intelHexOf],
  ["S-record", "srec", srecOf],
] as const)("%s as written", (_, format, write) => {
  it("reads back as what went in, wherever it lies", () => {
    fc.assert(
      fc.property(content, ({ address, data }) => {
        const image = readImage(Buffer.from(write(address, data)), "some.txt");
        expect(image.format).toBe(format);
        expect(image.segments.map((each) => ({ address: each.address, data: [...each.data] }))).toEqual([
          { address, data: [...data] },
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it("crosses a border of 64 KiB", () => {
    const data = Uint8Array.from({ length: 40 }, (_, i) => i);
    const { segments } = readImage(Buffer.from(write(0x0800fff3, data)), "some.txt");
    expect(segments).toHaveLength(1);
    expect([...segments[0].data]).toEqual([...data]);
  });
});

it("writes the records that the specifications show", () => {
  expect(intelHexOf(0x08000000, Uint8Array.of(1, 2, 3, 4))).toBe(":020000040800F2\n:0400000001020304F2\n:00000001FF\n");
  expect(srecOf(0x08000000, Uint8Array.of(1, 2, 3, 4))).toBe("S0030000FC\nS3090800000001020304E4\nS70500000000FA\n");
});
