import { catalogue } from "./catalogue/catalogue.ts";
import type { FactSet } from "./fact-set.ts";
import type { Fact } from "./facts.ts";
import type { Conclusion } from "./rule.ts";

/** Codes that rest on what was read of the target over its debug wires. */
const readOverWires: ReadonlySet<string> = new Set([
  ...[catalogue.chip, catalogue.protection, catalogue.flash, catalogue.flashWork, catalogue.firmware]
    .flat()
    .map(({ code }) => code),
  "vtref-not-wired",
  "target-voltage-low",
  "nrst-held-low",
  "nrst-not-wired",
]);

/** Accesses without an error that make a measurement clean. */
const enough = 16;

/**
 * What garbled answers leave of a conclusion: an acknowledge and a single parity bit let some wrong words through (ADIv5
 * B4.2), so what was read over disturbed wires is likely at most.
 */
export function doubted(each: Conclusion, disturbed: boolean): Conclusion {
  if (!disturbed || each.certainty !== "certain" || !readOverWires.has(each.code)) return each;
  return { ...each, certainty: "likely" };
}

/** Whether what was read of the target came, or may have come, over wires that garble it. */
export function isDisturbed(facts: FactSet): boolean {
  const measured = facts.all("wire-quality");
  const dirty = measured.filter(({ value }) => value.errors > 0);
  const clean = measured.filter(({ value }) => value.errors === 0 && value.accesses >= enough).at(-1);
  if (dirty.length === 0) {
    const garbled = facts.last("wire-answer", ({ answer }) => answer === "error");
    return garbled?.source.from === "target" && clean === undefined;
  }
  if (clean === undefined || dirty.some((each) => facts.before(clean, each))) return true;
  // A clock that is clean says nothing of what was read before, at another one.
  const read: readonly Fact[] = [...facts.all("device-id"), ...facts.all("core"), ...facts.all("chip-unidentified")];
  return read.some((each) => each.source.from === "target" && facts.before(each, clean));
}
