import { readU16, readU32 } from "../base/bytes.ts";

/** Groups of commands: byte 0 of the block. */
export const GROUP = {
  version: 0xf1,
  debug: 0xf2,
  dfu: 0xf3,
  mode: 0xf5,
  voltage: 0xf7,
  versionEx: 0xfb,
  power: 0xfd,
} as const;

/** Byte 1 of the debug commands that a server has to know. */
export const DEBUG = {
  enterV1: 0x20,
  exit: 0x21,
  enter: 0x30,
  resetSystem: 0x32,
  writeDebugRegister: 0x35,
  readDebugRegister: 0x36,
  lastStatus: 0x3b,
  driveNrst: 0x3c,
  lastStatus2: 0x3e,
  startTrace: 0x40,
  stopTrace: 0x41,
  traceCount: 0x42,
  setSwdClock: 0x43,
  setJtagClock: 0x44,
  readDapRegister: 0x45,
  writeDapRegister: 0x46,
  initAp: 0x4b,
  closeAp: 0x4c,
  queueOut: 0x51,
  queueIn: 0x52,
  setClockV3: 0x61,
  getClocksV3: 0x62,
  switchPrescaler: 0x63,
} as const;

/** Which port number of READ_DAP_REG and WRITE_DAP_REG means the DP. */
export const DP_PORT = 0xffff;

/** Data phase of a command: bytes that the probe sends, or that the host sends; neither when both are 0. */
export interface Phase {
  readonly read: number;
  readonly write: number;
}

/** Length field of the memory commands. */
const memoryLength = (block: Uint8Array): number => readU16(block, 6);
/** RW_MISC: an operation byte per item, padded to words, and an argument each. */
const queueLength = (block: Uint8Array): number => {
  const items = readU32(block, 2);
  return Math.ceil(items / 4) * 4 + items * 4;
};

const reads = (bytes: number) => (): Phase => ({ read: bytes, write: 0 });

/** Bytes of reply of the debug commands that have one of a fixed length. 49, 4A, 55, 37 to 39 and 3D are not known well. */
const fixedReplies: readonly [number, readonly number[]][] = [
  [0, [0x20, 0x21]],
  [2, [0x01, 0x02, 0x03, 0x06, 0x09, 0x0a, 0x0b, 0x0e, 0x0f, 0x10]],
  [4, [0x05, 0x22]],
  [84, [0x04]],
  [2, [0x30, 0x32, 0x34, 0x35, 0x3b, 0x3c, 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x4b, 0x4c, 0x53]],
  [8, [0x33, 0x36, 0x45, 0x61, 0x63]],
  [12, [0x31, 0x3e]],
  [52, [0x62]],
  [88, [0x3a]],
  [128, [0x56]],
];

const debugPhases = new Map<number, (block: Uint8Array) => Phase>([
  ...fixedReplies.flatMap(([bytes, subs]) => subs.map((sub) => [sub, reads(bytes)] as const)),
  ...[0x07, 0x47, 0x54].map((sub) => [sub, (block: Uint8Array) => ({ read: memoryLength(block), write: 0 })] as const),
  // A single byte comes as two.
  [0x0c, (block) => ({ read: memoryLength(block) === 1 ? 2 : memoryLength(block), write: 0 })],
  ...[0x08, 0x0d, 0x48, 0x50].map(
    (sub) => [sub, (block: Uint8Array) => ({ read: 0, write: memoryLength(block) })] as const,
  ),
  [DEBUG.queueOut, (block) => ({ read: 0, write: queueLength(block) })],
  // Its reply's length depends on the queue; the server knows it.
  [DEBUG.queueIn, reads(0)],
]);

const otherPhases = new Map<number, number>([
  [GROUP.version, 6],
  [GROUP.mode, 2],
  [GROUP.voltage, 8],
  [GROUP.versionEx, 12],
  [GROUP.power, 2],
]);

/** A longer read stalls the probe, for all. */
const MOST_READ = 6144;
/** DFU EXIT, the one command of its group that a debugger needs. */
const DFU_EXIT = 0x07;

/**
 * The data phase of a command, or `undefined` for one that a server does not carry: of an unknown one nobody can say where
 * it ends, and the rest of one client's command would become the beginning of another's. Firmware update, SWIM and the bridge
 * are nothing to share.
 */
export function phaseOf(block: Uint8Array): Phase | undefined {
  if (block[0] === GROUP.debug) {
    const phase = debugPhases.get(block[1])?.(block);
    return phase !== undefined && phase.read > MOST_READ ? undefined : phase;
  }
  if (block[0] === GROUP.dfu) return block[1] === DFU_EXIT ? { read: 0, write: 0 } : undefined;
  const read = otherPhases.get(block[0]);
  return read === undefined ? undefined : { read, write: 0 };
}

const memoryCommands = [0x07, 0x08, 0x0c, 0x0d, 0x47, 0x48, 0x50, 0x54];

/** A memory command: how it went is told by GETLASTRWSTATUS. */
export function isMemoryCommand(block: Uint8Array): boolean {
  return block[0] === GROUP.debug && memoryCommands.includes(block[1]);
}

/** Commands that leave access ports alone, but for those that {@link usesAp} names. */
const anywhere: readonly number[] = [
  ...[DEBUG.enterV1, DEBUG.exit, DEBUG.enter, DEBUG.lastStatus, DEBUG.lastStatus2, DEBUG.driveNrst, 0x56],
  ...[DEBUG.startTrace, DEBUG.stopTrace, DEBUG.traceCount],
  ...[DEBUG.setSwdClock, DEBUG.setJtagClock, DEBUG.setClockV3, DEBUG.getClocksV3, DEBUG.switchPrescaler],
];

const withoutAp: readonly number[] = [...anywhere, 0x22, 0x31, 0x53];

/** A command by which the firmware itself writes CSW and TAR of an access port, or may. */
export function usesAp(block: Uint8Array): boolean {
  if (block[0] !== GROUP.debug || block[1] === DEBUG.readDapRegister || block[1] === DEBUG.writeDapRegister)
    return false;
  return block[1] === DEBUG.enter || block[1] === DEBUG.enterV1 || !withoutAp.includes(block[1]);
}

/** A debug command's block: byte 0 is F2. */
export function debugBlock(sub: number, ...rest: readonly number[]): Uint8Array {
  const block = new Uint8Array(16);
  block.set([GROUP.debug, sub, ...rest]);
  return block;
}

/** READ_DAP_REG and WRITE_DAP_REG. */
export function dapBlock(port: number, register: number, value?: number): Uint8Array {
  const bytes = [port & 0xff, port >>> 8, register & 0xff, register >>> 8];
  if (value === undefined) return debugBlock(DEBUG.readDapRegister, ...bytes);
  return debugBlock(
    DEBUG.writeDapRegister,
    ...bytes,
    value & 0xff,
    (value >>> 8) & 0xff,
    (value >>> 16) & 0xff,
    value >>> 24,
  );
}
