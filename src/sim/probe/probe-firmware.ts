import type { DebugTarget } from "../dap/debug-target.ts";
import type { Cable } from "./cable.ts";
import { type Command, statusReply } from "./command.ts";
import { findCommand } from "./command-table.ts";
import type { VirtualProbeIdentity } from "./identity.ts";
import { MODE, type Mode, ProbeState } from "./probe-state.ts";
import { STATUS } from "./status.ts";

const BLOCK_LENGTH = 16;
const NOTHING = new Uint8Array(0);

/**
 * What an ST-LINK does with a command: the firmware of a V2, V2-1 or V3, by the version that its identity names. It
 * speaks to any client that can send command blocks, and never throws on what it is sent: a command that this firmware
 * does not know is answered with UNKNOWN_CMD.
 */
export class ProbeFirmware {
  readonly identity: VirtualProbeIdentity;
  readonly #state: ProbeState;
  /** Length of the last reply before it was fitted to what the host asked for. */
  lastReplyLength = 0;

  /** `timed`: the caller lets pass what {@link takeWireTransactions} says, and queues let time pass between accesses. */
  constructor(
    identity: VirtualProbeIdentity,
    target: DebugTarget,
    options: { readonly timed?: boolean; readonly cable?: Cable } = {},
  ) {
    this.identity = identity;
    this.#state = new ProbeState(identity, target, options.timed, options.cable);
  }

  /** As GET_CURRENT_MODE answers. */
  get mode(): Mode {
    return this.#state.mode;
  }

  /** The clock on the debug wires, Hz. */
  get wireHertz(): number {
    return this.#state.wireHertz;
  }

  /** Transactions on the debug wires since power-on. */
  get wireTransactions(): number {
    return this.#state.dap.transactions;
  }

  /** Transactions whose time on the wires has not passed for the target yet; it is the caller's to let it pass. */
  takeWireTransactions(): number {
    return this.#state.takeWireTransactions();
  }

  /**
   * Carries out one command: `block` is its 16 bytes (shorter ones count as padded with zeros), `dataOut` its data phase
   * to the probe. The reply has exactly `readLength` bytes: padded with zeros, or cut.
   */
  command(block: Uint8Array, dataOut?: Uint8Array, readLength = 0): Uint8Array {
    const reply = this.answer(block, dataOut, readLength);
    if (reply.length === readLength) return reply;
    const fitted = new Uint8Array(readLength);
    fitted.set(reply.subarray(0, readLength));
    return fitted;
  }

  /** As {@link command}, but the reply has the length that the firmware gives it: what its IN endpoint sends. */
  answer(block: Uint8Array, dataOut?: Uint8Array, readLength = 0): Uint8Array {
    const padded = new Uint8Array(BLOCK_LENGTH);
    padded.set(block.subarray(0, BLOCK_LENGTH));
    const command = findCommand(padded);
    const reply =
      command === undefined || !this.#state.hasFirmware(...command.since)
        ? this.#unknown(dataOut)
        : this.#carryOut(command, padded, dataOut ?? NOTHING, readLength);
    this.lastReplyLength = reply.length;
    return reply;
  }

  /** Up to `length` bytes from the trace endpoint. */
  readTrace(length: number): Uint8Array {
    return this.#state.trace.read(length);
  }

  #carryOut(command: Command, block: Uint8Array, data: Uint8Array, readLength: number): Uint8Array {
    if (command.needsDebugMode && this.#state.mode !== MODE.debug) {
      this.#state.lastStatus = STATUS.commandError;
      return statusReply(STATUS.commandError);
    }
    return command.handle(this.#state, { block, data, readLength });
  }

  /** An unknown command with a data phase of its own has no reply; GETLASTRWSTATUS tells. */
  #unknown(dataOut: Uint8Array | undefined): Uint8Array {
    if (dataOut === undefined || dataOut.length === 0) return statusReply(STATUS.unknownCommand);
    this.#state.lastStatus = STATUS.unknownCommand;
    this.#state.lastFaultAddress = 0;
    return NOTHING;
  }
}
