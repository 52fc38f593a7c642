import type { Rule } from "../../rule.ts";
import { probeClone, probeFirmware, probeFirmwareGone } from "./firmware.ts";
import { heldAsTold } from "./held-as-told.ts";
import { heldByProcess } from "./held-by-process.ts";
import { listedNotOpened } from "./listed-not-opened.ts";
import { olderThanProbe } from "./older-than-probe.ts";
import { rawSerial } from "./raw-serial.ts";
import { nodeOfRoot, rootOnly } from "./root-only.ts";
import { seenElsewhere } from "./seen-elsewhere.ts";
import { probeTrouble } from "./trouble.ts";
import { unenumerated } from "./unenumerated.ts";

/** The probe and its USB cable. */
export const probeRules: readonly Rule[] = [
  probeTrouble,
  rootOnly,
  nodeOfRoot,
  heldByProcess,
  heldAsTold,
  seenElsewhere,
  unenumerated,
  listedNotOpened,
  olderThanProbe,
  rawSerial,
  probeFirmware,
  probeFirmwareGone,
  probeClone,
];
