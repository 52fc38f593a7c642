import type { ChipOptions } from "../stm32/chip-options.ts";

/** How one STM32F4 differs from another. */
export interface Stm32f4Options extends ChipOptions {
  /** Sectors of bank 1, a bit each, that the option bytes protect against erasing and programming; none unless given. */
  readonly protectedSectors?: number;
}
