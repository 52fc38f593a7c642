import { type CoreComponents, readComponentId } from "./component-ids.ts";
import type { PpbBlock } from "./ppb.ts";

/** Offsets from 0xE00FF000 of SCS, DWT, FPB, ITM, TPIU; bit 0: present. */
const entries = [0xfff0f003, 0xfff02003, 0xfff03003, 0xfff01003, 0xfff41003];
const etmEntry = 0xfff42002;

/** The ROM table at 0xE00FF000 (ARMv7-M B3.1.3, ADIv5). */
export function createRomTable({ romTable, etm }: CoreComponents): PpbBlock {
  const listed = [...entries, etm === undefined ? etmEntry : etmEntry | 1, 0];
  return {
    read(offset) {
      if (offset >= 0xfd0) return readComponentId(romTable, offset);
      // MEMTYPE: system memory is on the same bus.
      if (offset === 0xfcc) return 1;
      return (listed[offset >>> 2] ?? 0) >>> 0;
    },
    write() {},
  };
}
