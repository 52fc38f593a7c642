import type { Peripheral } from "../stm32/peripheral.ts";
import { Adc } from "./adc.ts";
import { Can } from "./can.ts";
import { mediumDensityPeripherals } from "./chip-config.ts";
import type { ChipContext } from "./chip-context.ts";
import { I2c, type I2cOptions } from "./i2c.ts";
import { Spi, type SpiOptions } from "./spi.ts";
import { Tim, type TimOptions } from "./tim.ts";
import { BasicTim } from "./tim-basic.ts";
import { TriggerDemand } from "./tim-trigger-demand.ts";
import { Usart, type UsartOptions } from "./usart.ts";
import { Usb, UsbPacketMemory } from "./usb.ts";

const usarts: readonly UsartOptions[] = [
  { name: "USART1", irq: 37, clock: "pclk2" },
  { name: "USART2", irq: 38, clock: "pclk1" },
  { name: "USART3", irq: 39, clock: "pclk1" },
  { name: "UART4", irq: 52, clock: "pclk1" },
  { name: "UART5", irq: 53, clock: "pclk1" },
];

const spis: readonly SpiOptions[] = [
  { name: "SPI1", irq: 35, clock: "pclk2" },
  { name: "SPI2", irq: 36, clock: "pclk1" },
  { name: "SPI3", irq: 51, clock: "pclk1" },
];

const i2cs: readonly I2cOptions[] = [
  { name: "I2C1", irqs: { event: 31, error: 32 }, clock: "pclk1" },
  { name: "I2C2", irqs: { event: 33, error: 34 }, clock: "pclk1" },
];

/** Behind ITR0–ITR3, on the chips that have them all (RM0008 tables 80 and 86). */
const tims: readonly TimOptions[] = [
  advanced("TIM1", [24, 25, 26, 27], ["TIM5", "TIM2", "TIM3", "TIM4"]),
  advanced("TIM8", [43, 44, 45, 46], ["TIM1", "TIM2", "TIM4", "TIM5"]),
  general("TIM2", 28, ["TIM1", "TIM8", "TIM3", "TIM4"]),
  general("TIM3", 29, ["TIM1", "TIM2", "TIM5", "TIM4"]),
  general("TIM4", 30, ["TIM1", "TIM2", "TIM3", "TIM8"]),
  general("TIM5", 50, ["TIM2", "TIM3", "TIM4", "TIM8"]),
];

const basicTims = [
  { name: "TIM6", irq: 54 },
  { name: "TIM7", irq: 55 },
] as const;

/**
 * The communication, timer and analog blocks of an STM32F103 of any density, by the names of the chip's peripheral
 * table: those of which `has` says that the chip has them. The DMA controllers are not among them: the chip builds them
 * first, since the others' context holds them.
 */
export function createCommunicationPeripherals(
  context: ChipContext,
  has: (name: string) => boolean = isMediumDensity,
): Peripheral[] {
  const demand = new TriggerDemand();
  const adc1 = new Adc({ name: "ADC1", irq: 18, master: true }, context, demand);
  const adc2 = new Adc({ name: "ADC2", irq: 18, master: false }, context, demand);
  adc1.slave = adc2;
  const present = ({ name }: { readonly name: string }): boolean => has(name);
  return [
    ...usarts.filter(present).map((options) => new Usart(options, context)),
    ...spis.filter(present).map((options) => new Spi(options, context)),
    ...i2cs.filter(present).map((options) => new I2c(options, context)),
    ...tims.filter(present).map((options) => new Tim({ ...options, itr: options.itr.map(existing) }, context, demand)),
    ...basicTims.filter(present).map(({ name, irq }) => new BasicTim(name, irq, context, demand)),
    adc1,
    adc2,
    new Usb({ name: "USB", irqs: { high: 19, low: 20 } }, context),
    new UsbPacketMemory("USB_CAN_RAM"),
    new Can({ name: "CAN", irqs: { transmit: 19, fifo0: 20, fifo1: 21, status: 22 }, filterBanks: 14 }, context),
  ];

  function existing(name: string | undefined): string | undefined {
    return name !== undefined && has(name) ? name : undefined;
  }
}

function isMediumDensity(name: string): boolean {
  return mediumDensityPeripherals.some((row) => row.name === name);
}

function general(name: string, irq: number, itr: TimOptions["itr"]): TimOptions {
  return { name, advanced: false, clock: "timApb1", irqs: { update: irq, capture: irq, trigger: irq }, itr };
}

function advanced(name: string, irqs: readonly [number, number, number, number], itr: TimOptions["itr"]): TimOptions {
  const [brk, update, trigger, capture] = irqs;
  return { name, advanced: true, clock: "tim1", irqs: { break: brk, update, trigger, capture }, itr };
}
