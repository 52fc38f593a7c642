import type { FactSet } from "../../fact-set.ts";
import type { Fact, FactOf, Stage } from "../../facts.ts";
import { underResetIn } from "../../under-reset.ts";

/** What is known of the contact with the target: whether, how and when it answered. */
export interface Contact {
  /** The last sign that it answered, in whatever manner. */
  readonly answered: Fact | undefined;
  /** The last sign that it answered without being held in reset. */
  readonly answeredNormally: Fact | undefined;
  readonly answeredUnderReset: Fact | undefined;
  /** Nothing, or garbled answers, without reset; and under reset. */
  readonly silentNormally: FactOf<"wire-answer"> | undefined;
  readonly silentUnderReset: FactOf<"wire-answer"> | undefined;
  /** It answered and then was lost. */
  readonly lost: FactOf<"target-lost"> | undefined;
  /** It answers nothing now, as far as the facts go: it never did, or it was lost and did not come back. */
  readonly silent: boolean;
}

/** What nobody reaches whose target does not answer. */
const onlyOfTarget: ReadonlySet<Stage> = new Set([
  "target-connected",
  "identified",
  "erased",
  "programmed",
  "verified",
]);

export function contactOf(facts: FactSet): Contact {
  const underReset = underResetIn(facts);
  // A log's tool that saw NRST do nothing did not hold the chip in reset, whatever it was told.
  const open = facts.last("nrst-follows")?.value.follows === false && facts.last("nrst-follows")?.source.from === "log";
  const isUnderReset = (each: FactOf<"wire-answer">): boolean =>
    !open && (each.value.manner === undefined ? underReset(each) : each.value.manner === "under-reset");
  const answers = facts.all("wire-answer");
  const good = answers.filter(({ value }) => value.answer !== "none" && value.answer !== "error");
  const bad = answers.filter(({ value }) => value.answer === "none" || value.answer === "error");
  // Kinds that only a target that answers gives.
  // A device ID of 0 is what a tool prints that read nothing.
  const read: Fact[] = [
    ...facts.all("device-id", ({ id }) => id !== 0),
    ...facts.all("idcode", ({ value }) => value !== 0),
    ...facts.all("cpuid", ({ value }) => value !== 0),
    ...facts.all("core", ({ state }) => state !== "unknown"),
  ];
  // Of a log: what a tool reads of itself, and on what, its options tell.
  const heldRead = read.filter((each) => each.source.from === "log" && !open && underReset(each));
  const normal = [...good.filter((each) => !isUnderReset(each)), ...read.filter((each) => !heldRead.includes(each))];
  const reached = facts.all("stage", ({ stage, reached }) => reached && onlyOfTarget.has(stage));
  const answered = latest(facts, [...good, ...read, ...reached]);
  const lost = facts.last("target-lost");
  const silentNormally = bad.filter((each) => !isUnderReset(each)).at(-1);
  const silentUnderReset = bad.filter(isUnderReset).at(-1);
  const back = facts.last("target-back");
  const gone = lost !== undefined && (back === undefined || facts.before(back, lost));
  const lastBad = latest(facts, bad);
  return {
    answered,
    answeredNormally: latest(facts, normal),
    answeredUnderReset: good.filter(isUnderReset).at(-1) ?? latest(facts, heldRead),
    silentNormally,
    silentUnderReset,
    lost,
    silent:
      answered === undefined
        ? gone || lastBad !== undefined
        : gone || (lastBad !== undefined && facts.before(answered, lastBad)),
  };
}

function latest(facts: FactSet, list: readonly Fact[]): Fact | undefined {
  return list.reduce<Fact | undefined>(
    (last, each) => (last === undefined || facts.before(last, each) ? each : last),
    undefined,
  );
}
