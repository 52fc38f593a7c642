import { readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { type Command, type Handler, type Request, statusReply, valueReply } from "./command.ts";
import { clearFlashPatch, setFlashPatch, setWatchpoint } from "./commands-debug-v1.ts";
import { BLOCK_REGISTERS, BLOCK_WORDS, readCoreRegister, writeCoreRegister } from "./core-debug.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

/** DCRSR selectors of the FPU: FPSCR, then S0–S31 (ARMv7-M C1.6.3). */
const FPSCR = 0x21;
const S0 = 0x40;

/** Core registers and single debug words, API version 2. */
export const registerCommands: readonly Command[] = (
  [
    [0x33, "APIV2_READREG", 0, readRegister],
    [0x34, "APIV2_WRITEREG", 0, writeRegister],
    [0x35, "APIV2_WRITEDEBUGREG", 0, writeDebugRegister],
    [0x36, "APIV2_READDEBUGREG", 0, readDebugRegister],
    [0x37, "APIV2_SETWATCHPOINT", 0, setWatchpoint],
    [0x38, "APIV2_SETFP", 0, setFlashPatch],
    [0x39, "APIV2_CLEARFP", 0, clearFlashPatch],
    [0x3a, "APIV2_READALLREGS", 0, readAllRegisters],
    [0x3d, "APIV2_READFPUREGS", 15, readFpuRegisters],
  ] satisfies [number, string, number, Handler][]
).map(([sub, name, v2, handle]) => ({ group: 0xf2, sub, name, since: [v2, 0], needsDebugMode: true, handle }));

/** Runs `access` when the AP in byte `offset` of the block may be used, else answers BAD_AP. */
function onAp(probe: ProbeState, block: Uint8Array, offset: number, access: () => Status): Status {
  // These commands work through the core's AP; another one has no core behind it.
  return probe.apOf(block[offset]) === 0 ? access() : STATUS.badAp;
}

function readRegister(probe: ProbeState, { block }: Request): Uint8Array {
  const selector = block[2];
  // The FPU's registers came with J15.
  if (selector >= FPSCR && !probe.hasFirmware(15, 0)) return valueReply(STATUS.commandError, 0);
  const status = onAp(probe, block, 3, () => readCoreRegister(probe, selector));
  return valueReply(status, probe.wire.value);
}

function writeRegister(probe: ProbeState, { block }: Request): Uint8Array {
  if (block[2] >= FPSCR && !probe.hasFirmware(15, 0)) return statusReply(STATUS.commandError);
  return statusReply(onAp(probe, block, 7, () => writeCoreRegister(probe, block[2], readU32(block, 3))));
}

/** One word anywhere; the address has to be aligned. */
function writeDebugRegister(probe: ProbeState, { block }: Request): Uint8Array {
  const address = readU32(block, 2);
  if (address % 4 !== 0) return statusReply(STATUS.alignmentError);
  return statusReply(onAp(probe, block, 10, () => probe.wire.writeWord(address, readU32(block, 6))));
}

function readDebugRegister(probe: ProbeState, { block }: Request): Uint8Array {
  const address = readU32(block, 2);
  if (address % 4 !== 0) return valueReply(STATUS.alignmentError, 0);
  const status = onAp(probe, block, 6, () => probe.wire.readWord(address));
  return valueReply(status, probe.wire.value);
}

function readAllRegisters(probe: ProbeState, { block }: Request): Uint8Array {
  const selectors = Array.from({ length: BLOCK_REGISTERS }, (_, selector) => selector);
  return registerBlock(probe, block, selectors, BLOCK_WORDS);
}

/** Status, S0–S31, FPSCR; ST gives no layout. */
function readFpuRegisters(probe: ProbeState, { block }: Request): Uint8Array {
  const selectors = [...Array.from({ length: 32 }, (_, index) => S0 + index), FPSCR];
  return registerBlock(probe, block, selectors, selectors.length);
}

function registerBlock(probe: ProbeState, block: Uint8Array, selectors: readonly number[], words: number): Uint8Array {
  const reply = new Uint8Array(4 + words * 4);
  const status = onAp(probe, block, 2, () => {
    for (const [index, selector] of selectors.entries()) {
      const read = readCoreRegister(probe, selector);
      if (read !== STATUS.ok) return read;
      writeU32(reply, 4 + index * 4, probe.wire.value);
    }
    return STATUS.ok;
  });
  writeU16(reply, 0, status);
  return reply;
}
