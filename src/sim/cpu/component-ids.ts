/** Peripheral and component id registers at 0xFD0–0xFFF of a CoreSight component. */
export interface ComponentIds {
  /** PIDR0–PIDR3, then PIDR4, low byte each. */
  readonly pidr: readonly [number, number, number, number, number];
  /** Component class: 0x10 ROM table, 0x90 CoreSight, 0xE0 generic. */
  readonly componentClass: number;
}

/** The id registers of every debug component of a core. */
export interface CoreComponents {
  readonly scs: ComponentIds;
  readonly itm: ComponentIds;
  readonly dwt: ComponentIds;
  readonly fpb: ComponentIds;
  readonly tpiu: ComponentIds;
  /** Absent: the chip has no ETM, and its entry in the ROM table says so. */
  readonly etm?: ComponentIds;
  /** The chip maker's own: its JEP106 code and the part number of the chip. */
  readonly romTable: ComponentIds;
}

/** ROM table of an ST chip: JEP106 code 0x20, the device id as part number. */
export function stRomTable(deviceId: number): ComponentIds {
  return { pidr: [deviceId & 0xff, (deviceId >>> 8) & 0xf, 0x0a, 0x00, 0x00], componentClass: 0x10 };
}

/** Cortex-M3 r1p1, as an F103 of medium density answers (part 0x410). */
export const cortexM3Components: CoreComponents = {
  scs: { pidr: [0x00, 0xb0, 0x1b, 0x00, 0x04], componentClass: 0xe0 },
  itm: { pidr: [0x01, 0xb0, 0x1b, 0x00, 0x04], componentClass: 0xe0 },
  dwt: { pidr: [0x02, 0xb0, 0x1b, 0x00, 0x04], componentClass: 0xe0 },
  fpb: { pidr: [0x03, 0xb0, 0x0b, 0x00, 0x04], componentClass: 0xe0 },
  tpiu: { pidr: [0x23, 0xb9, 0x1b, 0x00, 0x04], componentClass: 0x90 },
  romTable: stRomTable(0x410),
};

/** Cortex-M4 r0p1 (TRM, "ROM table" and "Debug"): SCS part 0x00C, ITM 0x001, DWT 0x002, FPB 0x003, TPIU 0x9A1, ETM 0x925. */
export const cortexM4Components: CoreComponents = {
  scs: { pidr: [0x0c, 0xb0, 0x0b, 0x00, 0x04], componentClass: 0xe0 },
  itm: { pidr: [0x01, 0xb0, 0x3b, 0x00, 0x04], componentClass: 0xe0 },
  dwt: { pidr: [0x02, 0xb0, 0x3b, 0x00, 0x04], componentClass: 0xe0 },
  fpb: { pidr: [0x03, 0xb0, 0x2b, 0x00, 0x04], componentClass: 0xe0 },
  tpiu: { pidr: [0xa1, 0xb9, 0x0b, 0x00, 0x04], componentClass: 0x90 },
  etm: { pidr: [0x25, 0xb9, 0x0b, 0x00, 0x04], componentClass: 0x90 },
  romTable: stRomTable(0x434),
};

/** The id register at `offset` (0xFD0–0xFFC); 0 for the reserved ones. */
export function readComponentId(ids: ComponentIds, offset: number): number {
  if (offset >= 0xff0) return [0x0d, ids.componentClass, 0x05, 0xb1][(offset - 0xff0) >>> 2];
  if (offset >= 0xfe0) return ids.pidr[(offset - 0xfe0) >>> 2];
  return offset === 0xfd0 ? ids.pidr[4] : 0;
}
