import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { withSmps } from "./start-up.ts";

/** A program that ran, was loaded again without an error, and shows nothing then. */
export const supplyLatched: Rule = {
  name: "supply-latched-from-log",
  why: "PWR_CR3 of an H7 with a converter is written once after power-on (RM0399 6.8.4): a wrong choice takes effect at the next power-on, with nothing changed in flash.",
  conclude(facts) {
    const name = facts.last("chip-name", (value) => withSmps.test(value.name));
    const missing = facts.last("rtt-missing", ({ symbol }) => symbol !== false);
    if (name === undefined || missing === undefined || facts.has("target-lost")) return [];
    const starts = facts.all("image-file").filter((each) => facts.before(each, missing));
    const last = starts.at(-1);
    const before = starts.at(-2);
    if (last === undefined || before === undefined || last.value.path !== before.value.path) return [];
    const loaded = facts.all("stage", ({ stage, reached }) => reached && stage === "programmed");
    const ran = loaded.find((each) => facts.before(before, each) && facts.before(each, last));
    const again = loaded.find((each) => facts.before(last, each) && facts.before(each, missing));
    // It was found in the first run.
    const first = facts.first("rtt-missing");
    if (ran === undefined || again === undefined || first !== missing) return [];
    return [
      conclusion("supply-configuration", {
        certainty: "possible",
        severity: "warning",
        variant: "latched",
        values: { chip: name.value.name.toUpperCase(), when: "" },
        evidence: quotes(name, ran, again, missing),
        weight: 40,
      }),
    ];
  },
};
