import { type FactSet, quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { explainedByClock } from "./contrast-in-log.ts";

/** One run of a tool, in a text that has several. */
interface Run {
  readonly clock: FactOf<"option"> | undefined;
  readonly failed: FactOf<"wire-answer"> | undefined;
  readonly done: FactOf<"stage"> | undefined;
  /** How else it was told to connect. */
  readonly manner: string;
}

/** probe-rs tells its clock nowhere: what its option asks for is all that is known of it. */
function runsOf(facts: FactSet): Run[] {
  const runs: Fact[][] = [];
  for (const each of facts.facts) {
    if (each.source.from !== "log" || each.source.tool !== "probe-rs") continue;
    if (each.kind === "stage" && each.value.stage === "started") runs.push([]);
    runs.at(-1)?.push(each);
  }
  return runs.map((each) => {
    const options = each.filter((fact): fact is FactOf<"option"> => fact.kind === "option");
    return {
      clock: options.findLast(({ value }) => value.name === "frequency"),
      failed: each.findLast(
        (fact): fact is FactOf<"wire-answer"> =>
          fact.kind === "wire-answer" && (fact.value.answer === "none" || fact.value.answer === "error"),
      ),
      done: each.findLast(
        (fact): fact is FactOf<"stage"> =>
          fact.kind === "stage" && fact.value.reached && ["programmed", "verified"].includes(fact.value.stage),
      ),
      manner: options
        .filter(({ value }) => value.name !== "frequency")
        .map(({ value }) => `${value.name}=${value.value}`)
        .join(),
    };
  });
}

/** Runs that failed, and between them one that worked at a clock that was asked for: chance seldom goes to and fro. */
export const askedClock: Rule = {
  name: "asked-clock-from-log",
  why: "Of runs that differ in the clock alone, one that works between two that fail leaves the clock: what a reset, a second try or a loose wire changes stays changed, or changes by itself. A slower clock leaves the edges of the signal time (ADIv5 B4.2).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const runs = runsOf(facts);
    const works = runs.findIndex(({ clock, done, failed }) => clock !== undefined && done !== undefined && !failed);
    const good = runs[works];
    if (good?.clock === undefined) return [];
    const khz = Number(good.clock.value.value);
    const faster = (run: Run): boolean => run.clock === undefined || Number(run.clock.value.value) > khz;
    const alike = (run: Run): boolean => run.failed !== undefined && faster(run) && run.manner === good.manner;
    const before = runs.slice(0, works).findLast(alike);
    const after = runs.slice(works + 1).find(alike);
    if (before === undefined || after === undefined || !(khz > 0)) return [];
    // One that worked without it shows that it does not take it.
    if (runs.some((run) => run.done !== undefined && faster(run))) return [];
    return [
      conclusion("wire-clock-too-fast", {
        certainty: "likely",
        variant: before.clock === undefined ? "option" : "contrast",
        values: { khz, fast: before.clock?.value.value ?? "" },
        evidence: quotes(before.failed, good.clock, good.done, after.failed),
        remedyFirst: [
          `Give the clock each time: --speed ${khz} for probe-rs, cargo-flash and cargo-embed (there: [default.probe] speed); a probe-run of 2021 or later takes --speed as well. Or let the runner in .cargo/config.toml be \`probe-rs run --chip CHIP --speed ${khz}\`.`,
        ],
        weight: 80,
        explains: explainedByClock,
      }),
    ];
  },
};
