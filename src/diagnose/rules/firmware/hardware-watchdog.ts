import { type FactSet, quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** Words of a person for a program that begins again and again. */
const startsAnew =
  /\b(?:again and again|over and over|re-?sets?|re-?starts?|re-?boots?|flickers?|(?:boot|start)s? (?:up )?again|loops?|(?:every|per|times a|twice a|once a) (?:few )?seconds?)\b/i;

/** Option bytes that start the watchdog whether or not the program knows of it. */
export const hardwareWatchdog: Rule = {
  name: "hardware-watchdog",
  why: "With WDG_SW (IWDG_SW, WWDG_SW) at 0 in the option bytes the watchdog runs from each reset on, and nothing but a reload stops it from resetting the chip (PM0075 2.5; RM0351 3.4.1).",
  conclude(facts: FactSet) {
    const dog = facts.last("watchdog-by-hardware");
    // Flags or resets that were seen tell more.
    if (dog === undefined || facts.has("reset-flags", ({ flags }) => flags.some((flag) => /WDG/.test(flag)))) return [];
    const asked = facts.all("complaint");
    const anew = asked.find(({ value }) => startsAnew.test(value.text));
    const seen = facts.last("resets-seen", ({ count }) => count >= 2);
    const told = seen ?? anew;
    return [
      conclusion("watchdog-resets", {
        certainty: told !== undefined ? "likely" : "possible",
        severity: told !== undefined ? "error" : asked.length > 0 ? "warning" : "note",
        variant: "hardware",
        values: { watchdog: dog.value.watchdog },
        evidence: quotes(dog, told ?? asked[0]),
        weight: 70,
        explains: told !== undefined ? ["resets-again-and-again"] : [],
      }),
    ];
  },
};
