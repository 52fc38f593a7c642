/** Who speaks on which line of a log, and which failure a line is left to. */
import type { Fact, Tool } from "../facts.ts";
import { isFailure } from "./failures.ts";
import { toldKinds } from "./last-resort.ts";
import type { LogLine, LogReader, Said } from "./log-reader.ts";
import type { Candidate } from "./pattern-index.ts";
import { looksLikeError } from "./unknown-errors.ts";

/** A tool that spoke in a log. */
export interface SpokenTool {
  readonly name: Tool;
  readonly version?: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

/** A pattern that fits a line, and what it tells. */
export interface Hit {
  readonly candidate: Candidate;
  readonly line: LogLine;
  readonly said: readonly Said[];
}

/** Weight of words that hardly anything but a debug tool prints. */
const LEAST_WEIGHT = 3;

export function toolOf({ candidate }: Hit): Tool {
  return candidate.pattern.tool ?? candidate.reader.tools[0];
}

export function lineOf({ source }: Fact): number {
  return source.from === "log" ? source.line : 0;
}

/** A program that is known by its failure alone. */
export function byFailure(facts: readonly Fact[]): SpokenTool[] {
  if (facts.length === 0) return [];
  const lines = facts.map(lineOf);
  return [{ name: "other", firstLine: Math.min(...lines), lastLine: Math.max(...lines) }];
}

/** The reader of the most weight among those to which a line tells an error; of several alike, the first. */
export function likeliestOf(hits: readonly Hit[], weights: ReadonlyMap<LogReader, number>): LogReader | undefined {
  const errors = hits.filter(
    ({ said, line, candidate }) =>
      said.length > 0 && candidate.pattern.weight >= LEAST_WEIGHT && looksLikeError(line.text),
  );
  const readers = [...new Set(errors.map(({ candidate }) => candidate.reader))];
  return readers.sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))[0];
}

/** A line, or what one line holds in place of several. */
function keyOf({ number, text }: LogLine): string {
  return `${number} ${text}`;
}

/**
 * Patterns that fit one of their lines better than any other reader's: what another tool says more exactly speaks for no
 * other. A line that fits two readers alike speaks for the one for which more other lines do.
 */
export function bestOfTheirLines(hits: readonly Hit[]): Set<Candidate> {
  const lines = new Map<string, Hit[]>();
  for (const hit of hits) {
    const key = keyOf(hit.line);
    const list = lines.get(key);
    if (list === undefined) lines.set(key, [hit]);
    else list.push(hit);
  }
  const best = new Set<Candidate>();
  const shared: Candidate[][] = [];
  for (const list of lines.values()) {
    const most = Math.max(...list.map(({ candidate }) => candidate.pattern.weight));
    const top = list.map(({ candidate }) => candidate).filter(({ pattern }) => pattern.weight === most);
    if (new Set(top.map(({ reader }) => reader)).size === 1) for (const each of top) best.add(each);
    else shared.push(top);
  }
  const alone = new Map<LogReader, number>();
  for (const { reader, pattern } of best) alone.set(reader, (alone.get(reader) ?? 0) + pattern.weight);
  for (const top of shared) {
    const most = Math.max(...top.map(({ reader }) => alone.get(reader) ?? 0));
    for (const each of top) if ((alone.get(each.reader) ?? 0) === most) best.add(each);
  }
  return best;
}

/** Where several tools' words fit a line, the tool whose words fit best speaks; else the one that spoke last. */
export function oneSpeaker(hits: readonly Hit[], weights: ReadonlyMap<LogReader, number>): Hit[] {
  const found: Hit[] = [];
  let speaker: LogReader | undefined;
  for (let from = 0; from < hits.length; ) {
    let to = from;
    while (to < hits.length && keyOf(hits[to].line) === keyOf(hits[from].line)) to++;
    // What a person tells beside a tool's words holds, whoever has the line.
    const told = hits.slice(from, to).filter(({ said }) => said.some(isTold));
    const group = hits.slice(from, to).filter((hit) => !told.includes(hit));
    from = to;
    found.push(...told);
    if (group.length === 0) continue;
    const best = new Map<LogReader, number>();
    for (const { candidate } of group) {
      best.set(candidate.reader, Math.max(best.get(candidate.reader) ?? 0, candidate.pattern.weight));
    }
    const ranked = [...best].sort(
      ([a, weightA], [b, weightB]) =>
        weightB - weightA ||
        Number(b === speaker) - Number(a === speaker) ||
        (weights.get(b) ?? 0) - (weights.get(a) ?? 0),
    );
    const [reader, weight] = ranked[0];
    if (weight >= 5) speaker = reader;
    found.push(...group.filter(({ candidate }) => candidate.reader === reader));
    const own = group.filter(({ candidate }) => candidate.reader === reader);
    // What only speaks for its tool, or tells of no failure, leaves that to what any program's words tell.
    if (reader.lastResort === true || !own.every(leavesFailure)) continue;
    found.push(...group.filter(({ candidate, said }) => candidate.reader.lastResort === true && said.some(fails)));
  }
  return found;
}

/**
 * What a line tells whether its error is understood or not: what the words of a command line tell, also in an error that
 * quotes them; that it calls itself a warning, or has words that are known to be harmless.
 */
export const ofCommand: ReadonlySet<Fact["kind"]> = new Set([
  "stage",
  "tool",
  "option",
  "chip-name",
  "image-file",
  "system-told",
  "warned",
  "harmless",
]);

/** Whether a pattern has the error of its line, and not only a command that the error quotes. */
export function understands({ pattern }: Candidate, said: readonly Said[]): boolean {
  return (
    pattern.facts !== undefined && (said.length === 0 || said.some((each) => fails(each) || !ofCommand.has(each[0])))
  );
}

function isTold([kind]: Said): boolean {
  return toldKinds.has(kind);
}

function fails([kind, value]: Said): boolean {
  return isFailure({ kind, value } as Pick<Fact, "kind" | "value"> as Fact);
}

/** Whether a line of a tool may be another's failure: one from which the tool's reader made nothing on purpose may not. */
function leavesFailure({ candidate, said }: Hit): boolean {
  return candidate.pattern.facts === undefined || (said.length > 0 && !said.some(fails));
}

export function spokenTools(
  hits: readonly Hit[],
  byTool: ReadonlyMap<Tool, number>,
  recognised: ReadonlySet<LogReader>,
  needed: number,
): SpokenTool[] {
  const spans = new Map<Tool, { firstLine: number; lastLine: number }>();
  for (const hit of hits) {
    const { reader } = hit.candidate;
    const own = toolOf(hit);
    // Of a reader's tools that are not sure by themselves, the likeliest is taken for all its lines.
    const sure = (byTool.get(own) ?? 0) >= needed;
    const best = [...reader.tools].sort((a, b) => (byTool.get(b) ?? 0) - (byTool.get(a) ?? 0))[0];
    const tool = sure ? own : best;
    if (!recognised.has(reader)) continue;
    const span = spans.get(tool);
    if (span === undefined) spans.set(tool, { firstLine: hit.line.number, lastLine: hit.line.number });
    else span.lastLine = hit.line.number;
  }
  return [...spans].map(([name, span]) => ({ name, ...span })).sort((a, b) => a.firstLine - b.firstLine);
}

export function withVersions(tools: readonly SpokenTool[], facts: readonly Fact[]): SpokenTool[] {
  return tools.map((tool) => {
    for (const each of facts) {
      if (each.kind === "tool" && each.value.name === tool.name && each.value.version !== undefined) {
        return { ...tool, version: each.value.version };
      }
    }
    return tool;
  });
}
