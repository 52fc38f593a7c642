import type { Rule } from "../../rule.ts";
import { chipFilesMissing } from "./chip-files.ts";
import { chipMismatch, toolLacksChip } from "./chip-mismatch.ts";
import { comparatorsUsedUp, coreDoesNotHalt, unhandledInterrupt, voltageBelow } from "./core.ts";
import { developmentBoot } from "./development-boot.ts";
import { boardJumpers } from "./jumpers.ts";
import { bootLoaderRuns, copyByDebugPort, copyByRevision, noProgram } from "./marks-in-logs.ts";
import { openFailed } from "./open-failed.ts";
import { gdbServerGone, programMissing } from "./servers.ts";
import { optionBytes, probeFirmwareDefect, supplyConfiguration } from "./start-up.ts";
import { supplyLatched } from "./supply-latched.ts";
import { toolBeforeFamily, utilityTooOld } from "./tool-too-old.ts";

/** What a board's jumpers, supply and cores do, and what the tools around it do not know or find. */
export const boardRules: readonly Rule[] = [
  openFailed,
  boardJumpers,
  developmentBoot,
  supplyConfiguration,
  supplyLatched,
  probeFirmwareDefect,
  optionBytes,
  chipMismatch,
  toolLacksChip,
  chipFilesMissing,
  utilityTooOld,
  toolBeforeFamily,
  coreDoesNotHalt,
  comparatorsUsedUp,
  unhandledInterrupt,
  voltageBelow,
  copyByDebugPort,
  copyByRevision,
  noProgram,
  bootLoaderRuns,
  gdbServerGone,
  programMissing,
];
