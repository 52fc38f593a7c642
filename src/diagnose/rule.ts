import { type FindingCode, findingKind } from "./catalogue/catalogue.ts";
import type { FactSet } from "./fact-set.ts";
import type { Certainty, Finding, Severity } from "./finding.ts";

/** A finding as a rule concludes it, with what the engine needs to rank it. */
export interface Conclusion extends Finding {
  /**
   * Decides between findings of equal certainty: the more special cause is higher. 0 is a cause that fits any failure
   * of its kind, 50 one that some fact points at, 100 one that little else could explain.
   */
  readonly weight: number;
  /** Codes that this one explains, so that they are not told as well. */
  readonly explains: readonly string[];
  /** What it is about, where one code can hold for several things (files, pages): one finding for each. */
  readonly subject?: string;
  /** Remedies that are nothing new to who has connected under reset. */
  readonly doneUnderReset?: readonly string[];
}

/** A rule: facts in, conclusions out. It returns an empty array when the facts say nothing of its cause. */
export interface Rule {
  readonly name: string;
  /** Why the conclusion holds: the mechanism, with the manual's section or the source. */
  readonly why: string;
  conclude(facts: FactSet): readonly Conclusion[];
}

export interface ConclusionParts {
  readonly certainty: Certainty;
  /** Where the same cause keeps one from working here and only may do so there; the catalogue's if left out. */
  readonly severity?: Severity;
  /** Values for the `{names}` in the catalogue's texts. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** Which of the catalogue's causes; `cause` if left out. */
  readonly variant?: string;
  readonly evidence: readonly string[];
  /** Put before the catalogue's own remedies. */
  readonly remedyFirst?: readonly string[];
  /** Put behind them. */
  readonly remedyLast?: readonly string[];
  readonly weight?: number;
  readonly explains?: readonly string[];
  readonly subject?: string;
}

/** Makes the conclusion of a code, in the catalogue's words. Throws when a `{name}` of the text has no value. */
export function conclusion(code: FindingCode, parts: ConclusionParts): Conclusion {
  const kind = findingKind(code);
  const severity = parts.severity ?? kind.severity;
  const text = parts.variant === undefined ? kind.cause : kind.variants?.[parts.variant];
  if (text === undefined) throw new Error(`${code} has no variant "${parts.variant}"`);
  const fill = (template: string): string =>
    template.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = parts.values?.[name];
      if (value === undefined) throw new Error(`${code}: the text needs a value for {${name}}`);
      return String(value);
    });
  return {
    code,
    certainty: parts.certainty,
    ...(severity !== undefined && { severity }),
    cause: fill(text),
    evidence: parts.evidence,
    remedy: [...(parts.remedyFirst ?? []), ...kind.remedy.map(fill), ...(parts.remedyLast ?? [])],
    weight: parts.weight ?? 50,
    explains: parts.explains ?? [],
    ...(parts.subject !== undefined && { subject: parts.subject }),
    ...(kind.doneUnderReset !== undefined && { doneUnderReset: kind.doneUnderReset }),
  };
}

/** A conclusion as it is told: without what only the engine needs. */
export function asFinding({
  weight: _weight,
  explains: _explains,
  subject: _subject,
  doneUnderReset: _doneUnderReset,
  ...finding
}: Conclusion): Finding {
  return finding;
}
