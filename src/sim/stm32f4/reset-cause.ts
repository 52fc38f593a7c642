import { ResetFlag } from "./rcc.ts";

/** Why the chip is reset (RM0386 6.1). */
export type ResetCause = "power" | "pin" | "software" | "independent-watchdog";

/** The bits of RCC_CSR that each cause adds. Every internal reset pulls the NRST pin low too. */
export const resetFlags: Readonly<Record<ResetCause, number>> = {
  power: ResetFlag.power | ResetFlag.brownOut | ResetFlag.pin,
  pin: ResetFlag.pin,
  software: ResetFlag.software | ResetFlag.pin,
  "independent-watchdog": ResetFlag.independentWatchdog | ResetFlag.pin,
};
