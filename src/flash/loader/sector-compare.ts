import type { ImageSegment } from "../programmer.ts";
import type { MemoryReader } from "./memory-reader.ts";
import type { PlannedSector } from "./sector-plan.ts";

/** What a sector holds: what it shall hold; nothing; or something else. */
export type SectorState = "equal" | "blank" | "dirty";

/** Bytes looked at first: they tell most sectors apart without reading all of them. */
const SAMPLE = 32;

/**
 * Finds out what the sectors hold. A few bytes settle most of them as `dirty`, for the price of one read; only the
 * others are summed in full.
 */
export async function compareSectors(
  reader: MemoryReader,
  sectors: readonly PlannedSector[],
  erasedValue: number,
  onProgress?: (done: number, total: number) => void,
): Promise<SectorState[]> {
  const candidates: SectorState[] = [];
  for (const sector of sectors) candidates.push(await guess(reader, sector, erasedValue));
  const checks: { sector: number; piece: ImageSegment }[] = [];
  for (const [i, state] of candidates.entries()) {
    const sector = sectors[i];
    if (state === "equal") checks.push(...coveredPieces(sector).map((piece) => ({ sector: i, piece })));
    if (state === "blank") {
      const blank = new Uint8Array(sector.size).fill(erasedValue);
      checks.push({ sector: i, piece: { address: sector.address, data: blank } });
    }
  }
  const matches = await reader.matches(
    checks.map(({ piece }) => piece),
    onProgress,
  );
  for (const [i, { sector }] of checks.entries()) if (!matches[i]) candidates[sector] = "dirty";
  return candidates;
}

/** By the first bytes that the image gives and, where these are blank, nothing more. */
async function guess(reader: MemoryReader, sector: PlannedSector, erasedValue: number): Promise<SectorState> {
  const first = sector.covered[0];
  const length = Math.min(SAMPLE, first.length);
  const found = await reader.read(first.address, length);
  const wanted = sector.data.subarray(first.address - sector.address, first.address - sector.address + length);
  if (found.every((byte, i) => byte === wanted[i])) return "equal";
  return found.every((byte) => byte === erasedValue) ? "blank" : "dirty";
}

function coveredPieces({ address, data, covered }: PlannedSector): ImageSegment[] {
  return covered.map((range) => ({
    address: range.address,
    data: data.subarray(range.address - address, range.address - address + range.length),
  }));
}
