import { Adc } from "./adc.ts";
import { Can } from "./can.ts";
import { I2c, type I2cOptions } from "./i2c.ts";
import type { ChipContext, Peripheral } from "./peripheral.ts";
import { Spi, type SpiOptions } from "./spi.ts";
import { Tim, type TimOptions } from "./tim.ts";
import { TriggerDemand } from "./tim-trigger-demand.ts";
import { Usart, type UsartOptions } from "./usart.ts";
import { Usb, UsbPacketMemory } from "./usb.ts";

const usarts: readonly UsartOptions[] = [
  { name: "USART1", irq: 37, clock: "pclk2" },
  { name: "USART2", irq: 38, clock: "pclk1" },
  { name: "USART3", irq: 39, clock: "pclk1" },
];

const spis: readonly SpiOptions[] = [
  { name: "SPI1", irq: 35, clock: "pclk2" },
  { name: "SPI2", irq: 36, clock: "pclk1" },
];

const i2cs: readonly I2cOptions[] = [
  { name: "I2C1", irqs: { event: 31, error: 32 }, clock: "pclk1" },
  { name: "I2C2", irqs: { event: 33, error: 34 }, clock: "pclk1" },
];

const tims: readonly TimOptions[] = [
  {
    name: "TIM1",
    advanced: true,
    clock: "tim1",
    irqs: { break: 24, update: 25, trigger: 26, capture: 27 },
    itr: [undefined, "TIM2", "TIM3", "TIM4"],
  },
  general("TIM2", 28, ["TIM1", undefined, "TIM3", "TIM4"]),
  general("TIM3", 29, ["TIM1", "TIM2", undefined, "TIM4"]),
  general("TIM4", 30, ["TIM1", "TIM2", "TIM3", undefined]),
];

/**
 * The communication, timer and analog blocks of an STM32F103x8/xB, by the names of the chip's peripheral table. DMA1
 * is not among them: the chip builds it first, since the others' context holds it.
 */
export function createCommunicationPeripherals(context: ChipContext): Peripheral[] {
  const demand = new TriggerDemand();
  const adc1 = new Adc({ name: "ADC1", irq: 18, master: true }, context, demand);
  const adc2 = new Adc({ name: "ADC2", irq: 18, master: false }, context, demand);
  adc1.slave = adc2;
  return [
    ...usarts.map((options) => new Usart(options, context)),
    ...spis.map((options) => new Spi(options, context)),
    ...i2cs.map((options) => new I2c(options, context)),
    ...tims.map((options) => new Tim(options, context, demand)),
    adc1,
    adc2,
    new Usb({ name: "USB", irqs: { high: 19, low: 20 } }, context),
    new UsbPacketMemory("USB_CAN_RAM"),
    new Can({ name: "CAN", irqs: { transmit: 19, fifo0: 20, fifo1: 21, status: 22 }, filterBanks: 14 }, context),
  ];
}

function general(name: string, irq: number, itr: readonly (string | undefined)[]): TimOptions {
  return { name, advanced: false, clock: "timApb1", irqs: { update: irq, capture: irq, trigger: irq }, itr };
}
