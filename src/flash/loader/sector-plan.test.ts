import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoaderDevice } from "../../formats/loader-file.ts";
import { planSectors, sectorAt, uncovered, writePieces } from "./sector-plan.ts";

const start = 0x90000000;
/** 4 x 16, 2 x 64, 1 x 128 bytes, and 100 bytes that its table does not mention. */
const device: LoaderDevice = {
  name: "mixed",
  kind: "NOR flash",
  type: 3,
  start,
  size: 4 * 16 + 2 * 64 + 128 + 100,
  pageSize: 8,
  erasedValue: 0xff,
  sectors: [
    { start, size: 16, count: 4 },
    { start: start + 64, size: 64, count: 2 },
    { start: start + 192, size: 128, count: 1 },
  ],
};

describe("sectorAt", () => {
  it.each([
    [0, 0, 16],
    [17, 16, 16],
    [63, 48, 16],
    [64, 64, 64],
    [191, 128, 64],
    [319, 192, 128],
  ])("byte %i lies in the sector at %i of %i bytes", (at, address, size) => {
    expect(sectorAt(device, start + at)).toEqual({ address: start + address, size });
  });

  it("takes what the table does not mention in stretches, none beyond the end", () => {
    const { address, size } = sectorAt(device, start + 330);
    expect(address).toBeLessThanOrEqual(start + 330);
    expect(address + size).toBe(start + device.size);
  });
});

describe("planSectors", () => {
  const piece = fc
    .tuple(fc.nat(319), fc.uint8Array({ minLength: 1, maxLength: 150 }))
    .filter(([offset, data]) => offset + data.length <= 320);

  it("holds every byte of the image at its place, and knows the rest as uncovered", () => {
    fc.assert(
      fc.property(piece, fc.nat(50), ([offset, data], gap) => {
        const image = [{ address: start + offset, data }];
        if (offset + data.length + gap + 3 <= 320) {
          image.push({ address: start + offset + data.length + gap, data: Uint8Array.of(1, 2, 3) });
        }
        const wanted = new Map(
          image.flatMap((one) => [...one.data].map((byte, i) => [one.address + i, byte] as const)),
        );
        const seen = new Map<number, number>();
        for (const sector of planSectors(image, device)) {
          const free = new Set<number>();
          for (const { address, length } of uncovered(sector)) {
            for (let i = 0; i < length; i++) free.add(address + i);
          }
          sector.data.forEach((byte, i) => {
            const at = sector.address + i;
            expect(free.has(at)).toBe(!wanted.has(at));
            if (wanted.has(at)) seen.set(at, byte);
            else expect(byte).toBe(0xff);
          });
        }
        expect(seen).toEqual(wanted);
      }),
    );
  });

  it("refuses bytes outside the device", () => {
    expect(() => planSectors([{ address: start - 1, data: new Uint8Array(2) }], device)).toThrow(/0x8fffffff/);
    const end = start + device.size;
    expect(() => planSectors([{ address: end - 1, data: new Uint8Array(2) }], device)).toThrow(/reaches from/);
    expect(planSectors([{ address: end - 1, data: new Uint8Array(1) }], device)).toHaveLength(1);
  });
});

describe("writePieces", () => {
  it("covers the pages that are not erased, in pieces of whole pages", () => {
    const bytes = fc.array(fc.constantFrom(0xff, 0xff, 0xff, 7), { minLength: 128, maxLength: 128 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(4, 8, 16), fc.integer({ min: 4, max: 50 }), (values, unit, most) => {
        const data = Uint8Array.from(values);
        const sector = { address: start + 192, size: 128, data, covered: [] };
        const written = new Uint8Array(128).fill(0xff);
        for (const piece of writePieces(sector, 0xff, unit, most)) {
          const at = piece.address - sector.address;
          expect(piece.data.length).toBeLessThanOrEqual(most);
          if (most >= unit) expect(at % unit).toBe(0);
          expect(written.subarray(at, at + piece.data.length).every((byte) => byte === 0xff)).toBe(true);
          written.set(piece.data, at);
        }
        expect(written).toEqual(data);
        const everything = writePieces(sector, undefined, unit, most).reduce((sum, one) => sum + one.data.length, 0);
        expect(everything).toBe(128);
      }),
    );
  });
});
