import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isWritten } from "../../stages.ts";
import { lowPowerChip } from "../board/jumpers.ts";
import { contactOf } from "../wire/contact.ts";

/** Weight of what may be while nothing was ever answered: see wiresOpen. */
const WEIGHT = {
  log: { off: 54, sleeps: 40, underReset: 52 },
  target: { off: 45, sleeps: 35, underReset: 25 },
};

const explains = ["wires-open", "wire-noisy", "not-enough-to-tell", "wire-clock-too-fast", "target-no-power"];

/** The program makes the debug port unreachable: by its pins, or by its clock. */
export const debugPortGone: Rule = {
  name: "debug-port-gone",
  why: "Under reset no instruction has run: the port answers whatever the program does later. AFIO_MAPR.SWJ_CFG takes its pins away (RM0008 9.4.2); STOP and STANDBY take its clock, unless DBGMCU_CR keeps it on (RM0008 31.16.1).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const voltage = facts.last("voltage");
    if (facts.has("probe-trouble", ({ what }) => what === "unplugged")) return [];
    const kept = facts.last("run-watched", ({ clocksKept }) => clocksKept);
    const free = facts.last("run-watched", ({ clocksKept }) => !clocksKept);
    const { answeredUnderReset, silentNormally, silentUnderReset, answeredNormally, answered, lost, silent } =
      contactOf(facts);
    // A target that never answered and seems to have no power is another case.
    if (voltage !== undefined && voltage.value.volts < 1 && answered === undefined) return [];
    const seen = quotes(voltage, silentNormally, silentUnderReset, answeredUnderReset, lost, free, kept);
    // On leads that garble answers a port that went silent may only have been misheard.
    const garbled =
      facts.last("wire-answer", ({ answer }) => answer === "error") ??
      facts.last("wire-quality", ({ errors }) => errors > 0);
    if (garbled !== undefined && (kept?.value.answered === false || free?.value.answered === false)) {
      return both(
        [...seen, ...quotes(garbled)],
        "possible",
        "it went silent while its program ran, on leads that garble answers",
        explains.filter((code) => code !== "wire-noisy"),
      );
    }
    if (kept?.value.answered === false) {
      return disagree(kept, free) ? both(seen, "likely", "it went silent while its program ran") : [off(kept, seen)];
    }
    if (kept?.value.answered === true && (free?.value.answered === false || silentNormally !== undefined)) {
      if (free?.value.answered === true) return [];
      return [conclusion("firmware-low-power", { certainty: "certain", evidence: seen, weight: 90, explains })];
    }
    if (free?.value.answered === true) return [];
    // A port that answers WAIT has its pins and its clock.
    if (
      lost?.value.during === "run" &&
      lost.value.waits !== true &&
      silent &&
      answered !== undefined &&
      wasStarted(facts, lost)
    )
      return lostWhileRunning(facts, lost);
    // In a later run without a reset it answered: what took the port away is gone.
    const over =
      silentNormally?.source.from === "log" &&
      answeredNormally !== undefined &&
      facts.before(silentNormally, answeredNormally);
    if (answeredUnderReset !== undefined && silentNormally !== undefined && !over) {
      const known = "it answers under reset, and not while its program runs";
      const told = facts.last("sleep-told");
      return told === undefined ? both(seen, "likely", known) : asleep([...seen, ...quotes(told)], known);
    }
    if (silentNormally?.value.answer === "none" && answeredNormally === undefined) {
      return silentUnderReset === undefined
        ? programRuns(facts, silentNormally, seen)
        : resetWithoutEffect(silentUnderReset, seen);
    }
    if (silentUnderReset?.value.answer === "none" && answered === undefined) {
      return resetWithoutEffect(silentUnderReset, seen);
    }
    return [];
  },
};

/** Nothing answered, and the program ran meanwhile, as far as one knows. */
function programRuns(facts: FactSet, silent: FactOf<"wire-answer">, seen: readonly string[]): Conclusion[] {
  const log = silent.source.from === "log";
  const sleeps = log ? (facts.last("sleep-told") ?? lowPowerChip(facts)) : undefined;
  const weight = log ? WEIGHT.log : WEIGHT.target;
  return [
    conclusion("firmware-disables-swd", {
      certainty: "possible",
      variant: "possible",
      evidence: seen,
      weight: weight.off,
    }),
    conclusion("firmware-low-power", {
      certainty: "possible",
      variant: "possible",
      evidence: [...quotes(sleeps), ...seen],
      weight: sleeps === undefined ? weight.sleeps : weight.off + 0.5,
    }),
  ];
}

/** Silent under reset as well: then NRST would have to be open besides, or its driver broken. */
function resetWithoutEffect(silent: FactOf<"wire-answer">, seen: readonly string[]): Conclusion[] {
  const log = silent.source.from === "log";
  return [
    conclusion("firmware-disables-swd", {
      certainty: "possible",
      variant: "nrst",
      evidence: seen,
      remedyFirst: [
        "Hold the board's reset button, let the tool connect, and release the button at once; or wire NRST to the probe, which connect under reset needs.",
      ],
      weight: log ? WEIGHT.log.underReset : WEIGHT.target.underReset,
      explains: log ? ["not-enough-to-tell"] : [],
    }),
  ];
}

/** Two runs of one program that went silent at quite different times: what silenced them is not the program alone. */
function disagree(kept: FactOf<"run-watched">, free: FactOf<"run-watched"> | undefined): boolean {
  if (free?.value.answered !== false) return false;
  const [short, long] = [kept.value.milliseconds, free.value.milliseconds].sort((a, b) => a - b);
  return long > 50 && long > 4 * Math.max(short, 5);
}

function off(kept: FactOf<"run-watched">, evidence: readonly string[]): Conclusion {
  const { milliseconds, until } = kept.value;
  const time = until === undefined ? `${Math.round(milliseconds)}` : `${milliseconds} to ${until}`;
  const after = milliseconds < 10 ? "right after reset" : `${time} ms after reset`;
  return conclusion("firmware-disables-swd", {
    certainty: "certain",
    values: { after },
    evidence,
    weight: 95,
    explains: [...explains, "firmware-low-power"],
  });
}

/** Whether something let the program run: one that ran before the debugger came has kept the port until then. */
function wasStarted(facts: FactSet, lost: FactOf<"target-lost">): boolean {
  if (lost.source.from !== "log" || lost.source.tool !== "openocd") return true;
  const signs = [
    facts.last("stage", ({ stage, reached }) => reached && ["programmed", "verified", "running"].includes(stage)),
    facts.last("core", ({ state }) => state === "halted"),
  ];
  return signs.some((each) => each !== undefined && facts.before(each, lost));
}

/** Lost after the program was let go: the session had worked until then. */
function lostWhileRunning(facts: FactSet, lost: FactOf<"target-lost">): Conclusion[] {
  const loaded = facts.last("stage", isWritten);
  // A voltage that was measured after the loss shows that power is not it.
  const voltage = facts.all("voltage").find((each) => facts.before(lost, each));
  const known =
    loaded === undefined
      ? "the target answered until its program ran"
      : "the target answered while it was programmed, and no longer once the program ran";
  const findings = both(quotes(loaded, lost, voltage, facts.last("target-back")), "likely", known);
  // With the clocks kept on, sleep is no explanation.
  return lost.value.clocksKept === true ? findings.slice(0, 1) : findings;
}

/** Of a program that is said to sleep its sleep is the first suspect. */
function asleep(evidence: readonly string[], known: string): Conclusion[] {
  return [
    conclusion("firmware-low-power", {
      certainty: "likely",
      variant: "likely",
      values: { known: `${known}, and is said to go there` },
      evidence,
      weight: 70,
      explains,
    }),
    conclusion("firmware-disables-swd", {
      certainty: "possible",
      variant: "known",
      values: { known },
      evidence,
      weight: 40,
    }),
  ];
}

function both(
  evidence: readonly string[],
  certainty: "likely" | "possible",
  known: string,
  explained: readonly string[] = explains,
): Conclusion[] {
  return [
    conclusion("firmware-disables-swd", {
      certainty,
      variant: certainty === "likely" ? "likely" : "known",
      values: { known },
      evidence,
      weight: 70,
      explains: explained,
    }),
    conclusion("firmware-low-power", { certainty: "possible", variant: "possible", evidence, weight: 40 }),
  ];
}
