import type { ChipOptions } from "../stm32/chip-options.ts";

/** How one STM32F1 differs from another. Crystals of 8 MHz and 32768 Hz unless others are given. */
export interface Stm32f1Options extends ChipOptions {
  /** The 16 option bytes; a new part's unless given. */
  readonly optionBytes?: readonly number[];
  /** A C8 die that answers on 128 KiB although its size register says 64. */
  readonly hiddenFlash?: boolean;
}
