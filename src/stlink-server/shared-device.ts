import { isProbityError } from "../base/errors.ts";
import type { Link } from "../link/link.ts";
import { ApRegisters } from "./ap-registers.ts";
import { Clocks } from "./clocks.ts";
import { DebugMode } from "./debug-mode.ts";
import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import { sharedDpWrite } from "./dp-writes.ts";
import { LastStatus } from "./last-status.ts";
import type { Opening } from "./opening.ts";
import { STATUS } from "./protocol.ts";
import { ResetLine } from "./reset-line.ts";
import { TraceOwner } from "./trace-owner.ts";
import { Turns } from "./turns.ts";
import { DEBUG, debugBlock, GROUP, isMemoryCommand, phaseOf } from "./usb-commands.ts";

/** What a command comes to: the reply's status word and what the probe sent. */
export interface Answer {
  readonly status: number;
  readonly data?: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/**
 * A device that clients share. Each command has the device for itself, as has each pair of RW_MISC_OUT and RW_MISC_IN, which
 * go out together; what the probe remembers from one command to the next is kept apart for each client.
 */
export class SharedDevice {
  readonly link: Link;
  readonly id: number;
  readonly #openings = new Set<Opening>();
  readonly #turns = new Turns();
  readonly #send: Send;
  readonly #lastStatus: LastStatus;
  readonly #apRegisters: ApRegisters;
  readonly #debugMode: DebugMode;
  readonly #clocks: Clocks;
  readonly #resetLine: ResetLine;
  readonly #trace: TraceOwner;
  #lost = false;
  /** The protocol of the last client that debugged; undefined when none did. */
  #debugged: "swd" | "jtag" | undefined;

  /** `onCommand` is told of every command before it goes to the probe. */
  constructor(link: Link, id: number, onCommand: (block: Uint8Array) => void = () => {}) {
    this.link = link;
    this.id = id;
    this.#send = (block, write, readLength = 0) => {
      onCommand(block);
      return link.transfer(block, write, readLength);
    };
    this.#lastStatus = new LastStatus(this.#send);
    this.#apRegisters = new ApRegisters(this.#send);
    this.#debugMode = new DebugMode(this.#send, this.#openings);
    this.#clocks = new Clocks(this.#send, this.#openings);
    this.#resetLine = new ResetLine(this.#send);
    this.#trace = new TraceOwner(this.#send, (length) => link.readTrace(length));
  }

  /** How many clients have it open. */
  get clients(): number {
    return this.#openings.size;
  }

  /** The probe was unplugged, and is not back yet. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Another client; a probe that was unplugged is looked for. Resolves to whether the device can be used. */
  async open(opening: Opening): Promise<boolean> {
    return this.#turns.take(async () => {
      if (!(await this.#back())) return false;
      this.#openings.add(opening);
      return true;
    });
  }

  /** Looks whether an unplugged probe is back. */
  look(): Promise<boolean> {
    return this.#turns.take(() => this.#back());
  }

  /** The client has closed the device, or is gone: what it leaves behind is put in order for the others. */
  close(opening: Opening): Promise<void> {
    return this.#turns.take(async () => {
      if (!this.#openings.delete(opening)) return;
      this.#apRegisters.drop(opening);
      await this.#guarded(async () => {
        await this.#resetLine.release(opening);
        await this.#trace.release(opening);
        if (opening.entered) await this.#leave(opening);
        if (this.#openings.size === 0) await this.#clocks.settle();
        return { status: STATUS.ok };
      });
    });
  }

  /** Carries out a command in the client's turn. `data` is its data phase to the probe. */
  command(opening: Opening, block: Uint8Array, data: Uint8Array = NOTHING): Promise<Answer> {
    return this.#turns.take(() => this.#guarded(() => this.#carryOut(opening, block, data)));
  }

  /** Reads trace in the client's turn. */
  readTrace(opening: Opening, length: number): Promise<Answer> {
    return this.#turns.take(() =>
      this.#guarded(async () => {
        if (this.#trace.taken(opening)) return { status: STATUS.busy };
        return { status: STATUS.ok, data: await this.#trace.read(opening, length) };
      }),
    );
  }

  /** Runs `task` with the protocol of the last debug session, if there was one, in a turn of its own; for a server that ends. */
  afterwards(task: (send: Send, protocol: "swd" | "jtag") => Promise<void>): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#debugged !== undefined && !this.#lost) await task(this.#send, this.#debugged);
    });
  }

  async #carryOut(opening: Opening, block: Uint8Array, data: Uint8Array): Promise<Answer> {
    if (!this.#openings.has(opening)) return { status: STATUS.badParameter };
    const phase = phaseOf(block);
    if (phase === undefined) {
      const debug = block[0] === GROUP.debug && data.length === 0;
      return debug ? good(debugStatus(DEBUG_STATUS.unknownCommand)) : { status: STATUS.notAvailable };
    }
    if (data.length !== phase.write) return { status: STATUS.badParameter };
    const others = this.#debugMode.others(opening).length > 0;
    const kept = this.#kept(opening, block, others);
    if (kept !== undefined) return kept;
    if (block[0] === GROUP.debug) {
      await this.#lastStatus.changeOver(opening, (one) => this.#openings.has(one), this.#debugMode.protocol);
      const refused = await this.#apRegisters.changeOver(opening, block);
      if (refused !== undefined) return good(refused);
      const answer = await this.#special(opening, block, data, others);
      if (answer !== undefined) return answer;
    }
    const changed = others ? sharedDpWrite(block) : undefined;
    if (changed !== undefined && "reply" in changed) return good(changed.reply);
    const asked = changed?.block ?? (isMemoryCommand(block) ? withoutClientId(block) : block);
    const reply = await this.#send(asked, data.length > 0 ? data : undefined, phase.read);
    this.#clocks.note(opening, asked, reply);
    return good(this.#lastStatus.note(opening, asked, reply));
  }

  /** What is answered without the probe. */
  #kept(opening: Opening, block: Uint8Array, others: boolean): Answer | undefined {
    if (block[0] === GROUP.mode) {
      return others && opening.protocol === undefined ? good(this.#debugMode.modeAtRest()) : undefined;
    }
    // Leaving DFU mode and switching the target's supply concern all.
    if (block[0] === GROUP.dfu || block[0] === GROUP.power) return others ? { status: STATUS.busy } : undefined;
    if (block[0] !== GROUP.debug) return undefined;
    if (block[1] === DEBUG.lastStatus || block[1] === DEBUG.lastStatus2) {
      const status = this.#lastStatus.answer(opening, this.#openings.size === 1);
      return status === undefined ? undefined : good(status);
    }
    // Outside debug mode it does nothing; drivers send it there to wake a probe.
    if (block[1] === DEBUG.resetSystem && others && opening.protocol === undefined) {
      return good(debugStatus(DEBUG_STATUS.commandError));
    }
    if (block[1] === DEBUG.queueIn) return takeQueueResults(opening);
    if (block[1] === DEBUG.startTrace && this.#trace.taken(opening)) return { status: STATUS.busy };
    return undefined;
  }

  /** Debug commands that mean something to the sharing of the device. */
  async #special(opening: Opening, block: Uint8Array, data: Uint8Array, others: boolean): Promise<Answer | undefined> {
    switch (block[1]) {
      case DEBUG.enter:
      case DEBUG.enterV1:
        return good(await this.#enter(opening, block));
      case DEBUG.exit:
        await this.#resetLine.release(opening);
        await this.#trace.release(opening);
        await this.#leave(opening);
        return good();
      case DEBUG.initAp:
        return good(await this.#debugMode.initAp(opening, withoutClientId(block)));
      case DEBUG.closeAp:
        return good(await this.#debugMode.closeAp(opening, block));
      case DEBUG.driveNrst:
        return maybe(this.#resetLine.drive(opening, block[2]));
      case DEBUG.setSwdClock:
      case DEBUG.setJtagClock:
      case DEBUG.setClockV3:
      case DEBUG.switchPrescaler:
        return maybe(await this.#clocks.ask(opening, block, others));
      case DEBUG.startTrace: {
        const reply = await this.#send(block, undefined, 2);
        this.#trace.started(opening, reply);
        return good(reply);
      }
      case DEBUG.stopTrace:
        return maybe(this.#trace.stop(opening));
      case DEBUG.traceCount:
        return good(await this.#trace.count(opening, this.#openings.size === 1));
      case DEBUG.queueOut:
        return this.#queue(opening, block, data);
      default:
        return undefined;
    }
  }

  async #enter(opening: Opening, block: Uint8Array): Promise<Uint8Array> {
    const reply = await this.#debugMode.enter(opening, block, () => this.#resetLine.restore());
    if (opening.protocol === undefined) return reply;
    this.#debugged = opening.protocol;
    await this.#clocks.settle();
    return reply;
  }

  /** EXIT of a client, which the others don't notice. */
  async #leave(opening: Opening): Promise<void> {
    this.#apRegisters.drop(opening);
    if (await this.#debugMode.exit(opening)) {
      this.#lastStatus.reset();
      this.#apRegisters.reset();
      this.#resetLine.reset();
      this.#trace.reset();
    } else {
      await this.#clocks.settle();
    }
  }

  /** RW_MISC_OUT and, in the same turn, RW_MISC_IN: nobody comes between, and nobody who ends there leaves anything behind. */
  async #queue(opening: Opening, block: Uint8Array, data: Uint8Array): Promise<Answer> {
    if (data.length === 0) return { status: STATUS.badParameter };
    opening.queueResults = undefined;
    await this.#send(block, data);
    const items = block[2] | (block[3] << 8);
    try {
      const results = await this.#send(debugBlock(DEBUG.queueIn), undefined, items * 8);
      this.#lastStatus.noteQueue(opening, results);
      opening.queueResults = results;
    } catch (error) {
      this.#noteFailure(error);
      opening.queueResults = error as Error;
    }
    return good();
  }

  async #guarded(run: () => Promise<Answer>): Promise<Answer> {
    if (this.#lost) return { status: STATUS.transferError };
    try {
      return await run();
    } catch (error) {
      this.#noteFailure(error);
      return { status: statusOf(error) };
    }
  }

  /** A probe that is gone forgets everything. */
  #noteFailure(error: unknown): void {
    if (!isProbityError(error, "link-unplugged")) return;
    this.#lost = this.link.reopen !== undefined;
    for (const opening of this.#openings) opening.forget();
    for (const part of [this.#lastStatus, this.#apRegisters, this.#clocks, this.#resetLine, this.#trace]) part.reset();
  }

  async #back(): Promise<boolean> {
    if (!this.#lost) return true;
    try {
      await this.link.reopen?.();
      this.#lost = false;
    } catch {
      // Not yet.
    }
    return !this.#lost;
  }
}

function good(data: Uint8Array = NOTHING): Answer {
  return { status: STATUS.ok, data };
}

/** An answer, if there is one without the probe. */
function maybe(data: Uint8Array | undefined): Answer | undefined {
  return data === undefined ? undefined : good(data);
}

function takeQueueResults(opening: Opening): Answer {
  const results = opening.queueResults;
  opening.queueResults = undefined;
  if (results instanceof Error) return { status: statusOf(results) };
  return results === undefined ? { status: STATUS.badParameter } : good(results);
}

function statusOf(error: unknown): number {
  return isProbityError(error, "link-timeout") ? STATUS.timeout : STATUS.transferError;
}

/** Bytes 12 to 15 of INIT_AP and the memory commands are for the server's number of a client: not the client's to choose. */
function withoutClientId(block: Uint8Array): Uint8Array {
  const clean = block.slice();
  clean.fill(0, 12, 16);
  return clean;
}
