import type { TransferStatus } from "./setup.ts";

/** A host that waits for data. */
interface Waiting {
  readonly room: number;
  readonly got: Uint8Array[];
  gotBytes: number;
  readonly complete: (status: TransferStatus, data: Uint8Array) => void;
}

/** What lies ready: a packet, or the point at which the endpoint halts. */
type Ready = Uint8Array | "halt";

/** Transfers that a host may have waiting on one endpoint. */
const WAITING_LIMIT = 64;

/**
 * An IN endpoint. A host's transfer waits (the endpoint answers NAK) until it is full or a packet shorter than the
 * endpoint's largest ends it (USB 2.0, 5.8.3). A packet that does not fit into what is left of the transfer is babble.
 */
export class InEndpoint {
  readonly address: number;
  readonly maxPacket: number;
  /** Asked for a packet when none lies ready: for data that is gathered until somebody wants it. An empty one is none. */
  source: ((maxPacket: number) => Uint8Array) | undefined;
  #ready: Ready[] = [];
  #waiting: Waiting[] = [];
  #halted = false;

  constructor(address: number, maxPacket: number) {
    this.address = address;
    this.maxPacket = maxPacket;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** Whether a host waits for data. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** Bytes that lie ready. */
  get readyBytes(): number {
    return this.#ready.reduce((sum, item) => sum + (item === "halt" ? 0 : item.length), 0);
  }

  /** Puts data up as packets; no empty packet follows when the last one is full. */
  send(data: Uint8Array): void {
    for (let at = 0; at < data.length; at += this.maxPacket) this.#ready.push(data.subarray(at, at + this.maxPacket));
    this.pump();
  }

  /** Halts once what lies ready has been fetched. */
  haltAfter(): void {
    this.#ready.push("halt");
    this.pump();
  }

  /** SET_FEATURE ENDPOINT_HALT. */
  halt(): void {
    this.#halted = true;
    this.pump();
  }

  /** CLEAR_FEATURE ENDPOINT_HALT. */
  clearHalt(): void {
    this.#halted = false;
    this.pump();
  }

  /** Drops what lies ready. */
  flush(): void {
    this.#ready = [];
  }

  /** Bus reset, new configuration or unplugging: nothing is ready, nobody waits. */
  reset(): void {
    this.#ready = [];
    this.#halted = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { complete, got } of waiting) complete("cancelled", Buffer.concat(got));
  }

  /** A host's transfer of up to `room` bytes. The function returned cancels it: false when it had ended already. */
  post(room: number, complete: Waiting["complete"]): () => boolean {
    if (this.#waiting.length >= WAITING_LIMIT) {
      complete("error", new Uint8Array(0));
      return () => false;
    }
    const waiting: Waiting = { room, got: [], gotBytes: 0, complete };
    this.#waiting.push(waiting);
    this.pump();
    return () => {
      const at = this.#waiting.indexOf(waiting);
      if (at < 0) return false;
      this.#waiting.splice(at, 1);
      complete("cancelled", Buffer.concat(waiting.got));
      return true;
    };
  }

  /** Moves what is ready to who waits. */
  pump(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (this.#halted) {
        this.#end(first, "stall");
        continue;
      }
      const gathered = this.#ready.length === 0 ? this.source?.(this.maxPacket) : undefined;
      const next = this.#ready.shift() ?? gathered;
      if (next === undefined || next.length === 0) {
        // Gathered data has no end of its own: the host gets what there is, as an empty packet would let it.
        if (this.source === undefined || first.gotBytes === 0) return;
        this.#end(first, "success");
        continue;
      }
      if (next === "halt") {
        this.#halted = true;
        continue;
      }
      if (first.gotBytes + next.length > first.room) {
        this.#end(first, "babble");
        continue;
      }
      first.got.push(next);
      first.gotBytes += next.length;
      if (next.length < this.maxPacket || first.gotBytes === first.room) this.#end(first, "success");
    }
  }

  #end(waiting: Waiting, status: TransferStatus): void {
    this.#waiting.shift();
    waiting.complete(status, Buffer.concat(waiting.got));
  }
}
