/** What whoever gives the text asks in words of their own: looked at only where no tool says that anything failed. */
import type { LogLine } from "./log-reader.ts";

/** Sentences that are kept: the first ones, for what is wrong is said before it is told what was tried. */
const KEPT = 8;

/** Words that tell of something unwanted, or ask. */
const unwanted =
  /\?(?:\s|$)|\b(?:but|though|however|never|nothing|no longer|any ?more|for ?ever|stays?|stuck|sits|hangs?|freezes?|frozen|(?<!\bif\b.{0,200})gone|dead|dark|blank|empty|silent|missing|wrong|weird|strange|odd|junk|garbage|fails?|flickers?|reboots?|restarts?|(?:comes?|came|keeps? coming) back|(?:over|again) and (?:over|again)|broken|unable|why|can ?not|(?:do|does|did|wo|ca|is|are|was|has|have)n'?t|(?:do|does|did|is|are|was|will) not)\b/i;
/** A person speaks. */
const personal = /\b(?:I|I'm|I've|I'd|[Mm]y|[Mm]ine|me|we|[Oo]ur)\b(?![/.=:])/;
/** Prompts, levels, labels and marks with which programs' lines begin, and code. */
const ofProgram =
  /^(?:[\s>$#*%~[{(<|=-]|\d|\/\/|(?:info|warn(?:ing)?|error|note|debug|hint|usage)\b|(?:build|compil|link|generat|scann|check|download|us|collect|install|configur|process|copy|creat|look|search|mak)ing\b|[\w .-]{1,24}\s?[:=])|[{};=]|\w+\(\)|::|\bWARRANTY\b/i;

/** Who asks, or quotes more than a name. */
const aboutALine =
  /^(?:for )?(?:is|are|was|were|do|does|did|can|could|should|what|why|how|where)\b.*\?|"[^"]* [^"]* [^"]*"|“[^”]* [^”]* [^”]*”/i;

/** Arrows and brackets with which a person sets a remark apart from what a tool printed. */
function withoutMarks(text: string): string {
  const pointed = text.replace(/^\s*(?:[-=]{1,3}>|<[-=]{1,3}|[\u2190-\u2193\u21d0\u21d2])\s*/, "");
  return /^\(.*\)$/.test(pointed) ? pointed.slice(1, -1) : pointed;
}

/** A sentence, by its words: enough of them, and little else. */
function isSentence(text: string): boolean {
  if (text.length > 600 || ofProgram.test(text)) return false;
  const words = text.match(/\b[a-z']{1,20}\b/gi) ?? [];
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  return words.length >= 5 && letters >= text.length * 0.6;
}

/** Sentences of a person who says that something is not as it should be. */
export class Complaints {
  readonly #kept: LogLine[] = [];

  take(line: LogLine): void {
    const { text } = line;
    if (this.#kept.length >= KEPT || !unwanted.test(text) || !isSentence(withoutMarks(text))) return;
    this.#kept.push(line);
  }

  /** Those that a person wrote by their own words, or that stand before a tool's first line or behind its last. */
  around(lines: readonly LogLine[]): LogLine[] {
    // Who asks about a tool's line in its words is not that tool.
    const asking = this.#kept.filter(({ text }) => aboutALine.test(text)).map(({ number }) => number);
    const ofTools = lines.map(({ number }) => number).filter((number) => !asking.includes(number));
    const first = ofTools[0];
    const last = ofTools.at(-1);
    if (first === undefined || last === undefined) return [];
    return this.#kept.filter(({ number, text }) => personal.test(text) || number < first || number > last);
  }
}
