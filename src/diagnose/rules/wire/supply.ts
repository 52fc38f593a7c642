import { chipByDeviceId } from "../../../chips/table.ts";
import type { FactSet } from "../../fact-set.ts";
import { quotes } from "../../fact-set.ts";
import type { Fact, FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { contactOf } from "./contact.ts";

/** Below this VTref is open or the board is off: no STM32 runs, none leaves reset. */
const NO_POWER = 1;
/** What the least demanding families need (data sheets: 1.65 to 1.71 V). */
const LEAST_OF_ALL = 1.65;
/** Least supply by family where it is higher (data sheets, operating conditions). */
const leastVolts: Readonly<Record<string, number>> = { STM32F0: 2, STM32F1: 2, STM32F2: 1.8, STM32F3: 2, STM32F4: 1.7 };
/** Below this the levels of a probe that drives 3.3 V may be misread. */
const LOW_LEVELS = 2.7;

/** A meter at the chip's supply, in the words of whoever asks, where no probe measured it. */
function measuredByHand(facts: FactSet): readonly Conclusion[] {
  const told = facts.last("supply-told");
  if (told === undefined || told.value.volts >= NO_POWER || contactOf(facts).answered !== undefined) return [];
  return [
    conclusion("target-no-power", {
      certainty: "likely",
      variant: "told",
      values: { volts: told.value.volts },
      evidence: quotes(told, facts.last("verdict"), facts.last("wire-answer")),
      weight: 90,
      explains,
    }),
  ];
}

/** Silence that a bad supply explains. */
const explains = [
  "wires-open",
  "wire-noisy",
  "wire-clock-too-fast",
  "firmware-disables-swd",
  "firmware-low-power",
  "not-enough-to-tell",
  "chip-unknown",
];

export const noPower: Rule = {
  name: "target-no-power",
  why: "Without supply the chip's debug port does not answer; VTref is measured by the probe itself (ST-LINK command F7).",
  conclude(facts: FactSet): readonly Conclusion[] {
    const voltage = facts.last("voltage");
    if (voltage === undefined) return measuredByHand(facts);
    if (voltage.value.volts >= NO_POWER) return [];
    const { answered, silent, silentNormally, silentUnderReset, lost } = contactOf(facts);
    const volts = voltage.value.volts.toFixed(2);
    // What answered after VTref had read 0 V had power then, whatever went silent later.
    const missing = facts.first("voltage");
    if (answered?.source.from === "target" && missing !== undefined && missing.value.volts < NO_POWER) {
      if (facts.before(missing, answered)) return [vtrefOpen(facts, volts, missing, answered)];
    }
    const before = facts.last("voltage", (value) => value.volts >= LEAST_OF_ALL);
    const evidence = quotes(before, voltage, lost, silentNormally, silentUnderReset);
    const base = { evidence, weight: 95, explains: [...explains, "firmware-faults", "probe-clone"] };
    if (silent && before !== undefined) {
      const values = { volts, before: `${before.value.volts.toFixed(2)} V` };
      return [conclusion("target-no-power", { certainty: "certain", variant: "gone", values, ...base })];
    }
    // What has no power does not answer garbled either: VTref may be open besides.
    if (silent && facts.has("wire-answer", ({ answer }) => answer === "error")) {
      return [conclusion("target-no-power", { certainty: "possible", values: { volts }, evidence, weight: 20 })];
    }
    if (silent) return [conclusion("target-no-power", { certainty: "likely", values: { volts }, ...base })];
    if (answered === undefined) {
      return [
        conclusion("target-no-power", { certainty: "possible", variant: "untested", values: { volts }, ...base }),
      ];
    }
    return fedOverPins(facts, volts, voltage) ?? [vtrefOpen(facts, volts, voltage, answered)];
  },
};

/** Above this a reading is none of an open input, which a probe's divider pulls to 0. */
const SOME_POWER = 0.3;

/**
 * Between nothing and enough: a chip without supply draws some hundred millivolts over the diodes of its pins, answers with
 * that, and cannot erase or program (data sheets: injected current; flash programming from 1.7 V). So ended users' threads.
 */
function fedOverPins(facts: FactSet, volts: string, voltage: FactOf<"voltage">): Conclusion[] | undefined {
  if (voltage.value.volts < SOME_POWER || voltage.source.from !== "log") return undefined;
  const refused = facts.last("flash-trouble", ({ operation }) => operation === "erase" || operation === "program");
  if (refused === undefined || !facts.before(voltage, refused)) return undefined;
  return [
    conclusion("target-voltage-low", {
      certainty: "likely",
      variant: "phantom",
      values: { volts, least: LEAST_OF_ALL.toFixed(2) },
      evidence: quotes(voltage, facts.last("device-id"), refused),
      weight: 90,
      explains: ["flash-refused", "flash-protected", "flash-worn", "vtref-not-wired", "not-enough-to-tell"],
    }),
  ];
}

function vtrefOpen(facts: FactSet, volts: string, voltage: Fact, answered: Fact): Conclusion {
  // A tool that refuses its work over the voltage says both in one line.
  const refused = facts.last("flash-trouble");
  const over =
    refused?.source.from === "log" && voltage.source.from === "log" && refused.source.line === voltage.source.line;
  return conclusion("vtref-not-wired", {
    // A log has one reading, at one moment: the board may have got its power only then.
    certainty: voltage.source.from === "log" && !over ? "likely" : "certain",
    ...(over && { severity: "error", explains: ["flash-refused"] }),
    values: { volts },
    evidence: quotes(voltage, answered),
    weight: 40,
  });
}

export const lowVoltage: Rule = {
  name: "target-voltage-low",
  why: "Below the data sheet's least supply neither logic nor flash is specified; a brown-out reset may hold the chip.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const voltage = facts
      .all("voltage")
      .reduce<ReturnType<typeof facts.last<"voltage">>>(
        (least, each) =>
          each.value.volts >= NO_POWER && (least === undefined || each.value.volts < least.value.volts) ? each : least,
        undefined,
      );
    if (voltage === undefined) return [];
    const { volts } = voltage.value;
    const id = facts.last("device-id", (value) => value.id !== 0);
    const family = id === undefined ? undefined : chipByDeviceId(id.value.id)?.family;
    const ofFamily = family === undefined ? LEAST_OF_ALL : (leastVolts[family] ?? LEAST_OF_ALL);
    // A tool that measured it and refused its work says what it asks for.
    const least = Math.max(ofFamily, facts.last("voltage-below")?.value.volts ?? 0);
    const { answered, silent, silentNormally } = contactOf(facts);
    const values = { volts: volts.toFixed(2), least: least.toFixed(2) };
    if (volts < least && answered !== undefined) {
      return [
        conclusion("target-voltage-low", {
          certainty: family === undefined || volts >= ofFamily ? "likely" : "certain",
          values,
          evidence: quotes(voltage, id),
          weight: 90,
          explains: [...explains, "flash-worn", "supply-dips"],
        }),
      ];
    }
    // A tool that failed without saying at what, and a target that was never seen to answer.
    const failed = silent || facts.has("client-trouble") || facts.has("probe-trouble") || facts.has("halt-failed");
    if (!failed || answered !== undefined || volts >= LOW_LEVELS) return [];
    const low = silent && volts < 2;
    return [
      conclusion("target-voltage-low", {
        certainty: low ? "likely" : "possible",
        variant: low ? "silent" : "levels",
        values,
        evidence: quotes(voltage, silentNormally),
        weight: low ? 90 : 30,
        explains: low ? explains : [],
      }),
    ];
  },
};
