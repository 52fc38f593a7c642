import type { Chip } from "../chips/chip.ts";

/**
 * Bytes of flash by the value of a chip's flash size register; `undefined` when the value can't be true (a blank or
 * foreign register), so that the largest size of the row has to serve.
 */
export function flashSizeOf(chip: Chip, value: number): number | undefined {
  const register = chip.flashSizeRegister;
  if (register === undefined) return undefined;
  switch (register.unit) {
    case "code":
      // L1 category 4: 0 is 384 KiB, 1 is 256 KiB.
      return value === 0 ? 384 * 1024 : value === 1 ? 256 * 1024 : undefined;
    case "words-1":
      return ((value & 0xffff) + 1) * 4;
    default: {
      const kib = register.note?.includes("low 8 bits") ? value & 0xff : value & 0xffff;
      const most = (chip.maxFlashBytes ?? Number.POSITIVE_INFINITY) / 1024;
      return kib === 0 || kib === 0xffff || kib > 2 * most ? undefined : kib * 1024;
    }
  }
}
