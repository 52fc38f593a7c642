import type { PeripheralPlace } from "../stm32/peripheral-slots.ts";

/** Which bus a block hangs on: it decides its RCC enable and reset registers. */
export type PeripheralBus = "ahb1" | "ahb2" | "ahb3" | "apb1" | "apb2" | "ppb";

/** What a block does; `plain` is a register file that keeps what is written, for blocks without a model. */
export type PeripheralKind =
  | "basic-timer"
  | "crc"
  | "dbgmcu"
  | "flash"
  | "gpio"
  | "iwdg"
  | "plain"
  | "pwr"
  | "quadspi"
  | "rcc"
  | "syscfg"
  | "usart";

/** One row of a chip's peripheral table. */
export interface PeripheralDescription extends PeripheralPlace {
  readonly kind: PeripheralKind;
  readonly bus: PeripheralBus;
  /** Bits of the bus's enable register that clock it, any of them; 0 when it is always clocked. */
  readonly enable: number;
  /** Bit of the bus's reset register, as a mask; 0 when RCC cannot reset it alone. */
  readonly reset: number;
  /** NVIC line, where a model raises one. */
  readonly interrupt?: number;
  /** Bit of DBGMCU_APB1_FZ or APB2_FZ (by bus) that freezes it while the core is halted. */
  readonly freeze?: number;
}

type Extras = Partial<Pick<PeripheralDescription, "interrupt" | "freeze" | "size">>;

const on =
  (bus: PeripheralBus) =>
  (name: string, kind: PeripheralKind, base: number, bit: number | undefined, extras: Extras = {}) => {
    const mask = bit === undefined ? 0 : (1 << bit) >>> 0;
    return { name, kind, base, size: 0x400, bus, enable: mask, reset: mask, ...extras } as PeripheralDescription;
  };

const ahb1 = on("ahb1");
const ahb2 = on("ahb2");
const ahb3 = on("ahb3");
const apb1 = on("apb1");
const apb2 = on("apb2");

const gpios = [..."ABCDEFGHIJK"].map((letter, index) =>
  ahb1(`GPIO${letter}`, "gpio", 0x40020000 + index * 0x400, index),
);

/** Everything an STM32F469 has (RM0386 table 1, 6.3, table 52). */
export const stm32f469Peripherals: readonly PeripheralDescription[] = [
  apb1("TIM2", "basic-timer", 0x40000000, 0, { interrupt: 28, freeze: 0 }),
  apb1("TIM3", "basic-timer", 0x40000400, 1, { interrupt: 29, freeze: 1 }),
  apb1("TIM4", "basic-timer", 0x40000800, 2, { interrupt: 30, freeze: 2 }),
  apb1("TIM5", "basic-timer", 0x40000c00, 3, { interrupt: 50, freeze: 3 }),
  apb1("TIM6", "basic-timer", 0x40001000, 4, { interrupt: 54, freeze: 4 }),
  apb1("TIM7", "basic-timer", 0x40001400, 5, { interrupt: 55, freeze: 5 }),
  apb1("TIM12", "basic-timer", 0x40001800, 6, { interrupt: 43, freeze: 6 }),
  apb1("TIM13", "basic-timer", 0x40001c00, 7, { interrupt: 44, freeze: 7 }),
  apb1("TIM14", "basic-timer", 0x40002000, 8, { interrupt: 45, freeze: 8 }),
  apb1("RTC", "plain", 0x40002800, undefined),
  apb1("WWDG", "plain", 0x40002c00, 11),
  apb1("IWDG", "iwdg", 0x40003000, undefined, { freeze: 12 }),
  apb1("I2S2ext", "plain", 0x40003400, 14),
  apb1("SPI2", "plain", 0x40003800, 14),
  apb1("SPI3", "plain", 0x40003c00, 15),
  apb1("I2S3ext", "plain", 0x40004000, 15),
  apb1("USART2", "usart", 0x40004400, 17, { interrupt: 38 }),
  apb1("USART3", "usart", 0x40004800, 18, { interrupt: 39 }),
  apb1("UART4", "usart", 0x40004c00, 19, { interrupt: 52 }),
  apb1("UART5", "usart", 0x40005000, 20, { interrupt: 53 }),
  apb1("I2C1", "plain", 0x40005400, 21),
  apb1("I2C2", "plain", 0x40005800, 22),
  apb1("I2C3", "plain", 0x40005c00, 23),
  apb1("CAN1", "plain", 0x40006400, 25),
  apb1("CAN2", "plain", 0x40006800, 26),
  apb1("PWR", "pwr", 0x40007000, 28),
  apb1("DAC", "plain", 0x40007400, 29),
  apb1("UART7", "usart", 0x40007800, 30, { interrupt: 82 }),
  apb1("UART8", "usart", 0x40007c00, 31, { interrupt: 83 }),
  apb2("TIM1", "basic-timer", 0x40010000, 0, { interrupt: 25, freeze: 0 }),
  apb2("TIM8", "basic-timer", 0x40010400, 1, { interrupt: 44, freeze: 1 }),
  apb2("USART1", "usart", 0x40011000, 4, { interrupt: 37 }),
  apb2("USART6", "usart", 0x40011400, 5, { interrupt: 71 }),
  // Three converters in one block: any of their clocks opens it, and one bit resets all.
  { ...apb2("ADC", "plain", 0x40012000, 8), enable: 0x700 },
  apb2("SDIO", "plain", 0x40012c00, 11),
  apb2("SPI1", "plain", 0x40013000, 12),
  apb2("SPI4", "plain", 0x40013400, 13),
  apb2("SYSCFG", "syscfg", 0x40013800, 14),
  apb2("EXTI", "plain", 0x40013c00, undefined),
  apb2("TIM9", "basic-timer", 0x40014000, 16, { interrupt: 24, freeze: 16 }),
  apb2("TIM10", "basic-timer", 0x40014400, 17, { interrupt: 25, freeze: 17 }),
  apb2("TIM11", "basic-timer", 0x40014800, 18, { interrupt: 26, freeze: 18 }),
  apb2("SPI5", "plain", 0x40015000, 20),
  apb2("SPI6", "plain", 0x40015400, 21),
  apb2("SAI1", "plain", 0x40015800, 22),
  apb2("LTDC", "plain", 0x40016800, 26),
  apb2("DSI", "plain", 0x40016c00, 27, { size: 0x800 }),
  ...gpios,
  ahb1("CRC", "crc", 0x40023000, 12),
  ahb1("RCC", "rcc", 0x40023800, undefined, { interrupt: 5 }),
  ahb1("FLASH", "flash", 0x40023c00, undefined, { interrupt: 4 }),
  // 4 KiB of backup SRAM; no reset bit.
  { ...ahb1("BKPSRAM", "plain", 0x40024000, 18, { size: 0x1000 }), reset: 0 },
  ahb1("DMA1", "plain", 0x40026000, 21),
  ahb1("DMA2", "plain", 0x40026400, 22),
  ahb1("ETH", "plain", 0x40028000, 25, { size: 0x1400 }),
  ahb1("DMA2D", "plain", 0x4002b000, 23, { size: 0xc00 }),
  ahb1("OTG_HS", "plain", 0x40040000, 29, { size: 0x40000 }),
  ahb2("OTG_FS", "plain", 0x50000000, 7, { size: 0x40000 }),
  ahb2("DCMI", "plain", 0x50050000, 0),
  ahb2("RNG", "plain", 0x50060800, 6),
  ahb3("FMC", "plain", 0xa0000000, 0, { size: 0x1000 }),
  ahb3("QUADSPI", "quadspi", 0xa0001000, 1, { size: 0x1000, interrupt: 91 }),
  { name: "DBGMCU", kind: "dbgmcu", base: 0xe0042000, size: 0x400, bus: "ppb", enable: 0, reset: 0 },
];
