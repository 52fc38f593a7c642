import { concat } from "../../base/bytes.ts";
import type { DebugTarget } from "../dap/debug-target.ts";

/** A UART loses its bytes when its rate is further than this from the sender's. */
const BAUD_TOLERANCE = 0.03;

const NOTHING = new Uint8Array(0);

/** The probe's SWO receiver: a UART into a buffer of limited size. Bytes that find it full are lost. */
export class TraceReceiver {
  readonly #target: DebugTarget;
  #capacity = 0;
  #baud = 0;
  #buffer: Uint8Array = NOTHING;

  constructor(target: DebugTarget) {
    this.#target = target;
  }

  get running(): boolean {
    return this.#capacity > 0;
  }

  start(capacity: number, baud: number): void {
    this.#collect(); // what was sent before is not received
    this.#capacity = capacity;
    this.#baud = baud;
    this.#buffer = NOTHING;
  }

  stop(): void {
    this.#capacity = 0;
    this.#buffer = NOTHING;
  }

  /** Bytes that can be read now. */
  available(): number {
    this.#collect();
    return this.#buffer.length;
  }

  read(length: number): Uint8Array {
    this.#collect();
    const part = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(part.length);
    return part;
  }

  #collect(): void {
    const sent = this.#target.takeTrace?.(Number.POSITIVE_INFINITY) ?? NOTHING;
    if (!this.running || sent.length === 0) return;
    const senderBaud = this.#target.traceBaud;
    if (senderBaud !== undefined && Math.abs(this.#baud - senderBaud) > senderBaud * BAUD_TOLERANCE) return;
    this.#buffer = concat(this.#buffer, sent.subarray(0, this.#capacity - this.#buffer.length));
  }
}
