import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "./contact.ts";
import { fixedClock } from "./fixed-clock.ts";

/** At or below this even wires of a metre carry the signal. */
const SLOW_KHZ = 500;

const explains = [
  "wires-open",
  "not-enough-to-tell",
  "firmware-disables-swd",
  "firmware-low-power",
  "probe-usb-trouble",
];

/**
 * Errors on the wires: too fast for them, or disturbed. What tells them apart is whether a lower clock helps.
 */
export const signal: Rule = {
  name: "wire-signal",
  why: "Each SWD answer carries an acknowledge and a parity bit (ADIv5 B4.2). Errors that go away with the clock come from edges that are too slow for it; errors that stay come from outside.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const measured = facts.all("wire-quality");
    const clean = measured.filter(({ value }) => value.errors === 0 && value.accesses >= 16).at(-1);
    const dirty = measured.filter(({ value }) => value.errors > 0);
    const answers = facts.all("wire-answer", ({ khz }) => khz !== undefined);
    const failed = answers.filter(({ value }) => value.answer === "none" || value.answer === "error");
    const worked = answers.filter(({ value }) => value.answer === "ok").at(-1);
    // Silence without reset says nothing of wires that were measured under reset: it may be the program's.
    const alike = failed.filter(
      ({ source, value }) => worked === undefined || source.from === "log" || value.manner === worked.value.manner,
    );
    const bad = [...alike, ...dirty].filter(
      (each) => clean === undefined || (each.value.khz as number) > clean.value.khz,
    );
    if (clean !== undefined && worked !== undefined) {
      if (bad.length === 0) return [];
      return [tooFast(bad, clean, worked)];
    }
    if (dirty.length > 0) return noisy(facts, dirty);
    return garbled(facts);
  },
};

function tooFast(
  bad: readonly (FactOf<"wire-answer"> | FactOf<"wire-quality">)[],
  clean: FactOf<"wire-quality">,
  worked: FactOf<"wire-answer">,
): Conclusion {
  const fast = Math.min(...bad.map(({ value }) => value.khz as number));
  // Rare errors may just not have come while the slower clock was measured.
  const rates = bad.map((each) => (each.kind === "wire-quality" ? rateOf(each.value) : 1));
  const byChance = (1 - Math.max(...rates)) ** clean.value.accesses;
  return conclusion("wire-clock-too-fast", {
    certainty: byChance <= 0.002 ? "certain" : "likely",
    values: { fast, khz: clean.value.khz },
    evidence: quotes(...bad.slice(0, 4), worked, clean),
    weight: 80,
    explains,
  });
}

/** Disturbances for each access: an error may bring others with it, unless nearly every access fails. */
function rateOf({ accesses, errors, bursts = errors }: FactOf<"wire-quality">["value"]): number {
  return (errors >= 0.9 * accesses ? errors : bursts) / accesses;
}

function noisy(facts: FactSet, dirty: readonly FactOf<"wire-quality">[]): Conclusion[] {
  const worst = dirty[0];
  const slowest = dirty.reduce((least, each) => (each.value.khz < least.value.khz ? each : least));
  const several = slowest.value.khz < worst.value.khz && slowest.value.khz <= SLOW_KHZ;
  const evidence = quotes(...dirty.slice(0, 5));
  // A few errors do not silence a port for good, as it was seen to be while its program ran.
  const rare = rateOf(worst.value) < 0.5 && facts.has("run-watched", ({ answered }) => !answered);
  const fixed = several ? [] : fixedClock(facts, worst.value.khz, evidence);
  return [
    conclusion("wire-noisy", {
      certainty: several ? "certain" : "likely",
      ...(!several && { variant: "some" }),
      values: { ...worst.value },
      evidence,
      weight: 80,
      explains: [
        ...explains.filter((code) => !(rare && code.startsWith("firmware-"))),
        ...(fixed.length > 0 ? [] : ["wire-clock-too-fast"]),
      ],
    }),
    ...fixed,
  ];
}

/** Garbled answers and no measurement: a log, or a target that could not be entered at all. */
function garbled(facts: FactSet): Conclusion[] {
  const { silent, answeredNormally } = contactOf(facts);
  const errors = facts.all("wire-answer", ({ answer }) => answer === "error");
  if (errors.length === 0) return [...lostAtHighClock(facts), ...brokenOff(facts)];
  // What answered in the end works, unless a survey met bad answers at some clocks and could then measure nothing clean.
  const surveyed = errors.some(({ source, value }) => source.from === "target" && value.khz !== undefined);
  // A read that failed is no end in which it works.
  const works = answeredNormally?.kind !== "wire-answer" || answeredNormally.value.answer !== "fault";
  if (!surveyed && !silent && answeredNormally !== undefined && works) return [];
  const clocks = errors.flatMap(({ value }) => (value.khz === undefined ? [] : [value.khz]));
  const asked = facts.last("wire-clock")?.value.khz;
  const evidence = quotes(...errors.slice(0, 4), facts.last("wire-clock"));
  // Some answers garbled and some missing, in one survey, is how noise looks; a lead that is off gives the same each time.
  const mixed = facts.has("wire-answer", ({ answer }) => answer === "none") && errors[0].source.from === "target";
  if (mixed || clocks.some((khz) => khz <= SLOW_KHZ)) {
    return [
      conclusion("wire-noisy", {
        certainty: "likely",
        variant: "garbled",
        evidence,
        weight: 75,
        explains: [...explains, "wire-clock-too-fast"],
      }),
    ];
  }
  const fast = clocks.at(-1) ?? asked;
  const slower = { khz: fast === undefined || fast > 950 ? 950 : 240 };
  return [
    conclusion("wire-noisy", { certainty: "possible", variant: "garbled", evidence, weight: 40 }),
    ...(fast === undefined || fast <= SLOW_KHZ
      ? []
      : [
          conclusion("wire-clock-too-fast", {
            certainty: "possible",
            variant: "asked",
            values: { fast, ...slower },
            evidence,
            weight: 45,
          }),
        ]),
  ];
}

/** Above it an ST-LINK runs only when it is told to: 8000 kHz is what ST's tools take for a V3. */
const DEFAULT_MOST_KHZ = 8_000;

/** A log of a target that answered at a clock that somebody chose, and was lost under the load of a download. */
function lostAtHighClock(facts: FactSet): Conclusion[] {
  const clock = facts.last("wire-clock");
  const lost = facts.last(
    "target-lost",
    ({ during }) => during === "program" || during === "erase" || during === "verify",
  );
  if (clock === undefined || clock.value.khz <= DEFAULT_MOST_KHZ || lost === undefined) return [];
  return [
    conclusion("wire-clock-too-fast", {
      certainty: "possible",
      variant: "load",
      values: { fast: clock.value.khz, khz: 950 },
      evidence: quotes(clock, lost),
      weight: 45,
    }),
  ];
}

/** The first answer came, and of what followed nothing could even be measured. */
function brokenOff(facts: FactSet): Conclusion[] {
  const answered = facts.last("wire-answer", ({ answer, khz }) => answer === "ok" && khz !== undefined);
  const failed = facts.last("error-code", ({ code }) => /^(swd|jtag)-|^probe-command-refused$/.test(code));
  if (answered?.source.from !== "target" || failed === undefined || facts.has("wire-quality")) return [];
  if (facts.before(failed, answered)) return [];
  const none = facts.all("wire-answer", ({ answer }) => answer === "none");
  return [
    conclusion("wire-noisy", {
      certainty: "possible",
      variant: "broken",
      evidence: quotes(...none.slice(0, 2), answered, failed),
      weight: 40,
      explains: ["not-enough-to-tell"],
    }),
  ];
}
