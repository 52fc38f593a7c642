import type { Fact, FactKind, FactOf, FactSource, FactValues, Tool } from "./facts.ts";

/** Facts in the order they were read, and questions that rules ask of them. */
export class FactSet {
  readonly facts: readonly Fact[];
  readonly #byKind = new Map<FactKind, Fact[]>();
  readonly #order = new Map<Fact, number>();

  constructor(facts: readonly Fact[]) {
    this.facts = facts;
    for (const [index, each] of facts.entries()) {
      const list = this.#byKind.get(each.kind);
      if (list === undefined) this.#byKind.set(each.kind, [each]);
      else list.push(each);
      this.#order.set(each, index);
    }
  }

  /** Every fact of a kind, oldest first; only those whose value passes `test`, if one is given. */
  all<Kind extends FactKind>(kind: Kind, test?: (value: FactValues[Kind]) => boolean): FactOf<Kind>[] {
    const list = (this.#byKind.get(kind) ?? []) as unknown as FactOf<Kind>[];
    return test === undefined ? [...list] : list.filter(({ value }) => test(value));
  }

  first<Kind extends FactKind>(kind: Kind, test?: (value: FactValues[Kind]) => boolean): FactOf<Kind> | undefined {
    return this.all(kind, test)[0];
  }

  last<Kind extends FactKind>(kind: Kind, test?: (value: FactValues[Kind]) => boolean): FactOf<Kind> | undefined {
    return this.all(kind, test).at(-1);
  }

  has<Kind extends FactKind>(kind: Kind, test?: (value: FactValues[Kind]) => boolean): boolean {
    return this.first(kind, test) !== undefined;
  }

  /** True when `one` was read before `other`. */
  before(one: Fact, other: Fact): boolean {
    return (this.#order.get(one) ?? -1) < (this.#order.get(other) ?? -1);
  }
}

/** A fact's source as a line of evidence: `line 18: ST-LINK detects target voltage = 3.26 V`. */
export function quote(source: FactSource): string {
  switch (source.from) {
    case "log":
      return `line ${source.line}: ${shortened(source.text.trim())}`;
    case "target":
      return source.what;
    case "option":
      return `option ${source.text}`;
    case "project": {
      const line = source.line === undefined ? "" : `, line ${source.line}`;
      return `${source.file}${line}${source.key === undefined ? "" : `: ${source.key}`}`;
    }
  }
}

/** Columns of a log's line that are quoted: what a tool says stands at its start. */
const QUOTED = 240;

function shortened(text: string): string {
  return text.length > QUOTED ? `${text.slice(0, QUOTED)}...` : text;
}

/** The tool in whose words a fact was told; `undefined` of what no log told. */
export function toolOf({ source }: Fact): Tool | undefined {
  return source.from === "log" ? source.tool : undefined;
}

/** Evidence lines of facts, without repeats. */
export function quotes(...facts: readonly (Fact | undefined)[]): string[] {
  return [...new Set(facts.flatMap((each) => (each === undefined ? [] : [quote(each.source)])))];
}
