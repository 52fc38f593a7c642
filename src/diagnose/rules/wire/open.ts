import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { probeOnBoard } from "../board/jumpers.ts";
import { contactOf } from "./contact.ts";
import { fixedClock } from "./fixed-clock.ts";

/** Volts from which power is no longer the suspect. */
const GOOD = 1.65;
/** Weight of an untried connect: below what fits a program (45) where the plug is known to sit. */
const UNTRIED = { alone: 50, plugged: 42 };
/** Above this a long wire may not carry the signal. */
const FAST_KHZ = 500;

export const wiresOpen: Rule = {
  name: "wires-open",
  why: "Held in reset no program can switch the port off or sleep, so a powered chip that is silent even then is not reached by the wires (RM0008 31.4; ADIv5 B4.3).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { answered, silent, silentNormally, silentUnderReset, lost } = contactOf(facts);
    const voltage = facts.last("voltage");
    if (!silent || (voltage !== undefined && voltage.value.volts < GOOD)) return [];
    if (answered !== undefined) {
      // It answered before: something changed in mid-session.
      if (lost === undefined || facts.has("run-watched") || facts.has("probe-trouble")) return [];
      return [
        conclusion("wires-open", {
          certainty: "possible",
          variant: "intermittent",
          evidence: quotes(lost, voltage),
          weight: 20,
        }),
      ];
    }
    const none = silentUnderReset ?? silentNormally;
    if (none === undefined || none.value.answer === "error") return [];
    const evidence = quotes(voltage, silentNormally, silentUnderReset);
    // A survey tries every clock; of the ways in which a lead is open a jumper that is off is one.
    const surveyed = none.source.from === "target" ? ["board-jumpers-off"] : [];
    if (silentUnderReset === undefined) {
      return [
        conclusion("wires-open", {
          certainty: "possible",
          variant: "untried",
          evidence,
          weight: surveyed.length > 0 ? 57 : plugged(facts) ? UNTRIED.plugged : UNTRIED.alone,
          explains: surveyed,
        }),
      ];
    }
    const tried = facts.all("wire-answer").map(({ value }) => value.khz ?? 0);
    const slowest = Math.min(...tried);
    const fast = slowest > FAST_KHZ;
    const one = silentUnderReset.source.from === "target" && tried.every((khz) => khz === slowest);
    // A log does not tell whether NRST is wired, nor at which clocks it was tried.
    const variant = silentUnderReset.source.from === "log" ? "log" : one ? "one" : undefined;
    return [
      ...(fast ? fixedClock(facts, slowest, evidence) : []),
      conclusion("wires-open", {
        certainty: fast ? "possible" : "likely",
        variant,
        values: { khz: slowest },
        evidence,
        weight: surveyed.length > 0 ? 72 : 60,
        explains: ["not-enough-to-tell", ...(fast ? [] : ["wire-clock-too-fast"]), ...surveyed],
      }),
    ];
  },
};

/**
 * VTref was measured through the same plug as the debug wires, or these are tracks of the probe's own board: that the
 * program took the port away is then at least as likely, and connect under reset, its first remedy, tells the two apart.
 */
function plugged(facts: FactSet): boolean {
  return facts.has("voltage", ({ volts }) => volts >= GOOD) || probeOnBoard(facts) !== undefined;
}
