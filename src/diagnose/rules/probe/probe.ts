import type { Rule } from "../../rule.ts";
import { probeClone, probeFirmware, probeFirmwareGone } from "./firmware.ts";
import { heldByProcess } from "./held-by-process.ts";
import { rawSerial } from "./raw-serial.ts";
import { nodeOfRoot, rootOnly } from "./root-only.ts";
import { seenElsewhere } from "./seen-elsewhere.ts";
import { probeTrouble } from "./trouble.ts";
import { unknownProduct } from "./unknown-product.ts";

/** The probe and its USB cable. */
export const probeRules: readonly Rule[] = [
  probeTrouble,
  rootOnly,
  nodeOfRoot,
  heldByProcess,
  seenElsewhere,
  unknownProduct,
  rawSerial,
  probeFirmware,
  probeFirmwareGone,
  probeClone,
];
