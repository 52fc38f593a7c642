import { transferNanoseconds, wireNanoseconds } from "../../src/sim/link-model.ts";
import { swdHertz } from "../../src/sim/probe/clock-tables.ts";

/** What a V2-1 really makes of the 4 MHz that are asked for: divisor 0, 2.36 MHz. */
const wireHertz = swdHertz(0);
/** Bytes of the longest memory transfer. */
const LONGEST = 6144;

/**
 * The least time in milliseconds in which the model lets a V2-1 read `bytes`: the longest transfers, each with one SWD
 * transaction a word and nothing else on the wires. Reads of a MEM-AP are posted (ADIv5.2 B2.2.7): each transaction
 * brings the word before, so that one a word is enough; the probe of src/sim/probe/wire.ts does so. What is on top in a real
 * read: the question how each transfer went, and the setting-up of TAR every KiB.
 */
export function modelLimit(bytes: number): number {
  let nanoseconds = 0;
  for (let done = 0; done < bytes; done += LONGEST) {
    const bytesIn = Math.min(LONGEST, bytes - done);
    const words = bytesIn / 4;
    nanoseconds += transferNanoseconds({
      generation: "V2-1",
      bytesOut: 0,
      bytesIn,
      wireTransactions: words,
      wireHertz,
    });
  }
  return nanoseconds / 1e6;
}

/** The time of the SWD transactions alone, in milliseconds, as if USB took none. */
export function swdAlone(bytes: number): number {
  return wireNanoseconds(bytes / 4, wireHertz) / 1e6;
}
