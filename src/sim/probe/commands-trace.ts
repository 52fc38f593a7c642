import { readU16, readU32, writeU16 } from "../../base/bytes.ts";
import { traceBaudLimit } from "./clock-tables.ts";
import { type Command, type Request, statusReply } from "./command.ts";
import { MODE, type ProbeState } from "./probe-state.ts";
import { STATUS } from "./status.ts";

/** SWO reception. */
export const traceCommands: readonly Command[] = [
  { group: 0xf2, sub: 0x40, name: "START_TRACE_RX", since: [13, 0], handle: start },
  { group: 0xf2, sub: 0x41, name: "STOP_TRACE_RX", since: [13, 0], handle: stop },
  { group: 0xf2, sub: 0x42, name: "GET_TRACE_NB", since: [13, 0], handle: available },
];

/** [2..3] buffer size, [4..7] baud. */
function start(probe: ProbeState, { block }: Request): Uint8Array {
  const capacity = readU16(block, 2);
  const baud = readU32(block, 4);
  if (probe.mode !== MODE.debug) return statusReply(STATUS.swvNotAvailable);
  if (capacity === 0 || baud === 0 || baud > traceBaudLimit(probe.identity.generation)) {
    return statusReply(STATUS.commandError);
  }
  probe.trace.start(capacity, baud);
  return statusReply(STATUS.ok);
}

function stop(probe: ProbeState): Uint8Array {
  probe.trace.stop();
  return statusReply(STATUS.ok);
}

/** The count alone, with no status before it. */
function available(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(2);
  writeU16(reply, 0, probe.trace.available());
  return reply;
}
