import type { Disposable } from "../../base/events.ts";
import type { CpuBus } from "../cpu/cpu.ts";
import type { Scheduler } from "../time/scheduler.ts";

/** Frequencies of the clock tree at this moment, in Hz (RM0008 7.2). */
export interface Clocks {
  readonly sysclk: number;
  readonly hclk: number;
  readonly pclk1: number;
  readonly pclk2: number;
  /** Timer clocks: PCLK, doubled where the APB prescaler is not 1. */
  readonly tim1: number;
  readonly timApb1: number;
  readonly adc: number;
  readonly lsi: number;
  readonly lse: number;
  /** RTCCLK, 0 when none is selected or it does not run. */
  readonly rtc: number;
  /** Called after any frequency changed. The scheduler's HCLK is already the new one. */
  onChange(listener: () => void): Disposable;
}

export type PortName = "A" | "B" | "C" | "D" | "E" | "F" | "G";

/** The pins of the package: what GPIO and AFIO configure, peripherals drive and boards wire up. */
export interface Pins {
  /** Logic level at the pin, as GPIOx_IDR samples it. */
  level(port: PortName, pin: number): boolean;
  /** What the alternate function that is mapped to this pin drives; reaches the pin in AF output mode alone. */
  setAlternate(port: PortName, pin: number, level: boolean): void;
  /** The pin is configured as alternate-function output (CNF 10 or 11 with MODE not 00). */
  isAlternateOutput(port: PortName, pin: number): boolean;
  /** Configured as analog input (CNF 00, MODE 00). */
  isAnalog(port: PortName, pin: number): boolean;
  /** A board part drives the pin from outside; undefined lets go. */
  driveExternal(port: PortName, pin: number, level: boolean | undefined): void;
  onChange(port: PortName, pin: number, listener: (level: boolean) => void): Disposable;
  /** Called after CNF or MODE of any pin changed. */
  onConfigured(listener: () => void): Disposable;
  /** AFIO_MAPR as written (SWJ_CFG included): which remap is in force. */
  readonly mapr: number;
}

/** DMA request lines by name, as in RM0008 table 78: `USART1_TX`, `ADC1`, `TIM2_UP`, `SPI1_RX`. */
export interface DmaRequests {
  /** A level: the peripheral wants transfers as long as it is high (TXE with DMAT, RXNE with DMAR). */
  setRequest(line: string, high: boolean): void;
  /** One request (a timer event). */
  pulse(line: string): void;
  /**
   * A line was served: called after each item that the DMA moved for it (I2C and SPI need the end of a transfer).
   * `last` is true when CNDTR reached 0; `remaining` is what it was left at (I2C ends a reception one item before).
   */
  onServed(line: string, listener: (last: boolean, remaining: number) => void): Disposable;
}

/**
 * Trigger lines between peripherals: `TIM1_TRGO`, `TIM3_TRGO`, `TIM1_CC1`, `EXTI11`, `EXTI15`. A timer that others may
 * be slaved to pulses its TRGO; gated and enable modes see the level.
 */
export interface Triggers {
  pulse(line: string): void;
  setLevel(line: string, high: boolean): void;
  level(line: string): boolean;
  onPulse(line: string, listener: () => void): Disposable;
  onLevel(line: string, listener: (high: boolean) => void): Disposable;
}

/** EXTI as other blocks drive it: PVD is line 16, RTC alarm 17, USB wake-up 18. */
export interface ExtiLines {
  /** The level on an internal line; edges count as RTSR and FTSR say. */
  setLine(line: number, high: boolean): void;
}

/** A chip as its peripherals see it: everything they may touch beside their own registers. */
export interface ChipContext {
  readonly scheduler: Scheduler;
  readonly clocks: Clocks;
  readonly pins: Pins;
  readonly dma: DmaRequests;
  readonly triggers: Triggers;
  readonly exti: ExtiLines;
  /** Bus matrix, for DMA. */
  readonly bus: CpuBus;
  /** Level of an NVIC line, by number (RM0008 table 63). Blocks that share a line OR theirs: give each its own source name. */
  setInterrupt(irq: number, source: string, high: boolean): void;
  /** Analog level in volts at ADC input channel 0–15 (PA0–7, PB0–1, PC0–5), as the board drives it. */
  analogVolts(channel: number): number;
  /** VDDA in volts. */
  readonly vdda: number;
}
