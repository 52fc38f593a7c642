import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { LoaderDevice } from "../../formats/loader-file.ts";
import type { Range } from "../plan.ts";
import type { ImageSegment } from "../programmer.ts";

/** One sector that an image touches. */
export interface PlannedSector {
  readonly address: number;
  readonly size: number;
  /** What the sector shall hold: the image's bytes, and the erased value where the image says nothing. */
  readonly data: Uint8Array;
  /** The stretches that the image gives, in order. */
  readonly covered: readonly Range[];
}

/** Memory without sectors is worked on in stretches of this size. */
const STRETCH = 64 * 1024;

/** The sector of a device that holds `address`, which lies in the device. */
export function sectorAt(device: LoaderDevice, address: number): { readonly address: number; readonly size: number } {
  for (const { start, size, count } of device.sectors) {
    if (address < start || address >= start + size * count) continue;
    return { address: start + Math.floor((address - start) / size) * size, size };
  }
  // No sectors, or a table that does not reach so far: the rest is taken in stretches.
  const at = device.start + Math.floor((address - device.start) / STRETCH) * STRETCH;
  return { address: at, size: Math.min(STRETCH, device.start + device.size - at) };
}

/** The sectors that an image touches, in address order. Throws `flash-image-outside` for a byte beyond the device. */
export function planSectors(image: readonly ImageSegment[], device: LoaderDevice): PlannedSector[] {
  const sectors = new Map<number, { size: number; data: Uint8Array; covered: { address: number; length: number }[] }>();
  for (const { address, data } of [...image].sort((a, b) => a.address - b.address)) {
    checkInside("The image", address, data.length, device);
    for (let done = 0; done < data.length; ) {
      const at = address + done;
      const sector = sectorAt(device, at);
      const length = Math.min(sector.address + sector.size - at, data.length - done);
      let entry = sectors.get(sector.address);
      if (entry === undefined) {
        entry = { size: sector.size, data: new Uint8Array(sector.size).fill(device.erasedValue), covered: [] };
        sectors.set(sector.address, entry);
      }
      entry.data.set(data.subarray(done, done + length), at - sector.address);
      const last = entry.covered.at(-1);
      if (last !== undefined && last.address + last.length === at) last.length += length;
      else entry.covered.push({ address: at, length });
      done += length;
    }
  }
  return [...sectors].map(([address, sector]) => ({ address, ...sector })).sort((a, b) => a.address - b.address);
}

/** The stretches of a sector that the image says nothing about. */
export function uncovered({ address, size, covered }: PlannedSector): Range[] {
  const gaps: Range[] = [];
  let at = address;
  for (const range of covered) {
    if (range.address > at) gaps.push({ address: at, length: range.address - at });
    at = range.address + range.length;
  }
  if (at < address + size) gaps.push({ address: at, length: address + size - at });
  return gaps;
}

/**
 * What has to be written into a sector: runs of `unit` bytes (a page), cut into pieces of at most `most` bytes. Each
 * begins at a multiple of `unit` from the sector's start. Pages that hold nothing but `erasedValue` are left out, if it
 * is given.
 */
export function writePieces(
  sector: PlannedSector,
  erasedValue: number | undefined,
  unit: number,
  most: number,
): ImageSegment[] {
  const pieces: ImageSegment[] = [];
  const largest = most < unit ? most : most - (most % unit);
  let start = -1;
  const close = (end: number): void => {
    for (let at = start; start >= 0 && at < end; at += largest) {
      pieces.push({ address: sector.address + at, data: sector.data.subarray(at, Math.min(end, at + largest)) });
    }
    start = -1;
  };
  for (let at = 0; at < sector.size; at += unit) {
    const page = sector.data.subarray(at, at + unit);
    if (page.every((byte) => byte === erasedValue)) close(at);
    else if (start < 0) start = at;
  }
  close(sector.size);
  return pieces;
}

/** Throws `flash-image-outside` unless all of [address, address+length) lies in the device. */
export function checkInside(what: string, address: number, length: number, device: LoaderDevice): void {
  const end = device.start + device.size;
  if (address >= device.start && address + length <= end) return;
  throw new ProbityError(
    "flash-image-outside",
    `${what} has ${length} bytes at ${hex32(address)}, and ${device.name} reaches from ${hex32(device.start)} to ${hex32(end - 1)}.`,
    {
      facts: { address, length, memoryBase: device.start, memoryBytes: device.size },
      remedy: ["Check the memory's length in the linker script, or take the loader for the memory that is fitted."],
    },
  );
}
