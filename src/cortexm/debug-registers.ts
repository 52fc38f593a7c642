/** Debug registers of the System Control Space (ARMv7-M C1.6, B3.2). */
export const scs = {
  cpuid: 0xe000ed00,
  aircr: 0xe000ed0c,
  cfsr: 0xe000ed28,
  hfsr: 0xe000ed2c,
  dfsr: 0xe000ed30,
  mmfar: 0xe000ed34,
  bfar: 0xe000ed38,
  dhcsr: 0xe000edf0,
  dcrsr: 0xe000edf4,
  dcrdr: 0xe000edf8,
  demcr: 0xe000edfc,
} as const;

/** DHCSR: control bits as written with the key, status bits as read. */
export const dhcsr = {
  key: 0xa05f0000,
  debugEnable: 1 << 0,
  halt: 1 << 1,
  step: 1 << 2,
  maskInterrupts: 1 << 3,
  registerReady: 1 << 16,
  halted: 1 << 17,
  sleeping: 1 << 18,
  lockedUp: 1 << 19,
  retired: 1 << 24,
  resetSeen: 1 << 25,
} as const;

export const dfsr = { halted: 1, breakpoint: 2, watchpoint: 4, vectorCatch: 8, external: 16, all: 0x1f } as const;

/** DEMCR: trace enable and the vector catches by the names of ARMv7-M C1.6.5. */
export const demcr = {
  coreReset: 1 << 0,
  memManage: 1 << 4,
  noCoprocessor: 1 << 5,
  checkError: 1 << 6,
  stateError: 1 << 7,
  busError: 1 << 8,
  exceptionError: 1 << 9,
  hardFault: 1 << 10,
  anyCatch: 0x7f1,
  anyFault: 0x7f0,
  traceEnable: 1 << 24,
} as const;

export const aircr = { key: 0x05fa0000, systemReset: 1 << 2, vectorReset: 1 << 0 } as const;

export const fpb = { control: 0xe0002000, comparator: 0xe0002008, enable: 1, key: 2 } as const;

export const dwt = { control: 0xe0001000, comparator: 0xe0001020, matched: 1 << 24 } as const;

/** What to write to DHCSR for these control bits. C_DEBUGEN is always set. */
export function dhcsrValue(bits: number): number {
  return (dhcsr.key | dhcsr.debugEnable | bits) >>> 0;
}
