import type { Generation } from "./identity.ts";

/** Wires by the index that commands 61 and 62 use. */
export type ClockIndex = 0 | 1;
export const SWD: ClockIndex = 0;
export const JTAG: ClockIndex = 1;

/**
 * SWD clock of a V2 or V2-1 at `divisor` of SWD_SET_FREQ, in Hz. The firmware bit-bangs: every step of the divisor
 * lengthens the bit by 250 ns. The rule fits the published kHz-to-divisor list within 6 % (divisor 0 excepted, where the
 * list says 4000 kHz and an oscilloscope 2360).
 */
export function swdHertz(divisor: number): number {
  return divisor === 0 ? 2_360_000 : 1e9 / (300 + 250 * divisor);
}

/** JTAG clock of a V2 or V2-1 at `divisor` of JTAG_SET_FREQ, in Hz: 72 MHz / 2d, less the SPI engine's own gaps. */
export function jtagHertz(divisor: number): number {
  return 36_000_000 / Math.max(1, divisor);
}

/** After power-up: SWD 1800 kHz, JTAG 1120 kHz. */
export const DEFAULT_DIVISOR: readonly [swd: number, jtag: number] = [1, 32];

/**
 * Clocks of a V3 in kHz, highest first, at the core clock prescaler 1. Real lists differ by firmware; this is the one that
 * OpenOCD's log of a V3J8 shows for SWD. The JTAG list is composed from its known top.
 */
const v3Clocks: readonly [swd: readonly number[], jtag: readonly number[]] = [
  [24000, 8000, 3300, 1000, 200, 50, 5],
  [21333, 16000, 12000, 8000, 4000, 1700, 650, 225, 128, 64],
];

/** Prescalers of the V3's core clock that SWITCH_STLINK_FREQ takes. */
export const V3_PRESCALERS: readonly number[] = [1, 2, 4];

/** After power-up, kHz. */
export const V3_DEFAULT_KILOHERTZ: readonly [swd: number, jtag: number] = [1000, 1700];

/** What GET_COM_FREQ lists, kHz: a slower core clock loses the clocks above its share of the top one. */
export function v3ClockList(wires: ClockIndex, prescaler: number): readonly number[] {
  const list = v3Clocks[wires];
  const top = Math.floor(list[0] / prescaler);
  return [top, ...list.filter((kilohertz) => kilohertz < top)].slice(0, 10);
}

/** Highest SWO baud rate that the probe's UART takes. */
export function traceBaudLimit(generation: Generation): number {
  return generation === "V3" ? 24_000_000 : 2_250_000;
}
