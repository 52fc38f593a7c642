import { writeU16, writeU32 } from "../../base/bytes.ts";
import { ALWAYS, type Command, NEVER, NO_REPLY, type Request, statusReply } from "./command.ts";
import { MODE, type ProbeState } from "./probe-state.ts";
import { STATUS } from "./status.ts";

/** The STLINK-V3SET has the bridge interface. */
const PRODUCT_V3SET = 0x374f;
/** Bridge status "unknown command". */
const BRIDGE_UNKNOWN = 0x08;
/** ADC counts of the 1.20 V reference; the target's count follows from it. */
const REFERENCE_COUNTS = 1521;
const REFERENCE_VOLTS = 1.2;

/** Commands outside the debug group: identification, mode, voltage, firmware update, bridge, power, DFU. */
export const generalCommands: readonly Command[] = [
  { group: 0xf1, name: "GET_VERSION", since: ALWAYS, handle: getVersion },
  { group: 0xf3, sub: 0x01, name: "DFU_DNLOAD", since: ALWAYS, handle: () => NO_REPLY },
  { group: 0xf3, sub: 0x03, name: "DFU_GETSTATUS", since: ALWAYS, handle: dfuStatus },
  { group: 0xf3, sub: 0x07, name: "DFU_EXIT", since: ALWAYS, handle: dfuExit },
  { group: 0xf3, sub: 0x08, name: "DFU_DEVICE_INFO", since: ALWAYS, handle: () => new Uint8Array(20) },
  { group: 0xf5, name: "GET_CURRENT_MODE", since: ALWAYS, handle: (probe) => Uint8Array.of(probe.mode, 0) },
  { group: 0xf7, name: "GET_TARGET_VOLTAGE", since: [13, 0], handle: getTargetVoltage },
  { group: 0xf9, sub: 0x00, name: "GET_FW_UPDATE_STATUS", since: ALWAYS, handle: () => Uint8Array.of(0x80, 0) },
  {
    group: 0xf9,
    sub: 0x01,
    name: "JUMP_TO_USB_LOADER",
    since: ALWAYS,
    handle: () => statusReply(STATUS.noJumpToUsbLoader),
  },
  { group: 0xfb, name: "GET_VERSION_EX", since: [NEVER, 0], handle: getVersionEx },
  { group: 0xfc, name: "BRIDGE", since: [NEVER, 0], handle: bridge },
  { group: 0xfd, name: "DRIVE_TARGET_POWER", since: [34, 4], handle: driveTargetPower },
];

/** A big-endian word of hardware, J and S (M on a V2-1), then VID and PID. A V3 leaves J and S to GET_VERSION_EX. */
function getVersion(probe: ProbeState): Uint8Array {
  const { generation, firmware, vendorId, productId } = probe.identity;
  const low = generation === "V2-1" ? firmware.massStorage : firmware.swim;
  const version =
    generation === "V3" ? firmware.hardware << 12 : (firmware.hardware << 12) | (firmware.jtag << 6) | low;
  const reply = new Uint8Array(6);
  reply[0] = version >>> 8;
  reply[1] = version;
  writeU16(reply, 2, vendorId);
  writeU16(reply, 4, productId);
  return reply;
}

function getVersionEx(probe: ProbeState): Uint8Array {
  const { firmware, vendorId, productId } = probe.identity;
  const reply = new Uint8Array(12);
  reply.set([firmware.hardware, firmware.swim, firmware.jtag, firmware.massStorage, firmware.bridge]);
  writeU16(reply, 8, vendorId);
  writeU16(reply, 10, productId);
  return reply;
}

/** Counts of the internal reference and of half the target's voltage. Nothing is measured in DFU mode. */
function getTargetVoltage(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(8);
  if (probe.mode === MODE.dfu) return reply;
  const counts = Math.round((probe.targetVoltage / 2 / REFERENCE_VOLTS) * REFERENCE_COUNTS);
  writeU32(reply, 0, REFERENCE_COUNTS);
  writeU32(reply, 4, Math.min(0xffff, Math.max(0, counts)));
  return reply;
}

/** bStatus OK, poll timeout 0, state dfuIDLE (USB DFU 1.1, 6.1.2). */
function dfuStatus(): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 2, 0);
}

function dfuExit(probe: ProbeState): Uint8Array {
  if (probe.mode === MODE.dfu) probe.mode = MODE.massStorage;
  return NO_REPLY;
}

/** No board of ours wires anything to the bridge: every request is answered with its own kind of "unknown". */
function bridge(probe: ProbeState): Uint8Array {
  if (probe.identity.productId !== PRODUCT_V3SET) return statusReply(STATUS.unknownCommand);
  return Uint8Array.of(BRIDGE_UNKNOWN, 0);
}

/** The probe's own supply output; a target that feeds itself does not care. */
function driveTargetPower(probe: ProbeState, { block }: Request): Uint8Array {
  probe.targetPower = block[1] !== 0;
  return statusReply(STATUS.ok);
}
