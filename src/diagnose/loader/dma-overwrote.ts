import type { Finding } from "../finding.ts";
import { POWER_AND_CABLE, type Reading } from "./reading.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, listText, sizeText } from "./words.ts";

/** Bytes that one channel reaches at most: 65535 words. */
const REACH = 4 * 0xffff;

/** Code or stack was overwritten while a DMA channel of the loader's was writing to RAM below it. */
export function dmaOverwrote(reading: Reading): Finding | undefined {
  const { dma = [], damaged = [], stack, outcome } = reading.failure;
  const places = [
    ...damaged.map(({ start }) => start),
    ...(stack?.overrun === true ? [stack.base] : []),
    ...(reading.pc !== undefined && reading.faulted && !reading.inLoader(reading.pc) ? [reading.pc] : []),
  ];
  const suspects = dma.filter(({ target }) => places.some((at) => at >= target - 3 && at < target + REACH));
  if (suspects.length === 0 || outcome === "not-started") return undefined;
  const bytes = damaged.reduce((sum, { start, end }) => sum + end - start, 0);
  const name = damaged.length === 0 ? undefined : reading.symbolAt(damaged[0].start)?.name;
  const what =
    bytes > 0
      ? `${sizeText(bytes)} of its own code or constants${name === undefined ? "" : `, ${name} first,`} no longer hold what was loaded`
      : stack?.overrun === true
        ? "the words below its stack were overwritten"
        : "it left its own code";
  const channels = listText(suspects.map(({ name: each, target }) => `${each} (from ${addressText(target)})`));
  return {
    code: "loader-dma-overwrites",
    certainty: "likely",
    cause: `${reading.call} left DMA on that writes to RAM: ${channels}; ${what}.`,
    evidence: [
      ...suspects.map(
        ({ name: each, control, settings, target }) =>
          `${each} was on: ${addressText(settings)} at ${addressText(control)}, writing from ${addressText(target)}; it is off now`,
      ),
      ...damaged.slice(0, 1).map(({ start, end }) => `changed from ${addressText(start)} to ${addressText(end - 1)}`),
      ...reading.faultEvidence(),
      POWER_AND_CABLE,
    ],
    remedy: remedyOf("loader-dma-overwrites"),
  };
}
