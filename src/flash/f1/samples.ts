import { readU32 } from "../../base/bytes.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import type { PlannedPage } from "../plan.ts";
import type { FlashRegion } from "../programmer.ts";

/** What one word of a page says about the rest: it is as wanted, it is erased, or neither; `unknown` was not looked at. */
type Sample = "wanted" | "erased" | "other" | "unknown";

/** Pages of which a word is read before anything else: few, for what is new is programmed without a further look. */
const FIRST_PAGES = 16;

/** Words to be read that tell whether it is worth looking further. */
export interface FirstLook {
  readonly addresses: readonly number[];
  /** What the image wants there. */
  readonly wanted: readonly number[];
}

const noLook: FirstLook = { addresses: [], wanted: [] };

/** One word of some pages, spread evenly; none where the probe has no queue that reads them at once. */
export function firstLook(port: MemoryPort, pages: readonly PlannedPage[], region: FlashRegion): FirstLook {
  if (port.wordQueue === undefined || pages.length < 3) return noLook;
  const words = spread(pages, FIRST_PAGES).flatMap(({ address, data, known }) => {
    const offset = tellingWord(data, region.erasedValue);
    // The rest of a page that the image does not fill is filled in later.
    const whole = known.subarray(offset, offset + 4).every((each) => each === 1);
    return whole ? [{ address: address + offset, wanted: readU32(data, offset) }] : [];
  });
  return { addresses: words.map(({ address }) => address), wanted: words.map(({ wanted }) => wanted) };
}

/**
 * The pages of a plan for which a checksum can save work: those that may hold already what they shall hold, or may be
 * blank. `first` and what was found there say whether there are any; then one word of each page is looked at, in one batch
 * of the probe's queue; a page whose word differs is not equal. All of them where the probe has no such queue.
 */
export async function worthComparing(
  port: MemoryPort,
  pages: readonly PlannedPage[],
  region: FlashRegion,
  first: FirstLook,
  found: readonly number[],
): Promise<readonly PlannedPage[]> {
  if (port.wordQueue === undefined || pages.length < 3) return pages;
  // All pages at once are erased as fast as one (DS5319 table 30), blank ones included: then only equal ones save work.
  const wholeFlash = pages.length === region.size / region.pageSize;
  const glimpses = found.map((value, index) => sampleOf(value, first.wanted[index], region));
  const promising = glimpses.includes("wanted") || (!wholeFlash && glimpses.includes("erased"));
  if (glimpses.length > 0 && !promising) return [];
  const samples = await takeSamples(port, pages, region);
  const among = (...kinds: readonly Sample[]): PlannedPage[] =>
    pages.filter((_, index) => kinds.includes(samples[index]));
  if (samples.includes("wanted")) return among("wanted", "erased", "unknown");
  return wholeFlash ? [] : among("erased");
}

async function takeSamples(port: MemoryPort, pages: readonly PlannedPage[], region: FlashRegion): Promise<Sample[]> {
  // The queue's first item is for the access port.
  const chosen = spread(pages, (port.wordQueue ?? 0) - 1);
  const offsets = chosen.map(({ data }) => tellingWord(data, region.erasedValue));
  const found = await port.words(
    chosen.map(({ address }, index) => ({ kind: "read", address: address + offsets[index] })),
  );
  const byAddress = new Map(
    chosen.map(({ address, data }, index): [number, Sample] => [
      address,
      sampleOf(found[index], readU32(data, offsets[index]), region),
    ]),
  );
  return pages.map(({ address }) => byAddress.get(address) ?? "unknown");
}

/** At most `count` of the pages, spread evenly. */
function spread(pages: readonly PlannedPage[], count: number): PlannedPage[] {
  const chosen = Math.min(pages.length, count);
  return Array.from({ length: chosen }, (_, index) => pages[Math.floor((index * pages.length) / chosen)]);
}

function sampleOf(found: number, wanted: number, { erasedValue }: FlashRegion): Sample {
  if (found === wanted) return "wanted";
  return found === Math.imul(erasedValue, 0x01010101) >>> 0 ? "erased" : "other";
}

/** Offset of a word that is not erased, so that a blank page differs there; 0 when the whole page shall be blank. */
function tellingWord(data: Uint8Array, erasedValue: number): number {
  const at = data.findIndex((byte) => byte !== erasedValue);
  return at < 0 ? 0 : at & ~3;
}
