/** A block of the STM32F1's memory map, and which of the family's chips have it. */
export interface FamilyBlock {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Device ids of the chips all of whose parts have it; every chip when absent. */
  readonly on?: readonly number[];
  /** Device ids of the chips some of whose parts have it. */
  readonly some?: readonly number[];
}

const [LOW, MEDIUM, HIGH, XL, CONNECTIVITY, VALUE, HIGH_VALUE] = [0x412, 0x410, 0x414, 0x430, 0x418, 0x420, 0x428];
/** All but low-density chips; the value line's id covers low density, too. */
const butLow = [MEDIUM, HIGH, XL, CONNECTIVITY, HIGH_VALUE];
const large = [HIGH, XL, CONNECTIVITY, HIGH_VALUE];

function block(
  name: string,
  base: number,
  on?: readonly number[],
  some: readonly number[] = [],
  size = 0x400,
): FamilyBlock {
  return { name, base, size, ...(on !== undefined && { on, some }) };
}

/** RM0008 table 3 and RM0041 table 1, with the device overviews of the data sheets: what is not here is reserved. */
export const stm32f1Blocks: readonly FamilyBlock[] = [
  block("TIM2", 0x40000000),
  block("TIM3", 0x40000400),
  block("TIM4", 0x40000800, butLow, [VALUE]),
  block("TIM5", 0x40000c00, large),
  block("TIM6", 0x40001000, [...large, VALUE]),
  block("TIM7", 0x40001400, [...large, VALUE]),
  block("TIM12", 0x40001800, [XL, HIGH_VALUE]),
  block("TIM13", 0x40001c00, [XL, HIGH_VALUE]),
  block("TIM14", 0x40002000, [XL, HIGH_VALUE]),
  block("RTC", 0x40002800),
  block("WWDG", 0x40002c00),
  block("IWDG", 0x40003000),
  block("SPI2", 0x40003800, butLow, [VALUE]),
  block("SPI3", 0x40003c00, large),
  block("USART2", 0x40004400),
  block("USART3", 0x40004800, butLow, [VALUE]),
  block("UART4", 0x40004c00, large),
  block("UART5", 0x40005000, large),
  block("I2C1", 0x40005400),
  block("I2C2", 0x40005800, butLow, [VALUE]),
  block("USB", 0x40005c00, [], [LOW, MEDIUM, HIGH, XL]),
  block("USB/CAN SRAM", 0x40006000, [], [LOW, MEDIUM, HIGH, XL]),
  block("CAN1", 0x40006400, [CONNECTIVITY], [LOW, MEDIUM, HIGH, XL]),
  block("CAN2", 0x40006800, [CONNECTIVITY]),
  block("BKP", 0x40006c00),
  block("PWR", 0x40007000),
  block("DAC", 0x40007400, [...large, VALUE]),
  block("CEC", 0x40007800, [VALUE, HIGH_VALUE]),

  block("AFIO", 0x40010000),
  block("EXTI", 0x40010400),
  block("GPIOA", 0x40010800),
  block("GPIOB", 0x40010c00),
  block("GPIOC", 0x40011000),
  block("GPIOD", 0x40011400),
  block("GPIOE", 0x40011800, butLow, [LOW, VALUE]),
  block("GPIOF", 0x40011c00, [HIGH, XL, HIGH_VALUE]),
  block("GPIOG", 0x40012000, [HIGH, XL, HIGH_VALUE]),
  block("ADC1", 0x40012400),
  block("ADC2", 0x40012800, [CONNECTIVITY], [LOW, MEDIUM, HIGH, XL]),
  block("TIM1", 0x40012c00, [CONNECTIVITY, VALUE, HIGH_VALUE], [LOW, MEDIUM, HIGH, XL]),
  block("SPI1", 0x40013000),
  block("TIM8", 0x40013400, [], [HIGH, XL]),
  block("USART1", 0x40013800),
  block("ADC3", 0x40013c00, [], [HIGH, XL]),
  block("TIM15", 0x40014000, [VALUE, HIGH_VALUE]),
  block("TIM16", 0x40014400, [VALUE, HIGH_VALUE]),
  block("TIM17", 0x40014800, [VALUE, HIGH_VALUE]),
  block("TIM9", 0x40014c00, [XL]),
  block("TIM10", 0x40015000, [XL]),
  block("TIM11", 0x40015400, [XL]),
  block("SDIO", 0x40018000, [HIGH, XL]),

  block("DMA1", 0x40020000),
  block("DMA2", 0x40020400, large),
  block("RCC", 0x40021000),
  block("FLASH", 0x40022000),
  block("CRC", 0x40023000),
  block("Ethernet", 0x40028000, [], [CONNECTIVITY], 0x2000),
  block("USB OTG FS", 0x50000000, [CONNECTIVITY], [], 0x40000),
];
