import { followsFrom, settles } from "./chain.ts";
import { doubted, isDisturbed } from "./doubt.ts";
import { FactSet } from "./fact-set.ts";
import type { Fact } from "./facts.ts";
import type { Certainty, Finding, Severity } from "./finding.ts";
import { asFinding, type Conclusion, type Rule } from "./rule.ts";
import { rules as allRules } from "./rules/rules.ts";

const severities: readonly Severity[] = ["error", "warning", "note"];
const certainties: readonly Certainty[] = ["certain", "likely", "possible"];

/** Findings from facts, worst and surest first. Pure: the same facts give the same findings. */
export function diagnose(facts: readonly Fact[] | FactSet, rules: readonly Rule[] = allRules): Finding[] {
  const set = facts instanceof FactSet ? facts : new FactSet(facts);
  const disturbed = isDisturbed(set);
  const all = rules.flatMap((rule) => rule.conclude(set)).map((each) => doubted(each, disturbed));
  const sorted = strongest(all).sort(compare);
  return sorted
    .filter((each) => !sorted.some((other) => explainsAway(other, each, sorted)))
    .map((each) => asFinding(withoutDone(each, set)));
}

/** What was done already is no remedy. */
function withoutDone(each: Conclusion, facts: FactSet): Conclusion {
  const { doneUnderReset } = each;
  if (doneUnderReset === undefined || facts.last("connect-mode")?.value.mode !== "under-reset") return each;
  return { ...each, remedy: each.remedy.filter((text) => !doneUnderReset.includes(text)) };
}

/** Whether `other` makes `each` superfluous; of two that explain one another the first in order stays. */
function explainsAway(other: Conclusion, each: Conclusion, sorted: readonly Conclusion[]): boolean {
  if (other.code === each.code) return false;
  if (followsFrom(each, other)) return true;
  if (!settles(other, each)) return false;
  return !settles(each, other) || sorted.indexOf(other) < sorted.indexOf(each);
}

/** One conclusion for a code and subject: the surest; what others of the same cause read is added to its evidence. */
function strongest(conclusions: readonly Conclusion[]): Conclusion[] {
  const kept = new Map<string, Conclusion>();
  for (const each of [...conclusions].sort(compare)) {
    const key = `${each.code} ${each.subject ?? ""}`;
    const first = kept.get(key);
    if (first === undefined) kept.set(key, each);
    else if (first.cause === each.cause) {
      kept.set(key, {
        ...first,
        evidence: [...new Set([...first.evidence, ...each.evidence])],
        explains: [...new Set([...first.explains, ...each.explains])],
      });
    }
  }
  return [...kept.values()];
}

function compare(one: Conclusion, other: Conclusion): number {
  return (
    severities.indexOf(one.severity ?? "error") - severities.indexOf(other.severity ?? "error") ||
    certainties.indexOf(one.certainty) - certainties.indexOf(other.certainty) ||
    other.weight - one.weight
  );
}
