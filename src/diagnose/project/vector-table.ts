import { readU32 } from "../../base/bytes.ts";
import type { ElfFile } from "../../formats/elf.ts";

/** The vector table of a program (ARMv7-M B1.5.3). */
export interface VectorTable {
  readonly address: number;
  readonly stackPointer: number;
  /** With its Thumb bit. */
  readonly reset: number;
  /** All entries from the reset vector on that may be handlers: odd, not zero. */
  readonly handlers: readonly number[];
}

/** 16 of the core, and more interrupts than any STM32 has. */
const MOST_ENTRIES = 16 + 240;

/** The two words at the beginning of what a program loads into flash, whether or not they make a vector table. */
export function firstWords(elf: ElfFile, flashBase: number, flashEnd: number): VectorTable | undefined {
  const first = elf.segments.find(
    ({ address, data }) => address >= flashBase && address < flashEnd && data.length >= 8,
  );
  if (first === undefined) return undefined;
  const words = Math.min(MOST_ENTRIES, first.data.length >>> 2);
  const handlers: number[] = [];
  for (let index = 1; index < words; index++) {
    const word = readU32(first.data, 4 * index);
    if ((word & 1) === 1) handlers.push(word);
  }
  return { address: first.address, stackPointer: readU32(first.data, 0), reset: readU32(first.data, 4), handlers };
}

/** The vector table of a program in any flash of an STM32: stack in RAM, reset vector in the program's code. */
export function vectorTable(elf: ElfFile): VectorTable | undefined {
  for (const { address } of elf.segments) {
    if (address >= 0x20000000) continue;
    const table = firstWords(elf, address, address + 1);
    if (table === undefined || (table.reset & 1) === 0) continue;
    const { stackPointer, reset } = table;
    if (stackPointer < 0x10000000 || stackPointer > 0x40000000) continue;
    if (elf.segments.some((segment) => reset >= segment.address && reset < segment.address + segment.data.length))
      return table;
  }
  return undefined;
}
