import type { ComponentIds } from "../cpu/component-ids.ts";
import type { CpuConfig } from "../cpu/cpu.ts";
import type { PeripheralPlace } from "../stm32/peripheral-slots.ts";

/** Which bus a block hangs on; it decides its RCC enable and reset registers and its clock. */
export type PeripheralBus = "ahb" | "apb1" | "apb2" | "ppb";

/** What kind of block stands at an address; the factories know these names. */
export type PeripheralKind =
  | "adc"
  | "afio"
  | "bkp"
  | "can"
  | "crc"
  | "dbgmcu"
  | "dma"
  | "exti"
  | "flash"
  | "fsmc"
  | "gpio"
  | "i2c"
  | "iwdg"
  | "pwr"
  | "rcc"
  | "rtc"
  | "spi"
  | "tim-advanced"
  | "tim-basic"
  | "tim-general"
  | "usart"
  | "usb"
  | "usb-can-ram"
  | "wwdg";

/** One row of a chip's peripheral table. */
export interface PeripheralDescription extends PeripheralPlace {
  readonly kind: PeripheralKind;
  readonly bus: PeripheralBus;
  /** Bit in AHBENR, APB1ENR or APB2ENR (by `bus`); absent when the block is always clocked. */
  readonly enable?: number;
  /** Bit in APB1RSTR or APB2RSTR; absent when RCC cannot reset the block alone. */
  readonly reset?: number;
  /** NVIC line of each of its signals, by the manual's name (`global`, `UP`, `CC`). */
  readonly interrupts: Readonly<Record<string, number>>;
  /** Bit in DBGMCU_CR that freezes it while the core is halted. */
  readonly freeze?: number;
}

/** Main flash: geometry as the controller and its protection see it (PM0075 2.1). */
export interface FlashGeometry {
  readonly base: number;
  /** Bytes the array answers on. */
  readonly bytes: number;
  readonly pageBytes: number;
  /** Pages that one write-protection bit covers; the last bit covers the rest. */
  readonly pagesPerProtectionBit: number;
  /** What the flash size register says, in KiB. */
  readonly sizeRegisterKib: number;
  /** The 16 bits above it; 0xFFFF on ST's chips. */
  readonly sizeRegisterUpper?: number;
  /** The controller programs whole words too; ST's takes half-words alone. */
  readonly programsWords?: boolean;
}

/** An STM32F1 as data. Another F1 is another such table. */
export interface Stm32f1Config {
  readonly name: string;
  readonly flash: FlashGeometry;
  readonly sram: { readonly base: number; readonly bytes: number };
  readonly systemMemory: { readonly base: number; readonly bytes: number };
  readonly optionBytes: { readonly base: number; readonly bytes: number };
  /** Electronic signature (RM0008 30). */
  readonly flashSizeRegister: number;
  readonly uidRegister: number;
  /** DBGMCU_IDCODE as a debugger reads it. */
  readonly idcode: number;
  readonly dpidr: number;
  readonly jtagIdcode: number;
  readonly ap: { readonly idr: number; readonly cfg: number; readonly base: number };
  /** Where the core is another than the Cortex-M3 r1p1 of ST's chips. */
  readonly core?: Partial<CpuConfig>;
  /** Id registers of the ROM table, where they are not ST's. */
  readonly romTable?: ComponentIds;
  /** DBGMCU_IDCODE reads without a debugger, too; on ST's chips of medium density it reads 0 (errata 2.3). */
  readonly idcodeAlwaysReadable?: boolean;
  /** Bits of RCC_AHBENR that this chip has and ST's have not. */
  readonly extraAhbGates?: number;
  /** Number of external interrupts of the NVIC. */
  readonly interrupts: number;
  /** PD0 and PD1 have pads of their own (packages of 100 pins and more), and need no remap to be GPIO (RM0008 9.3.2). */
  readonly ownPadsOfPd0Pd1?: boolean;
  readonly peripherals: readonly PeripheralDescription[];
}

/** NVIC line of each EXTI line 0–18 (RM0008 table 63). */
export const extiInterrupts: readonly number[] = [
  6, 7, 8, 9, 10, 23, 23, 23, 23, 23, 40, 40, 40, 40, 40, 40, 1, 41, 42,
];

/** A row of a GPIO port. */
export const gpio = (letter: string, base: number, enable: number): PeripheralDescription => ({
  name: `GPIO${letter}`,
  kind: "gpio",
  base,
  size: 0x400,
  bus: "apb2",
  enable,
  reset: enable,
  interrupts: {},
});

/** A row of a block on APB1, with its bit in APB1ENR and APB1RSTR. */
export const apb1 = (
  name: string,
  kind: PeripheralKind,
  base: number,
  bit: number | undefined,
  interrupts: Readonly<Record<string, number>> = {},
  freeze?: number,
): PeripheralDescription => ({
  name,
  kind,
  base,
  size: 0x400,
  bus: "apb1",
  enable: bit,
  reset: bit,
  interrupts,
  freeze,
});

/** A row of a block on APB2, with its bit in APB2ENR and APB2RSTR. */
export const apb2 = (
  name: string,
  kind: PeripheralKind,
  base: number,
  bit: number | undefined,
  interrupts: Readonly<Record<string, number>> = {},
  freeze?: number,
): PeripheralDescription => ({
  name,
  kind,
  base,
  size: 0x400,
  bus: "apb2",
  enable: bit,
  reset: bit,
  interrupts,
  freeze,
});

/** Everything an STM32F103x8/xB has, LQFP48 (RM0008 3.3, 7.3, 10.1.2, 31.16.3). */
export const mediumDensityPeripherals: readonly PeripheralDescription[] = [
  apb1("TIM2", "tim-general", 0x40000000, 0, { global: 28 }, 11),
  apb1("TIM3", "tim-general", 0x40000400, 1, { global: 29 }, 12),
  apb1("TIM4", "tim-general", 0x40000800, 2, { global: 30 }, 13),
  apb1("RTC", "rtc", 0x40002800, undefined, { global: 3 }),
  apb1("WWDG", "wwdg", 0x40002c00, 11, { global: 0 }, 9),
  apb1("IWDG", "iwdg", 0x40003000, undefined, {}, 8),
  apb1("SPI2", "spi", 0x40003800, 14, { global: 36 }),
  apb1("USART2", "usart", 0x40004400, 17, { global: 38 }),
  apb1("USART3", "usart", 0x40004800, 18, { global: 39 }),
  apb1("I2C1", "i2c", 0x40005400, 21, { EV: 31, ER: 32 }, 15),
  apb1("I2C2", "i2c", 0x40005800, 22, { EV: 33, ER: 34 }, 16),
  apb1("USB", "usb", 0x40005c00, 23, { HP: 19, LP: 20, WKUP: 42 }),
  { name: "USB_CAN_RAM", kind: "usb-can-ram", base: 0x40006000, size: 0x400, bus: "apb1", interrupts: {} },
  apb1("CAN", "can", 0x40006400, 25, { TX: 19, RX0: 20, RX1: 21, SCE: 22 }, 14),
  apb1("BKP", "bkp", 0x40006c00, 27, { TAMPER: 2 }),
  apb1("PWR", "pwr", 0x40007000, 28),
  apb2("AFIO", "afio", 0x40010000, 0),
  apb2("EXTI", "exti", 0x40010400, undefined),
  gpio("A", 0x40010800, 2),
  gpio("B", 0x40010c00, 3),
  gpio("C", 0x40011000, 4),
  gpio("D", 0x40011400, 5),
  gpio("E", 0x40011800, 6),
  apb2("ADC1", "adc", 0x40012400, 9, { global: 18 }),
  apb2("ADC2", "adc", 0x40012800, 10, { global: 18 }),
  apb2("TIM1", "tim-advanced", 0x40012c00, 11, { BRK: 24, UP: 25, TRG_COM: 26, CC: 27 }, 10),
  apb2("SPI1", "spi", 0x40013000, 12, { global: 35 }),
  apb2("USART1", "usart", 0x40013800, 14, { global: 37 }),
  {
    name: "DMA1",
    kind: "dma",
    base: 0x40020000,
    size: 0x400,
    bus: "ahb",
    enable: 0,
    interrupts: { CH1: 11, CH2: 12, CH3: 13, CH4: 14, CH5: 15, CH6: 16, CH7: 17 },
  },
  { name: "RCC", kind: "rcc", base: 0x40021000, size: 0x400, bus: "ahb", interrupts: { global: 5 } },
  { name: "FLASH", kind: "flash", base: 0x40022000, size: 0x400, bus: "ahb", interrupts: { global: 4 } },
  { name: "CRC", kind: "crc", base: 0x40023000, size: 0x400, bus: "ahb", enable: 6, interrupts: {} },
  { name: "DBGMCU", kind: "dbgmcu", base: 0xe0042000, size: 0x400, bus: "ppb", interrupts: {} },
];

/** STM32F103C8: 64 KiB of flash, 20 KiB of SRAM, revision Y. */
export const stm32f103c8: Stm32f1Config = {
  name: "STM32F103C8",
  flash: { base: 0x08000000, bytes: 64 * 1024, pageBytes: 1024, pagesPerProtectionBit: 4, sizeRegisterKib: 64 },
  sram: { base: 0x20000000, bytes: 20 * 1024 },
  systemMemory: { base: 0x1ffff000, bytes: 2048 },
  optionBytes: { base: 0x1ffff800, bytes: 16 },
  flashSizeRegister: 0x1ffff7e0,
  uidRegister: 0x1ffff7e8,
  idcode: 0x20036410,
  dpidr: 0x1ba01477,
  jtagIdcode: 0x3ba00477,
  ap: { idr: 0x14770011, cfg: 0, base: 0xe00ff003 },
  interrupts: 43,
  peripherals: mediumDensityPeripherals,
};

/** STM32F103CB: as the C8, with 128 KiB. */
export const stm32f103cb: Stm32f1Config = {
  ...stm32f103c8,
  name: "STM32F103CB",
  flash: { ...stm32f103c8.flash, bytes: 128 * 1024, sizeRegisterKib: 128 },
};

/** Blocks that low-density parts lack. */
const mediumDensityOnly = ["TIM4", "SPI2", "USART3", "I2C2", "GPIOE"];

/** STM32F103C6: low density, 32 KiB of flash, 10 KiB of SRAM. */
export const stm32f103c6: Stm32f1Config = {
  ...stm32f103c8,
  name: "STM32F103C6",
  flash: { ...stm32f103c8.flash, bytes: 32 * 1024, sizeRegisterKib: 32 },
  sram: { base: 0x20000000, bytes: 10 * 1024 },
  idcode: 0x10006412,
  peripherals: mediumDensityPeripherals.filter(({ name }) => !mediumDensityOnly.includes(name)),
};
