import type { Socket } from "node:net";
import { framePacket, type Payload } from "./packet-encoder.ts";
import { type Frame, PacketParser } from "./packet-parser.ts";

export interface RspConnectionEvents {
  /** A packet with a right checksum; it has been acknowledged. */
  onPacket(payload: Uint8Array): void;
  onOversized(): void;
  onInterrupt(): void;
  onClose(error: Error | undefined): void;
}

/** Repeats of one reply that are sent before a client that only ever refuses is left alone. */
const MAXIMUM_REPEATS = 16;

/** Bytes that may wait for a client that does not read; while more wait, nothing is read from it and nothing repeated. */
const OUTPUT_LIMIT = 1 << 20;

/** Packets, acknowledgements and repeats on one socket. Knows nothing of what packets mean. */
export class RspConnection {
  readonly #socket: Socket;
  readonly #runLength: boolean;
  #noAck = false;
  #lastFrame: Uint8Array | undefined;
  #repeats = 0;
  #held = false;
  #closed = false;

  constructor(
    socket: Socket,
    events: RspConnectionEvents,
    options: { readonly maximumPayload: number; readonly runLength?: boolean },
  ) {
    this.#socket = socket;
    this.#runLength = options.runLength ?? false;
    const parser = new PacketParser(options.maximumPayload);
    let failure: Error | undefined;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      for (const frame of parser.feed(bytes)) if (!this.#closed) this.#take(frame, events);
    });
    socket.on("drain", () => this.#flow());
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => {
      this.#closed = true;
      events.onClose(failure);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** After `QStartNoAckMode`: neither send nor expect `+` and `-`. */
  startNoAckMode(): void {
    this.#noAck = true;
  }

  send(payload: Payload): void {
    if (this.#closed) return;
    this.#lastFrame = framePacket(payload, { runLength: this.#runLength });
    this.#repeats = 0;
    this.#write(this.#lastFrame);
  }

  /**
   * A sign of life while an answer takes long. GDB gives a packet up after three times 2 s without a byte, and takes a
   * late answer for that of the next packet; an acknowledgement in between it skips (its `remote.c`, `getpkt`).
   */
  keepAlive(): void {
    this.#write(Buffer.from("+", "latin1"));
  }

  /** Reads no more from the client until {@link release}; TCP then holds it back. */
  hold(): void {
    this.#held = true;
    this.#flow();
  }

  release(): void {
    this.#held = false;
    this.#flow();
  }

  /** Sends what is waiting, then closes. */
  end(): void {
    this.#socket.end();
    this.#socket.unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(frame: Frame, events: RspConnectionEvents): void {
    switch (frame.kind) {
      case "packet":
        this.#acknowledge("+");
        // With a new packet the reply to the one before has arrived: a refusal from here on means none of ours.
        this.#lastFrame = undefined;
        events.onPacket(frame.payload);
        break;
      case "oversized":
        this.#acknowledge(frame.valid ? "+" : "-");
        if (frame.valid) events.onOversized();
        break;
      case "bad-checksum":
        this.#acknowledge("-");
        break;
      case "nack":
        this.#repeat();
        break;
      case "interrupt":
        events.onInterrupt();
        break;
      case "ack":
        break;
    }
  }

  #acknowledge(sign: "+" | "-"): void {
    if (!this.#noAck) this.#write(Buffer.from(sign, "latin1"));
  }

  #repeat(): void {
    if (this.#noAck || this.#lastFrame === undefined || this.#repeats >= MAXIMUM_REPEATS) return;
    if (this.#socket.writableLength > OUTPUT_LIMIT) return;
    this.#repeats++;
    this.#write(this.#lastFrame);
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed || !this.#socket.writable) return;
    this.#socket.write(bytes);
    this.#flow();
  }

  #flow(): void {
    if (this.#held || this.#socket.writableLength > OUTPUT_LIMIT) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }
}
