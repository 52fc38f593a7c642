import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { FlashRegion, ImageSegment } from "./programmer.ts";

/** A stretch of addresses. */
export interface Range {
  readonly address: number;
  readonly length: number;
}

/** One erase unit that an image touches. */
export interface PlannedPage {
  readonly address: number;
  /** What the page shall hold; where {@link known} is 0 this is the erased value until the present content is filled in. */
  readonly data: Uint8Array;
  /** 1 for each byte that the image gives. */
  readonly known: Uint8Array;
  /** Bytes that the image gives. */
  readonly imageBytes: number;
}

/**
 * Throws unless every byte of the image lies in the region: `flash-image-too-large` when it runs over the end,
 * `flash-image-outside` when it starts elsewhere. Also throws `image-overlap`. Nothing is touched before this.
 */
export function checkFits(image: readonly ImageSegment[], region: FlashRegion): void {
  const regionEnd = region.base + region.size;
  let last = 0;
  for (const { address, data } of sorted(image)) {
    const end = address + data.length;
    if (address < region.base || address >= regionEnd) {
      throw new ProbityError(
        "flash-image-outside",
        `The image has ${data.length} bytes at ${hex32(address)}, which is outside the flash (${hex32(region.base)} to ${hex32(regionEnd - 1)}).`,
        {
          facts: { address, length: data.length, flashBase: region.base, flashSize: region.size },
          remedy: ["Check the linker script: was the program built for another chip, or to run from RAM?"],
        },
      );
    }
    if (end > regionEnd) {
      throw new ProbityError(
        "flash-image-too-large",
        `The image ends at ${hex32(end - 1)}, but the chip's ${region.size / 1024} KiB of flash end at ${hex32(regionEnd - 1)}: it is ${end - regionEnd} bytes too large. Nothing was changed.`,
        {
          facts: { imageEnd: end, flashBase: region.base, flashSize: region.size, excess: end - regionEnd },
          remedy: [
            "Make the program smaller, or build with optimisation.",
            "Check that the chip is the one it was built for.",
          ],
        },
      );
    }
    if (address < last) {
      throw new ProbityError("image-overlap", `Two pieces of the image claim the address ${hex32(address)}.`, {
        facts: { address },
        remedy: ["Check the linker script for overlapping sections."],
      });
    }
    last = end;
  }
}

/** The pages that the image touches, in address order, with what it puts into them. */
export function planPages(image: readonly ImageSegment[], region: FlashRegion): PlannedPage[] {
  const pages = new Map<number, { data: Uint8Array; known: Uint8Array; imageBytes: number }>();
  for (const { address, data } of sorted(image)) {
    for (let done = 0; done < data.length; ) {
      const at = address + done;
      const offset = (at - region.base) % region.pageSize;
      const length = Math.min(region.pageSize - offset, data.length - done);
      const start = at - offset;
      const page = pages.get(start) ?? {
        data: new Uint8Array(region.pageSize).fill(region.erasedValue),
        known: new Uint8Array(region.pageSize),
        imageBytes: 0,
      };
      page.data.set(data.subarray(done, done + length), offset);
      page.known.fill(1, offset, offset + length);
      page.imageBytes += length;
      pages.set(start, page);
      done += length;
    }
  }
  return [...pages].map(([address, page]) => ({ address, ...page })).sort((a, b) => a.address - b.address);
}

/** The page with the bytes that the image leaves alone taken from what it holds now. */
export function keepPresent(page: PlannedPage, present: Uint8Array): PlannedPage {
  const data = present.map((byte, i) => (page.known[i] === 1 ? page.data[i] : byte));
  return { ...page, data };
}

/** Pages of `pageSize` bytes at these addresses as stretches, neighbours joined. Addresses are in order. */
export function joinPages(addresses: readonly number[], pageSize: number): Range[] {
  const ranges: { address: number; length: number }[] = [];
  for (const address of addresses) {
    const last = ranges.at(-1);
    if (last !== undefined && last.address + last.length === address) last.length += pageSize;
    else ranges.push({ address, length: pageSize });
  }
  return ranges;
}

/** Addresses of the pages that [address, address+length) touches. */
export function pagesOf(address: number, length: number, region: FlashRegion): number[] {
  if (length <= 0) return [];
  const first = Math.floor((address - region.base) / region.pageSize);
  const last = Math.floor((address + length - 1 - region.base) / region.pageSize);
  return Array.from({ length: last - first + 1 }, (_, i) => region.base + (first + i) * region.pageSize);
}

/** Erased half-words in a row that are worth a new piece: the header of one costs as much as six half-words. */
const GAP = 8;

/**
 * What has to be written into erased pages: stretches of half-words that are not erased, short gaps included. Neighbouring
 * pages give common pieces. `erasedValue` fills both bytes of an erased half-word.
 */
export function programPieces(pages: readonly PlannedPage[], erasedValue: number): ImageSegment[] {
  const pieces: ImageSegment[] = [];
  for (const run of pageRuns(pages)) {
    const isErased = (at: number): boolean => run.data[at] === erasedValue && run.data[at + 1] === erasedValue;
    let start = -1;
    let end = -1;
    for (let at = 0; at < run.data.length; at += 2) {
      if (isErased(at)) continue;
      if (start >= 0 && at - end > 2 * GAP) {
        pieces.push({ address: run.address + start, data: run.data.subarray(start, end) });
        start = at;
      }
      if (start < 0) start = at;
      end = at + 2;
    }
    if (start >= 0) pieces.push({ address: run.address + start, data: run.data.subarray(start, end) });
  }
  return pieces;
}

/** Content of neighbouring pages in one. */
export function pageRuns(pages: readonly PlannedPage[]): ImageSegment[] {
  const runs: { address: number; parts: Uint8Array[]; length: number }[] = [];
  for (const { address, data } of pages) {
    const last = runs.at(-1);
    if (last !== undefined && last.address + last.length === address) {
      last.parts.push(data);
      last.length += data.length;
    } else {
      runs.push({ address, parts: [data], length: data.length });
    }
  }
  return runs.map(({ address, parts, length }) => {
    const data = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    return { address, data };
  });
}

/** In address order, empty pieces left out. */
function sorted(image: readonly ImageSegment[]): ImageSegment[] {
  return image.filter(({ data }) => data.length > 0).sort((a, b) => a.address - b.address);
}
