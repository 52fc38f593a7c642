import type { Rule } from "../../rule.ts";
import { askedClock } from "./asked-clock.ts";
import { contrastInLog } from "./contrast-in-log.ts";
import { contrastOfReset } from "./contrast-of-reset.ts";
import { nrst } from "./nrst.ts";
import { wiresOpen } from "./open.ts";
import { signal } from "./signal.ts";
import { silentTarget } from "./silent-target.ts";
import { lowVoltage, noPower } from "./supply.ts";

/** Power, debug wires and reset line. */
export const wireRules: readonly Rule[] = [
  noPower,
  lowVoltage,
  wiresOpen,
  silentTarget,
  signal,
  contrastInLog,
  contrastOfReset,
  askedClock,
  nrst,
];
