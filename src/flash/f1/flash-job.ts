import { concat, readU32, writeU32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { WordOperation } from "../../coresight/memory-port.ts";
import type { Core } from "../../cortexm/core.ts";
import { AlgorithmRunner } from "../algorithm-runner.ts";
import { stm32f1Algorithm } from "../algorithms/stm32f1.ts";
import { type Cancelled, flashCancelled } from "../cancelled.ts";
import type { RamArea } from "../target-crc32.ts";
import {
  type ChipState,
  chipState,
  chipStateReads,
  DMA_CLOCKS,
  estimatedHclk,
  HSION,
  lockController,
  RCC_AHBENR,
  RCC_CR,
  waitForHsi,
} from "./chip-state.ts";
import { type FlashCommand, type Payload, type PayloadSizes, packPayloads, TAIL_BYTES } from "./commands.ts";
import { Estimate } from "./estimate.ts";
import { CONTROL_WORDS, type JobLayout, layOutJob, SLOTS, TABLE_BYTES } from "./job-layout.ts";
import { failureOf, hasFinished, jobFailure, pagesErased, payloadsDone, STATUS_WORDS } from "./job-status.ts";

/** Of the control block: a command that stands in it from the start, to end an algorithm that waits for the next slot. */
const END_COMMAND_WORD = 7;
const END_COMMAND = 6;

/** Milliseconds between two looks at the target while nothing is expected of it; also how often progress is told. */
const LOOK = 500;

/** What part of the expected time a payload has taken that was over at the first look, alone or with the next one. */
const FIRST_LOOK = 0.999;
const TWO_AT_ONCE = 0.85;

/**
 * Bytes of the first payloads with data and of the last ones. At first the target waits for what is sent, and for the RAM
 * under it to be saved: little goes first, then what can be saved and sent while that is programmed. At the end the host
 * waits: little is left to be programmed, and RAM to be put back under it.
 */
const SIZES: PayloadSizes = { first: [1536, 3584], last: [2048, 512] };

/** How far the target is: counts since the job was opened. */
export interface JobProgress {
  readonly pagesErased: number;
  /** Bytes of program commands in payloads that are finished. */
  readonly bytesProgrammed: number;
}

export interface RunOptions {
  /** The algorithm returns after these commands. */
  readonly end: boolean;
  readonly onProgress?: (progress: JobProgress) => void;
  /** When it says so the algorithm is cut off, after the half-word or page that it is at. */
  readonly cancelled?: Cancelled;
}

export interface JobResult {
  /** Checksums in the order of the commands. */
  readonly checksums: readonly number[];
}

/**
 * The flash algorithm at work: started once, fed slot by slot while it runs, asked as seldom as its progress can be
 * foreseen. While it works on one slot the other is filled; borrowed RAM is saved and put back in that time, too.
 */
export class FlashJob {
  readonly state: ChipState;
  /** The words that were asked for when the job was opened. */
  samples: readonly number[] = [];
  readonly #core: Core;
  readonly #clock: Clock;
  readonly #runner: AlgorithmRunner;
  readonly #layout: JobLayout;
  readonly #controllerBase: number;
  readonly #controllers: readonly number[];
  readonly #estimate: Estimate;
  #sent = 0;
  #done = 0;
  /** Bytes of program commands up to and with each payload sent. */
  readonly #bytesSent: number[] = [];
  #status = 0;
  #started = false;
  #finished = false;
  #cutOff = false;
  /** The last payload whose leavings were looked for. */
  #lookedFor = -1;
  /** Control block and sums, when they were read with the status. */
  #readAhead: Uint8Array | undefined;
  /** The core was seen halted with the status. */
  #halted = false;

  private constructor(options: FlashJobOptions, layout: JobLayout, runner: AlgorithmRunner, state: ChipState) {
    this.#core = options.core;
    this.#clock = options.clock;
    this.#controllerBase = options.controllerBase;
    this.#controllers = options.banks?.map(({ controllerBase }) => controllerBase) ?? [options.controllerBase];
    this.#layout = layout;
    this.#runner = runner;
    this.state = state;
    this.#estimate = new Estimate(estimatedHclk(state.rccCfgr));
  }

  /**
   * Reads the chip's state, notes the core's and prepares RAM; the algorithm starts with the first command. Rejects
   * with `flash-ram-too-small`. {@link close} must be called.
   */
  static async open(options: FlashJobOptions): Promise<FlashJob> {
    const layout = layOutJob(options.ram);
    // The first slot gets its turn with the first payload, before the start; the other must not look filled by chance.
    const tail = layout.head - layout.slotSize - TAIL_BYTES;
    const stateReads = chipStateReads(options.controllerBase);
    const samples = options.samples ?? [];
    let values: readonly number[] = [];
    const runner = await AlgorithmRunner.begin(options.core, {
      reads: [...stateReads, tail, tail + 4, ...samples],
      writes: (read) => {
        values = read;
        return [{ kind: "write", address: tail + 4, value: 0 }];
      },
      ours: true,
    });
    const job = new FlashJob(options, layout, runner, chipState(values));
    const [saved0, saved1, ...sampled] = values.slice(stateReads.length);
    const saved = new Uint8Array(TAIL_BYTES);
    writeU32(saved, 0, saved0);
    writeU32(saved, 4, saved1);
    runner.memory.put(tail, saved);
    job.samples = sampled;
    return job;
  }

  /**
   * Has the target carry out the commands, in order. With `end` the algorithm returns afterwards: nothing more can be run.
   * Rejects with `flash-program-failed`, `flash-protected`, `flash-locked`, `flash-timeout`, `flash-algorithm-failed` or
   * `flash-cancelled`.
   */
  async run(commands: readonly FlashCommand[], options: RunOptions): Promise<JobResult> {
    try {
      const limits = { bytes: this.#layout.slotSize, sums: this.#layout.slotSums };
      return await this.#run(packPayloads(commands, limits, options.end, SIZES), options);
    } catch (error) {
      // The algorithm has ended by itself, or its state is unknown: close() shall not talk to it again.
      this.#cutOff = !this.#finished;
      throw error;
    }
  }

  /** Ends the algorithm if it still runs and puts everything back: RAM, registers, clocks. */
  async close(): Promise<void> {
    const port = this.#core.port;
    try {
      if (this.#started && !this.#finished && !this.#cutOff) await this.#end();
    } finally {
      try {
        await this.#runner.end();
      } finally {
        if (this.#cutOff) for (const base of this.#controllers) await lockController(port, base, this.#clock);
        if (this.#started && this.#stopsDma) await port.writeWord(RCC_AHBENR, this.state.ahbEnable);
        if (this.#started && this.#startsHsi) await port.writeWord(RCC_CR, this.state.rccCr);
      }
    }
  }

  async #run(payloads: readonly Payload[], { end, onProgress, cancelled }: RunOptions): Promise<JobResult> {
    const checksums: number[] = [];
    const first = this.#done;
    let started = this.#clock.now();
    const finish = async (index: number): Promise<void> => {
      const awaited = { payload: payloads[index], number: first + index, ends: end && index === payloads.length - 1 };
      started = await this.#waitFor(awaited, started, { onProgress, cancelled });
      checksums.push(...(await this.#checksums(awaited)));
    };
    for (const [index, payload] of payloads.entries()) {
      if (cancelled?.()) throw flashCancelled();
      if (index >= SLOTS) await finish(index - SLOTS);
      await this.#send(payload);
      if (index === 0) started = this.#clock.now();
      // What the next one will overwrite is saved while the target is busy with this one.
      const next = payloads[index + 1];
      if (next !== undefined) await this.#save(this.#sent, next);
      // The last one in its slot: what it leaves of the slot is put back in that time, too.
      if (end && index >= SLOTS && index >= payloads.length - SLOTS) await this.#freeSlot(first + index, payload);
    }
    for (let index = Math.max(0, payloads.length - SLOTS); index < payloads.length; index++) {
      await finish(index);
      if (end && index < payloads.length - 1) await this.#freeSlot(first + index, undefined);
    }
    if (end) await this.#awaitEnd();
    return { checksums };
  }

  #bytesDone(): number {
    return this.#done === 0 ? 0 : this.#bytesSent[this.#done - 1];
  }

  get #stopsDma(): boolean {
    return (this.state.ahbEnable & DMA_CLOCKS) !== 0;
  }

  get #startsHsi(): boolean {
    return (this.state.rccCr & HSION) === 0;
  }

  #slotEnd(index: number): number {
    return this.#layout.head - (index % SLOTS) * this.#layout.slotSize;
  }

  #save(index: number, payload: Payload): Promise<void> {
    return this.#runner.memory.save(this.#slotEnd(index) - payload.bytes.length, payload.bytes.length);
  }

  /** Puts a slot back that is not filled again, but for the payload that is still in it. */
  #freeSlot(index: number, kept: Payload | undefined): Promise<void> {
    const end = this.#slotEnd(index);
    return this.#runner.memory.restore(end - this.#layout.slotSize, end - (kept?.bytes.length ?? 0));
  }

  /** Writes a payload into its slot, the turn last; the first one together with the algorithm, which is then started. */
  async #send(payload: Payload): Promise<void> {
    const index = this.#sent;
    const end = this.#slotEnd(index);
    const bytes = payload.bytes;
    const start = end - bytes.length;
    writeU32(bytes, bytes.length - 8, start);
    writeU32(bytes, bytes.length - 4, index + 1);
    const usesTable = payload.sums > 0;
    const { sums, table } = this.#layout;
    for (const offset of payload.sumAddresses) {
      writeU32(bytes, offset, readU32(bytes, offset) + this.#sumsAt(index));
    }
    if (this.#started) {
      if (usesTable) await this.#runner.memory.save(sums, table + TABLE_BYTES - sums);
      await this.#save(index, payload);
      await this.#core.port.write(start, bytes);
    } else {
      await this.#start(start, bytes, usesTable);
    }
    this.#sent++;
    this.#bytesSent.push((this.#bytesSent.at(-1) ?? 0) + 2 * payload.work.halfWords);
  }

  async #start(start: number, payload: Uint8Array, usesTable: boolean): Promise<void> {
    this.#started = true;
    await this.#prepareChip();
    const { head, control, table, stackTop, slotSize } = this.#layout;
    const { code, entry } = stm32f1Algorithm;
    const block = new Uint8Array(4 * CONTROL_WORDS);
    const words = [0, 0, 0, head, slotSize, SLOTS, table, END_COMMAND];
    for (const [index, word] of words.entries()) writeU32(block, 4 * index, word);
    await this.#runner.memory.save(start, (usesTable ? table + TABLE_BYTES : stackTop) - start);
    await this.#core.port.write(start, concat(payload, code, block));
    await this.#runner.call({ entry: head + entry, parameters: [control], stackTop, returnTo: head });
  }

  /** DMA must not write into borrowed RAM, and programming needs HSI. */
  async #prepareChip(): Promise<void> {
    const port = this.#core.port;
    if (this.#stopsDma) await port.writeWord(RCC_AHBENR, (this.state.ahbEnable & ~DMA_CLOCKS) >>> 0);
    if (!this.#startsHsi) return;
    await port.writeWord(RCC_CR, (this.state.rccCr | HSION) >>> 0);
    await waitForHsi(port);
  }

  /** Waits until the target has finished a payload; resolves to the time at which it probably was. */
  async #waitFor(
    awaited: Awaited,
    started: number,
    { onProgress, cancelled }: Pick<RunOptions, "onProgress" | "cancelled">,
  ): Promise<number> {
    const { work } = awaited.payload;
    const count = awaited.number + 1;
    const { pages } = work;
    const limit = this.#estimate.limit(work);
    const pagesBefore = pagesErased(this.#status);
    let expected = this.#estimate.milliseconds(work);
    let patience = Math.max(0.5, expected * 0.005);
    let looks = 0;
    let lastChange = Math.max(started, this.#clock.now());
    while (this.#done < count) {
      if (cancelled?.()) throw flashCancelled();
      const left = started + expected - this.#clock.now();
      if (left > 0) {
        await this.#clock.sleep(Math.min(left, LOOK));
      } else {
        await this.#clock.sleep(patience);
        patience = Math.min(LOOK, patience * 2);
      }
      const due = started + expected - this.#clock.now() <= 0;
      const status = await this.#look(due ? awaited : undefined);
      const now = this.#clock.now();
      looks++;
      if (status !== this.#status) {
        lastChange = now;
        this.#status = status;
        this.#done = payloadsDone(status);
        const erased = pagesErased(status) - pagesBefore;
        if (erased > 0 && erased < pages) expected = ((now - started) / erased) * pages;
        onProgress?.({ pagesErased: pagesErased(status), bytesProgrammed: this.#bytesDone() });
      } else if (now - lastChange > limit) {
        await this.#lookAtCore(true);
      } else if (now - started > 1.3 * expected + 20) {
        await this.#lookAtCore(false);
      }
      if (failureOf(status) !== 0) await this.#failed(status);
    }
    // Done at the first look, it may have been over earlier: the next looks come earlier until one is too early.
    const early = this.#done > count ? TWO_AT_ONCE : FIRST_LOOK;
    const ended = looks <= 1 ? Math.min(this.#clock.now(), started + early * expected) : this.#clock.now();
    this.#estimate.learn(work, ended - started);
    return ended;
  }

  /** The status; of a payload that should be over by now, what it leaves comes along, once. */
  async #look(due: Awaited | undefined): Promise<number> {
    const { control, sums } = this.#layout;
    if (due === undefined || this.#lookedFor >= due.number) return this.#core.port.readWord(control);
    this.#lookedFor = due.number;
    const { payload, number, ends } = due;
    // With rising addresses: what stands there when the status says that they are done are the sums.
    if (payload.sums > 0 && this.#sumsAt(number) === sums) {
      this.#readAhead = await this.#core.port.read(control, sums + 4 * payload.sums - control);
      return readU32(this.#readAhead, 0);
    }
    if (ends && this.#core.port.wordQueue !== undefined) {
      const { halted, values } = await this.#runner.look(this.#statusReads());
      this.#halted = halted;
      return values[0];
    }
    return this.#core.port.readWord(control);
  }

  #statusReads(): WordOperation[] {
    return Array.from({ length: STATUS_WORDS }, (_, word) => ({
      kind: "read",
      address: this.#layout.control + 4 * word,
    }));
  }

  /** The target shows no progress: has it halted on the way, or is it just slow? */
  async #lookAtCore(late: boolean): Promise<void> {
    const { halted, resetSeen } = await this.#core.status();
    if (halted && !resetSeen && (await this.#runner.resumeFromWatchpoint())) return;
    if (!halted && !resetSeen && !late) return;
    // It may have ended between the look at its status and that at the core.
    if (!resetSeen && (await this.#core.port.readWord(this.#layout.control)) !== this.#status) return;
    this.#cutOff = true;
    const facts = { status: this.#status, resetSeen };
    throw halted || resetSeen
      ? await this.#runner.failure("flash-algorithm-failed", "The flash algorithm stopped", facts)
      : await this.#runner.failure("flash-timeout", "The flash algorithm makes no progress", facts);
  }

  /** The sums that a payload has left. */
  async #checksums({ payload, number }: Awaited): Promise<number[]> {
    if (payload.sums === 0) return [];
    const ahead = this.#readAhead;
    this.#readAhead = undefined;
    const { control, sums } = this.#layout;
    // Read before the payload was over they mean nothing.
    const fresh = ahead !== undefined && payloadsDone(readU32(ahead, 0)) > number;
    const read = fresh
      ? ahead.subarray(sums - control)
      : await this.#core.port.read(this.#sumsAt(number), 4 * payload.sums);
    return Array.from({ length: payload.sums }, (_, index) => readU32(read, 4 * index));
  }

  /** Where the sums of payload `index` are left. */
  #sumsAt(index: number): number {
    return this.#layout.sums + (index % SLOTS) * 4 * this.#layout.slotSums;
  }

  /** Ends an algorithm that has nothing more to do: the next slot's turn, and a command that stands elsewhere. */
  async #end(): Promise<void> {
    const { control } = this.#layout;
    const tail = this.#slotEnd(this.#sent) - TAIL_BYTES;
    await this.#runner.memory.save(tail, TAIL_BYTES);
    const { halted } = await this.#runner.look([
      { kind: "write", address: tail, value: control + 4 * END_COMMAND_WORD },
      { kind: "write", address: tail + 4, value: this.#sent + 1 },
      // Some time for the core to come to its end.
      ...this.#statusReads(),
    ]);
    this.#halted = halted;
    await this.#awaitEnd();
  }

  async #awaitEnd(): Promise<void> {
    if (this.#halted && !(await this.#runner.resumeFromWatchpoint())) await this.#runner.result();
    else await this.#runner.wait(1000);
    this.#finished = true;
  }

  /** The algorithm gave up and says why. */
  async #failed(status: number): Promise<never> {
    const [, address, found] = await this.#core.port.words(this.#statusReads());
    if (hasFinished(status)) await this.#awaitEnd();
    throw jobFailure(status, { address, found, controller: this.#controllerBase });
  }
}

export interface FlashJobOptions {
  readonly core: Core;
  readonly clock: Clock;
  readonly controllerBase: number;
  /** Words to be read before anything is changed, as {@link FlashJob.samples}. */
  readonly samples?: readonly number[];
  /** Every controller, where there are several. */
  readonly banks?: readonly { readonly controllerBase: number }[];
  readonly ram: RamArea;
}

/** A payload that was sent. */
interface Awaited {
  readonly payload: Payload;
  readonly number: number;
  /** The algorithm returns after it. */
  readonly ends: boolean;
}
