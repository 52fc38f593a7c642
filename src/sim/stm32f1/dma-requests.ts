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
