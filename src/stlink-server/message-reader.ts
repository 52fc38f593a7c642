import { concat, readU32 } from "../base/bytes.ts";
import { DIRECTION, REQUEST, requestLength, WRITE_LIMIT } from "./protocol.ts";

const NOTHING = new Uint8Array(0);

/**
 * Cuts a client's bytes into requests, wherever TCP split them. There is no framing: the first byte and the header tell how
 * long a request is. It holds what was pushed and not yet taken: push again only when {@link take} has no more.
 */
export class MessageReader {
  #received: Uint8Array = NOTHING;
  #nonsense = false;

  push(bytes: Uint8Array): void {
    this.#received = this.#received.length === 0 ? bytes : concat(this.#received, bytes);
  }

  /** A request has begun and not ended. */
  get midMessage(): boolean {
    return this.#received.length > 0;
  }

  /** What came can't be a request, or is longer than one may be: nothing tells where the next would begin. */
  get nonsense(): boolean {
    return this.#nonsense;
  }

  /** The next whole request. */
  take(): Uint8Array | undefined {
    const length = this.#length();
    if (length === undefined || this.#received.length < length) return undefined;
    const request = this.#received.slice(0, length);
    this.#received = this.#received.subarray(length);
    return request;
  }

  #length(): number | undefined {
    const received = this.#received;
    if (received.length === 0 || this.#nonsense) return undefined;
    const length = requestLength.get(received[0]);
    if (length === undefined) return this.#refuse();
    if (received[0] !== REQUEST.usbCommand || received.length < length) return length;
    if (received[24] !== DIRECTION.write) return length;
    const data = readU32(received, 28);
    return data > WRITE_LIMIT ? this.#refuse() : length + data;
  }

  #refuse(): undefined {
    this.#nonsense = true;
    this.#received = NOTHING;
    return undefined;
  }
}
