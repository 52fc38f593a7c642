import {
  apb1,
  apb2,
  gpio,
  mediumDensityPeripherals,
  type PeripheralDescription,
  type Stm32f1Config,
  stm32f103c8,
} from "./chip-config.ts";

/** What an STM32F103xC/xD/xE of 144 pins has beyond the medium-density parts (RM0008 3.3, 7.3, 10.1.2, 31.16.3). */
const highDensityOnly: readonly PeripheralDescription[] = [
  apb1("TIM5", "tim-general", 0x40000c00, 3, { global: 50 }, 18),
  apb1("TIM6", "tim-basic", 0x40001000, 4, { global: 54 }, 19),
  apb1("TIM7", "tim-basic", 0x40001400, 5, { global: 55 }, 20),
  apb1("SPI3", "spi", 0x40003c00, 15, { global: 51 }),
  apb1("UART4", "usart", 0x40004c00, 19, { global: 52 }),
  apb1("UART5", "usart", 0x40005000, 20, { global: 53 }),
  gpio("F", 0x40011c00, 7),
  gpio("G", 0x40012000, 8),
  apb2("TIM8", "tim-advanced", 0x40013400, 13, { BRK: 43, UP: 44, TRG_COM: 45, CC: 46 }, 17),
  {
    name: "DMA2",
    kind: "dma",
    base: 0x40020400,
    size: 0x400,
    bus: "ahb",
    enable: 1,
    interrupts: { CH1: 56, CH2: 57, CH3: 58, CH4_5: 59 },
  },
  { name: "FSMC", kind: "fsmc", base: 0xa0000000, size: 0x1000, bus: "ahb", enable: 8, interrupts: { global: 48 } },
];

/**
 * STM32F103ZE: high density, 512 KiB of flash in pages of 2 KiB, 64 KiB of SRAM, revision Y. ADC3, DAC and SDIO have no
 * model.
 */
export const stm32f103ze: Stm32f1Config = {
  ...stm32f103c8,
  name: "STM32F103ZE",
  flash: { base: 0x08000000, bytes: 512 * 1024, pageBytes: 2048, pagesPerProtectionBit: 2, sizeRegisterKib: 512 },
  sram: { base: 0x20000000, bytes: 64 * 1024 },
  idcode: 0x10036414,
  interrupts: 60,
  ownPadsOfPd0Pd1: true,
  peripherals: [...mediumDensityPeripherals, ...highDensityOnly],
};
