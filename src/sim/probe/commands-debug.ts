import { writeU16, writeU32 } from "../../base/bytes.ts";
import { ALWAYS, type Command, NO_REPLY, type Request, statusReply, wordReply } from "./command.ts";
import { resetSystem } from "./core-debug.ts";
import { enterParameter, NRST_PULSE_NANOSECONDS } from "./enter-parameter.ts";
import { MODE, type ProbeState } from "./probe-state.ts";
import { STATUS } from "./status.ts";

/** Entering and leaving debug mode, identification, reset lines, and the probe's own small matters. */
export const debugCommands: readonly Command[] = [
  { group: 0xf2, sub: 0x21, name: "EXIT", since: ALWAYS, handle: exit },
  { group: 0xf2, sub: 0x22, name: "READCOREID", since: ALWAYS, needsDebugMode: true, handle: readCoreId },
  { group: 0xf2, sub: 0x30, name: "APIV2_ENTER", since: ALWAYS, handle: enter },
  { group: 0xf2, sub: 0x31, name: "APIV2_READ_IDCODES", since: ALWAYS, needsDebugMode: true, handle: readIdcodes },
  { group: 0xf2, sub: 0x32, name: "APIV2_RESETSYS", since: ALWAYS, handle: reset },
  { group: 0xf2, sub: 0x3c, name: "APIV2_DRIVE_NRST", since: ALWAYS, handle: driveNrst },
  { group: 0xf2, sub: 0x49, name: "BLINK_LED", since: [28, 0], handle: () => statusReply(STATUS.ok) },
  { group: 0xf2, sub: 0x4a, name: "GET_DISK_NAME", since: [28, 0], handle: getDiskName },
  { group: 0xf2, sub: 0x55, name: "WRITE_DFTREG", since: [35, 5], handle: () => statusReply(STATUS.commandError) },
  { group: 0xf2, sub: 0x56, name: "GET_BOARD_IDENTIFIERS", since: [36, 6], handle: getBoardIdentifiers },
];

function exit(probe: ProbeState): Uint8Array {
  probe.leaveDebug();
  return NO_REPLY;
}

function enter(probe: ProbeState, { block }: Request): Uint8Array {
  // In DFU mode the debug engine is not running; the host has to leave it first.
  if (probe.mode === MODE.dfu || probe.mode === MODE.swim) return statusReply(STATUS.commandError);
  return statusReply(enterParameter(probe, block[2]));
}

function readCoreId(probe: ProbeState): Uint8Array {
  return wordReply(probe.wire.readIdcode() === STATUS.ok ? probe.wire.value : 0);
}

/** The second word is the other TAP of the scan chain: boundary scan; none over SWD. */
function readIdcodes(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(12);
  const status = probe.wire.readIdcode();
  writeU16(reply, 0, status);
  if (status !== STATUS.ok) return reply;
  writeU32(reply, 4, probe.wire.value);
  if (probe.wire.protocol === "jtag") writeU32(reply, 8, probe.target.boundaryScanIdcode ?? 0);
  return reply;
}

/** Some hosts send it while the probe is idle, to no effect. */
function reset(probe: ProbeState): Uint8Array {
  return statusReply(probe.mode === MODE.debug ? resetSystem(probe) : STATUS.commandError);
}

/** [2] 0 low, 1 high, 2 pulse; works in every mode but DFU. */
function driveNrst(probe: ProbeState, { block }: Request): Uint8Array {
  if (probe.mode === MODE.dfu || block[2] > 2) return statusReply(STATUS.commandError);
  if (block[2] === 2) probe.pulseNrst(NRST_PULSE_NANOSECONDS);
  else probe.driveNrst(block[2] === 0);
  return statusReply(STATUS.ok);
}

/** Status, then the name of the mass-storage drive in ASCII; ST gives no layout. */
function getDiskName(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(14);
  writeU16(reply, 0, STATUS.ok);
  if (probe.identity.generation !== "V2") reply.set(Buffer.from("NODE_F103C8", "latin1"), 2);
  return reply;
}

function getBoardIdentifiers(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(128);
  writeU16(reply, 0, STATUS.ok);
  reply.set(Buffer.from(probe.identity.boardId.slice(0, 4), "latin1"), 2);
  return reply;
}
