import type { Chip } from "../chips/chip.ts";

/** Whether an address lies in the memory that holds ST's boot loader. */
export function isSystemMemory(chip: Chip | undefined, address: number): boolean {
  const memory = chip?.systemMemory;
  if (memory === undefined) return false;
  return address >= memory.base && address < memory.base + (memory.size ?? 0x800);
}
