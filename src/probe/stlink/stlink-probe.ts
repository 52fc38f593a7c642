import { readU32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import { Queue } from "../../base/queue.ts";
import type { Link } from "../../link/link.ts";
import type { CoreRegisterBlock, Probe, ProbeIdentity, Protocol, TraceCapture, WordOperation } from "../probe.ts";
import { AccessPorts } from "./access-ports.ts";
import { Channel } from "./channel.ts";
import { block, debug, enterParameter, group, mode, u32 } from "./commands.ts";
import { DapRegisters } from "./dap-registers.ts";
import { type Feature, hasFeature, limitsOf } from "./features.ts";
import { firmwareTooOld } from "./firmware-too-old.ts";
import { lastResult, memoryBlock, replyLength, type TransferResult, type Width } from "./memory-access.ts";
import { type StatusContext, statusClass } from "./status.ts";
import { traceCapture } from "./trace.ts";
import { setDivisor, setListedFrequency } from "./wire-clock.ts";
import { batchResult, firstFailure, packWords } from "./words.ts";

/** DCRSR and DCRDR (ARMv7-M C1.6.3), for registers that old firmware can't name. */
const dcrsr = 0xe000edf4;
const dcrdr = 0xe000edf8;
type Context = Omit<StatusContext, "protocol">;

/**
 * An ST-LINK/V2, V2-1 or V3 behind any link. Made by `openStlinkProbe`. Every public call is one task in a queue, so
 * that commands which belong together (a transfer and its status) are never torn apart by another caller.
 */
export class StlinkProbe implements Probe {
  readonly identity: ProbeIdentity;
  readonly setFrequency?: (protocol: Protocol, kilohertz: number) => Promise<number>;
  readonly boardIdentifier?: () => Promise<string | undefined>;
  readonly openAp?: (ap: number) => Promise<void>;
  readonly closeAp?: (ap: number) => Promise<void>;
  readonly readDp?: (register: number) => Promise<number>;
  readonly writeDp?: (register: number, value: number) => Promise<void>;
  readonly readAp?: (ap: number, register: number) => Promise<number>;
  readonly writeAp?: (ap: number, register: number, value: number) => Promise<void>;
  readonly trace?: TraceCapture;
  readonly others?: () => Promise<number | undefined>;

  readonly #channel: Channel;
  readonly #accessPorts: AccessPorts;
  readonly #dap: DapRegisters;
  readonly #queue = new Queue();
  readonly #limits: ReturnType<typeof limitsOf>;
  readonly #keepsPairs: boolean;
  #inDebug = false;
  #badAnswers = 0;
  #nrstLow = false;

  constructor(link: Link, identity: ProbeIdentity) {
    this.identity = identity;
    this.#channel = new Channel(link);
    this.#accessPorts = new AccessPorts(this.#channel, identity);
    this.#dap = new DapRegisters({
      channel: this.#channel,
      identity,
      accessPorts: this.#accessPorts,
      command: (command, length, context) => this.#command(command, length, context),
    });
    this.#limits = limitsOf(identity, link.limits);
    if (link.others !== undefined) this.others = link.others.bind(link);
    this.#keepsPairs = link.limits?.keepsPairs ?? true;
    if (this.has("frequencyList")) {
      this.setFrequency = (protocol, kilohertz) =>
        this.#locked(() => setListedFrequency(this.#channel, protocol, kilohertz));
    } else if (this.has("swdFrequency")) {
      this.setFrequency = (protocol, kilohertz) =>
        this.#locked(() => setDivisor(this.#channel, identity, protocol, kilohertz));
    }
    if (this.has("boardIdentifiers")) this.boardIdentifier = () => this.#locked(() => this.#boardIdentifier());
    if (this.has("accessPorts")) {
      this.openAp = (ap) => this.#locked(() => this.#accessPorts.ensure(ap));
      this.closeAp = (ap) => this.#locked(() => this.#accessPorts.closePort(ap));
    }
    if (this.has("dapRegisters")) {
      this.readDp = (register) => this.#locked(() => this.#dap.readDp(register));
      this.writeDp = (register, value) => this.#locked(() => this.#dap.writeDp(register, value));
      this.readAp = (ap, register) => this.#locked(() => this.#dap.readAp(ap, register));
      this.writeAp = (ap, register, value) => this.#locked(() => this.#dap.writeAp(ap, register, value));
    }
    if (this.has("trace")) {
      this.trace = traceCapture(this.#channel, this.#limits.traceBaud, (task) => this.#locked(task));
    }
  }

  get wordQueue(): number | undefined {
    return this.has("wordQueue") ? this.#limits.queueItems : undefined;
  }

  get badAnswers(): number {
    return this.#badAnswers;
  }

  /** Whether this probe's firmware has a feature, and the way to it carries it. */
  has(feature: Feature): boolean {
    // The queue of words is a pair of commands: another program's in between would take the answer.
    return hasFeature(this.identity, feature) && (feature !== "wordQueue" || this.#keepsPairs);
  }

  targetVoltage(): Promise<number | undefined> {
    return this.#locked(async () => {
      if (!this.has("targetVoltage")) return undefined;
      const reply = await this.#channel.ask(block(group.getTargetVoltage), 8);
      const reference = readU32(reply, 0);
      // Counts of the 1.20 V reference and of half the target's voltage.
      return reference === 0 ? undefined : (2 * 1.2 * readU32(reply, 4)) / reference;
    });
  }

  async #boardIdentifier(): Promise<string | undefined> {
    const reply = await this.#command(block(group.debug, debug.getBoardIdentifiers), 128, {
      doing: "asking for the board",
    });
    const text = Buffer.from(reply.subarray(2, 6)).toString("latin1");
    return /^[0-9A-Za-z]{4}$/.test(text) ? text : undefined;
  }

  enterDebug(protocol: Protocol): Promise<void> {
    return this.#locked(() => this.#enter(protocol));
  }

  leaveDebug(): Promise<void> {
    return this.#locked(() => this.#leave());
  }

  driveNrst(level: "low" | "high"): Promise<void> {
    return this.#locked(async () => {
      await this.#command(block(group.debug, debug.driveNrst, level === "low" ? 0 : 1), 2, { doing: "driving NRST" });
      this.#nrstLow = level === "low";
    });
  }

  readIdcode(): Promise<number> {
    return this.#locked(async () => {
      const doing = "reading the target's IDCODE";
      return readU32(await this.#command(block(group.debug, debug.readIdcodes), 12, { doing }), 4);
    });
  }

  async readMemory(ap: number, address: number, length: number, width: Width): Promise<Uint8Array> {
    const all = new Uint8Array(length);
    const most = width === 8 ? this.#limits.byteRead : this.#limits.wide;
    this.#checkMemory(ap, address, length, width);
    for (let done = 0; done < length; ) {
      const size = Math.min(most, length - done);
      const at = (address + done) >>> 0;
      const block = memoryBlock("read", width, at, size, ap);
      const context = { doing: `reading ${size} bytes`, facts: { access: "read", width, length: size } };
      await this.#locked(async () => {
        await this.#transfer(ap, at, size, context, true, async () => {
          all.set((await this.#channel.ask(block, replyLength(size))).subarray(0, size), done);
        });
      });
      done += size;
    }
    return all;
  }

  async writeMemory(ap: number, address: number, data: Uint8Array, width: Width): Promise<void> {
    const most = width === 8 ? this.#limits.byteWrite : this.#limits.wide;
    this.#checkMemory(ap, address, data.length, width);
    for (let done = 0; done < data.length; ) {
      const size = Math.min(most, data.length - done);
      const at = (address + done) >>> 0;
      const block = memoryBlock("write", width, at, size, ap);
      const piece = data.subarray(done, done + size);
      const context = { doing: `writing ${size} bytes`, facts: { access: "write", width, length: size } };
      await this.#locked(() => this.#transfer(ap, at, size, context, false, () => this.#channel.send(block, piece)));
      done += size;
    }
  }

  readWord(ap: number, address: number): Promise<number> {
    return this.#locked(() => this.#readWord(ap, address));
  }

  writeWord(ap: number, address: number, value: number): Promise<void> {
    return this.#locked(() => this.#writeWord(ap, address, value));
  }

  words(ap: number, operations: readonly WordOperation[]): Promise<number[]> {
    return this.#locked(async () => {
      const values: number[] = [];
      // Two accesses cost two transfers either way; more are cheaper in one packet and its answer.
      if (!this.has("wordQueue") || operations.length <= 2) {
        for (const operation of operations) await this.#single(ap, operation, values);
        return values;
      }
      await this.#accessPorts.ensure(ap);
      for (const { data, items, operations: members } of packWords(ap, operations, this.#limits.queueItems)) {
        let reply = new Uint8Array();
        const attempt = async (): Promise<number> => {
          await this.#channel.send(block(group.debug, debug.rwMiscOut, ...u32(items)), data);
          reply = new Uint8Array(await this.#channel.ask(block(group.debug, debug.rwMiscIn), 8 * items));
          return firstFailure(reply, items);
        };
        // A packet whose access port was closed did nothing at all, so it may go again even if it writes.
        await this.#repaired(
          members.every(({ operation }) => operation.kind === "read"),
          attempt,
        );
        for (const { operation, item } of members) {
          const { value, status } = batchResult(reply, items, item);
          if (statusClass(status) === "wait") {
            await this.#single(ap, operation, values);
            continue;
          }
          if (statusClass(status) !== "ok") {
            const context = { doing: accessName(operation), facts: { access: operation.kind, width: 32, length: 4 } };
            throw await this.#afterFailure(status, { ...context, address: operation.address });
          }
          if (operation.kind === "read") values.push(value);
        }
      }
      return values;
    });
  }

  readCoreRegister(ap: number, selector: number): Promise<number> {
    return this.#locked(async () => {
      if (selector > 20 && !this.has("fpuRegisters")) {
        await this.#writeWord(ap, dcrsr, selector);
        return this.#readWord(ap, dcrdr);
      }
      await this.#accessPorts.ensure(ap);
      const context = { doing: `reading core register ${selector}`, facts: { selector } };
      return readU32(await this.#command(block(group.debug, debug.readReg, selector, ap), 8, context), 4);
    });
  }

  writeCoreRegister(ap: number, selector: number, value: number): Promise<void> {
    return this.#locked(async () => {
      if (selector > 20 && !this.has("fpuRegisters")) {
        await this.#writeWord(ap, dcrdr, value);
        await this.#writeWord(ap, dcrsr, 0x10000 | selector);
        return;
      }
      await this.#accessPorts.ensure(ap);
      const context = { doing: `writing core register ${selector}`, facts: { selector, value } };
      await this.#command(block(group.debug, debug.writeReg, selector, ...u32(value), ap), 2, context);
    });
  }

  readAllCoreRegisters(ap: number): Promise<CoreRegisterBlock> {
    return this.#locked(async () => {
      await this.#accessPorts.ensure(ap);
      const context = { doing: "reading the core's registers" };
      const reply = await this.#command(block(group.debug, debug.readAllRegs, ap), 88, context);
      return { words: Uint32Array.from({ length: 19 }, (_, i) => readU32(reply, 4 + 4 * i)) };
    });
  }

  close(): Promise<void> {
    return this.#locked(async () => {
      try {
        await this.#leave();
      } finally {
        await this.#channel.link.close();
      }
    });
  }

  #locked<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(task);
  }

  /** A command with a status; when the firmware lost the access ports or the wires, it is put right and tried once more. */
  async #command(command: Uint8Array, length: number, context: Context, repeatable = true): Promise<Uint8Array> {
    let reply = new Uint8Array();
    const attempt = async (): Promise<number> => {
      reply = new Uint8Array(await this.#channel.ask(command, length));
      return reply[0];
    };
    const status = await this.#repaired(repeatable, () => this.#channel.retryWait(attempt));
    if (statusClass(status) !== "ok") throw await this.#afterFailure(status, context);
    return reply;
  }

  /** A memory command and the question how it went. */
  async #transfer(
    ap: number,
    address: number,
    length: number,
    context: Context,
    isRead: boolean,
    move: () => Promise<void>,
  ): Promise<void> {
    await this.#accessPorts.ensure(ap);
    let result: TransferResult = { status: 0x80, faultAddress: undefined };
    const attempt = async (): Promise<number> => {
      await move();
      result = await lastResult(this.#channel, this.has("lastRwStatus2"));
      return result.status;
    };
    const status = await this.#repaired(isRead, () => this.#channel.retryWait(attempt));
    if (statusClass(status) === "ok") return;
    const fault = result.faultAddress;
    const inside = fault !== undefined && (fault - address) >>> 0 < length;
    throw await this.#afterFailure(status, { ...context, address: inside ? fault : address });
  }

  /**
   * Runs `attempt` and once more after a repair: an access port that the firmware closed is opened again; on a broken
   * answer from the wires debug mode is entered anew (only for what may safely be done twice).
   */
  async #repaired(repeatable: boolean, attempt: () => Promise<number>): Promise<number> {
    const status = await attempt();
    const kind = statusClass(status);
    if (kind === "line" || kind === "no-answer") this.#badAnswers++;
    if (kind === "bad-ap" && !this.#accessPorts.empty) {
      await this.#accessPorts.reopen();
      return attempt();
    }
    // Leaving debug mode would release a reset that the caller holds.
    if (kind === "line" && this.#inDebug && !this.#nrstLow) {
      const { open } = this.#accessPorts;
      await this.#leave();
      await this.#enter(this.#channel.protocol);
      for (const ap of open) await this.#accessPorts.openPort(ap);
      return repeatable ? attempt() : status;
    }
    return status;
  }

  /** The error for `status`, after the flags that the failure left in the DP were cleared so that later accesses work. */
  async #afterFailure(status: number, context: Context): Promise<ProbityError> {
    const kind = statusClass(status);
    if ((kind === "bus-fault" || kind === "wait") && this.has("dapRegisters") && this.#inDebug) {
      try {
        await this.#dap.clearSticky();
      } catch (cause) {
        const error = this.#channel.error(status, context);
        return new ProbityError(error.code, error.message, { facts: error.facts, remedy: error.remedy, cause });
      }
    }
    return this.#channel.error(status, context);
  }

  async #enter(protocol: Protocol): Promise<void> {
    if (this.#inDebug) await this.#leave();
    this.#channel.protocol = protocol;
    const context = { doing: `connecting over ${protocol === "swd" ? "SWD" : "JTAG"}` };
    await this.#channel.check(block(group.debug, debug.enter, enterParameter[protocol]), 2, context);
    this.#inDebug = true;
  }

  async #leave(): Promise<void> {
    // A failed ENTER may leave the firmware in debug mode, so it is asked rather than remembered.
    const [current] = await this.#channel.ask(block(group.getCurrentMode), 2);
    this.#accessPorts.forget();
    this.#inDebug = false;
    this.#nrstLow = false;
    if (current === mode.debug) await this.#channel.send(block(group.debug, debug.exit));
  }

  async #readWord(ap: number, address: number): Promise<number> {
    await this.#accessPorts.ensure(ap);
    const context = { doing: "reading a word", address, facts: { access: "read", width: 32, length: 4 } };
    return readU32(await this.#command(block(group.debug, debug.readDebugReg, ...u32(address), ap), 8, context), 4);
  }

  async #writeWord(ap: number, address: number, value: number): Promise<void> {
    await this.#accessPorts.ensure(ap);
    const context = { doing: "writing a word", address, facts: { access: "write", width: 32, length: 4, value } };
    await this.#command(block(group.debug, debug.writeDebugReg, ...u32(address), ...u32(value), ap), 2, context, false);
  }

  async #single(ap: number, operation: WordOperation, values: number[]): Promise<void> {
    if (operation.kind === "read") values.push(await this.#readWord(ap, operation.address));
    else await this.#writeWord(ap, operation.address, operation.value);
  }

  #checkMemory(ap: number, address: number, length: number, width: Width): void {
    const bytes = width / 8;
    if (address % bytes !== 0 || length % bytes !== 0) {
      const facts = { ap, width, length };
      throw this.#channel.error(0x0a, { doing: `a transfer of ${length} bytes by ${width} bits`, facts, address });
    }
    if (width === 16 && !this.has("halfWordMemory"))
      throw firmwareTooOld(this.identity, "halfWordMemory", "16-bit memory access");
  }
}

function accessName(operation: WordOperation): string {
  return operation.kind === "read" ? "reading a word" : "writing a word";
}
