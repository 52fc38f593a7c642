import type { Rule } from "../../rule.ts";
import { busHeldUp } from "./bus-held-up.ts";
import { debugPortGone } from "./debug-port-gone.ts";
import { hardwareWatchdog } from "./hardware-watchdog.ts";
import { builtForOtherCore } from "./other-core.ts";
import { astray, gaveUp } from "./place-in-log.ts";
import { programRules } from "./program.ts";
import { programWaits } from "./program-waits.ts";
import { resets, supplyDips } from "./resets.ts";
import { rttMissing, rttRepeats } from "./rtt.ts";
import { semihostingOff } from "./semihosting.ts";
import {
  lostAnyhow,
  lostInSession,
  lostWhileHalted,
  silentInLaterRun,
  silentUnderResetFromLog,
} from "./silent-from-log.ts";
import { stackAtReset } from "./stack-at-reset.ts";
import { stackOutsideRam } from "./stack-outside-ram.ts";
import { zerosAtReset } from "./zeros-at-reset.ts";

/** What the target's own program does. */
export const firmwareRules: readonly Rule[] = [
  debugPortGone,
  busHeldUp,
  silentUnderResetFromLog,
  lostInSession,
  lostWhileHalted,
  silentInLaterRun,
  lostAnyhow,
  resets,
  hardwareWatchdog,
  supplyDips,
  ...programRules,
  gaveUp,
  programWaits,
  rttMissing,
  rttRepeats,
  semihostingOff,
  builtForOtherCore,
  stackOutsideRam,
  stackAtReset,
  zerosAtReset,
  astray,
];
