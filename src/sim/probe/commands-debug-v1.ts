import { readU32, writeU32 } from "../../base/bytes.ts";
import { ALWAYS, type Command, type Handler, NO_REPLY, type Request, statusReply, wordReply } from "./command.ts";
import {
  BLOCK_REGISTERS,
  BLOCK_WORDS,
  CORE,
  controlCore,
  DHCSR,
  readCoreRegister,
  resetSystem,
  writeCoreRegister,
} from "./core-debug.ts";
import { enterParameter } from "./enter-parameter.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

const RUNNING = 0x80;
const HALTED = 0x81;
const FP_CTRL_ENABLE = 0b11;
/** FUNCTION of a DWT comparator for the watch kinds of SETWATCHPOINT: read, write, both (ARMv7-M C1.8.17). */
const watchFunctions = [5, 6, 7] as const;

/** The debug commands of API version 1. Only the memory commands among them are shared with version 2. */
export const debugV1Commands: readonly Command[] = (
  [
    [0x01, "APIV1_GETSTATUS", getStatus],
    [0x02, "APIV1_FORCEDEBUG", (probe) => v1Status(controlCore(probe, DHCSR.halt))],
    [0x03, "APIV1_RESETSYS", (probe) => v1Status(resetSystem(probe))],
    [0x04, "APIV1_READALLREGS", readAllRegisters],
    [0x05, "APIV1_READREG", readRegister],
    [0x06, "APIV1_WRITEREG", writeRegister],
    [0x09, "APIV1_RUNCORE", (probe) => v1Status(controlCore(probe, 0))],
    [0x0a, "APIV1_STEPCORE", (probe) => v1Status(controlCore(probe, DHCSR.step))],
    [0x0b, "APIV1_SETFP", setFlashPatch],
    [0x0e, "APIV1_CLEARFP", clearFlashPatch],
    [0x0f, "APIV1_WRITEDEBUGREG", writeDebugRegister],
    [0x10, "APIV1_SETWATCHPOINT", setWatchpoint],
  ] satisfies [number, string, Handler][]
).map(([sub, name, handle]) => ({ group: 0xf2, sub, name, since: ALWAYS, needsDebugMode: true, handle }));

/** ENTER of version 1 has no reply. */
export const enterV1Command: Command = {
  group: 0xf2,
  sub: 0x20,
  name: "APIV1_ENTER",
  since: ALWAYS,
  handle: (probe, { block }) => {
    enterParameter(probe, block[2]);
    return NO_REPLY;
  },
};

/** Version 1 says 81 for every failure. */
function v1Status(status: Status): Uint8Array {
  return statusReply(status === STATUS.ok ? STATUS.ok : STATUS.fault);
}

function getStatus(probe: ProbeState): Uint8Array {
  probe.wire.readWord(CORE.dhcsr);
  return Uint8Array.of((probe.wire.value & DHCSR.halted) !== 0 ? HALTED : RUNNING, 0);
}

function readAllRegisters(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(BLOCK_WORDS * 4);
  for (let selector = 0; selector < BLOCK_REGISTERS; selector++) {
    if (readCoreRegister(probe, selector) !== STATUS.ok) break;
    writeU32(reply, selector * 4, probe.wire.value);
  }
  return reply;
}

function readRegister(probe: ProbeState, { block }: Request): Uint8Array {
  return wordReply(readCoreRegister(probe, block[2]) === STATUS.ok ? probe.wire.value : 0);
}

function writeRegister(probe: ProbeState, { block }: Request): Uint8Array {
  return v1Status(writeCoreRegister(probe, block[2], readU32(block, 3)));
}

function writeDebugRegister(probe: ProbeState, { block }: Request): Uint8Array {
  return v1Status(probe.wire.writeWord(readU32(block, 2), readU32(block, 6)));
}

/** [2] comparator, [3..6] address, [7] 0 lower half-word, 1 upper, 2 both. */
export function setFlashPatch(probe: ProbeState, { block }: Request): Uint8Array {
  const replace = block[7] === 0 ? 1 : block[7] === 1 ? 2 : 3;
  const comparator = ((readU32(block, 3) & 0x1fff_fffc) | (replace << 30) | 1) >>> 0;
  const enabled = probe.wire.writeWord(CORE.fpCtrl, FP_CTRL_ENABLE);
  if (enabled !== STATUS.ok) return v1Status(enabled);
  return v1Status(probe.wire.writeWord(CORE.fpComp0 + (block[2] & 7) * 4, comparator));
}

export function clearFlashPatch(probe: ProbeState, { block }: Request): Uint8Array {
  return v1Status(probe.wire.writeWord(CORE.fpComp0 + (block[2] & 7) * 4, 0));
}

/** No source gives the layout; as the others: [2] comparator, [3..6] address, [7] mask bits, [8] 0 read, 1 write, 2 both. */
export function setWatchpoint(probe: ProbeState, { block }: Request): Uint8Array {
  const comparator = CORE.dwtComp0 + (block[2] & 3) * 16;
  const writes: readonly [number, number][] = [
    [comparator, readU32(block, 3)],
    [comparator + 4, block[7] & 0x1f],
    [comparator + 8, watchFunctions[block[8] % watchFunctions.length]],
  ];
  let status: Status = STATUS.ok;
  for (const [address, value] of writes) if (status === STATUS.ok) status = probe.wire.writeWord(address, value);
  return v1Status(status);
}
