import type { ChipContext, Peripheral } from "./peripheral.ts";
import { Usart, type UsartOptions } from "./usart.ts";

const usarts: readonly UsartOptions[] = [
  { name: "USART1", irq: 37, clock: "pclk2" },
  { name: "USART2", irq: 38, clock: "pclk1" },
  { name: "USART3", irq: 39, clock: "pclk1" },
];

/**
 * The communication, timer and analog blocks of an STM32F103x8/xB, by the names of the chip's peripheral table. DMA1
 * is not among them: the chip builds it first, since the others' context holds it.
 */
export function createCommunicationPeripherals(context: ChipContext): Peripheral[] {
  return [...usarts.map((options) => new Usart(options, context))];
}
