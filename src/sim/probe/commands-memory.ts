import { readU16, readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import type { AccessSize } from "../cpu/cpu.ts";
import { type Command, type Handler, NO_REPLY, statusReply } from "./command.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";
import { DEFAULT_CSW } from "./wire.ts";

/** Longest transfer of the 16- and 32-bit reads, bytes: the firmware's buffer. Writes are taken as they stream in. */
export const READ_LIMIT = 6144;

/** Memory commands; how they went is told by GETLASTRWSTATUS. */
export const memoryCommands: readonly Command[] = [
  memory(0x07, "READMEM_32BIT", [0, 0], read(4, true)),
  memory(0x08, "WRITEMEM_32BIT", [0, 0], write(4, true)),
  memory(0x0c, "READMEM_8BIT", [0, 0], read(1, true)),
  memory(0x0d, "WRITEMEM_8BIT", [0, 0], write(1, true)),
  memory(0x3b, "APIV2_GETLASTRWSTATUS", [0, 0], (probe) => statusReply(probe.lastStatus)),
  memory(0x3e, "APIV2_GETLASTRWSTATUS2", [15, 0], lastStatus2),
  memory(0x47, "READMEM_16BIT", [26, 0], read(2, true)),
  memory(0x48, "WRITEMEM_16BIT", [26, 0], write(2, true)),
  memory(0x50, "WRITEMEM_32BIT_NO_ADDR_INC", [26, 1], write(4, false)),
  memory(0x54, "READMEM_32BIT_NO_ADDR_INC", [32, 2], read(4, false)),
];

function memory(sub: number, name: string, since: readonly [number, number], handle: Handler): Command {
  return { group: 0xf2, sub, name, since, needsDebugMode: true, handle };
}

/** Status, fault address, a reserved word. */
function lastStatus2(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(12);
  writeU16(reply, 0, probe.lastStatus);
  writeU32(reply, 4, probe.lastFaultAddress);
  return reply;
}

/** Reads of any outcome deliver the length asked for, zeros where nothing was read; a single byte comes as two. */
function read(size: AccessSize, increment: boolean): Handler {
  return (probe, { block }) => {
    const address = readU32(block, 2);
    const length = readU16(block, 6);
    const reply = new Uint8Array(size === 1 && length === 1 ? 2 : length);
    const refused = refusal(probe, block, size, size === 1 ? byteLimit(probe) : READ_LIMIT);
    if (refused !== STATUS.ok) {
      conclude(probe, refused, address);
    } else {
      const into = reply.subarray(0, length);
      const status = probe.wire.readMemory(address, into, size, cswOf(probe, block), increment);
      conclude(probe, status, probe.wire.faultAddress);
    }
    return reply;
  };
}

function write(size: AccessSize, increment: boolean): Handler {
  return (probe, { block, data }) => {
    const address = readU32(block, 2);
    const length = readU16(block, 6);
    const refused = refusal(probe, block, size, size === 1 ? byteLimit(probe) : 0xffff);
    // A data phase that is shorter than announced never completes the command.
    if (refused !== STATUS.ok || data.length < length) {
      conclude(probe, refused === STATUS.ok ? STATUS.commandError : refused, address);
    } else {
      const status = probe.wire.writeMemory(address, data.subarray(0, length), size, cswOf(probe, block), increment);
      conclude(probe, status, probe.wire.faultAddress);
    }
    return NO_REPLY;
  };
}

function refusal(probe: ProbeState, block: Uint8Array, size: AccessSize, limit: number): Status {
  // Other APs than the AHB-AP have no memory behind them.
  if (probe.apOf(block[8]) !== 0) return STATUS.badAp;
  if (readU32(block, 2) % size !== 0 || readU16(block, 6) % size !== 0) return STATUS.alignmentError;
  return readU16(block, 6) > limit ? STATUS.commandError : STATUS.ok;
}

/** Bytes in one 8-bit transfer: one full-speed packet, on the V3 one high-speed packet from J6. */
function byteLimit(probe: ProbeState): number {
  return probe.hasFirmware(Number.POSITIVE_INFINITY, 6) ? 512 : 64;
}

/** Bytes 9–11 are CSW[31:8] on firmware that looks at them; 0 leaves the choice to the probe. */
function cswOf(probe: ProbeState, block: Uint8Array): number {
  const given = (readU32(block, 8) & 0xffff_ff00) >>> 0;
  return given !== 0 && probe.hasFirmware(32, 2) ? given : DEFAULT_CSW;
}

function conclude(probe: ProbeState, status: Status, faultAddress: number): void {
  probe.lastStatus = status;
  probe.lastFaultAddress = status === STATUS.ok ? 0 : faultAddress;
}
