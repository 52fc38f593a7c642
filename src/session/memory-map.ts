import type { FlashLayout } from "../chips/chip.ts";
import type { ExternalMemory } from "../flash/loader/external-memory.ts";
import type { IdentifiedChip } from "../stm32/identify.ts";
import type { MemoryRegion } from "./debug-session.ts";
import { rangesOutside } from "./ranges.ts";

const addressSpace = 2 ** 32;

/** What the map needs to know of a memory behind a loader. */
type MappedMemory = Pick<ExternalMemory, "device" | "isRam">;

/**
 * The memory map of a chip: flash with its erase unit, RAM, system memory, what loaders add, and `io` for all that lies
 * between, so that the whole address space is covered. A loader for memory of the chip's own takes the place of that much.
 */
export function memoryMapOf(chip: IdentifiedChip, loaded: readonly MappedMemory[] = []): MemoryRegion[] {
  const known: MemoryRegion[] = chip.ramRegions.map(({ base, size }) => ({ kind: "ram", start: base, length: size }));
  const { row } = chip;
  if (row?.flashBase !== undefined && chip.flashBytes > 0) {
    known.push(...flashRegions(row.flashLayout, row.flashBase, chip.flashBytes));
  }
  for (const memory of [row?.systemMemory, row?.optionBytes]) {
    if (memory?.size !== undefined) known.push({ kind: "rom", start: memory.base, length: memory.size });
  }
  const added = loaded.flatMap(loadedRegions);
  const holes = added.map(({ start, length }) => ({ start, size: length }));
  const own = known.flatMap((region) =>
    rangesOutside(region.start, region.start + region.length, holes).map(({ start, end }) => ({
      ...region,
      start,
      length: end - start,
    })),
  );
  const sorted = [...own, ...added].sort((a, b) => a.start - b.start);

  const map: MemoryRegion[] = [];
  let at = 0;
  for (const region of sorted) {
    if (region.start < at) continue; // overlaps what stands before it (an alias of the same memory)
    if (region.start > at) map.push({ kind: "io", start: at, length: region.start - at });
    map.push(region);
    at = region.start + region.length;
  }
  if (at < addressSpace) map.push({ kind: "io", start: at, length: addressSpace - at });
  return map;
}

/** Whether a region of this kind holds the address. */
export function isOfKind(map: readonly MemoryRegion[], wanted: MemoryRegion["kind"], address: number): boolean {
  return map.some(({ kind, start, length }) => kind === wanted && address >= start && address < start + length);
}

/** Flash as runs of equal sectors: GDB refuses the whole map when a flash region has no block size. */
function flashRegions(layout: FlashLayout | undefined, base: number, bytes: number): MemoryRegion[] {
  if (layout?.kind !== "sectors") {
    return [{ kind: "flash", start: base, length: bytes, blockSize: layout?.eraseSize }];
  }
  return layout.sectors
    .filter((run) => run.base < base + bytes)
    .map((run) => ({
      kind: "flash",
      start: run.base,
      length: Math.min(run.eraseSize * run.count, base + bytes - run.base),
      blockSize: run.eraseSize,
    }));
}

/** The memory behind a loader, run by run. What its sectors do not cover cannot be erased, so it is no flash to GDB. */
function loadedRegions({ device, isRam }: MappedMemory): MemoryRegion[] {
  if (isRam) return [{ kind: "ram", start: device.start, length: device.size }];
  if (device.sectors.length === 0) {
    return [{ kind: "flash", start: device.start, length: device.size, blockSize: device.pageSize || 256 }];
  }
  return device.sectors.map(({ start, size, count }) => ({
    kind: "flash",
    start,
    length: size * count,
    blockSize: size,
  }));
}
