import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { clockOf, ownClock } from "./contrast-in-log.ts";

/** A target that answers, and does not under reset. */
export const contrastOfReset: Rule = {
  name: "contrast-of-reset",
  why: "Connecting under reset waits for the core to stop at its reset vector (ARMv7-M C1.4.1): where NRST does not reach the chip no reset comes, and the tool gives up on a core that another way of connecting finds.",
  conclude(facts: FactSet) {
    const answers = facts.all("wire-answer").filter(({ source }) => source.from === "log");
    const under = answers.filter(({ value }) => value.manner === "under-reset");
    const good = answers.findLast(
      ({ value }) => value.answer === "ok" && (value.manner === "attach" || value.manner === "normal"),
    );
    const failed = under.findLast(({ value }) => value.answer === "none" || value.answer === "error");
    if (failed === undefined || good === undefined || under.some(({ value }) => value.answer === "ok")) return [];
    // A slower clock, or another protocol, may be what helped.
    const [fast, khz] = [clockOf(facts, failed) ?? ownClock(failed), clockOf(facts, good)];
    if (fast !== undefined && khz !== undefined && khz < fast) return [];
    // A window's log tells the protocol once it has connected.
    const { protocol } = failed.value;
    if (
      (protocol !== undefined && protocol !== good.value.protocol) ||
      facts.has("nrst-follows", ({ follows }) => follows)
    )
      return [];
    return [
      conclusion("nrst-not-wired", {
        certainty: "likely",
        severity: "error",
        variant: "contrast",
        evidence: quotes(failed, good),
        weight: 78,
        explains: ["not-enough-to-tell", "wires-open", "target-silent", "firmware-disables-swd", "firmware-low-power"],
      }),
    ];
  },
};
