import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "../wire/contact.ts";

/** Chips, and boards by the chip in their name, that have product states in place of levels of read protection (RM0481, RM0477). */
const withStates = /H(?:5(?:03|23|33|62|63|73)|7[RS][37])/i;
/** What one does with them, as a person tells it. */
const ofStates =
  /\bOE(?:Mi)?ROT\b|\bprovision|\bproduct[ _-]state|\bdebug authentication|\b(?:secure|closed?|locked?) state\b/i;

/** The name of a chip with product states, wherever it stands. */
export function chipWithStates(facts: FactSet): Fact | undefined {
  return (
    facts.last("probe-kind", ({ name }) => withStates.test(name)) ??
    facts.last("chip-name", ({ name }) => withStates.test(name))
  );
}

/** A chip that answers nobody, and may do so by its product state. */
export const productState: Rule = {
  name: "product-state-from-log",
  why: "From Closed on a chip with product states keeps its debug port shut for all but debug authentication (RM0481, product state): under reset, and with BOOT0 high, it is as silent as without.",
  conclude(facts: FactSet) {
    const chip = chipWithStates(facts);
    const { answered, silent, silentNormally, silentUnderReset } = contactOf(facts);
    const none = silentUnderReset ?? silentNormally;
    if (chip === undefined || answered !== undefined || !silent || none?.value.answer !== "none") return [];
    if (none.source.from !== "log" || facts.has("voltage", ({ volts }) => volts < 1.65)) return [];
    const told = facts.last("complaint", ({ text }) => ofStates.test(text));
    // Without reset the program may be what keeps silent.
    if (silentUnderReset === undefined && told === undefined) return [];
    return [
      conclusion("access-port-closed", {
        certainty: told === undefined ? "possible" : "likely",
        variant: "state",
        values: { ap: 1 },
        evidence: quotes(told, chip, none),
        remedyFirst: [
          "Discover by debug authentication what state it is in: `STM32_Programmer_CLI -c port=SWD debugauth=2` (NRST wired); a regression with what was provisioned opens it, and erases it. Locked is final.",
        ],
        weight: 67,
        explains: ["not-enough-to-tell", "target-silent"],
      }),
    ];
  },
};
