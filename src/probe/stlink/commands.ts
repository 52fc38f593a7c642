/** First byte of a command block. */
export const group = {
  getVersion: 0xf1,
  debug: 0xf2,
  dfu: 0xf3,
  swim: 0xf4,
  getCurrentMode: 0xf5,
  getTargetVoltage: 0xf7,
  getVersionEx: 0xfb,
} as const;

/** Second byte of a DEBUG command block (API v2 and v3). */
export const debug = {
  readMem32: 0x07,
  writeMem32: 0x08,
  readMem8: 0x0c,
  writeMem8: 0x0d,
  exit: 0x21,
  readCoreId: 0x22,
  enter: 0x30,
  readIdcodes: 0x31,
  resetSys: 0x32,
  readReg: 0x33,
  writeReg: 0x34,
  writeDebugReg: 0x35,
  readDebugReg: 0x36,
  readAllRegs: 0x3a,
  getLastRwStatus: 0x3b,
  driveNrst: 0x3c,
  getLastRwStatus2: 0x3e,
  startTraceRx: 0x40,
  stopTraceRx: 0x41,
  getTraceNb: 0x42,
  swdSetFreq: 0x43,
  jtagSetFreq: 0x44,
  readDapReg: 0x45,
  writeDapReg: 0x46,
  readMem16: 0x47,
  writeMem16: 0x48,
  initAp: 0x4b,
  closeAp: 0x4c,
  writeMem32NoIncrement: 0x50,
  rwMiscOut: 0x51,
  rwMiscIn: 0x52,
  rwMiscGetMax: 0x53,
  readMem32NoIncrement: 0x54,
  getBoardIdentifiers: 0x56,
  setComFreq: 0x61,
  getComFreq: 0x62,
  switchFreq: 0x63,
} as const;

/** What GET_CURRENT_MODE answers. */
export const mode = { dfu: 0, mass: 1, debug: 2, swim: 3, bootloader: 4 } as const;

/** Parameter of ENTER. */
export const enterParameter = { swd: 0xa3, jtag: 0xa4 } as const;

/** Opcodes of the items of RW_MISC. */
export const miscItem = { address: 1, write: 2, read: 3, apNumber: 5 } as const;

/** Port number by which the DAP register commands address the DP. */
export const dpPort = 0xffff;

/** A 16-byte command block that starts with these bytes. */
export function block(...bytes: number[]): Uint8Array {
  const command = new Uint8Array(16);
  command.set(bytes);
  return command;
}

/** The four bytes of `value`, lowest first, for use in {@link block}. */
export function u32(value: number): [number, number, number, number] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

/** The two bytes of `value`, lowest first. */
export function u16(value: number): [number, number] {
  return [value & 0xff, (value >>> 8) & 0xff];
}
