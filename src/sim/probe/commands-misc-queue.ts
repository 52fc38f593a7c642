import { readU32, writeU16, writeU32 } from "../../base/bytes.ts";
import { type Command, NO_REPLY, type Request } from "./command.ts";
import type { ProbeState } from "./probe-state.ts";
import { STATUS, type Status } from "./status.ts";

/** Operations of an RW_MISC item. */
const OPERATION = { address: 1, write: 2, read: 3, apNumber: 5 } as const;

/** RW_MISC: a queue of single-word accesses in one transfer. */
export const miscQueueCommands: readonly Command[] = [
  { group: 0xf2, sub: 0x51, name: "RW_MISC_OUT", since: [32, 2], needsDebugMode: true, handle: runQueue },
  { group: 0xf2, sub: 0x52, name: "RW_MISC_IN", since: [32, 2], needsDebugMode: true, handle: fetchResults },
  { group: 0xf2, sub: 0x53, name: "RW_MISC_GET_MAX", since: [32, 2], needsDebugMode: true, handle: getMaximum },
];

/** How many items one queue may have. */
export function queueLimit(probe: ProbeState): number {
  return probe.identity.generation === "V3" ? 1227 : 64;
}

function getMaximum(probe: ProbeState): Uint8Array {
  const reply = new Uint8Array(2);
  writeU16(reply, 0, queueLimit(probe));
  return reply;
}

/**
 * [2..5] items. Data: one operation byte each, zeros up to a multiple of 4, then one argument word each. What came of
 * the items waits for RW_MISC_IN: the values, then the status codes. A queue that is too long or cut short is not run, and
 * leaves nothing to fetch.
 */
function runQueue(probe: ProbeState, { block, data }: Request): Uint8Array {
  const items = readU32(block, 2);
  const firstArgument = Math.ceil(items / 4) * 4;
  probe.miscResults = NO_REPLY;
  if (items > queueLimit(probe) || data.length < firstArgument + items * 4) return NO_REPLY;
  const results = new Uint8Array(items * 8);
  let ap = 0;
  let address = 0;
  let faulted = false;
  for (let item = 0; item < items; item++) {
    const argument = readU32(data, firstArgument + item * 4);
    let status: Status = STATUS.ok;
    let value = 0;
    switch (data[item]) {
      case OPERATION.address:
        address = argument;
        break;
      case OPERATION.apNumber:
        ap = argument;
        break;
      case OPERATION.write:
        status = access(address, () => probe.wire.writeWord(address, argument));
        break;
      case OPERATION.read:
        status = access(argument, () => probe.wire.readWord(argument));
        if (status === STATUS.ok) value = probe.wire.value;
        break;
      default:
        status = STATUS.commandError;
        break;
    }
    probe.passWireTime();
    writeU32(results, item * 4, value);
    writeU32(results, (items + item) * 4, status);
  }
  probe.miscResults = results;
  return NO_REPLY;

  /** The DP blocks what follows a fault: nothing clears STICKYERR within a queue. */
  function access(at: number, run: () => Status): Status {
    if (ap !== 0) return STATUS.badAp;
    if (at % 4 !== 0) return STATUS.alignmentError;
    if (faulted) return STATUS.apStickyError;
    const status = run();
    faulted = status === STATUS.apFault;
    return status;
  }
}

function fetchResults(probe: ProbeState): Uint8Array {
  const results = probe.miscResults;
  probe.miscResults = NO_REPLY;
  return results;
}
