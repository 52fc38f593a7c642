import type { TransferStatus } from "./setup.ts";

/** Takes the data of one transfer; until the promise resolves the endpoint answers NAK to the next. */
export type Sink = (data: Uint8Array) => Promise<TransferStatus> | TransferStatus;

/** An OUT endpoint: transfers are taken one after the other, each when the one before has been dealt with. */
export class OutEndpoint {
  readonly address: number;
  readonly maxPacket: number;
  readonly #sink: Sink;
  #halted = false;
  #turn: Promise<unknown> = Promise.resolve();
  #era = 0;

  constructor(address: number, maxPacket: number, sink: Sink) {
    this.address = address;
    this.maxPacket = maxPacket;
    this.#sink = sink;
  }

  get halted(): boolean {
    return this.#halted;
  }

  halt(): void {
    this.#halted = true;
  }

  clearHalt(): void {
    this.#halted = false;
  }

  /** Bus reset or unplugging: what had not been taken yet is lost. */
  reset(): void {
    this.#halted = false;
    this.#era += 1;
  }

  /** A host's transfer. The function returned cancels it, when the device has not begun to take it. */
  post(data: Uint8Array, complete: (status: TransferStatus) => void): () => boolean {
    const era = this.#era;
    let state: "waiting" | "begun" | "ended" = "waiting";
    const end = (status: TransferStatus): void => {
      if (state === "ended") return;
      state = "ended";
      complete(status);
    };
    this.#turn = this.#turn.then(async () => {
      if (state === "ended") return;
      state = "begun";
      end(await this.#deal(data, era));
    });
    return () => {
      if (state !== "waiting") return false;
      end("cancelled");
      return true;
    };
  }

  async #deal(data: Uint8Array, era: number): Promise<TransferStatus> {
    if (era !== this.#era) return "cancelled";
    if (this.#halted) return "stall";
    try {
      return await this.#sink(data);
    } catch {
      return "error";
    }
  }
}
