/** From the text of any tools to what went wrong. Pure: bytes in, an explanation out. */
import { diagnose } from "../diagnose.ts";
import { quotes } from "../fact-set.ts";
import type { Fact } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { type Excluded, excludedBy } from "./excluded.ts";
import { failuresIn } from "./failures.ts";
import { withoutOutcome } from "./no-outcome.ts";
import { LogReading, type ReadLog, readLog, type SpokenTool } from "./read-log.ts";
import { type Remark, remarksOn } from "./remarks.ts";
import { type SessionSummary, summarise } from "./session-summary.ts";
import { withUndecided } from "./undecided.ts";

/** What a log says, and what follows from it. */
export interface LogExplanation {
  /** Who spoke, in the order of first words; empty: nothing known was recognised, and nothing is concluded. */
  readonly tools: readonly SpokenTool[];
  readonly session: SessionSummary;
  /** Worst and surest first; empty when no failure is seen. */
  readonly findings: readonly Finding[];
  /** What is merely worth knowing, where nothing failed that it could explain. */
  readonly notes: readonly Finding[];
  /** What cannot be the cause, and which lines rule it out; only where something failed. */
  readonly excluded: readonly Excluded[];
  /** Defects of the tools' own words. */
  readonly remarks: readonly Remark[];
  /** Whether the log shows a failure at all. */
  readonly failure: boolean;
  readonly lineCount: number;
  readonly facts: readonly Fact[];
}

/** Explains a log that is in memory. */
export function explainLog(bytes: Uint8Array): LogExplanation {
  return explain(readLog(bytes));
}

/** Explains a log piece by piece, however long. */
export async function explainStream(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<LogExplanation> {
  const reading = new LogReading();
  for await (const piece of pieces) reading.push(piece);
  return explain(reading.end());
}

function explain({ tools, facts, lineCount }: ReadLog): LogExplanation {
  const { standing, overcome } = failuresIn(facts);
  const told = tools.length === 0 ? [] : withUndecided(asSureAs(facts, diagnose(facts)), facts, standing);
  const all = standing.length > 0 || overcome.length > 0 ? told : withoutOutcome(told, facts);
  const wrong = standing.length > 0 || all.some(({ severity }) => severity !== "note");
  const findings = wrong ? all : [];
  const failure =
    standing.length > 0 ||
    findings.some(({ severity = "error", certainty }) => severity === "error" && certainty !== "possible");
  const excluded = failure ? excludedBy(facts) : [];
  return {
    tools,
    session: summarise(facts),
    findings,
    excluded,
    notes: wrong ? [] : all,
    remarks: remarksOn(facts, excluded, overcome),
    failure,
    lineCount,
    facts,
  };
}

/** Findings, none of them certain where an error was understood by its subject alone, and less so those that rest on it. */
function asSureAs(facts: readonly Fact[], findings: readonly Finding[]): readonly Finding[] {
  const guessed = facts.filter(({ source }) => source.from === "log" && source.guessed === true);
  if (guessed.length === 0) return findings;
  const lines = quotes(...guessed);
  return findings.map((each) =>
    each.evidence.some((line) => lines.includes(line))
      ? { ...each, certainty: "possible" }
      : each.certainty === "certain"
        ? { ...each, certainty: "likely" }
        : each,
  );
}
