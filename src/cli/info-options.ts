import { hex } from "../base/bytes.ts";
import type { ChipState } from "../stm32/chip-state.ts";

/** One option, shortly. `probity option-bytes get` has all of them. */
export interface ShortOption {
  readonly name: string;
  readonly value: number;
  readonly words: string;
}

interface Field {
  readonly name: string;
  readonly low: number;
  readonly bits: number;
  readonly words: (value: number) => string;
}

const watchdog = (value: number): string => (value === 1 ? "by software" : "from power-on");
const resetIn = (value: number): string => (value === 1 ? "no reset" : "reset on entry");
const asNumber = (value: number): string => hex(value, 2);

/** FLASH_OBR of the F1 (RM0008 3.3.3). */
const obr: readonly Field[] = [
  { name: "OPTERR", low: 0, bits: 1, words: (value) => (value === 0 ? "no error" : "complements don't fit") },
  { name: "WDG_SW", low: 2, bits: 1, words: watchdog },
  { name: "nRST_STOP", low: 3, bits: 1, words: resetIn },
  { name: "nRST_STDBY", low: 4, bits: 1, words: resetIn },
  { name: "Data0", low: 10, bits: 8, words: asNumber },
  { name: "Data1", low: 18, bits: 8, words: asNumber },
];

/** FLASH_OPTCR of the F4 (RM0090 3.9.10). */
const optcr: readonly Field[] = [
  { name: "BOR_LEV", low: 2, bits: 2, words: (value) => (value === 3 ? "off" : `level ${3 - value}`) },
  { name: "WDG_SW", low: 5, bits: 1, words: watchdog },
  { name: "nRST_STOP", low: 6, bits: 1, words: resetIn },
  { name: "nRST_STDBY", low: 7, bits: 1, words: resetIn },
];

const registers: Readonly<Record<string, readonly Field[]>> = { FLASH_OBR: obr, FLASH_OPTCR: optcr };

/** What the register with the options in force says, where it is one that is known here; protection is told elsewhere. */
export function optionWords({ readProtection }: ChipState): ShortOption[] {
  if (readProtection === undefined) return [];
  const { name: register, value } = readProtection.register;
  return (registers[register] ?? []).map(({ name, low, bits, words }) => {
    const field = (value >>> low) & (2 ** bits - 1);
    return { name, value: field, words: words(field) };
  });
}
