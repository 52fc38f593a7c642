import { componentIds, readComponentId } from "./component-ids.ts";
import type { PpbBlock } from "./ppb.ts";

/** Offsets of the components from 0xE00FF000, bit 0 present: SCS, DWT, FPB, ITM, TPIU, and the absent ETM. */
const entries = [0xfff0f003, 0xfff02003, 0xfff03003, 0xfff01003, 0xfff41003, 0xfff42002, 0];

/** The ROM table at 0xE00FF000 (ARMv7-M B3.1.3, ADIv5). */
export const romTable: PpbBlock = {
  read(offset) {
    if (offset >= 0xfd0) return readComponentId(componentIds.romTable, offset);
    // MEMTYPE: system memory is on the same bus.
    if (offset === 0xfcc) return 1;
    return entries[offset >>> 2] ?? 0;
  },
  write() {},
};
