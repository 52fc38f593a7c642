import type { Rule } from "../../rule.ts";
import { probeClone, probeFirmware, probeFirmwareGone } from "./firmware.ts";
import { rootOnly } from "./root-only.ts";
import { probeTrouble } from "./trouble.ts";

/** The probe and its USB cable. */
export const probeRules: readonly Rule[] = [probeTrouble, rootOnly, probeFirmware, probeFirmwareGone, probeClone];
