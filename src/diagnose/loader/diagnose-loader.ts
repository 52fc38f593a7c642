import type { Finding } from "../finding.ts";
import { overwroteItself, ranAstray, stackBelowBase, stackOverrun } from "./broken-stack.ts";
import { busFault, protectionFault } from "./bus-fault.ts";
import { changedMode } from "./changed-mode.ts";
import { controllerFault } from "./controller-missing.ts";
import { dmaOverwrote } from "./dma-overwrote.ts";
import { interruptTaken, lockedUp, ownBreakpoint, supervisorCall, wasReset } from "./ended-otherwise.ts";
import { timedOut } from "./endless.ts";
import { instructionFault } from "./instruction-fault.ts";
import type { LoaderFailure } from "./loader-facts.ts";
import { notStarted } from "./not-started.ts";
import { type LoaderRule, POWER_AND_CABLE, Reading } from "./reading.ts";
import { doWithout, purposeSentence } from "./remedies.ts";
import { returnedFailure } from "./returned.ts";
import { vanished } from "./vanished.ts";
import { addressText } from "./words.ts";

/** Causes in the order they are looked for: what excludes others comes first. */
const rules: readonly LoaderRule[] = [
  notStarted,
  vanished,
  wasReset,
  ownBreakpoint,
  interruptTaken,
  supervisorCall,
  changedMode,
  controllerFault,
  dmaOverwrote,
  // What comes behind these three may be a consequence of a stack or code that was overwritten.
  stackBelowBase,
  overwroteItself,
  stackOverrun,
  ranAstray,
  instructionFault,
  busFault,
  protectionFault,
  lockedUp,
  timedOut,
  returnedFailure,
];

/** Why a function of a loader failed, from what was read of the core: always one finding. */
export function diagnoseLoaderFailure(failure: LoaderFailure): Finding {
  const reading = new Reading(failure);
  for (const rule of rules) {
    const finding = rule(reading);
    if (finding !== undefined) return finding;
  }
  return unexplained(reading);
}

const outcomeWords: Readonly<Record<LoaderFailure["outcome"], string>> = {
  returned: "returned a value that means failure",
  faulted: "ended in a fault",
  "timed-out": "did not return in time",
  "locked-up": "drove the core into lockup",
  reset: "was cut off by a reset of the chip",
  vanished: "made the target vanish",
  "stopped-elsewhere": "stopped at a place where nothing waits for it",
  "not-started": "was not started",
};

function unexplained(reading: Reading): Finding {
  const { failure, pc } = reading;
  const where = pc === undefined ? "" : ` at ${reading.place(pc)}${reading.inLoader(pc) ? "" : `, ${addressText(pc)}`}`;
  return {
    code: "loader-failed",
    certainty: "possible",
    cause: `${reading.call} ${outcomeWords[failure.outcome]}${where}; what was read does not tell why. ${purposeSentence(failure.loader)}`,
    evidence: [...reading.faultEvidence(), reading.deviceEvidence(), POWER_AND_CABLE],
    remedy: doWithout(failure.loader, failure.target, failure.needed),
  };
}
