import type { Chip } from "./chip.ts";

/** Where a family's PWR keeps which deep sleep it enters, and that it was in Standby. */
export interface PowerControl {
  /** PWR_CR, or PWR_CR1. */
  readonly control: number;
  /** Which mode SLEEPDEEP enters with this value of it. */
  readonly mode: (control: number) => "Stop" | "Standby" | "Shutdown";
  /** The register and bit that stay set after Standby until they are cleared. */
  readonly standbyFlag: { readonly address: number; readonly bit: number };
  /** Has to be on before PWR answers. */
  readonly clock: { readonly address: number; readonly bit: number };
}

const PWR = 0x40007000;
const PWREN = 28;

/** PDDS in PWR_CR, SBF in PWR_CSR (RM0008 5.4, RM0090 5.4). */
const older = (clock: number): PowerControl => ({
  control: PWR,
  mode: (control) => ((control & 2) !== 0 ? "Standby" : "Stop"),
  standbyFlag: { address: PWR + 4, bit: 1 },
  clock: { address: clock, bit: PWREN },
});

/** LPMS in PWR_CR1, SBF in PWR_SR1 (RM0351 5.4). */
const newer = (clock: number): PowerControl => ({
  control: PWR,
  mode: (control) => ((control & 7) >= 4 ? "Shutdown" : (control & 7) === 3 ? "Standby" : "Stop"),
  standbyFlag: { address: PWR + 0x10, bit: 8 },
  clock: { address: clock, bit: PWREN },
});

const byFamily: Readonly<Record<string, PowerControl>> = {
  STM32F0: older(0x4002101c),
  STM32F1: older(0x4002101c),
  STM32F3: older(0x4002101c),
  STM32F2: older(0x40023840),
  STM32F4: older(0x40023840),
  STM32L1: older(0x40023824),
  STM32L4: newer(0x40021058),
  STM32G4: newer(0x40021058),
};

/** How a chip goes to deep sleep; `undefined` where that is not known here. */
export function powerControl(chip: Chip | undefined): PowerControl | undefined {
  return chip === undefined ? undefined : byFamily[chip.family];
}
