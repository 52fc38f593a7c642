import { ResetFlag } from "./rcc.ts";

/** Why the chip is reset (RM0008 7.1). */
export type ResetCause =
  | "power"
  | "pin"
  | "software"
  | "independent-watchdog"
  | "window-watchdog"
  | "low-power"
  /** The end of standby: everything but the backup domain and PWR_CSR starts anew. */
  | "standby";

/** The bits of RCC_CSR that each cause adds. Every internal reset pulls the NRST pin low too. */
export const resetFlags: Readonly<Record<ResetCause, number>> = {
  power: ResetFlag.power | ResetFlag.pin,
  pin: ResetFlag.pin,
  software: ResetFlag.software | ResetFlag.pin,
  "independent-watchdog": ResetFlag.independentWatchdog | ResetFlag.pin,
  "window-watchdog": ResetFlag.windowWatchdog | ResetFlag.pin,
  "low-power": ResetFlag.lowPower | ResetFlag.pin,
  standby: 0,
};
