import type { Chip } from "../chips/chip.ts";
import type { WordOperation } from "../coresight/memory-port.ts";

/** Written to IWDG_KR, it starts the count anew; a watchdog that was never started takes no notice (RM0008 19.4.1). */
const RELOAD = 0xaaaa;

/** IWDG of the families that have it where the F1 has it, and of the others (memory map of the reference manuals). */
const usual = 0x40003000;
const others: Readonly<Record<string, number>> = { STM32H7: 0x58004800 };
const families = /^STM32(F[0-47]|L[0-5]|G[04]|C0|U[035]|WB|WL|H5)$/;

/** The access that keeps a running independent watchdog of this chip quiet; `undefined` where its address is not known. */
export function feedWatchdog(chip: Chip | undefined): WordOperation | undefined {
  if (chip === undefined) return undefined;
  const address = others[chip.family] ?? (families.test(chip.family) ? usual : undefined);
  return address === undefined ? undefined : { kind: "write", address, value: RELOAD };
}
