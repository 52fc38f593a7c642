import { readU32 } from "../../base/bytes.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { PlannedPage } from "../plan.ts";
import type { FlashRegion } from "../programmer.ts";

/** What one word of a page says about the rest: it is as wanted, it is erased, or neither; `unknown` was not looked at. */
type Sample = "wanted" | "erased" | "other" | "unknown";

/**
 * The pages of a plan for which a checksum can save work: those that may hold already what they shall hold, or may be
 * blank. One word of each page is looked at, in one batch of the probe's queue; a page whose word differs is not equal.
 * All of them where the probe has no such queue.
 */
export async function worthComparing(
  port: MemoryPort,
  pages: readonly PlannedPage[],
  region: FlashRegion,
): Promise<readonly PlannedPage[]> {
  if (port.wordQueue === undefined || pages.length < 3) return pages;
  const samples = await takeSamples(port, pages, region);
  const among = (...kinds: readonly Sample[]): PlannedPage[] =>
    pages.filter((_, index) => kinds.includes(samples[index]));
  if (samples.includes("wanted")) return among("wanted", "erased", "unknown");
  // Nothing is as it shall be. All pages at once are erased as fast as one (DS5319 table 30), blank ones included.
  if (pages.length === region.size / region.pageSize) return [];
  return among("erased");
}

async function takeSamples(port: MemoryPort, pages: readonly PlannedPage[], region: FlashRegion): Promise<Sample[]> {
  // The queue's first item is for the access port. Of more pages than the rest can ask for, these are spread evenly.
  const count = Math.min(pages.length, (port.wordQueue ?? 0) - 1);
  const chosen = Array.from({ length: count }, (_, index) => pages[Math.floor((index * pages.length) / count)]);
  const offsets = chosen.map(({ data }) => tellingWord(data, region.erasedValue));
  const found = await port.words(
    chosen.map(({ address }, index) => ({ kind: "read", address: address + offsets[index] })),
  );
  const erased = Math.imul(region.erasedValue, 0x01010101) >>> 0;
  const byAddress = new Map(
    chosen.map(({ address, data }, index): [number, Sample] => {
      if (found[index] === readU32(data, offsets[index])) return [address, "wanted"];
      return [address, found[index] === erased ? "erased" : "other"];
    }),
  );
  return pages.map(({ address }) => byAddress.get(address) ?? "unknown");
}

/** Offset of a word that is not erased, so that a blank page differs there; 0 when the whole page shall be blank. */
function tellingWord(data: Uint8Array, erasedValue: number): number {
  const at = data.findIndex((byte) => byte !== erasedValue);
  return at < 0 ? 0 : at & ~3;
}
