import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import { checkFits, joinPages, keepPresent, pageRuns, pagesOf, planPages, programPieces } from "./plan.ts";
import type { FlashRegion, ImageSegment } from "./programmer.ts";

const region: FlashRegion = { base: 0x08000000, size: 16 * 256, pageSize: 256, erasedValue: 0xff };

/** Images inside the region: pieces in address order that do not overlap. */
const images = fc
  .array(fc.tuple(fc.nat(600), fc.uint8Array({ minLength: 1, maxLength: 500 })), { minLength: 0, maxLength: 6 })
  .map((list) => {
    const image: ImageSegment[] = [];
    let at = 0;
    for (const [gap, data] of list) {
      at += gap;
      if (at + data.length > region.size) break;
      image.push({ address: region.base + at, data });
      at += data.length;
    }
    return image;
  });

/** What the flash shall hold afterwards: the image over the present content. */
function expected(image: readonly ImageSegment[], present: Uint8Array): Uint8Array {
  const wanted = present.slice();
  for (const { address, data } of image) wanted.set(data, address - region.base);
  return wanted;
}

const presents = fc.uint8Array({ minLength: region.size, maxLength: region.size });

function failure(run: () => void): ProbityError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProbityError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("checkFits", () => {
  it("takes an image that ends with the flash", () => {
    checkFits([{ address: region.base, data: new Uint8Array(region.size) }], region);
  });

  it("names flash and image end of one that is a byte too large", () => {
    const error = failure(() => checkFits([{ address: region.base + 1, data: new Uint8Array(region.size) }], region));
    expect(error.code).toBe("flash-image-too-large");
    expect(error.facts).toMatchObject({ imageEnd: region.base + region.size + 1, flashSize: region.size, excess: 1 });
    expect(error.message).toMatch(/0x08001000.*4 KiB.*0x08000fff.*1 bytes too large/);
  });

  it("refuses pieces elsewhere and pieces that overlap", () => {
    const data = new Uint8Array(4);
    for (const address of [0x20000000, region.base - 4, region.base + region.size]) {
      expect(failure(() => checkFits([{ address, data }], region)).code).toBe("flash-image-outside");
    }
    const overlap = [
      { address: region.base, data },
      { address: region.base + 3, data },
    ];
    expect(failure(() => checkFits(overlap, region)).code).toBe("image-overlap");
  });
});

describe("planPages", () => {
  it("gives, erased and programmed piece by piece, the image over what was there", () => {
    fc.assert(
      fc.property(images, presents, (image, present) => {
        const pages = planPages(image, region).map((page) => {
          const at = page.address - region.base;
          return keepPresent(page, present.subarray(at, at + region.pageSize));
        });
        const flash = present.slice();
        for (const { address } of pages) {
          const at = address - region.base;
          flash.fill(0xff, at, at + region.pageSize);
        }
        for (const { address, data } of programPieces(pages, 0xff)) {
          expect(address % 2).toBe(0);
          expect(data.length % 2).toBe(0);
          const at = address - region.base;
          // Only erased half-words may be programmed.
          expect(flash.subarray(at, at + data.length).every((byte) => byte === 0xff)).toBe(true);
          flash.set(data, at);
        }
        expect(Buffer.compare(flash, expected(image, present))).toBe(0);
      }),
    );
  });

  it("touches no page that the image leaves alone, and each once", () => {
    fc.assert(
      fc.property(images, (image) => {
        const touched = new Set(image.flatMap(({ address, data }) => pagesOf(address, data.length, region)));
        const planned = planPages(image, region);
        expect(planned.map(({ address }) => address)).toEqual([...touched].sort((a, b) => a - b));
        const bytes = image.reduce((total, { data }) => total + data.length, 0);
        expect(planned.reduce((total, page) => total + page.imageBytes, 0)).toBe(bytes);
        expect(planned.reduce((total, page) => total + page.known.reduce((sum, known) => sum + known, 0), 0)).toBe(
          bytes,
        );
      }),
    );
  });
});

describe("programPieces", () => {
  it("leaves long erased stretches out and keeps short ones in", () => {
    const data = new Uint8Array(256).fill(0xff);
    data.set([1, 2], 10);
    data.set([3, 4], 20);
    data.set([5], 200);
    const page = { address: region.base, data, known: data, imageBytes: 256 };
    const pieces = programPieces([page], 0xff);
    expect(pieces.map(({ address, data }) => [address - region.base, data.length])).toEqual([
      [10, 12],
      [200, 2],
    ]);
  });
});

describe("joinPages and pageRuns", () => {
  it("join neighbours and nothing else", () => {
    expect(joinPages([0, 256, 1024, 1280, 2048], 256)).toEqual([
      { address: 0, length: 512 },
      { address: 1024, length: 512 },
      { address: 2048, length: 256 },
    ]);
    fc.assert(
      fc.property(images, (image) => {
        const pages = planPages(image, region);
        const runs = pageRuns(pages);
        expect(runs.reduce((total, { data }) => total + data.length, 0)).toBe(pages.length * region.pageSize);
        for (const [index, run] of runs.entries()) {
          const next = runs[index + 1];
          if (next !== undefined) expect(next.address).toBeGreaterThan(run.address + run.data.length);
        }
      }),
    );
  });

  it("pagesOf covers exactly the bytes asked for", () => {
    expect(pagesOf(region.base + 255, 2, region)).toEqual([region.base, region.base + 256]);
    expect(pagesOf(region.base, 0, region)).toEqual([]);
  });
});
