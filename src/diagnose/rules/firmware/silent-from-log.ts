import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "../wire/contact.ts";

/** A log in which even connect under reset brought no answer: without NRST wired that is no connect under reset. */
export const silentUnderResetFromLog: Rule = {
  name: "silent-under-reset-from-log",
  why: "Connect under reset holds the chip by NRST. Probes with four wires leave NRST open, and then the program runs and may have switched SWD off; a log does not show whether NRST is wired.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { silentUnderReset, answered, silent } = contactOf(facts);
    if (!silent || answered !== undefined || silentUnderReset?.source.from !== "log") return [];
    if (facts.has("nrst-follows") || facts.has("voltage", ({ volts }) => volts < 1.65)) return [];
    return [
      conclusion("firmware-disables-swd", {
        certainty: "possible",
        variant: "possible",
        evidence: quotes(silentUnderReset),
        weight: 45,
      }),
    ];
  },
};
