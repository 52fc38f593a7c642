import { Stm32f1Chip } from "./chip.ts";
import { type Stm32f1Config, stm32f103c8 } from "./chip-config.ts";
import type { Stm32f1Options } from "./chip-options.ts";
import { FakeCpu } from "./fake-cpu.ts";

/** An STM32F103C8 unless another is named, around a {@link FakeCpu}, and short names for what register-level tests do. */
export function createTestChip(options: Stm32f1Options = {}, config: Stm32f1Config = stm32f103c8) {
  let cpu: FakeCpu | undefined;
  const chip = new Stm32f1Chip(config, {
    ...options,
    createCpu: (host) => {
      cpu = new FakeCpu(host);
      return cpu;
    },
  });
  return {
    chip,
    cpu: cpu as unknown as FakeCpu,
    /** A word as a program reads it; -1 is a bus fault. */
    read: (address: number): number => chip.bus.read(address, 4, "cpu"),
    read16: (address: number): number => chip.bus.read(address, 2, "cpu"),
    write: (address: number, value: number): boolean => chip.bus.write(address, 4, value, "cpu"),
    write16: (address: number, value: number): boolean => chip.bus.write(address, 2, value, "cpu"),
    write8: (address: number, value: number): boolean => chip.bus.write(address, 1, value, "cpu"),
    /** Lets microseconds pass. */
    wait: (microseconds: number): void => chip.advance(microseconds * 1000),
  };
}

/** Register addresses that tests use (RM0008 3.3). */
export const RCC = {
  CR: 0x40021000,
  CFGR: 0x40021004,
  CIR: 0x40021008,
  APB2RSTR: 0x4002100c,
  APB1RSTR: 0x40021010,
  AHBENR: 0x40021014,
  APB2ENR: 0x40021018,
  APB1ENR: 0x4002101c,
  BDCR: 0x40021020,
  CSR: 0x40021024,
} as const;
export const FLASH = {
  ACR: 0x40022000,
  KEYR: 0x40022004,
  OPTKEYR: 0x40022008,
  SR: 0x4002200c,
  CR: 0x40022010,
  AR: 0x40022014,
  OBR: 0x4002201c,
  WRPR: 0x40022020,
} as const;
export const GPIOA = 0x40010800;
export const GPIOB = 0x40010c00;
export const GPIOC = 0x40011000;
export const AFIO = { EVCR: 0x40010000, MAPR: 0x40010004, EXTICR1: 0x40010008, EXTICR4: 0x40010014 } as const;
export const EXTI = {
  IMR: 0x40010400,
  EMR: 0x40010404,
  RTSR: 0x40010408,
  FTSR: 0x4001040c,
  SWIER: 0x40010410,
  PR: 0x40010414,
} as const;
export const PWR = { CR: 0x40007000, CSR: 0x40007004 } as const;
export const BKP = 0x40006c00;
export const RTC = 0x40002800;
export const IWDG = { KR: 0x40003000, PR: 0x40003004, RLR: 0x40003008, SR: 0x4000300c } as const;
export const WWDG = { CR: 0x40002c00, CFR: 0x40002c04, SR: 0x40002c08 } as const;
export const DBGMCU = { IDCODE: 0xe0042000, CR: 0xe0042004 } as const;
