import type { Rule } from "../../rule.ts";
import { adapterUnfit } from "./adapter.ts";
import { breakpointsUnmet } from "./breakpoints-unmet.ts";
import { briefSession } from "./brief-session.ts";
import { configUnfit, gdbWithoutArm, jtagInsteadOfSwd, optionUnknown } from "./command-line.ts";
import { accessPortClosed, accessPortWrong, secondCoreOff } from "./cores.ts";
import { imageLaunched, programCrashed } from "./crashed.ts";
import { debugInfoMissing } from "./debug-info.ts";
import { gdbScriptDeclined } from "./gdb-script.ts";
import { launchUnfit, linkOverflow } from "./launch.ts";
import { mapOverlaps } from "./map-overlaps.ts";
import { pathLetters } from "./path-letters.ts";
import { imageUnusable, pathMissing } from "./paths.ts";
import { portTaken } from "./ports.ts";
import { leftByFirstClient, serverNotSt, sharedServer } from "./servers.ts";
import { settingWanted, valueUndefined } from "./settings.ts";
import { toolDefects } from "./tool-defects.ts";
import { traceClockWrong } from "./trace-clock.ts";
import { programmerAlignment, versionsDiffer } from "./versions.ts";

/** Set-up on the computer. */
export const setupRules: readonly Rule[] = [
  portTaken,
  pathMissing,
  pathLetters,
  imageUnusable,
  debugInfoMissing,
  imageLaunched,
  launchUnfit,
  linkOverflow,
  programCrashed,
  optionUnknown,
  adapterUnfit,
  configUnfit,
  mapOverlaps,
  valueUndefined,
  settingWanted,
  gdbWithoutArm,
  jtagInsteadOfSwd,
  accessPortWrong,
  accessPortClosed,
  secondCoreOff,
  leftByFirstClient,
  briefSession,
  sharedServer,
  serverNotSt,
  versionsDiffer,
  programmerAlignment,
  toolDefects,
  breakpointsUnmet,
  gdbScriptDeclined,
  traceClockWrong,
];
