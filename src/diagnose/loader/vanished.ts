import type { Finding } from "../finding.ts";
import type { LastStep, Vanished } from "./loader-facts.ts";
import type { Reading } from "./reading.ts";
import { doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, listText } from "./words.ts";

/** DBG_SLEEP, DBG_STOP and DBG_STANDBY of DBGMCU_CR. */
const KEEPS_CLOCK = 7;

/** The target no longer answered: pins of the debug port taken away, deep sleep, or something that left no trace. */
export function vanished(reading: Reading): Finding | undefined {
  const lost = reading.failure.vanished;
  if (reading.failure.outcome !== "vanished" || lost === undefined) return undefined;
  if (!lost.recovered) return gone(reading, lost);
  const { lastStep } = reading.failure;
  if (lastStep?.kind === "store") return tookPins(reading, lost, lastStep);
  if (lastStep?.kind === "deep-sleep" || lost.standbyFlag === true) return deepSleep(reading, lost);
  return unknown(reading, lost);
}

const BACK = "it was brought back by pulling NRST low and connecting under reset";

function evidenceOf(lost: Vanished): string[] {
  return [
    `while it ran the probe reported: ${lost.error}`,
    ...(lost.recovered
      ? [`wires and supply are not the cause: ${BACK}`]
      : [`connecting under reset failed, too: ${lost.refused ?? "no answer"}`]),
  ];
}

function tookPins(reading: Reading, lost: Vanished, step: LastStep & { readonly kind: "store" }): Finding {
  const { loader, target, needed } = reading.failure;
  return {
    code: "loader-takes-debug-pins",
    certainty: "certain",
    cause: `${reading.call} cut the debugger off: ${reading.place(step.at)} writes ${addressText(step.value)} to ${step.register} (${step.effect}). ${capital(BACK)}. ${purposeSentence(loader)}`,
    evidence: [
      `run again, it was halted at ${addressText(step.at)} = ${reading.place(step.at)}, before it stored ${addressText(step.value)} to ${addressText(step.address)} (${step.register})`,
      ...evidenceOf(lost),
    ],
    remedy: [...doWithout(loader, target, needed), ...remedyOf("loader-takes-debug-pins")],
  };
}

function deepSleep(reading: Reading, lost: Vanished): Finding {
  const { loader, target, needed, lastStep } = reading.failure;
  const step = lastStep?.kind === "deep-sleep" ? lastStep : undefined;
  const mode = step?.mode ?? (lost.standbyFlag === true ? "Standby" : "Stop or Standby");
  const at = step === undefined ? "" : ` at ${reading.place(step.at)}`;
  const clockOff = step?.dbgmcu !== undefined && (step.dbgmcu & KEEPS_CLOCK) !== KEEPS_CLOCK;
  const off = clockOff
    ? `, with DBGMCU_CR = ${addressText(step?.dbgmcu ?? 0)}, which stops the debug port's clock`
    : "";
  return {
    code: "loader-low-power",
    certainty: step === undefined ? "likely" : "certain",
    cause: `${reading.call} cut the debugger off: it entered ${mode} mode${at}${off}. ${capital(BACK)}. ${purposeSentence(loader)}`,
    evidence: [
      ...(step === undefined
        ? []
        : [
            `run again, it was halted at WFI or WFE at ${addressText(step.at)} = ${reading.place(step.at)}, with SCR = ${addressText(step.scr)} (SLEEPDEEP)${step.powerControl === undefined ? "" : `, PWR_CR = ${addressText(step.powerControl)}`}${step.dbgmcu === undefined ? "" : `, DBGMCU_CR = ${addressText(step.dbgmcu)}`}`,
          ]),
      ...(lost.standbyFlag === true ? ["PWR has its Standby flag set (SBF)"] : []),
      ...evidenceOf(lost),
    ],
    remedy: [...doWithout(loader, target, needed), ...remedyOf("loader-low-power")],
  };
}

function suspectsText(reading: Reading, lost: Vanished): string | undefined {
  const places = lost.suspects.map(({ at, address }) =>
    address === undefined
      ? `WFI or WFE at ${reading.place(at)}`
      : `a store to ${addressText(address)} at ${reading.place(at)}`,
  );
  if (places.length === 0) return undefined;
  const more = places.length > 3 ? ` and ${places.length - 3} more` : "";
  return `its code holds what can do so: ${listText(places.slice(0, 3))}${more}`;
}

function unknown(reading: Reading, lost: Vanished): Finding {
  const { loader, target, needed } = reading.failure;
  const suspects = suspectsText(reading, lost);
  return {
    code: "loader-cuts-debugger-off",
    certainty: suspects === undefined ? "possible" : "likely",
    cause: `${reading.call} cut the debugger off: from ${Math.round(reading.failure.elapsed)} ms on the target no longer answered. It took the debug pins (PA13, PA14), went to deep sleep, or stopped a clock. ${capital(BACK)}. ${purposeSentence(loader)}`,
    evidence: [...(suspects === undefined ? [] : [suspects]), ...evidenceOf(lost), reading.deviceEvidence()],
    remedy: [...doWithout(loader, target, needed), ...remedyOf("loader-cuts-debugger-off")],
  };
}

function gone(reading: Reading, lost: Vanished): Finding {
  const { loader, target, needed } = reading.failure;
  const suspects = suspectsText(reading, lost);
  return {
    code: "loader-target-lost",
    certainty: "likely",
    cause: `${reading.call} cut the debugger off, and the target could not be brought back: it answers neither as it is nor under reset. Its RAM and registers are not restored. ${purposeSentence(loader)}`,
    evidence: [...(suspects === undefined ? [] : [suspects]), ...evidenceOf(lost)],
    remedy: [...remedyOf("loader-target-lost"), ...doWithout(loader, target, needed)],
  };
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
