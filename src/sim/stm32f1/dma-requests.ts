import type { Disposable } from "../../base/events.ts";
import type { DmaRequests } from "./chip-context.ts";
import type { DmaOptions } from "./dma.ts";

/** DMA1 of the F10x (RM0008 13.3.7, table 78): which request lines are wired to each channel, channel 1 first. */
export const dma1Requests: readonly (readonly string[])[] = [
  ["ADC1", "TIM2_CH3", "TIM4_CH1"],
  ["SPI1_RX", "USART3_TX", "TIM1_CH1", "TIM2_UP", "TIM3_CH3"],
  ["SPI1_TX", "USART3_RX", "TIM1_CH2", "TIM3_CH4", "TIM3_UP"],
  ["SPI2_RX", "USART1_TX", "I2C2_TX", "TIM1_CH4", "TIM1_TRIG", "TIM1_COM", "TIM4_CH2"],
  ["SPI2_TX", "USART1_RX", "I2C2_RX", "TIM1_UP", "TIM2_CH1", "TIM4_CH3"],
  ["USART2_RX", "I2C1_TX", "TIM1_CH3", "TIM3_CH1", "TIM3_TRIG"],
  ["USART2_TX", "I2C1_RX", "TIM2_CH2", "TIM2_CH4", "TIM4_UP"],
];

/** DMA1 as the STM32F103x8/xB has it: seven channels, each with its own NVIC line. */
export const stm32f103Dma1: DmaOptions = {
  name: "DMA1",
  channels: 7,
  requestMap: dma1Requests,
  irqs: [11, 12, 13, 14, 15, 16, 17],
};

/** DMA2 of the high-density F10x (RM0008 13.3.7, table 79): five channels, the last two on one NVIC line. */
export const highDensityDma2: DmaOptions = {
  name: "DMA2",
  channels: 5,
  requestMap: [
    ["TIM5_CH4", "TIM5_TRIG", "TIM8_CH3", "TIM8_UP", "SPI3_RX"],
    ["TIM8_CH4", "TIM8_TRIG", "TIM8_COM", "TIM5_CH3", "TIM5_UP", "SPI3_TX"],
    ["TIM8_CH1", "UART4_RX", "TIM6_UP"],
    ["TIM5_CH2", "TIM7_UP"],
    ["TIM8_CH2", "TIM5_CH1", "UART4_TX"],
  ],
  irqs: [56, 57, 58, 59, 59],
};

/** The request lines of several DMA controllers as one: each line is wired to one of them, or to none. */
export class DmaRequestLines implements DmaRequests {
  readonly #controllers: readonly DmaRequests[];

  constructor(controllers: readonly DmaRequests[]) {
    this.#controllers = controllers;
  }

  setRequest(line: string, high: boolean): void {
    for (const controller of this.#controllers) controller.setRequest(line, high);
  }

  pulse(line: string): void {
    for (const controller of this.#controllers) controller.pulse(line);
  }

  onServed(line: string, listener: (last: boolean, remaining: number) => void): Disposable {
    const subscriptions = this.#controllers.map((controller) => controller.onServed(line, listener));
    return {
      dispose: () => {
        for (const subscription of subscriptions) subscription.dispose();
      },
    };
  }
}
