import { type FactSet, quotes } from "../../fact-set.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";

/** A probe that was found and not opened, in a log that does not say why. */
export const openFailed: Rule = {
  name: "probe-open-failed-from-log",
  why: "A USB device that is in the list can still be refused: to this user (EACCES), because another program has claimed it (EBUSY), or for want of a driver.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const failed = facts.last("stage", ({ stage, reached }) => stage === "probe-opened" && !reached);
    if (failed === undefined || failed.source.from !== "log" || facts.has("probe-trouble")) return [];
    const opened = facts.last("stage", ({ stage, reached }) => stage === "probe-opened" && reached);
    if (opened !== undefined && facts.before(failed, opened)) return [];
    const evidence = quotes(failed);
    const explains = ["not-enough-to-tell"];
    return [
      conclusion("probe-permission", { certainty: "possible", evidence, weight: 45, explains }),
      conclusion("probe-busy", { certainty: "possible", values: { detail: "" }, evidence, weight: 42, explains }),
    ];
  },
};
