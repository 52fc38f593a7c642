/** What a debugger's byte stream is made of (GDB manual, "Overview" of the remote protocol). */
export type Frame =
  | { readonly kind: "packet"; readonly payload: Uint8Array }
  | { readonly kind: "bad-checksum" }
  /** A packet with more than the agreed number of bytes; `valid` tells whether its checksum was right. */
  | { readonly kind: "oversized"; readonly valid: boolean }
  | { readonly kind: "ack" }
  | { readonly kind: "nack" }
  /** Byte 0x03 between packets: Ctrl-C. */
  | { readonly kind: "interrupt" };

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;

/**
 * Takes the stream apart, wherever TCP cuts it. Bytes that belong to no frame are skipped, as GDB's own stubs do. A
 * `$` inside a packet begins a new one, because payload bytes of that value are always escaped.
 */
export class PacketParser {
  readonly #buffer: Uint8Array;
  #state: "idle" | "payload" | "first-digit" | "second-digit" = "idle";
  #length = 0;
  #sum = 0;
  #escaped = false;
  #oversized = false;
  #digit = -1;

  /** @param maximum the largest payload that is kept, in bytes after unescaping. */
  constructor(maximum: number) {
    this.#buffer = new Uint8Array(maximum);
  }

  /** The frames that `bytes` complete, in order. */
  *feed(bytes: Uint8Array): Generator<Frame> {
    for (const byte of bytes) {
      switch (this.#state) {
        case "idle":
          if (byte === DOLLAR) this.#begin();
          else if (byte === 0x2b) yield { kind: "ack" };
          else if (byte === 0x2d) yield { kind: "nack" };
          else if (byte === 0x03) yield { kind: "interrupt" };
          break;
        case "payload":
          this.#payloadByte(byte);
          break;
        case "first-digit":
          this.#digit = hexDigit(byte);
          this.#state = "second-digit";
          break;
        case "second-digit":
          this.#state = "idle";
          yield this.#end(hexDigit(byte));
          break;
      }
    }
  }

  #begin(): void {
    this.#state = "payload";
    this.#length = 0;
    this.#sum = 0;
    this.#escaped = false;
    this.#oversized = false;
  }

  #payloadByte(byte: number): void {
    if (byte === DOLLAR) {
      this.#begin();
      return;
    }
    if (byte === HASH) {
      this.#state = "first-digit";
      return;
    }
    this.#sum = (this.#sum + byte) & 0xff;
    if (byte === ESCAPE && !this.#escaped) {
      this.#escaped = true;
      return;
    }
    if (this.#length < this.#buffer.length) this.#buffer[this.#length++] = this.#escaped ? byte ^ 0x20 : byte;
    else this.#oversized = true;
    this.#escaped = false;
  }

  #end(secondDigit: number): Frame {
    const valid = this.#digit >= 0 && secondDigit >= 0 && this.#digit * 16 + secondDigit === this.#sum;
    if (this.#oversized) return { kind: "oversized", valid };
    if (!valid || this.#escaped) return { kind: "bad-checksum" };
    return { kind: "packet", payload: this.#buffer.slice(0, this.#length) };
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
  return -1;
}
