import { FactSet } from "./fact-set.ts";
import type { Fact } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { asFinding, conclusion } from "./rule.ts";

/**
 * The findings, and when none of them is an error although something failed, one that says so: what is known, and the
 * step that would tell more.
 */
export function withUnknownCause(
  findings: readonly Finding[],
  facts: readonly Fact[],
  failure: { readonly text: string; readonly next: string },
): readonly Finding[] {
  if (findings.some(({ severity = "error" }) => severity === "error")) return findings;
  const set = new FactSet(facts);
  const known = [
    set.last("voltage", ({ volts }) => volts >= 1.65),
    set.last("wire-answer"),
    set.last("device-id", ({ id }) => id !== 0),
    set.last("core"),
  ].flatMap((each) => (each === undefined || each.source.from !== "target" ? [] : [each.source.what]));
  const finding = asFinding(
    conclusion("not-enough-to-tell", {
      certainty: "possible",
      values: { known: failure.text.replace(/\.$/, ""), next: failure.next },
      evidence: known,
    }),
  );
  return [finding, ...findings];
}
