/** Peripheral and component id registers at 0xFD0–0xFFF of a CoreSight component, as an F103 answers. */
export interface ComponentIds {
  /** PIDR0–PIDR3, then PIDR4, low byte each. */
  readonly pidr: readonly [number, number, number, number, number];
  /** Component class: 0x10 ROM table, 0x90 CoreSight, 0xE0 generic. */
  readonly componentClass: number;
}

export const componentIds = {
  scs: { pidr: [0x00, 0xb0, 0x1b, 0x00, 0x04], componentClass: 0xe0 },
  itm: { pidr: [0x01, 0xb0, 0x1b, 0x00, 0x04], componentClass: 0xe0 },
  dwt: { pidr: [0x02, 0xb0, 0x1b, 0x00, 0x04], componentClass: 0xe0 },
  fpb: { pidr: [0x03, 0xb0, 0x0b, 0x00, 0x04], componentClass: 0xe0 },
  tpiu: { pidr: [0x23, 0xb9, 0x1b, 0x00, 0x04], componentClass: 0x90 },
  /** STMicroelectronics (JEP106 0x20), part 0x410. */
  romTable: { pidr: [0x10, 0x04, 0x0a, 0x00, 0x00], componentClass: 0x10 },
} as const satisfies Record<string, ComponentIds>;

/** The id register at `offset` (0xFD0–0xFFC); 0 for the reserved ones. */
export function readComponentId(ids: ComponentIds, offset: number): number {
  if (offset >= 0xff0) return [0x0d, ids.componentClass, 0x05, 0xb1][(offset - 0xff0) >>> 2];
  if (offset >= 0xfe0) return ids.pidr[(offset - 0xfe0) >>> 2];
  return offset === 0xfd0 ? ids.pidr[4] : 0;
}
