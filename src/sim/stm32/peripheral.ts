import type { AccessSize } from "../cpu/cpu.ts";

/**
 * A block of registers on AHB or APB. The bus hands it word-aligned offsets of registers; a narrower access arrives with
 * its own offset and size, and the block decides (most registers widen it, RM0008 2.1).
 * An access while the block's RCC clock is off never reaches it (it reads 0, writes are lost); the bus sees to that.
 */
export interface Peripheral {
  /** As in the reference manual: `USART1`, `TIM2`. */
  readonly name: string;
  /** Reads the register at `offset` from the block's base; side effects as on silicon (flags that clear on reading). */
  read(offset: number, size: AccessSize): number;
  /** Gives true when certainly no other register, of any block, reads otherwise than before. */
  write(offset: number, size: AccessSize, value: number): unknown;
  /** As {@link RegisterPage.steady}, by the offset from the block's base: for registers that firmware polls. */
  steady?(offset: number): number | undefined;
  /** System reset, or its xxxRST bit in RCC. Cancels its alarms, drops its interrupt and DMA lines. */
  reset(): void;
  /** RCC xxxEN changed: a block without clock does not count, shift or convert. */
  setClockEnabled?(enabled: boolean): void;
  /** DBGMCU_CR freeze: the core halted (true) with this block's DBG_xxx_STOP bit set, or it went on (false). */
  setFrozen?(frozen: boolean): void;
}
