import { readU16, readU32 } from "../../base/bytes.ts";
import { AP_REGISTER } from "../dap/ahb-ap.ts";
import { DP_REGISTER } from "../dap/dap.ts";
import { type Command, type Request, statusReply, valueReply } from "./command.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

/** Port number that means the DP. */
const DP_PORT = 0xffff;
/** JEP106 identity of STMicroelectronics in PIDR1 and PIDR2: code 0x20, continuation 0 (ADIv5.2 D1.2.4). */
const ST_DESIGNER = 0x20;

/** Raw DP and AP registers, and which access ports are open. */
export const dapCommands: readonly Command[] = [
  { group: 0xf2, sub: 0x45, name: "READ_DAP_REG", since: [24, 0], needsDebugMode: true, handle: readDapRegister },
  { group: 0xf2, sub: 0x46, name: "WRITE_DAP_REG", since: [24, 0], needsDebugMode: true, handle: writeDapRegister },
  { group: 0xf2, sub: 0x4b, name: "INIT_AP", since: [28, 0], needsDebugMode: true, handle: initAp },
  { group: 0xf2, sub: 0x4c, name: "CLOSE_AP_DBG", since: [28, 0], needsDebugMode: true, handle: closeAp },
];

/** [2..3] port, [4..5] register: of the DP with its bank in bits 7:4, of an AP by its 8-bit address. */
function readDapRegister(probe: ProbeState, { block }: Request): Uint8Array {
  const port = readU16(block, 2);
  const register = readU16(block, 4);
  const status = port === DP_PORT ? readDp(probe, register) : readAp(probe, port, register);
  return valueReply(status, probe.wire.value);
}

function readDp(probe: ProbeState, register: number): Status {
  const { wire } = probe;
  const bank = bankOf(probe, register);
  if (bank === undefined) return STATUS.commandError;
  const status = wire.readDp(register & 0xc, bank);
  // J24 to J31 shift a JTAG DP read out one scan late: the value comes with the next read.
  const late = wire.protocol === "jtag" && probe.identity.generation !== "V3" && !probe.hasFirmware(32, 0);
  if (late && status === STATUS.ok) {
    const previous = probe.delayedDpRead;
    if ((register & 0xc) !== DP_REGISTER.rdbuff) probe.delayedDpRead = wire.value;
    wire.value = previous;
  }
  return status;
}

function readAp(probe: ProbeState, port: number, register: number): Status {
  const refused = refusal(probe, port, register === AP_REGISTER.idr);
  return refused === STATUS.ok ? probe.wire.readAp(port, register & 0xfc) : refused;
}

function writeDapRegister(probe: ProbeState, { block }: Request): Uint8Array {
  const port = readU16(block, 2);
  const register = readU16(block, 4);
  const value = readU32(block, 6);
  if (port === DP_PORT) {
    const bank = bankOf(probe, register);
    return statusReply(bank === undefined ? STATUS.commandError : probe.wire.writeDp(register & 0xc, bank, value));
  }
  const refused = refusal(probe, port, false);
  return statusReply(refused === STATUS.ok ? probe.wire.writeAp(port, register & 0xfc, value) : refused);
}

/** Banks of the DP came with J32; older firmware refuses them. */
function bankOf(probe: ProbeState, register: number): number | undefined {
  const bank = (register >>> 4) & 0xf;
  return bank === 0 || probe.hasFirmware(32, 2) ? bank : undefined;
}

function refusal(probe: ProbeState, ap: number, openOrNot: boolean): Status {
  if (probe.managesAps && !probe.apInRange(ap)) return STATUS.badAp;
  if (ap > 0xff) return STATUS.badAp;
  return openOrNot || probe.mayUseAp(ap) ? STATUS.ok : STATUS.badAp;
}

/**
 * [2] AP. An AP that is not there cannot be opened. The V3 works with ST's chips alone: it looks for ST's identity in the
 * ROM table (one source says so; the code it answers is not known, only that it is not BAD_AP).
 */
function initAp(probe: ProbeState, { block }: Request): Uint8Array {
  const ap = block[2];
  if (!probe.apInRange(ap)) return statusReply(STATUS.badAp);
  const { wire } = probe;
  wire.clearSticky();
  const status = wire.readAp(ap, AP_REGISTER.idr);
  if (status !== STATUS.ok) return statusReply(status);
  if (wire.value === 0) return statusReply(STATUS.badAp);
  if (probe.identity.generation === "V3" && ap === 0 && !isStChip(probe)) return statusReply(STATUS.commandError);
  return statusReply(probe.openAp(ap));
}

function isStChip(probe: ProbeState): boolean {
  const { wire } = probe;
  if (wire.readAp(0, AP_REGISTER.base) !== STATUS.ok) return false;
  const table = (wire.value & 0xffff_f000) >>> 0;
  if (wire.readWord(table + 0xfe4) !== STATUS.ok) return false;
  const pidr1 = wire.value;
  if (wire.readWord(table + 0xfe8) !== STATUS.ok) return false;
  return (((wire.value & 0x7) << 4) | ((pidr1 >>> 4) & 0xf)) === ST_DESIGNER;
}

/** J28 answers BAD_AP even when it closed the port. */
function closeAp(probe: ProbeState, { block }: Request): Uint8Array {
  const wasOpen = probe.openAps.delete(block[2]);
  return statusReply(wasOpen && probe.hasFirmware(29, 0) ? STATUS.ok : STATUS.badAp);
}
