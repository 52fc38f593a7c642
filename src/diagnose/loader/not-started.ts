import { isDataOnlyRam } from "../../chips/executable-ram.ts";
import { shortChipName } from "../../chips/memory-controllers.ts";
import type { Finding } from "../finding.ts";
import { dataOnlySentence, ramProblem, ramWords } from "./chips-for-loader.ts";
import { LEAST_STACK } from "./loader-needs.ts";
import type { Reading } from "./reading.ts";
import { doWithout, purposeSentence } from "./remedies.ts";
import { remedyOf } from "./remedy-of.ts";
import { addressText, sizeText } from "./words.ts";

/** The RAM that the loader is linked to is not there, or too small for it and a stack. */
export function notStarted(reading: Reading): Finding | undefined {
  const { failure, needs } = reading;
  if (failure.outcome !== "not-started") return undefined;
  const { loader, target } = failure;
  const ram = target.ram;
  const { start, length } = needs.ram;
  if (target.chip !== undefined && start !== undefined && isDataOnlyRam(target.chip, start)) {
    return {
      code: "loader-ram-data-only",
      certainty: "certain",
      cause: `${reading.call} was not started: ${dataOnlySentence(start, target.chip)}. ${purposeSentence(loader)}`,
      evidence: [reading.deviceEvidence()],
      remedy: [...doWithout(loader, target, failure.needed), ...remedyOf("loader-ram-data-only")],
    };
  }
  const problem = ram.length === 0 ? undefined : ramProblem(needs, ram);
  const chip = target.chip === undefined ? target.chipName : shortChipName(target.chip);
  const span =
    start === undefined
      ? `${sizeText(length)} of RAM`
      : `RAM from ${addressText(start)} to ${addressText(start + length - 1)} (${sizeText(length)})`;
  const has = ram.length === 0 ? "no RAM that is known" : ramWords(ram);
  const absent = problem === "absent";
  return {
    code: absent ? "loader-ram-missing" : "loader-too-large",
    certainty: problem === undefined ? "likely" : "certain",
    cause: `${reading.call} was not started: the loader needs ${span} and at least ${sizeText(LEAST_STACK)} of stack, and ${chip} has ${has}. ${absent ? "It is linked for another chip's RAM." : "It does not fit."} ${purposeSentence(loader)}`,
    evidence: [reading.deviceEvidence()],
    remedy: [
      ...doWithout(loader, target, failure.needed),
      ...remedyOf(absent ? "loader-ram-missing" : "loader-too-large"),
    ],
  };
}
