import { type Fact, type FactSource, fact, type Tool } from "../facts.ts";
import { cleanLine } from "./clean.ts";
import { Complaints } from "./complaints.ts";
import { LineSplitter } from "./decode.ts";
import { failuresIn, isFailure } from "./failures.ts";
import { HeldPieces } from "./held-pieces.ts";
import { failsAtWork, isAboutTarget, wentOn } from "./last-resort.ts";
import {
  type LogLine,
  type LogReader,
  RECOGNISED,
  RECOGNISED_BESIDE,
  RECOGNISED_IN_SHORT,
  type Said,
} from "./log-reader.ts";
import { type Candidate, indexOf, type PatternIndex } from "./pattern-index.ts";
import { subjectOf } from "./plain-words.ts";
import { readers as allReaders } from "./readers.ts";
import {
  bestOfTheirLines,
  byFailure,
  type Hit,
  likeliestOf,
  lineOf,
  ofCommand,
  oneSpeaker,
  type SpokenTool,
  spokenTools,
  toolOf,
  understands,
  withVersions,
} from "./speakers.ts";
import { type UnknownError, UnknownErrors, wordsOf } from "./unknown-errors.ts";
import { continues } from "./wrapped.ts";

export type { SpokenTool } from "./speakers.ts";

/** What a log says. */
export interface ReadLog {
  /** In the order in which they first spoke. */
  readonly tools: readonly SpokenTool[];
  readonly facts: readonly Fact[];
  readonly lineCount: number;
}

/** Lines from the start, and from the end, that are read thoroughly. */
const HEAD = 8_000;
const TAIL = 3_000;
/** Between them: how often an equal line is read, how many different ones are remembered, how many are read at all. */
const REPEATS = 5;
const REMEMBERED = 20_000;
const MIDDLE_READ = 20_000;
/** Matches that are kept of one pattern: the first and the last. */
const KEPT = 150;

/** A text of so few lines that are not empty is an excerpt: one or two of a tool's lines. */
const SHORT = 8;
/** In one of so few that no tool is sure to have spoken in, one of its lines among others' words is enough. */
const WITH_WORDS = 60;
/** In one of so few that is no tool's for sure, an error that some tool words like that is taken for that tool's. */
const FEWEST = 3;

/** Lines longer than this may be several whose ends were lost in a paste. */
const RUN_TOGETHER = 160;
const MOST_RUN_TOGETHER = 80;
const LEAST_RUN_TOGETHER = 4;

interface KeptHits {
  readonly first: Hit[];
  readonly last: Hit[];
  next: number;
}

/** Reads a log piece by piece; what is kept is bounded, whatever its length. */
export class LogReading {
  readonly #index: PatternIndex;
  readonly #readers: readonly LogReader[];
  readonly #splitter = new LineSplitter((line) => this.#take(line));
  readonly #held = new HeldPieces();
  readonly #memories = new Map<LogReader, Map<string, unknown>>();
  readonly #hits = new Map<Candidate, KeptHits>();
  readonly #tail: { number: number; raw: string }[] = [];
  readonly #seen = new Map<string, number>();
  readonly #unknownErrors = new UnknownErrors();
  readonly #complaints = new Complaints();
  /** Lines at which ^C was pressed, the first ones. */
  readonly #interrupts: LogLine[] = [];
  /** The text is about an embedded target, whoever speaks. */
  #aboutTarget = false;
  /** One of its first lines says that something failed of what debug tools do, in whatever words. */
  #failedAtWork = false;
  #tailNext = 0;
  #middleRead = 0;
  #lineCount = 0;
  #written = 0;
  #previous: LogLine | undefined;

  constructor(readers: readonly LogReader[] = allReaders) {
    this.#readers = readers;
    this.#index = indexOf(readers);
    for (const reader of readers) this.#memories.set(reader, new Map());
  }

  push(bytes: Uint8Array): void {
    if (this.#middleRead < MIDDLE_READ || !this.#splitter.bytewise) {
      this.#splitter.push(bytes);
      return;
    }
    // Enough was read of the middle: only the end will be, and where it begins is known when all is there.
    for (const piece of this.#held.add(bytes, TAIL)) {
      this.#splitter.skip(piece);
      this.#lineCount += piece.lines;
    }
  }

  end(): ReadLog {
    for (const { bytes } of this.#held.take()) this.#splitter.push(bytes);
    this.#splitter.end();
    const tail = [...this.#tail.slice(this.#tailNext), ...this.#tail.slice(0, this.#tailNext)];
    this.#tail.length = 0;
    for (const { number, raw } of tail) this.#read(number, raw);
    return this.#conclude();
  }

  #take(raw: string): void {
    const number = ++this.#lineCount;
    if (number <= HEAD) {
      this.#read(number, raw);
    } else if (this.#tail.length < TAIL) {
      this.#tail.push({ number, raw });
    } else {
      const oldest = this.#tail[this.#tailNext];
      this.#tail[this.#tailNext] = { number, raw };
      this.#tailNext = (this.#tailNext + 1) % TAIL;
      this.#skim(oldest.number, oldest.raw);
    }
  }

  /** The middle of a long log: lines that were not read before and have a word of any pattern. */
  #skim(number: number, raw: string): void {
    if (this.#middleRead >= MIDDLE_READ) return;
    const from = raw.charCodeAt(0) === 0x5b ? raw.indexOf("]") + 1 : 0;
    const key = from > 0 && from < 24 ? raw.slice(from) : raw;
    const seen = this.#seen.get(key) ?? 0;
    if (seen >= REPEATS) return;
    if (seen > 0 || this.#seen.size < REMEMBERED) this.#seen.set(key, seen + 1);
    if (!this.#index.touches(raw)) return;
    this.#middleRead++;
    this.#read(number, raw);
  }

  #read(number: number, raw: string): void {
    if (raw.trim() !== "") this.#written++;
    for (const clean of cleanLine(raw)) {
      const { note, ...words } = clean;
      const line: LogLine = { number, ...words };
      this.#aboutTarget ||= isAboutTarget(line.text) || (note !== undefined && isAboutTarget(note));
      if (this.#written <= WITH_WORDS) this.#failedAtWork ||= failsAtWork(line.text);
      if (line.text.length > RUN_TOGETHER && !isCommandLine(line.text) && this.#matchRunTogether(line)) {
        this.#previous = line;
        continue;
      }
      const matched = this.#match(line, this.#previous, undefined);
      if (this.#previous !== undefined && this.#previous.number < number && continues(this.#previous.text, line)) {
        this.#matchJoined(this.#previous, line, [...matched.keys()]);
      }
      const understood = [...matched].filter(([each, said]) => understands(each, said)).map(([{ reader }]) => reader);
      this.#unknownErrors.take(line, raw, understood);
      this.#complaints.take(line);
      if (line.text.endsWith("^C") && this.#interrupts.length < KEPT) this.#interrupts.push(line);
      this.#previous = line;
    }
  }

  /** A line that holds several, whose ends were lost in a paste: each is tried where a word of its pattern stands. */
  #matchRunTogether(line: LogLine): boolean {
    const places = [
      { at: 0, candidates: this.#index.candidates(line.text.slice(0, 60)) },
      ...this.#index.occurrences(line.text, MOST_RUN_TOGETHER),
    ];
    const found = new Map<Candidate, { match: RegExpExecArray; piece: LogLine }>();
    for (const [i, { at, candidates }] of places.entries()) {
      // A value ends where what looks like the next label begins.
      const next = places.slice(i + 1).find((place) => place.at > at && /[\s:.]$/.test(line.text.slice(at, place.at)));
      const rest = line.text.slice(at, at + 300);
      const text = next === undefined ? rest : wholeWords(rest, Math.max(next.at - at, 40));
      for (const candidate of candidates) {
        if (found.has(candidate)) continue;
        const match = candidate.pattern.pattern.exec(text) ?? candidate.pattern.pattern.exec(rest);
        if (match === null || (match.index > 0 && match.input === rest)) continue;
        found.set(candidate, { match, piece: { ...line, text, part: at } });
      }
    }
    const parts = new Set([...found.values()].map(({ piece }) => piece.part));
    if (parts.size < LEAST_RUN_TOGETHER) return false;
    for (const [candidate, { match, piece }] of found) {
      const memory = this.#memories.get(candidate.reader) as Map<string, unknown>;
      const said = candidate.pattern.facts?.(match, { line: piece, previous: undefined, memory }) ?? [];
      this.#keep({ candidate, line: piece, said });
    }
    return true;
  }

  /** Tries a line's candidates; those in `except` were matched already. Returns what matched. */
  #match(line: LogLine, previous: LogLine | undefined, spans: ((start: number, end: number) => boolean) | undefined) {
    const matched = new Map<Candidate, readonly Said[]>();
    for (const candidate of this.#index.candidates(line.text)) {
      const { reader, pattern } = candidate;
      const match = pattern.pattern.exec(line.text);
      if (match === null) continue;
      if (spans !== undefined && !spans(match.index, match.index + match[0].length)) continue;
      const memory = this.#memories.get(reader) as Map<string, unknown>;
      const said = pattern.facts?.(match, { line, previous, memory }) ?? [];
      matched.set(candidate, said);
      this.#keep({ candidate, line, said });
    }
    return matched;
  }

  /** A line that was wrapped: patterns that match only when both halves are one. */
  #matchJoined(first: LogLine, second: LogLine, matched: readonly Candidate[]): void {
    const alone = new Set(matched);
    for (const candidate of this.#index.candidates(first.text)) {
      if (candidate.pattern.pattern.test(first.text)) alone.add(candidate);
    }
    for (const glue of [" ", ""]) {
      const joined: LogLine = { ...first, text: `${first.text}${glue}${second.text}` };
      const seam = first.text.length;
      for (const candidate of this.#index.candidates(joined.text)) {
        if (alone.has(candidate)) continue;
        const match = candidate.pattern.pattern.exec(joined.text);
        if (match === null || match.index >= seam || match.index + match[0].length <= seam + glue.length) continue;
        alone.add(candidate);
        const memory = this.#memories.get(candidate.reader) as Map<string, unknown>;
        const said = candidate.pattern.facts?.(match, { line: joined, previous: undefined, memory }) ?? [];
        this.#keep({ candidate, line: joined, said });
      }
    }
  }

  #keep(hit: Hit): void {
    let kept = this.#hits.get(hit.candidate);
    if (kept === undefined) {
      kept = { first: [], last: [], next: 0 };
      this.#hits.set(hit.candidate, kept);
    }
    // A copy, so that the piece of the file that the line is cut from can be forgotten.
    if (kept.first.length < KEPT) kept.first.push(hit);
    else if (kept.last.length < KEPT) kept.last.push(hit);
    else {
      kept.last[kept.next] = hit;
      kept.next = (kept.next + 1) % KEPT;
    }
  }

  #conclude(): ReadLog {
    const all = [...this.#hits.values()].flatMap(({ first, last }) => [...first, ...last]);
    const weights = new Map<LogReader, number>();
    const byTool = new Map<Tool, number>();
    const tells = new Set<LogReader>();
    for (const { reader, pattern } of bestOfTheirLines(all)) {
      weights.set(reader, (weights.get(reader) ?? 0) + pattern.weight);
      if (pattern.weight >= RECOGNISED_BESIDE && pattern.facts !== undefined) tells.add(reader);
      const tool = pattern.tool ?? reader.tools[0];
      byTool.set(tool, (byTool.get(tool) ?? 0) + pattern.weight);
    }
    const needed = this.#written <= SHORT ? RECOGNISED_IN_SHORT : RECOGNISED;
    const recognised = new Set(this.#readers.filter((reader) => (weights.get(reader) ?? 0) >= needed));
    if (recognised.size === 0 && this.#written <= WITH_WORDS) {
      for (const reader of tells) if ((weights.get(reader) ?? 0) >= RECOGNISED_IN_SHORT) recognised.add(reader);
    }
    const sure = new Set([...recognised].flatMap((reader) => reader.tools));
    for (const reader of this.#readers) {
      const works = reader.beside?.some((tool) => sure.has(tool)) === true;
      if (works && tells.has(reader)) recognised.add(reader);
    }
    // Words of whoever asks, around a line or two of a tool's, make no long text of an excerpt.
    const told = this.#written <= WITH_WORDS ? this.#telling(all) : this.#written;
    if (recognised.size === 0 && told <= FEWEST) {
      const likeliest = likeliestOf(all, weights);
      if (likeliest !== undefined) recognised.add(likeliest);
    }
    // An excerpt that someone asks about is about a target if its failure may be.
    const about = this.#aboutTarget || (told <= SHORT && this.#failedAtWork);
    const alone = recognised.size === 0 && about;
    const others = this.#readers.filter(({ lastResort }) => lastResort === true);
    if (recognised.size > 0 || alone) for (const reader of others) recognised.add(reader);
    const hits = all
      .filter(({ candidate }) => recognised.has(candidate.reader))
      .sort(
        (a, b) =>
          a.line.number - b.line.number ||
          (a.line.part ?? 0) - (b.line.part ?? 0) ||
          a.candidate.order - b.candidate.order,
      );
    const lines = oneSpeaker(hits, weights);
    const facts: Fact[] = lines.flatMap((hit) => hit.said.map((said) => factOf(said, hit.line, toolOf(hit))));
    for (const reader of recognised) {
      for (const { line, said } of reader.finish?.(this.#memories.get(reader) ?? new Map()) ?? []) {
        facts.push(factOf(said, line, reader.tools[0]));
      }
    }
    facts.sort((a, b) => lineOf(a) - lineOf(b));
    const kept = facts.filter((each) => !isOfAny(each) || !wentOn(each, facts));
    kept.push(...this.#interrupts.map((line) => factOf(["interrupted", {}], line, "other")));
    if (recognised.size > 0) {
      const asked = this.#complaintsAround(lines);
      kept.push(...this.#unknown(lines, kept, recognised, new Set(asked.map(lineOf))), ...asked);
    }
    kept.sort((a, b) => lineOf(a) - lineOf(b));
    const spoken = lines.filter(({ candidate }) => candidate.reader.lastResort !== true);
    const tools = spokenTools(spoken, byTool, recognised, needed);
    return {
      tools: withVersions(tools.length > 0 ? tools : byFailure(kept), kept),
      facts: kept,
      lineCount: this.#lineCount,
    };
  }

  /** How many lines a tool may have written: those that a reader has, and those that begin as an error does. */
  #telling(hits: readonly Hit[]): number {
    const lines = [...hits.map(({ line }) => line), ...this.#unknownErrors.lines.map(({ line }) => line)];
    return new Set(lines.map(({ number }) => number)).size;
  }

  /** What a person says of it, whose words stand around those of the tools. */
  #complaintsAround(lines: readonly Hit[]): Fact[] {
    return this.#complaints
      .around(lines.map(({ line }) => line))
      .map((line) => factOf(["complaint", { text: line.text }], line, "other"));
  }

  /** Errors that no reader understood whose tool spoke; and where nothing else failed, lines that say so at all. */
  #unknown(
    lines: readonly Hit[],
    facts: readonly Fact[],
    recognised: ReadonlySet<LogReader>,
    asked: ReadonlySet<number>,
  ): Fact[] {
    const told = new Set(facts.filter((each) => isFailure(each) || !ofCommand.has(each.kind)).map(lineOf));
    // What another tool would have meant by such words does not count where that tool did not speak.
    const open = (each: UnknownError): boolean =>
      !told.has(each.line.number) &&
      !each.understoodBy.some((reader) => recognised.has(reader) && reader.lastResort !== true);
    const asFact = ({ line }: UnknownError): Fact => {
      const own = lines.filter(({ candidate }) => candidate.reader.lastResort !== true);
      const speaker = own.filter((hit) => hit.line.number <= line.number).at(-1) ?? own[0];
      return factOf(
        ["unknown-error", { text: wordsOf(line.text) }],
        line,
        speaker === undefined ? "other" : toolOf(speaker),
      );
    };
    const found = this.#unknownErrors.lines.filter(open).map(asFact);
    if (failuresIn(facts).standing.length > 0) return found;
    // What a person says is heard as that.
    const byTool = (each: UnknownError): boolean => open(each) && !asked.has(each.line.number);
    const faint = found.length > 0 ? [] : this.#unknownErrors.faint.filter(byTool).map(asFact);
    const kept = [...found, ...faint.filter((each) => !wentOn(each, facts))];
    return [...kept, ...guessed(kept, facts)];
  }
}

/** Reads a whole log. */
export function readLog(bytes: Uint8Array, readers?: readonly LogReader[]): ReadLog {
  const reading = new LogReading(readers);
  const piece = 0x40000;
  for (let at = 0; at < bytes.length; at += piece) reading.push(bytes.subarray(at, at + piece));
  return reading.end();
}

function factOf([kind, value]: Said, line: LogLine, tool: Tool): Fact {
  return fact(kind, value as never, { from: "log", line: line.number, text: line.text, tool }) as Fact;
}

/** What errors that no reader has are about, where nothing else that failed is known. */
function guessed(errors: readonly Fact[], facts: readonly Fact[]): Fact[] {
  const texts = errors.map(({ source }) => (source.from === "log" ? wordsOf(source.text) : ""));
  const subject = subjectOf(texts, facts);
  if (subject === undefined) return [];
  const [kind, value] = subject.said;
  return [fact(kind, value as never, { ...errors[subject.index].source, guessed: true } as FactSource) as Fact];
}

/** Whether words told a fact that any program may use. */
function isOfAny({ source }: Fact): boolean {
  return source.from === "log" && source.tool === "other";
}

/** A program and its options to the end of the line, however long that is. */
function isCommandLine(text: string): boolean {
  return (
    text.length < 2_000 &&
    /^["']?[\w:.\\/ -]{1,300}\.exe["']? -|^["']?[\w./-]{1,200}["']? -/.test(text) &&
    /\s-[\w-]+(?: (?:"[^"]*"|'[^']*'|\S+))?$/.test(text)
  );
}

/** The start of a text, at least so long, with its last word whole. */
function wholeWords(text: string, least: number): string {
  const end = text.indexOf(" ", least - 1);
  return (end < 0 ? text : text.slice(0, end)).trim();
}
