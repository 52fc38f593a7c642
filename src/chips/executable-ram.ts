import type { Chip } from "./chip.ts";

/**
 * True for RAM that code can't run in. The F4's CCM is on the D-bus alone (RM0090 2.3.1); the F3's and G4's is on the
 * I-bus, too, and the F7's and H7's TCMs are the core's own.
 */
export function isDataOnlyRam(chip: Chip | undefined, address: number): boolean {
  if (chip?.family !== "STM32F4") return false;
  return chip.ram.some(({ name, base, size }) => name === "CCM" && address >= base && address < base + size);
}
