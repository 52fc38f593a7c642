/** Somebody asks about what is as it should be: a line that is harmless, or a state that a session is meant to be in. */
import { type HarmlessName, harmless } from "../catalogue/harmless.ts";
import { type FactSet, quotes, toolOf } from "../fact-set.ts";
import type { Fact, FactOf } from "../facts.ts";
import { type Conclusion, conclusion } from "../rule.ts";
import { isWritten } from "../stages.ts";
import { harmlessLines, waiting } from "./harmless-lines.ts";
import { lineOf } from "./speakers.ts";

/** What is answered, and which of the sentences tells of something that is not. */
export interface Answered {
  readonly answers: readonly Conclusion[];
  readonly open: FactOf<"complaint"> | undefined;
}

/** Something harmless that a log shows, and how a sentence asks about it. */
interface Shown {
  readonly name: HarmlessName;
  readonly seen: Fact;
  /** The words of the line. */
  readonly quoted?: RegExp;
  /** Other words for it: they count where they are not about something else. */
  readonly asked?: RegExp;
  readonly sure?: false;
}

/** Answers to what is asked about a log in which nothing failed. */
export function asExpected(set: FactSet): Answered {
  const sentences = set.all("complaint");
  if (sentences.length === 0) return { answers: [], open: undefined };
  const shown = [...linesIn(set, sentences), ...waitingServer(set, sentences)];
  const done = set.last("stage", isWritten);
  const found = new Map<Shown, FactOf<"complaint">>();
  let open: FactOf<"complaint"> | undefined;
  for (const sentence of sentences) {
    const { text } = sentence.value;
    const asked = new Set([...shown.filter((each) => asksAbout(text, each)), ...warnings(set, text, shown)]);
    if (asked.size === 0 && done !== undefined && whetherWell.test(text)) {
      asked.add({ name: "the text as a whole", seen: done });
    }
    for (const each of asked) if (![...found.keys()].some(({ name }) => name === each.name)) found.set(each, sentence);
    if (isOpen(text, [...asked])) open ??= sentence;
  }
  const answers = [...found].map(([each, sentence]) => answer(each, sentence));
  return { answers, open: answers.length === 0 ? sentences[0] : open };
}

function answer({ name, seen, sure }: Shown, sentence: Fact): Conclusion {
  const { cause, remedy } = harmless.find((each) => each.name === name) as (typeof harmless)[number];
  const inLine = quotes(seen).some((line) => line.toLowerCase().includes(name.toLowerCase()));
  return conclusion("as-expected", {
    certainty: sure === false ? "possible" : "likely",
    values: { what: inLine ? `"${name}"` : `${name[0].toUpperCase()}${name.slice(1)}`, means: cause },
    evidence: quotes(sentence, seen),
    remedyLast: remedy,
    subject: name,
    // Its cause says as much, and that nothing is lost by it.
    explains: name === "NRST is not connected" ? ["nrst-not-wired"] : [],
  });
}

/** The harmless lines that tools printed, each once, as far as the work was done in spite of them. */
function linesIn(set: FactSet, sentences: readonly Fact[]): Shown[] {
  const done = set.all("stage", isWritten).map(lineOf);
  return harmlessLines.flatMap(({ name, pattern, asked, only }) => {
    const seen = set
      .all("harmless", (value) => value.name === name)
      .filter((each) => !sentences.some((sentence) => lineOf(sentence) === lineOf(each)))
      .find((each) =>
        only === undefined
          ? true
          : done.some((at) => (only === "written-behind" ? at > lineOf(each) : at < lineOf(each))),
      );
    return seen === undefined ? [] : [{ name, seen, quoted: pattern, ...(asked && { asked }) }];
  });
}

/** A server that is ready and to which nobody has come; one that an IDE started should have been come to. */
function waitingServer(set: FactSet, sentences: readonly Fact[]): Shown[] {
  const stages = set
    .all("stage", ({ reached }) => reached)
    .filter((each) => !sentences.some((sentence) => lineOf(sentence) === lineOf(each)));
  const ready = stages.filter(({ value }) => value.stage === "server-ready").at(-1);
  if (ready === undefined || stages.some((each) => lineOf(each) > lineOf(ready))) return [];
  if (set.has("server-ended")) return [];
  const others = new Set(set.facts.map(toolOf));
  if (others.has("cortex-debug") || others.has("stm32cubeide") || others.has("gdb")) return [];
  return [
    {
      name: "a server that waits",
      seen: ready,
      quoted: /\blistening (?:on port|at) \S+|waiting for (?:a )?(?:debugger|gdb) connection/i,
      asked: waiting,
      // An IDE starts ST's server, and tells nothing of it here.
      ...(toolOf(ready) === "st-link-gdbserver" && { sure: false }),
    },
  ];
}

/** Who asks about "the warnings" asks about each that the log has. */
function warnings(set: FactSet, text: string, shown: readonly Shown[]): Shown[] {
  if (!/\bwarn(?:ing)?s?\b/i.test(text)) return [];
  const lines = new Set(set.all("warned").map(lineOf));
  const known = set.all("harmless").filter((each) => lines.has(lineOf(each)));
  if (new Set(known.map(lineOf)).size < lines.size) return [];
  return shown.filter(({ name }) => known.some(({ value }) => value.name === name));
}

/** Whether all of it is as it should be. */
const whetherWell =
  /\b(?:this|it|that|these|those|log|output|everything|all)\b[^.?!]{0,30}\b(?:ok(?:ay)?|normal|right|correct|fine|good)(?: to you| here| so far)? *\?/i;
/** Of something that does not work, or does what it should not. */
const unwell =
  /n't\b|\b(?:not|no|never|nothing|none|stuck|hangs?|freezes|frozen|dead|dark|blank|empty|silent|missing|garbage|junk|crash(?:es|ed)?|fails?|reboots?|restarts?|flickers?)\b/i;
/** The same words, of what somebody does not know, or has no trouble with. */
const ofAsking =
  /\b(?:no (?:idea|clue|problems?|errors?|warnings?|need)|not (?:sure|a problem)|(?:do|does|did)(?:n'?t| not) (?:understand|know|want|need|get (?:it|this|that|why|what))|nothing (?:is )?(?:wrong|bad|failed)|should(?:n'?t| not) I|am I not)\b/i;
/** What a tool's waiting is not about. */
const ofAnother =
  /\b(?:program|firmware|application|app|code|main|led|board|chip|mcu|display|screen|lcd|uart|serial|usb|gdb|ide|eclipse|cubeide|vs ?code|clion|breakpoints?|step(?:ping)?|debug(?:ging|ger)|tasks?|interrupts?)\b/i;

const quotation = /"[^"]{4,}"|“[^”]{4,}”|`[^`]{4,}`|(?<=^|[\s(])'[^']{4,}'(?=[\s.,:?!)]|$)/g;

/** The parts of a sentence, without what it quotes. */
function clauses(text: string): string[] {
  return text.replace(quotation, " ").split(/[.?!;:,]+(?:\s|$)|\s(?:but|though|however|and|-{1,2})\s/i);
}

function asksAbout(text: string, { quoted, asked }: Shown): boolean {
  if (quoted?.test(text) === true) return true;
  if (asked === undefined) return false;
  return asked === waiting ? clauses(text).some(isAboutWaiting) : asked.test(text);
}

function isAboutWaiting(clause: string): boolean {
  return waiting.test(clause) && !ofAnother.test(clause);
}

/** Whether a sentence tells of something that is not answered by what it asks about. */
function isOpen(text: string, asked: readonly Shown[]): boolean {
  const waits = asked.some((each) => each.asked === waiting);
  const rest = asked.reduce(
    (left, { quoted, asked: words }) => {
      const plain = quoted === undefined ? left : left.replace(quoted, " ");
      return words === undefined || words === waiting ? plain : plain.replace(words, " ");
    },
    text.replace(quotation, " "),
  );
  return clauses(rest).some(
    (clause) => unwell.test(clause) && !ofAsking.test(clause) && !(waits && isAboutWaiting(clause)),
  );
}
