import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "./contact.ts";
import { fixedClock } from "./fixed-clock.ts";

/** Volts from which power is no longer the suspect. */
const GOOD = 1.65;
/**
 * Weight by what was tried. In a log below what fits a program (debugPortGone): of users' threads whose target answered
 * nothing without reset three in four ended at the program, and one in seven at the wires; under reset it was two to one,
 * NRST having no effect. A survey of the live target judges the wires itself. A JTAG chain has more wires to be open, and
 * pins that programs use.
 */
const WEIGHT = { log: { untried: 50, underReset: 50 }, target: { untried: 57, underReset: 72 }, jtag: 57 };
/** Above this a long wire may not carry the signal. */
const FAST_KHZ = 500;

const inSwd =
  "Try SWD, which needs two of the wires and GND (OpenOCD: `transport select swd` before the target's file): a program that uses TDI, TDO or nTRST (PA15, PB3, PB4) for something else leaves SWD alone, and wiring with only SWD's wires has no TDO.";

/** Whatever came by SWD is about other wires than a JTAG chain's. */
function overSwd({ protocol }: FactOf<"wire-answer">["value"]): boolean {
  return protocol === "swd";
}

/**
 * A chain whose TAPs gave their IDs, and nothing but ones or zeros behind them. What is shifted in at TDI comes out behind the
 * IDs (IEEE 1149.1): OpenOCD shifts ones in, and takes each zero for a TAP in bypass.
 */
function behindTheIds(facts: FactSet, answered: Fact): Conclusion | undefined {
  const none = facts.last("wire-answer", ({ answer, protocol }) => answer === "none" && protocol === "jtag");
  if (answered.kind !== "wire-answer" || answered.value.protocol !== "jtag" || none?.source.from !== "log")
    return undefined;
  if (facts.has("wire-answer", overSwd)) return undefined;
  return conclusion("wires-open", {
    certainty: "possible",
    variant: "behind",
    evidence: quotes(answered, none),
    weight: WEIGHT.jtag,
    remedyFirst: [inSwd],
  });
}

export const wiresOpen: Rule = {
  name: "wires-open",
  why: "Held in reset no program can switch the port off or sleep, so a powered chip that is silent even then is not reached by the wires (RM0008 31.4; ADIv5 B4.3).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const { answered, silent, silentNormally, silentUnderReset, lost } = contactOf(facts);
    const voltage = facts.last("voltage");
    if (!silent || (voltage !== undefined && voltage.value.volts < GOOD)) return [];
    if (answered !== undefined) {
      const behind = behindTheIds(facts, answered);
      if (behind !== undefined) return [behind];
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
    const log = none.source.from === "log";
    if (log && none.value.protocol === "jtag" && none.value.answer === "none" && !facts.has("wire-answer", overSwd)) {
      return [
        conclusion("wires-open", {
          certainty: "possible",
          variant: "jtag",
          evidence,
          weight: WEIGHT.jtag,
          remedyFirst: [inSwd],
        }),
      ];
    }
    const weight = log ? WEIGHT.log : WEIGHT.target;
    // A survey tries every clock; of the ways in which a lead is open a jumper that is off is one.
    const surveyed = log ? [] : ["board-jumpers-off"];
    if (silentUnderReset === undefined) {
      return [
        conclusion("wires-open", {
          certainty: "possible",
          variant: "untried",
          evidence,
          weight: weight.untried,
          explains: surveyed,
        }),
      ];
    }
    const tried = facts.all("wire-answer").map(({ value }) => value.khz ?? 0);
    const slowest = Math.min(...tried);
    const fast = slowest > FAST_KHZ;
    const one = tried.every((khz) => khz === slowest);
    return [
      ...(fast ? fixedClock(facts, slowest, evidence) : []),
      conclusion("wires-open", {
        // A log does not tell whether NRST is wired, nor at which clocks it was tried.
        certainty: fast || log ? "possible" : "likely",
        variant: log ? "log" : one ? "one" : undefined,
        values: { khz: slowest },
        evidence,
        weight: weight.underReset,
        explains: ["not-enough-to-tell", ...(fast ? [] : ["wire-clock-too-fast"]), ...surveyed],
      }),
    ];
  },
};
