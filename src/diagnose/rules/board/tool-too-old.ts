import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "../wire/contact.ts";

/** A target that ST-LINK Utility does not get at, with a probe that is younger than most of what it knows. */
export const utilityTooOld: Rule = {
  name: "utility-too-old",
  why: "ST gave ST-LINK Utility up for STM32CubeProgrammer; a chip that came later is not in its lists, and then it says that it cannot connect, whatever the wires. An ST-LINK/V3 is often on the board of such a chip.",
  conclude(facts) {
    const { silent, answered, silentNormally, silentUnderReset } = contactOf(facts);
    const none = silentUnderReset ?? silentNormally;
    const young = facts.last("probe-firmware", ({ generation }) => generation === 3);
    if (!silent || answered !== undefined || none === undefined || young === undefined) return [];
    if (none.source.from !== "log" || none.source.tool !== "st-link-utility") return [];
    return [
      conclusion("tool-lacks-chip", {
        certainty: "possible",
        variant: "utility",
        evidence: quotes(young, none),
        remedyFirst: ["Try the same with STM32CubeProgrammer, which took ST-LINK Utility's place."],
        weight: 68,
      }),
    ];
  },
};
