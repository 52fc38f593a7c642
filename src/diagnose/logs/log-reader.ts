/**
 * A reader of one tool's output: what its lines look like, and which facts they tell.
 *
 * The engine (`read-log.ts`) cleans each line (prompts, colours, time stamps, entities, wrapping), looks for the literal
 * words of all patterns at once, and tries only the patterns whose words the line has: so a reader may have hundreds,
 * and a line that has none costs next to nothing. Facts of a reader count only when its tool was recognised: its
 * patterns' weights, each pattern counted once, have to reach {@link RECOGNISED} in the whole log.
 *
 * A pattern is made from the mechanism, not from one version's sentence: tolerant to case, spacing, numbers and
 * versions; `.*` at most once and no quantifier inside a quantified group, so that no line can make it slow.
 */

import type { FactKind, FactValues, Tool } from "../facts.ts";

/** Sum of weights at which a tool counts as recognised. */
export const RECOGNISED = 10;

/** In a text of few lines one that few other tools print is enough: there is no room for more, nor for chance. */
export const RECOGNISED_IN_SHORT = 5;

/** Beside a tool that it works with, a line that is a little its own is enough. */
export const RECOGNISED_BESIDE = 4;

/** A line as a pattern sees it. */
export interface LogLine {
  /** Counts from 1 in the file as given; of a line that was wrapped, its first. */
  readonly number: number;
  /** Cleaned: no prompt, no colour, no time stamp, no prefix of ST's log, blanks at the ends cut. */
  readonly text: string;
  /** Where it stands in its line, when one line holds what were several. */
  readonly part?: number;
  /** Seconds since start, where the line has them (`[0.034] function():`). */
  readonly seconds?: number;
  /** The function that ST's log names. */
  readonly functionName?: string;
}

/** A fact without its source: the engine adds the line. */
export type Said = { [Kind in FactKind]: readonly [kind: Kind, value: FactValues[Kind]] }[FactKind];

/** What a pattern may look at beside its own match. */
export interface LineContext {
  readonly line: LogLine;
  /** The last line before this one that was not empty. */
  readonly previous: LogLine | undefined;
  /** The reader's own notes for this log; empty at its start. */
  readonly memory: Map<string, unknown>;
}

/** One kind of line. */
export interface LinePattern {
  /**
   * Lower-case literal text that begins where a word begins (with a letter, a digit or `_`), one of which every line of this pattern has: `device id`,
   * `st-link fw`. The more special the cheaper. A keyword matches in any case.
   */
  readonly words: readonly string[];
  /** Tried on the cleaned text. Neither `g` nor `y`. */
  readonly pattern: RegExp;
  /**
   * How much the line speaks for the tool: 10 no other tool prints it; 5 few others do; 0 it is understood only when
   * other lines told which tool speaks.
   */
  readonly weight: number;
  /** The tool, where a reader knows several; the reader's first otherwise. */
  readonly tool?: Tool;
  /** What the line tells. Left out: it only speaks for the tool. */
  readonly facts?: (match: RegExpExecArray, context: LineContext) => readonly Said[];
}

/** All that is known of one program's output, or of programs that share their words. */
export interface LogReader {
  readonly tools: readonly [Tool, ...Tool[]];
  readonly patterns: readonly LinePattern[];
  /** Tools that run it, or that it works for: beside one of them a few words of its own are enough. */
  readonly beside?: readonly Tool[];
  /**
   * Words that any program may print. It speaks only on lines that no recognised tool understood; and alone only in a
   * text that is about an embedded target.
   */
  readonly lastResort?: boolean;
  /** Facts that only the whole log tells, made from `memory`; each with the line it is about. */
  readonly finish?: (memory: Map<string, unknown>) => readonly { readonly line: LogLine; readonly said: Said }[];
}

/**
 * Makes a pattern: `line("voltage", 5, /voltage\s*[:=]\s*([\d.]+) ?V/i, (m) => [say("voltage", { volts: Number(m[1]) })])`.
 */
export function line(
  words: string | readonly string[],
  weight: number,
  pattern: RegExp,
  facts?: LinePattern["facts"],
  tool?: Tool,
): LinePattern {
  return {
    words: typeof words === "string" ? [words] : words,
    weight,
    pattern,
    ...(facts !== undefined && { facts }),
    ...(tool !== undefined && { tool }),
  };
}

/** Makes a fact without its source. */
export function say<Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Said {
  return [kind, value] as unknown as Said;
}
