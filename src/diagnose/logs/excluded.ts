import { FactSet, quotes } from "../fact-set.ts";
import type { Fact } from "../facts.ts";

/** Something that can't be the cause, and the lines that rule it out. */
export interface Excluded {
  readonly what: string;
  readonly evidence: readonly string[];
}

/** Least supply of any STM32 in volts (data sheets: 1.65 or 1.71, 2.0 on F1). */
const LEAST_VOLTS = 1.65;

/**
 * What can't be the cause. Only what was read *before* a failure can rule something out, and only while nothing was
 * lost later: a wire that worked at the start may have come off since.
 */
export function excludedBy(facts: readonly Fact[]): Excluded[] {
  const set = new FactSet(facts);
  const found: Excluded[] = [];
  const usb = set.has("probe-trouble", ({ what }) => what === "usb-error" || what === "unplugged");
  const lost = set.has("target-lost") || usb;
  const silent = set.last("wire-answer", ({ answer }) => answer !== "ok");
  const id = set.last("device-id", (value) => value.id !== 0);
  const core =
    set.last("core", ({ state }) => state === "halted") ?? set.last("core", ({ state }) => state === "running");
  const volts = set.last("voltage", (value) => value.volts >= LEAST_VOLTS);
  const firmware = set.first("probe-firmware");
  const answered =
    (id ?? core) !== undefined && !lost && (silent === undefined || set.before(silent, (id ?? core) as Fact));
  if (answered) {
    found.push({
      what: "power of the target: it was measured, and the chip answered",
      evidence: quotes(volts, id, core),
    });
    found.push({
      what: "cabling (SWDIO, SWCLK, GND): registers of the chip were read through it",
      evidence: quotes(id, core),
    });
    if (volts === undefined) found[0] = { ...found[0], what: "power of the target: the chip answered" };
  }
  if (!usb && (firmware !== undefined || answered) && !set.has("probe-trouble")) {
    found.push({ what: "the probe, its USB cable and driver: the probe answered", evidence: quotes(firmware ?? id) });
  }
  const programmed = set.last(
    "stage",
    ({ stage, reached }) => reached && (stage === "verified" || stage === "programmed"),
  );
  if (programmed !== undefined && !set.has("flash-trouble")) {
    found.push({ what: "flash memory and its protection: it was programmed", evidence: quotes(programmed) });
  }
  return found;
}
