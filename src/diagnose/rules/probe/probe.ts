import type { Rule } from "../../rule.ts";
import { probeClone, probeFirmware } from "./firmware.ts";
import { probeTrouble } from "./trouble.ts";

/** The probe and its USB cable. */
export const probeRules: readonly Rule[] = [probeTrouble, probeFirmware, probeClone];
