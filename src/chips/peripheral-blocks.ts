import type { Chip } from "./chip.ts";
import { type FamilyBlock, stm32f1Blocks } from "./stm32f1-blocks.ts";

/** A peripheral's registers, and the families that have them there. */
export interface PeripheralBlock {
  readonly name: string;
  readonly base: number;
  /** Bytes. */
  readonly size: number;
  readonly families: readonly string[];
}

/** The block that an address lies in on chips of this family; secure aliases count. */
export function peripheralAt(address: number, family: string): PeripheralBlock | undefined {
  return peripheralBlocks.find((block) => block.families.includes(family) && covers(block, address));
}

/** A block of a chip's own family, and whether this chip has it; `undefined` when only some of its parts do. */
export interface OwnBlock {
  readonly name: string;
  readonly has: boolean | undefined;
}

/** Families whose peripherals are all known: what is in none of these is reserved. */
const completeMaps: Readonly<Record<string, readonly FamilyBlock[]>> = { STM32F1: stm32f1Blocks };

/** Whether every peripheral of a chip's family is known. */
export function hasCompleteMap(chip: Chip): boolean {
  return completeMaps[chip.family] !== undefined;
}

/** The block of its own family that an address lies in on a chip. */
export function ownBlockAt(address: number, chip: Chip): OwnBlock | undefined {
  const complete = completeMaps[chip.family];
  if (complete === undefined) {
    const block = peripheralAt(address, chip.family);
    return block && { name: block.name, has: true };
  }
  const block = complete.find(({ base, size }) => address >= base && address < base + size);
  if (block === undefined) return undefined;
  const { name, on, some = [] } = block;
  const all = on === undefined || on.includes(chip.deviceId);
  return { name, has: all ? true : some.includes(chip.deviceId) ? undefined : false };
}

/** Every block of any family that an address lies in. */
export function peripheralsAt(address: number): PeripheralBlock[] {
  return peripheralBlocks.filter((block) => covers(block, address));
}

/** Where a chip's family has its RCC, `undefined` when that is not known. */
export function rccBase(chip: Chip): number | undefined {
  return blockBase("RCC", chip.family);
}

/** Where a family has a block of this name, `undefined` when it has none, or that is not known. */
export function blockBase(name: string, family: string): number | undefined {
  return peripheralBlocks.find((block) => block.name === name && block.families.includes(family))?.base;
}

function covers(block: PeripheralBlock, address: number): boolean {
  const inside = (at: number): boolean => at >= block.base && at < block.base + block.size;
  return inside(address) || (block.families.every((family) => trustZone.has(family)) && inside(address - 0x10000000));
}

const trustZone = new Set(["STM32L5", "STM32U5", "STM32U3", "STM32H5", "STM32N6", "STM32WBA"]);

/** `F1 L4` becomes `STM32F1`, `STM32L4`. */
function families(list: string): readonly string[] {
  return list.split(" ").map((name) => `STM32${name}`);
}

/** GPIOA and those after it, one every 0x400. */
function ports(base: number, letters: string, list: string): PeripheralBlock[] {
  return [...letters].map((letter, i) => ({
    name: `GPIO${letter}`,
    base: base + i * 0x400,
    size: 0x400,
    families: families(list),
  }));
}

function row(name: string, base: number, size: number, list: string): PeripheralBlock {
  return { name, base, size, families: families(list) };
}

/** What tells families apart: the blocks that nearly every program touches. From the reference manuals' memory maps. */
const peripheralBlocks: readonly PeripheralBlock[] = [
  row("RCC", 0x40021000, 0x400, "F0 F1 F3 G0 G4 L0 L4 L5 C0 U0"),
  row("RCC", 0x40023800, 0x400, "F2 F4 F7 L1"),
  row("RCC", 0x58024400, 0x400, "H7"),
  row("RCC", 0x44020c00, 0x400, "H5"),
  row("RCC", 0x46020c00, 0x400, "U5 WBA"),
  row("RCC", 0x40030c00, 0x400, "U3"),
  row("RCC", 0x58000000, 0x400, "WB WL"),
  row("RCC", 0x48400000, 0x400, "WB0"),
  row("RCC", 0x46028000, 0x2000, "N6"),
  row("RCC", 0x50000000, 0x1000, "MP1"),

  row("FLASH", 0x40022000, 0x400, "F0 F1 F3 G0 G4 L0 L4 L5 C0 U0 U3 U5 H5 WBA"),
  row("FLASH", 0x40023c00, 0x400, "F2 F4 F7 L1"),
  row("FLASH", 0x52002000, 0x1000, "H7"),
  row("FLASH", 0x58004000, 0x400, "WB WL"),

  ...ports(0x40010800, "ABCDEFG", "F1"),
  ...ports(0x40020000, "ABCDEFGHIJK", "F2 F4 F7"),
  ...ports(0x40020000, "ABCDEHFG", "L1"),
  ...ports(0x48000000, "ABCDEF", "F0"),
  ...ports(0x48000000, "ABCDEFGH", "F3 G4 WB WL"),
  ...ports(0x48000000, "ABCDEFGHI", "L4"),
  ...ports(0x50000000, "ABCDEFGH", "G0 L0 C0 U0"),
  ...ports(0x58020000, "ABCDEFGHIJK", "H7"),
  ...ports(0x42020000, "ABCDEFGHI", "H5 U5 U3 L5 WBA"),
  ...ports(0x46020000, "ABCDEFGH", "N6"),

  row("PWR", 0x40007000, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0"),
  row("PWR", 0x58024800, 0x400, "H7"),
  row("PWR", 0x44020800, 0x400, "H5"),
  row("PWR", 0x46020800, 0x400, "U5 WBA"),
  row("PWR", 0x40030800, 0x400, "U3"),
  row("PWR", 0x58000400, 0x400, "WB WL"),
  row("PWR", 0x46024800, 0x400, "N6"),

  row("AFIO", 0x40010000, 0x400, "F1"),
  row("SYSCFG", 0x40010000, 0x400, "F0 F3 L0 L1 L4 L5 G0 G4 C0 U0 WB WL"),
  row("SYSCFG", 0x40013800, 0x400, "F2 F4 F7"),
  row("SYSCFG", 0x58000400, 0x400, "H7"),
  row("SBS", 0x44000400, 0x400, "H5"),
  row("SYSCFG", 0x46000400, 0x400, "U5 WBA"),

  row("IWDG", 0x40003000, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0 U3 U5 H5 WB WL WBA"),
  row("IWDG1", 0x58004800, 0x400, "H7"),
  row("WWDG", 0x40002c00, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0 U3 U5 H5 WB WL WBA"),
  row("RTC", 0x40002800, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0 WB WL"),
  row("SPI1", 0x40013000, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U5 H5 H7 WB WL WBA"),
  row("I2C1", 0x40005400, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0 U5 U3 H5 H7 WB WL WBA"),
  row("USART2", 0x40004400, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0 U5 U3 H5 H7 WL"),
  row("TIM2", 0x40000000, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 U0 U3 U5 H5 H7 WB WL WBA"),
  row("DMA1", 0x40020000, 0x400, "F0 F1 F3 L0 L4 L5 G0 G4 C0 U0 WB WL H7"),
  row("DMA1", 0x40026000, 0x400, "F2 F4 F7 L1"),
  row("DMA2", 0x40020400, 0x400, "F1 F3 L4 L5 G4 WB WL H7"),
  row("DMA2", 0x40026400, 0x400, "F2 F4 F7 L1"),
  row("CRC", 0x40023000, 0x400, "F0 F1 F2 F3 F4 F7 L0 L1 L4 L5 G0 G4 C0 U0 U3 U5 H5 WB WL WBA"),
  row("OCTOSPIM", 0x50061c00, 0x400, "L4"),
  row("OCTOSPIM", 0x5200b400, 0x400, "H7"),
];
