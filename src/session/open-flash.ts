import type { Clock } from "../base/clock.ts";
import type { Core } from "../cortexm/core.ts";
import { createF1FlashProgrammer } from "../flash/f1/f1-programmer.ts";
import type { FlashProgrammer } from "../flash/programmer.ts";
import { targetCrc32 } from "../flash/target-crc32.ts";
import type { IdentifiedChip } from "../stm32/identify.ts";
import type { FlashLock } from "./stepper.ts";

/** What programs the flash of one chip. */
export interface OpenedFlash {
  readonly programmer: FlashProgrammer;
  /** CRC-32 of GDB's `qCRC`, computed by the target. */
  readonly crc32: (address: number, length: number) => Promise<number>;
}

/** Second bank and controller of chips of extra-large density, 0x430 (RM0008 3.3; flash-controllers `f1`). */
const xlBank = { size: 512 * 1024, controllerOffset: 0x40 } as const;

/** The programmer for this chip; undefined where its flash controller is none that we know. */
export function openFlash(chip: IdentifiedChip, core: Core, clock: Clock): OpenedFlash | undefined {
  const { row, flashBytes } = chip;
  const ram = chip.ramRegions[0];
  if (row === undefined || row.family !== "STM32F1" || row.flashController !== "f1" || ram === undefined)
    return undefined;
  if (row.flashBase === undefined || row.flashControllerBase === undefined) return undefined;
  if (row.flashLayout?.kind !== "uniform" || flashBytes === 0) return undefined;
  const region = {
    base: row.flashBase,
    size: flashBytes,
    pageSize: row.flashLayout.eraseSize,
    erasedValue: 0xff,
  };
  const controllerBase = row.flashControllerBase;
  const banks =
    row.flashLayout.banks === 2 && flashBytes > xlBank.size
      ? [
          { base: region.base, size: xlBank.size, controllerBase },
          {
            base: region.base + xlBank.size,
            size: flashBytes - xlBank.size,
            controllerBase: controllerBase + xlBank.controllerOffset,
          },
        ]
      : undefined;
  return {
    programmer: createF1FlashProgrammer({ core, clock, controllerBase, region, ram, banks }),
    crc32: (address, length) => targetCrc32(core, ram, address, length),
  };
}

/** LOCK of FLASH_CR, by its offset from the controller: F1 (RM0008 3.3.3), F2, F4 and F7 (RM0090 3.9.6). */
const locks: Readonly<Record<string, { readonly offset: number; readonly mask: number }>> = {
  f1: { offset: 0x10, mask: 0x80 },
  f2f4f7: { offset: 0x10, mask: 0x8000_0000 },
};

/** The lock of every flash controller of the chip; `undefined` where they are not known. */
export function flashLocksOf({ row, flashBytes }: IdentifiedChip): FlashLock[] | undefined {
  const lock = row?.flashController === undefined ? undefined : locks[row.flashController];
  if (lock === undefined || row?.flashControllerBase === undefined) return undefined;
  const first = { address: row.flashControllerBase + lock.offset, mask: lock.mask };
  const hasTwo = row.flashController === "f1" && row.flashLayout?.banks === 2 && flashBytes > xlBank.size;
  return hasTwo ? [first, { ...first, address: first.address + xlBank.controllerOffset }] : [first];
}
