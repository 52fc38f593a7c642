import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { lowPowerChip, probeOnBoard } from "../board/jumpers.ts";
import { contactOf } from "./contact.ts";

/** Above each of the causes that it leaves open (debugPortGone, wiresOpen), below those that something points at. */
const WEIGHT = { untried: 55, underReset: 53 };
/** Volts from which power is no longer the suspect. */
const GOOD = 1.65;

/** A log that shows silence and nothing else: the causes that look alike, and the step that tells them apart. */
export const silentTarget: Rule = {
  name: "target-silent-from-log",
  why: "Silence has no mark of its cause: without an acknowledge (ADIv5 B4.2) a port that is switched off, one without a clock, an open wire and a chip without power are the same.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { answered, lost, silent, silentNormally, silentUnderReset } = contactOf(facts);
    const none = silentUnderReset ?? silentNormally;
    if (!silent || answered !== undefined || none?.value.answer !== "none" || none.source.from !== "log") return [];
    // A JTAG chain is silent for reasons of its own.
    if (none.value.protocol === "jtag") return [];
    const voltage = facts.last("voltage");
    if (voltage !== undefined && voltage.value.volts < GOOD) return [];
    const weight = silentUnderReset === undefined ? WEIGHT.untried : WEIGHT.underReset;
    if (lost !== undefined && facts.before(lost, none)) {
      const evidence = quotes(voltage, lost, none);
      return [conclusion("target-lost", { certainty: "possible", evidence, weight, explains: ["not-enough-to-tell"] })];
    }
    const sleeps = lowPowerChip(facts);
    return [
      conclusion("target-silent", {
        certainty: "possible",
        ...(silentUnderReset !== undefined && { variant: "reset" }),
        values: {
          ways:
            sleeps === undefined
              ? "it switches SWD off, uses PA13 or PA14 for something else, or sleeps in STOP or STANDBY mode"
              : "it sleeps in STOP or STANDBY mode, switches SWD off, or uses PA13 or PA14 for something else",
          rest: rest(facts, voltage),
        },
        evidence: quotes(sleeps, voltage, silentNormally, silentUnderReset),
        weight,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** What is left when it is not the program. */
function rest(facts: FactSet, voltage: FactOf<"voltage"> | undefined): string {
  const jumper =
    probeOnBoard(facts) === undefined ? "" : "a jumper between the board's ST-LINK and the chip is off, or ";
  const power = voltage === undefined ? ", or the chip has no power" : "";
  return `${jumper}a debug wire is open, or SWDIO and SWCLK are swapped${power}`;
}
