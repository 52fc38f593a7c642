/** Why a chip is reset (RM0008 7.1, RM0386 6.1). */
export type ResetCause =
  | "power"
  | "pin"
  | "software"
  | "independent-watchdog"
  | "window-watchdog"
  | "low-power"
  /** The end of standby: everything but the backup domain and PWR_CSR starts anew. */
  | "standby";

/** Bits of RCC_CSR that say why the last resets happened (RM0008 7.3.10, RM0386 6.3.21). */
export const ResetFlag = {
  /** Families with a brown-out detector alone. */
  brownOut: 1 << 25,
  pin: 1 << 26,
  power: 1 << 27,
  software: 1 << 28,
  independentWatchdog: 1 << 29,
  windowWatchdog: 1 << 30,
  lowPower: 0x80000000,
} as const;

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
