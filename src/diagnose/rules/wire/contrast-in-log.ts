import { type FactSet, quotes, toolOf } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";

type Answer = FactOf<"wire-answer">;

/** The clock of an answer: its own, or the last that the log told before it. */
export function clockOf(facts: FactSet, each: Answer): number | undefined {
  return each.value.khz ?? clockBefore(facts, each)?.value.khz;
}

function clockBefore(facts: FactSet, each: Fact): FactOf<"wire-clock"> | undefined {
  return facts
    .all("wire-clock")
    .filter((clock) => facts.before(clock, each))
    .at(-1);
}

/** By so much the clocks of two attempts have to differ for the clock to be what differs. */
const APART = 1.4;

/** The same target, asked twice in one log and in two ways, of which one worked: what differs is the cause. */
export const contrastInLog: Rule = {
  name: "contrast-in-log",
  why: "Of two attempts that differ in one thing, the one that works rules out all that they share: a slower clock leaves the edges of the signal (ADIv5 B4.2), SWD in place of JTAG the two wires and the pins that SWD does not have (RM0008 31.4).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const work = byClockOfWork(facts);
    if (work !== undefined) return [work];
    const told = byToldClock(facts);
    if (told !== undefined) return [told];
    const answers = facts.all("wire-answer").filter(({ source }) => source.from === "log");
    const bad = answers.filter(({ value }) => value.answer === "none" || value.answer === "error");
    const good = answers.filter(({ value }) => value.answer === "ok");
    if (bad.length === 0 || good.length === 0) return [];
    // An answer of the debug port, and nonsense behind it, is no way that works.
    const nonsense = facts.has("access-port-failed", (failed) => failed.nonsense === true);
    return [...(nonsense ? [] : byProtocol(bad, good)), ...byClock(facts, bad, good)];
  },
};

/** What is told of a target that does not answer, where the clock is why. */
export const explainedByClock = [
  "not-enough-to-tell",
  "wires-open",
  "wire-noisy",
  "firmware-disables-swd",
  "firmware-low-power",
  "target-no-power",
];

function byProtocol(bad: readonly Answer[], good: readonly Answer[]): Conclusion[] {
  const jtag = bad.findLast(({ value }) => value.protocol === "jtag");
  const swd = good.findLast(({ value }) => value.protocol === "swd");
  const both = good.some(({ value }) => value.protocol === "jtag");
  if (jtag === undefined || swd === undefined || both || bad.some(({ value }) => value.protocol === "swd")) return [];
  return [
    conclusion("jtag-instead-of-swd", {
      certainty: "likely",
      variant: "contrast",
      evidence: quotes(jtag, swd),
      weight: 80,
      explains: explainedByClock,
    }),
  ];
}

/** STM32CubeProgrammer's own clock, the slower of an ST-LINK/V2 and an STLINK-V3: it tells it once it has connected. */
export function ownClock(each: Answer): number | undefined {
  return toolOf(each) === "stm32cubeprogrammer" ? 4000 : undefined;
}

/** Where no other is told a tool connects without a reset. */
function mannerOf({ manner }: Answer["value"]): string {
  return manner ?? "normal";
}

function byClock(facts: FactSet, bad: readonly Answer[], good: readonly Answer[]): Conclusion[] {
  // Tools that lower the clock by themselves do so after any failure: the next attempt may work for having been the second.
  if (facts.has("connect-retry")) return [];
  for (const failed of bad.toReversed()) {
    const fast = clockOf(facts, failed) ?? ownClock(failed);
    if (fast === undefined) continue;
    const alike = good.filter(
      ({ value }) =>
        mannerOf(value) === mannerOf(failed.value) &&
        (value.protocol === failed.value.protocol || (failed.value.protocol === undefined && value.protocol === "swd")),
    );
    const slower = alike.findLast((each) => (clockOf(facts, each) ?? fast) * APART <= fast);
    const asFast = alike.some((each) => (clockOf(facts, each) ?? 0) >= fast);
    const khz = slower === undefined ? undefined : clockOf(facts, slower);
    if (slower === undefined || khz === undefined || asFast) continue;
    const clocks = [failed, slower].map((each) => clockBefore(facts, each));
    return [
      conclusion("wire-clock-too-fast", {
        certainty: "likely",
        variant: "contrast",
        values: { fast: clockOf(facts, failed) ?? `${fast} (or more: the tool's own)`, khz },
        evidence: [...new Set(quotes(clocks[0], failed, clocks[1], slower))],
        weight: 80,
        explains: explainedByClock,
      }),
    ];
  }
  return [];
}

/** Flash that could not be worked at one clock and was at a slower one: the edges were lost under the load of a download. */
function byClockOfWork(facts: FactSet): Conclusion | undefined {
  const failed =
    facts.first("flash-trouble", ({ operation, reason }) => operation !== "option-bytes" && !reason) ??
    facts.first("wire-answer", ({ answer }) => answer === "none" || answer === "error");
  const done = facts.last("stage", isWritten);
  if (failed?.source.from !== "log" || done === undefined || !facts.before(failed, done)) return undefined;
  // Connect under reset came in between as well, or the tool lowered the clock by itself: more than the clock differs.
  const resets = facts.all("option", ({ name }) => name === "initialize-reset");
  const mannered =
    resets.some((each) => facts.before(failed, each)) && !resets.some((each) => facts.before(each, failed));
  if (mannered || facts.has("connect-retry")) return undefined;
  const fast = clockBefore(facts, failed);
  const slow = clockBefore(facts, done);
  if (fast === undefined || slow === undefined || slow.value.khz * APART > fast.value.khz) return undefined;
  // Something else was tried between, at the same clock and with success.
  const others = facts.all("stage", ({ stage, reached }) => reached && stage === "programmed");
  if (others.some((each) => (clockBefore(facts, each)?.value.khz ?? 0) >= fast.value.khz)) return undefined;
  return conclusion("wire-clock-too-fast", {
    certainty: "likely",
    variant: "work",
    values: { fast: fast.value.khz, khz: slow.value.khz },
    evidence: quotes(fast, failed, slow, done),
    weight: 80,
    explains: [...explainedByClock, "flash-refused", "flash-differs"],
  });
}

/** What fast edges spoil: reads, writes and the programs that a tool runs in RAM; not what a tool refuses by itself. */
const spoilt: ReadonlySet<string | undefined> = new Set([undefined, "mismatch", "timeout", "algorithm"]);

/** It failed at one clock, and somebody says that it goes well at a slower one. */
function byToldClock(facts: FactSet): Conclusion | undefined {
  const told = facts.last("wire-clock-told");
  if (told === undefined) return undefined;
  const failed =
    facts.first("flash-trouble", ({ operation, reason }) => operation !== "option-bytes" && spoilt.has(reason)) ??
    facts.last("wire-answer", ({ answer }) => answer === "none" || answer === "error") ??
    facts.last("target-lost");
  if (failed?.source.from !== "log") return undefined;
  const own = failed.kind === "wire-answer" ? failed.value.khz : undefined;
  const fast = clockBefore(facts, failed);
  const khz = own ?? fast?.value.khz;
  if (khz === undefined || told.value.khz * APART > khz) return undefined;
  // The same clock was good enough later on.
  const done = facts.last("stage", isWritten);
  if (done !== undefined && facts.before(failed, done) && (clockBefore(facts, done)?.value.khz ?? 0) >= khz)
    return undefined;
  return conclusion("wire-clock-too-fast", {
    certainty: "likely",
    variant: "told",
    values: { fast: khz, khz: told.value.khz },
    evidence: quotes(fast, failed, told),
    weight: 80,
    explains: [...explainedByClock, "flash-refused", "flash-differs", "flash-worn"],
  });
}
