import { writeU32 } from "../../base/bytes.ts";
import type { WordOperation } from "../../coresight/memory-port.ts";
import { loaderQueue } from "../algorithms/loader-queue.ts";
import { type Cancelled, flashCancelled } from "../cancelled.ts";
import { SLOT_BYTES } from "./placement.ts";
import type { Sandbox } from "./sandbox.ts";
import type { CallResult, FunctionCall } from "./sandbox-options.ts";

/** Stands for the address of the call's own data, or of its room, among its parameters. */
export const DATA = Symbol("the address of the data");
/** Stands for the address of the data, or the room, of the call before. */
export const PREVIOUS_DATA = Symbol("the address of the data of the call before");

/** A call that the target makes by itself when its turn comes. */
export interface QueuedCall {
  readonly name: string;
  readonly entry: number;
  readonly parameters: readonly (number | typeof DATA | typeof PREVIOUS_DATA)[];
  /** What success returns; left out, any result is one. */
  readonly expected?: number;
  /** Milliseconds it may take, where that is not the limit of all calls. */
  readonly limit?: number;
  /** Goes with the call, into RAM; at most {@link CallQueue.dataBytes}. */
  readonly data?: Uint8Array;
  /** Bytes of RAM that the call fills, instead of {@link data}. */
  readonly room?: number;
  /** Wants to know what it returned. */
  readonly onResult?: (result: CallResult) => void;
  /** Wants what the call put into its room. */
  readonly onRoom?: (bytes: Uint8Array) => void;
  /** Is told when the call is over. */
  readonly onDone?: () => void;
}

/** Words of a slot (firmware/flash-algorithm/loader-queue.S). */
const WORDS = SLOT_BYTES / 4;
const [RESULT_0, RESULT_1, TURN] = [4, 8, 28];
/** Milliseconds between two looks: short when the end is near or unknown, never longer than this. */
const LONGEST_NAP = 50;
/** Enough for one call to be made, one to wait, and one to be on its way. */
const FEW_CELLS = 3;
const FIRST_NAP = 0.5;
const TICK = 100;

/**
 * Feeds calls to the target while it works: data for the next ones goes over the link during a call, so that the memory
 * is what is waited for. The sandbox's loader must have been initialised.
 */
export class CallQueue {
  readonly #sandbox: Sandbox;
  #calls: QueuedCall[] = [];
  #bases: FunctionCall[] = [];
  #count = 0;
  #sent = 0;
  #done = 0;
  #changed = 0;
  #cancelled: Cancelled | undefined;
  /** Milliseconds a call of that name took last, for each byte of data or as a whole. */
  readonly #pace = new Map<string, number>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Most bytes that one call can take along. */
  get dataBytes(): number {
    return (this.#sandbox.placement.cells.stride - SLOT_BYTES) & ~7;
  }

  /**
   * Has the target make the calls in their order. Rejects with {@link LoaderFailed} at the first that fails. With `ahead`
   * as much is sent ahead as there is room for: worth it for calls that take much longer than their data, because what
   * is used of the RAM has to be saved and put back. When `cancelled` says so no further call is begun: rejects with
   * `flash-cancelled` after the one that is under way.
   */
  async run(calls: readonly QueuedCall[], { ahead = false, cancelled }: RunOptions = {}): Promise<void> {
    if (calls.length === 0) return;
    const first = { ...calls[0], parameters: [] };
    const current = (): FunctionCall => this.#bases[Math.min(this.#done, this.#bases.length - 1)] ?? first;
    this.#cancelled = cancelled;
    await this.#sandbox.guard(current, () => this.#run(calls, ahead));
  }

  async #run(calls: readonly QueuedCall[], ahead: boolean): Promise<void> {
    const { options, placement } = this.#sandbox;
    const count = ahead ? placement.cells.count : Math.min(FEW_CELLS, placement.cells.count);
    this.#count = count;
    this.#calls = [...calls];
    this.#bases = [];
    this.#sent = 0;
    this.#done = 0;
    await this.#prepare();
    for (let index = 0; index < calls.length; index++) {
      if (index >= count) await this.#until(index - count + 1);
      if (index > 0 && this.#cancelled?.()) await this.#giveUp();
      await this.#send(calls[index]);
      if (index > 0) continue;
      await this.#sandbox.start(placement.code + loaderQueue.entry, [placement.control]);
      this.#changed = options.clock.now();
    }
    if (calls.length >= count) await this.#until(calls.length - count + 1);
    await this.#send(undefined);
    await this.#until(calls.length);
    await this.#awaitReturn();
  }

  /** Control block and turns at their start; cells that were not used yet hold whatever was there. */
  async #prepare(): Promise<void> {
    const { core, runner, placement } = this.#sandbox;
    const { control } = placement;
    const operations: WordOperation[] = [
      ...this.#sandbox.bufferStores(),
      write(control, 0),
      write(control + 4, 0),
      write(control + 16, this.#count),
    ];
    for (let cell = 0; cell < this.#count; cell++) {
      const slot = this.#slot(cell);
      await runner.memory.save(slot, SLOT_BYTES);
      operations.push(write(slot + TURN, 0));
    }
    await core.port.words(operations);
  }

  #slot(index: number): number {
    const { base, stride } = this.#sandbox.placement.cells;
    return base + (index % this.#count) * stride + stride - SLOT_BYTES;
  }

  /** Data and slot in one write, the turn last; `undefined` ends the queue. */
  async #send(call: QueuedCall | undefined): Promise<void> {
    const { core, runner } = this.#sandbox;
    const slot = this.#slot(this.#sent);
    const data = call?.data ?? new Uint8Array(0);
    const room = roomOf(call);
    const start = slot - room;
    const previous = this.#sent === 0 ? 0 : this.#slot(this.#sent - 1) - roomOf(this.#calls[this.#sent - 1]);
    const parameters = (call?.parameters ?? []).map((parameter) =>
      parameter === DATA ? start : parameter === PREVIOUS_DATA ? previous : parameter,
    );
    const sent = data.length === 0 ? 0 : room;
    const bytes = new Uint8Array(sent + SLOT_BYTES);
    bytes.set(data);
    const words = new Array<number>(WORDS).fill(0);
    if (call !== undefined) {
      words[0] = (call.entry | 1) >>> 0;
      for (const [i, value] of parameters.entries()) words[1 + i] = value;
      words[5] = call.expected === undefined ? 0 : 1;
      words[6] = call.expected ?? 0;
      const { name, entry, expected, limit } = call;
      this.#bases.push({ name, entry, parameters, expected, limit });
    }
    words[7] = this.#sent + 1;
    for (const [i, word] of words.entries()) writeU32(bytes, sent + 4 * i, word >>> 0);
    if (room > 0) await runner.memory.save(start, room);
    await core.port.write(slot - sent, bytes);
    this.#sent++;
  }

  /** Waits until the first `count` calls are over. */
  async #until(count: number): Promise<void> {
    const { core, options, placement } = this.#sandbox;
    const { clock } = options;
    let nap = FIRST_NAP;
    let ticked = clock.now();
    while (this.#done < count) {
      if (this.#cancelled?.()) await this.#giveUp();
      const [done, failed] = await core.port.words([read(placement.control), read(placement.control + 4)]);
      const now = clock.now();
      if (done !== this.#done) {
        await this.#advance(done, now);
        nap = FIRST_NAP;
        continue;
      }
      const current = this.#bases[this.#done];
      const elapsed = now - this.#changed;
      if (failed !== 0) {
        const [result] = await core.port.words([read(this.#slot(this.#done) + RESULT_0)]);
        await this.#awaitReturn();
        await this.#sandbox.check(current, result, elapsed);
      }
      // Still running is the rule; whether it is stuck is asked when it takes longer than the last time.
      if (nap >= 8) await this.#sandbox.inspect(current, elapsed, elapsed >= (current.limit ?? options.limit));
      if (now - ticked >= TICK) {
        ticked = now;
        await this.#sandbox.feed();
      }
      const left = this.#expected(this.#calls[this.#done]) - elapsed;
      await clock.sleep(left > nap ? Math.min(left, LONGEST_NAP) : nap);
      nap = Math.min(LONGEST_NAP, nap * 2);
    }
  }

  async #advance(done: number, now: number): Promise<void> {
    const finished = this.#calls.slice(this.#done, done);
    // Several at once share the time; what a byte, or a call without data, takes is much the same the next time.
    const share = (now - this.#changed) / finished.length;
    for (const call of finished) this.#pace.set(call.name, share / unitsOf(call));
    const wanted = finished.flatMap((call, i) => (call.onResult === undefined ? [] : [this.#slot(this.#done + i)]));
    if (wanted.length > 0) {
      const values = await this.#sandbox.core.port.words(
        wanted.flatMap((slot) => [read(slot + RESULT_0), read(slot + RESULT_1)]),
      );
      let at = 0;
      for (const call of finished) {
        if (call.onResult === undefined) continue;
        call.onResult({ r0: values[at], r1: values[at + 1] });
        at += 2;
      }
    }
    for (const [i, call] of finished.entries()) {
      if (call.onRoom === undefined) continue;
      const start = this.#slot(this.#done + i) - roomOf(call);
      call.onRoom(await this.#sandbox.core.port.read(start, call.room ?? 0));
    }
    this.#done = done;
    this.#changed = now;
    for (const call of finished) call.onDone?.();
  }

  #expected(call: QueuedCall | undefined): number {
    if (call === undefined) return 0;
    return 0.9 * (this.#pace.get(call.name) ?? 0) * unitsOf(call);
  }

  /** Takes back the calls that were sent but not begun, and waits for the one that the target is at. */
  async #giveUp(): Promise<never> {
    const { core, options, placement } = this.#sandbox;
    const current = this.#bases[Math.min(this.#done, this.#bases.length - 1)];
    const waiting = Array.from({ length: this.#sent - this.#done - 1 }, (_, i) => this.#sent - 1 - i);
    // The last first: whichever the target comes to next ends the queue.
    const ends = waiting.map((index) => write(this.#slot(index), 0));
    const [done] = await core.port.words([...ends, read(placement.control)]);
    // It may have come to the last one before that.
    if (done >= this.#sent - 1) await this.#send(undefined);
    await this.#awaitReturn(current, current.limit ?? options.limit);
    throw flashCancelled();
  }

  /** The queue is at its end, or gave up after a failure: the core comes to the return trap. */
  async #awaitReturn(last = this.#bases[this.#bases.length - 1], limit = 1000): Promise<void> {
    const { clock } = this.#sandbox.options;
    const started = clock.now();
    while (!(await this.#sandbox.inspect(last, clock.now() - started, clock.now() - started > limit))) {
      await clock.sleep(FIRST_NAP);
    }
  }
}

export interface RunOptions {
  readonly ahead?: boolean;
  readonly cancelled?: Cancelled;
}

/** What the time of a call goes by. */
function unitsOf(call: QueuedCall): number {
  return call.data?.length || call.room || 1;
}

/** Bytes of its cell that a call uses, in whole double words: the data ends where the slot begins. */
function roomOf(call: QueuedCall | undefined): number {
  return ((call?.data?.length ?? call?.room ?? 0) + 7) & ~7;
}

function read(address: number): WordOperation {
  return { kind: "read", address };
}

function write(address: number, value: number): WordOperation {
  return { kind: "write", address, value: value >>> 0 };
}
