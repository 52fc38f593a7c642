import { isProbityError } from "../base/errors.ts";
import type { Chip } from "../chips/chip.ts";
import type { MemoryPort } from "../coresight/memory-port.ts";
import { withClock } from "./identify.ts";

/** Bits to set in one register of DBGMCU, as an offset from DBGMCU_IDCODE. */
interface FreezeRegister {
  readonly offset: number;
  readonly bits: number;
}

/** Keep the debug clocks in sleep, stop and standby. */
const keepAll = { offset: 0x04, bits: 0x7 };
/** The same where sleep needs no bit. */
const keepStopStandby = { offset: 0x04, bits: 0x6 };
/** WWDG and IWDG stand still while the core is halted: bits 11 and 12 of APB1_FZ, wherever that is. */
const freezeAt = (offset: number): FreezeRegister => ({ offset, bits: 0x1800 });

/**
 * What to set by family, after the DBGMCU chapters of the reference manuals. Only the F1's has been tried (on the virtual
 * chip); a family that is not here is left alone.
 */
const byFamily: Readonly<Record<string, readonly FreezeRegister[]>> = {
  // RM0008 31.16.3: clocks and watchdogs in one register; OpenOCD sets the same.
  STM32F1: [{ offset: 0x04, bits: 0x307 }],
  STM32F0: [keepStopStandby, freezeAt(0x08)],
  STM32F2: [keepAll, freezeAt(0x08)],
  STM32F3: [keepAll, freezeAt(0x08)],
  STM32F4: [keepAll, freezeAt(0x08)],
  STM32F7: [keepAll, freezeAt(0x08)],
  STM32L0: [keepAll, freezeAt(0x08)],
  STM32L1: [keepAll, freezeAt(0x08)],
  STM32L4: [keepAll, freezeAt(0x08)],
  STM32G4: [keepAll, freezeAt(0x08)],
  STM32G0: [keepStopStandby, freezeAt(0x08)],
  STM32C0: [keepStopStandby, freezeAt(0x08)],
  STM32U0: [keepStopStandby, freezeAt(0x08)],
  STM32L5: [keepStopStandby, freezeAt(0x08)],
  STM32U5: [keepStopStandby, freezeAt(0x08)],
  STM32U3: [keepStopStandby, freezeAt(0x08)],
  STM32WBA: [keepStopStandby, freezeAt(0x08)],
  STM32H5: [keepStopStandby, freezeAt(0x08)],
  STM32WB: [keepAll, freezeAt(0x3c)],
  STM32WL: [keepAll, freezeAt(0x3c)],
  // RM0433 60.5.8: the three domain clocks, WWDG1 in APB3FZ1, IWDG1 in APB4FZ1.
  STM32H7: [
    { offset: 0x04, bits: 0x600007 },
    { offset: 0x34, bits: 1 << 6 },
    { offset: 0x54, bits: 1 << 18 },
  ],
};

/** What was changed in DBGMCU, and the way back. */
export interface DebugFreeze {
  /** Addresses and values that were written; empty when this chip's DBGMCU is not known or can't be written. */
  /** The debug port's clocks stay on in low-power modes now. */
  readonly kept: boolean;
  readonly written: readonly { readonly address: number; readonly before: number; readonly after: number }[];
  /** Puts every register back as it was found. */
  restore(): Promise<void>;
}

/**
 * Sets DBGMCU so that debugging survives sleep, stop and standby, and the watchdogs stand still while the core is halted.
 * These registers outlive every reset but power-on, so {@link DebugFreeze.restore} is for the end of the session: a
 * program that is left with them draws more current asleep than it should.
 */
export async function freezeForDebug(port: MemoryPort, chip: Chip): Promise<DebugFreeze> {
  const base = chip.idcodeAddress;
  const registers = base === undefined ? undefined : byFamily[chip.family];
  if (base === undefined || registers === undefined) return { written: [], kept: false, restore: async () => {} };
  const clocked = async (task: () => Promise<void>): Promise<void> => {
    if (chip.idcodeClock === undefined) await task();
    else await withClock(port, chip.idcodeClock, task);
  };
  let kept = true;
  const written: { address: number; before: number; after: number }[] = [];
  await clocked(async () => {
    for (const { offset, bits } of registers) {
      const address = base + offset;
      try {
        const before = await port.readWord(address);
        const after = (before | bits) >>> 0;
        if (after === before) continue;
        await port.writeWord(address, after);
        written.push({ address, before, after });
      } catch (error) {
        if (!isProbityError(error, "memory-fault")) throw error;
        kept = false;
      }
    }
  });
  return {
    written,
    kept,
    restore: () =>
      clocked(async () => {
        for (const { address, before } of written.splice(0).reverse()) await port.writeWord(address, before);
      }),
  };
}
