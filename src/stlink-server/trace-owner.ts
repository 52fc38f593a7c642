import { readU16, writeU16 } from "../base/bytes.ts";
import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import type { Opening } from "./opening.ts";
import { DEBUG, debugBlock } from "./usb-commands.ts";

const NOTHING = new Uint8Array(0);

/**
 * SWO reception: one client has it, from START_TRACE_RX until STOP_TRACE_RX, EXIT or its end. What GET_TRACE_NB counts has to
 * be read before the next command; with several clients that is done in the same turn, and the bytes wait here.
 */
export class TraceOwner {
  readonly #send: Send;
  readonly #read: (length: number) => Promise<Uint8Array>;
  #owner: Opening | undefined;
  #waiting: Uint8Array = NOTHING;

  constructor(send: Send, read: (length: number) => Promise<Uint8Array>) {
    this.#send = send;
    this.#read = read;
  }

  /** Whether another client than `opening` has the trace. */
  taken(opening: Opening): boolean {
    return this.#owner !== undefined && this.#owner !== opening;
  }

  started(opening: Opening, reply: Uint8Array): void {
    if (reply[0] !== DEBUG_STATUS.ok) return;
    this.#owner = opening;
    this.#waiting = NOTHING;
  }

  /** STOP_TRACE_RX by a client that has no trace stops nobody's. */
  stop(opening: Opening): Uint8Array | undefined {
    if (this.taken(opening)) return debugStatus(DEBUG_STATUS.ok);
    this.reset();
    return undefined;
  }

  /** GET_TRACE_NB: a count without a status. */
  async count(opening: Opening, alone: boolean): Promise<Uint8Array> {
    if (this.taken(opening)) return count(0);
    if (this.#waiting.length > 0) return count(this.#waiting.length);
    const reply = await this.#send(debugBlock(DEBUG.traceCount), undefined, 2);
    const bytes = reply.length < 2 ? 0 : readU16(reply, 0);
    if (bytes > 0 && !alone && this.#owner === opening) {
      this.#waiting = await this.#read(bytes);
      return count(this.#waiting.length);
    }
    return reply;
  }

  /** Up to `length` bytes of trace. */
  async read(opening: Opening, length: number): Promise<Uint8Array> {
    if (this.#owner !== opening || this.#waiting.length === 0) return this.#read(length);
    const part = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(length);
    return part;
  }

  /** The client leaves debug mode or is gone. */
  async release(opening: Opening): Promise<void> {
    if (this.#owner !== opening) return;
    this.reset();
    await this.#send(debugBlock(DEBUG.stopTrace), undefined, 2);
  }

  reset(): void {
    this.#owner = undefined;
    this.#waiting = NOTHING;
  }
}

function count(bytes: number): Uint8Array {
  const reply = new Uint8Array(2);
  writeU16(reply, 0, Math.min(bytes, 0xffff));
  return reply;
}
