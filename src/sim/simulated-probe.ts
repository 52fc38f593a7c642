import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import type { WallTime } from "../base/wall-time.ts";
import type { Link } from "../link/link.ts";
import type { DebugTarget } from "./dap/debug-target.ts";
import { transferCost } from "./link-model.ts";
import { FastPacer, nextTurn, type Pacer, RealtimePacer } from "./pace.ts";
import type { Cable } from "./probe/cable.ts";
import type { VirtualProbeIdentity } from "./probe/identity.ts";
import { ProbeFirmware } from "./probe/probe-firmware.ts";

export interface SimulatedProbeOptions {
  readonly identity: VirtualProbeIdentity;
  readonly target: DebugTarget;
  /** How a user would write it after `--probe`; default `sim`. */
  readonly name?: string;
  /** Given: the board keeps in step with this time (`realtime`). Left out: it never waits (`fast`). */
  readonly wallTime?: WallTime;
  /** Somebody sees what the board does between two transfers: in the `realtime` pace it is kept up to date for that. */
  readonly watched?: () => boolean;
  /** What lies between probe and target; good leads unless given. */
  readonly cable?: Cable;
  /** Another program has claimed the probe's debug interface: {@link SimulatedProbe.asLink} throws. */
  readonly claimed?: boolean;
  /** The USB cable comes out after this many transfers. */
  readonly unplugAfter?: number;
  /** It is put back so many milliseconds of the board's time later; never unless given. */
  readonly replugAfter?: number;
}

/** What went over the link so far. A transfer is one command with its data phase, or one read of the trace endpoint. */
export interface LinkAccount {
  readonly transfers: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Transactions on SWD or JTAG. */
  readonly wireTransactions: number;
  /** Modelled time of the transfers, nanoseconds; waits of the firmware's own (an NRST pulse) included. */
  readonly linkNanoseconds: number;
  /** Virtual time that the host spent asleep, nanoseconds. */
  readonly sleepNanoseconds: number;
}

const emptyAccount: LinkAccount = {
  transfers: 0,
  bytesOut: 0,
  bytesIn: 0,
  wireTransactions: 0,
  linkNanoseconds: 0,
  sleepNanoseconds: 0,
};

const NOTHING = new Uint8Array(0);
const BLOCK_BYTES = 16;

/**
 * A virtual ST-LINK on its USB cable: probe firmware, target, the time that transfers take, and an account of them.
 * {@link asLink} is the host's end of the cable; any number of them share the probe, one transfer at a time.
 */
export class SimulatedProbe {
  readonly identity: VirtualProbeIdentity;
  readonly target: DebugTarget;
  readonly name: string;
  /** The board's own time. */
  readonly clock: Clock;
  readonly #pacer: Pacer;
  #firmware: ProbeFirmware;
  #account: LinkAccount = emptyAccount;
  /** Transfers by the first two bytes of their commands. */
  readonly #byCommand = new Map<number, number>();
  readonly #cable: Cable;
  readonly #claimed: boolean;
  #transfersLeft: number;
  #plugged = true;
  /** Milliseconds from when the cable comes out until it is put back. */
  #replugIn: number | undefined;
  /** When the cable is put back by itself, in nanoseconds of the board. */
  #replugAt = Number.POSITIVE_INFINITY;
  /** How often the probe was plugged in: to the host each time is a new device. */
  #insertions = 1;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: SimulatedProbeOptions) {
    this.identity = options.identity;
    this.target = options.target;
    this.name = options.name ?? "sim";
    this.#cable = options.cable ?? {};
    this.#claimed = options.claimed ?? false;
    this.#transfersLeft = options.unplugAfter ?? Number.POSITIVE_INFINITY;
    this.#replugIn = options.replugAfter;
    this.#firmware = new ProbeFirmware(options.identity, options.target, { timed: true, cable: this.#cable });
    this.#pacer =
      options.wallTime === undefined
        ? new FastPacer(options.target)
        : new RealtimePacer(options.target, options.wallTime, options.watched);
    this.clock = {
      now: () => this.target.nanoseconds / 1e6,
      sleep: (milliseconds) => this.sleep(milliseconds),
    };
  }

  get account(): LinkAccount {
    return this.#account;
  }

  resetAccount(): void {
    this.#account = emptyAccount;
    this.#byCommand.clear();
  }

  /** How many of the transfers were of the command that begins with these two bytes. */
  transfersOf(group: number, command: number): number {
    return this.#byCommand.get((group << 8) | command) ?? 0;
  }

  /**
   * Carries out one command at once and lets the target run for the modelled time of its transfer. The reply has exactly
   * `readLength` bytes. Rejects with `link-unplugged`.
   */
  execute(command: Uint8Array, dataOut: Uint8Array = NOTHING, readLength = 0): Uint8Array {
    return this.#carryOut(command, dataOut.length, () => this.#firmware.command(command, dataOut, readLength));
  }

  /**
   * As {@link execute}, but in turn with other hosts and in the probe's pace, and with as many bytes of reply as the probe's
   * IN endpoint sends. Rejects with `link-unplugged`.
   */
  exchange(command: Uint8Array, dataOut: Uint8Array = NOTHING): Promise<Uint8Array> {
    return this.#inTurn(() => this.#carryOut(command, dataOut.length, () => this.#firmware.answer(command, dataOut)));
  }

  /** Several commands that no other host comes between; `run` makes them with {@link execute}. */
  together<T>(run: () => T): Promise<T> {
    return this.#inTurn(run);
  }

  /** Reads up to `length` bytes from the trace endpoint, in turn and in the probe's pace. */
  exchangeTrace(length: number): Promise<Uint8Array> {
    return this.#inTurn(() => this.executeTraceRead(length));
  }

  /** Reads up to `length` bytes from the trace endpoint, at once. */
  executeTraceRead(length: number): Uint8Array {
    this.#demandPlugged();
    const started = this.target.nanoseconds;
    const bytes = this.#firmware.readTrace(length);
    this.target.advance(
      transferCost({
        generation: this.identity.generation,
        bytesOut: 0,
        bytesIn: bytes.length,
        wireTransactions: 0,
        wireHertz: 1,
      }).toHost,
    );
    this.#enter(0, bytes.length, 0, this.target.nanoseconds - started);
    return bytes;
  }

  /** Lets `milliseconds` of the board's time pass, in the probe's pace. */
  async sleep(milliseconds: number): Promise<void> {
    const started = this.target.nanoseconds;
    const asleep = this.#account;
    await this.#pacer.sleep(milliseconds);
    // Transfers that others made meanwhile stand in the account already.
    const transferred = Math.max(0, this.#account.linkNanoseconds - asleep.linkNanoseconds);
    const slept = Math.max(0, this.target.nanoseconds - started - transferred);
    this.#account = { ...this.#account, sleepNanoseconds: this.#account.sleepNanoseconds + slept };
  }

  /**
   * A host's end of the cable. Closing it leaves the probe as it is, as closing a USB device does. Throws `link-busy` when
   * another program has claimed the probe.
   */
  asLink(): Link {
    if (this.#claimed) {
      throw new ProbityError("link-busy", "Another program holds the ST-LINK.", {
        facts: { probe: this.name, serial: this.identity.serial },
        remedy: ["End the other debugger, STM32CubeProgrammer or ST-LINK_gdbserver, or share the probe."],
      });
    }
    let open = true;
    let insertion = this.#insertions;
    const demandOpen = (): void => {
      if (!open) throw new ProbityError("link-closed", "The link to the virtual probe has been closed.");
      if (insertion !== this.#insertions) throw this.#unplugged();
    };
    const { vendorId, productId, serial } = this.identity;
    return {
      info: { name: this.name, vendorId, productId, serial },
      clock: this.clock,
      transfer: (command, write, readLength = 0) =>
        this.#inTurn(() => {
          demandOpen();
          const reply = this.execute(command, write, readLength);
          this.#demandRoom(command, readLength);
          return reply;
        }),
      readTrace: (length) =>
        this.#inTurn(() => {
          demandOpen();
          return this.executeTraceRead(length);
        }),
      close: async () => {
        open = false;
      },
      reopen: () =>
        this.#inTurn(() => {
          if (this.target.nanoseconds >= this.#replugAt) this.replug();
          this.#demandPlugged();
          insertion = this.#insertions;
          open = true;
        }),
    };
  }

  /** The cable will come out after so many more transfers, and go back in `replugAfter` milliseconds later. */
  unplugIn(transfers: number, replugAfter?: number): void {
    this.#transfersLeft = transfers;
    this.#replugIn = replugAfter;
  }

  /** The cable is pulled out: transfers are rejected with `link-unplugged`. NRST floats high. */
  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    if (this.#replugIn !== undefined) this.#replugAt = this.target.nanoseconds + this.#replugIn * 1e6;
    if (this.#cable.nrst !== false) this.target.driveNrst(false);
  }

  /** The cable is back, the probe starts anew; the board went on meanwhile. */
  replug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#insertions++;
    this.#replugAt = Number.POSITIVE_INFINITY;
    this.#replugIn = undefined;
    this.#transfersLeft = Number.POSITIVE_INFINITY;
    this.#firmware = new ProbeFirmware(this.identity, this.target, { timed: true, cable: this.#cable });
  }

  /** Stops the background timer of the `realtime` pace. */
  dispose(): void {
    this.#pacer.dispose();
  }

  #carryOut(command: Uint8Array, bytesOut: number, run: () => Uint8Array): Uint8Array {
    if (this.#transfersLeft-- <= 0) this.unplug();
    this.#demandPlugged();
    const started = this.target.nanoseconds;
    const before = this.#firmware.wireTransactions;
    const { generation } = this.identity;
    const { wireHertz } = this.#firmware;
    const arriving = { generation, bytesOut, bytesIn: 0, wireTransactions: 0, wireHertz };
    this.target.advance(transferCost(arriving).toProbe);
    const reply = run();
    const wireTransactions = this.#firmware.wireTransactions - before;
    const figures = { ...arriving, bytesIn: reply.length };
    const cost = transferCost({ ...figures, wireTransactions: this.#firmware.takeWireTransactions() });
    this.target.advance(cost.onWires + cost.toHost);
    const key = ((command[0] ?? 0) << 8) | (command[1] ?? 0);
    this.#byCommand.set(key, (this.#byCommand.get(key) ?? 0) + 1);
    this.#enter(BLOCK_BYTES + bytesOut, reply.length, wireTransactions, this.target.nanoseconds - started);
    return reply;
  }

  async #inTurn<T>(run: () => T): Promise<T> {
    const turn = this.#queue.then(async () => {
      await nextTurn();
      this.#pacer.before();
      const result = run();
      await this.#pacer.after();
      return result;
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #demandPlugged(): void {
    if (this.#plugged) return;
    throw this.#unplugged();
  }

  #unplugged(): ProbityError {
    return new ProbityError("link-unplugged", "The virtual probe has been unplugged.", {
      facts: { probe: this.name },
      remedy: ["Plug the probe in again and connect anew."],
    });
  }

  /** A host controller reports babble when a reply is longer than the buffer posted for it. */
  #demandRoom(command: Uint8Array, readLength: number): void {
    const sent = this.#firmware.lastReplyLength;
    if (readLength === 0 || sent <= readLength) return;
    throw new ProbityError("link-overflow", `The probe sent ${sent} bytes where ${readLength} were asked for.`, {
      facts: { command: Buffer.from(command.subarray(0, 2)).toString("hex"), sent, asked: readLength },
    });
  }

  #enter(bytesOut: number, bytesIn: number, wireTransactions: number, nanoseconds: number): void {
    const account = this.#account;
    this.#account = {
      ...account,
      transfers: account.transfers + 1,
      bytesOut: account.bytesOut + bytesOut,
      bytesIn: account.bytesIn + bytesIn,
      wireTransactions: account.wireTransactions + wireTransactions,
      linkNanoseconds: account.linkNanoseconds + nanoseconds,
    };
  }
}
