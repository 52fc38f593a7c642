import { CAPABILITY, lengthLimits, type Message, OFFERED, offers, TYPE } from "./messages.ts";

/** A message that cannot be one: nothing tells where the next begins. */
export class BrokenStream extends Error {}

/**
 * Cuts a byte stream into messages. The first has to be hello; what it says decides how long headers are from then on.
 * It holds no more than one message and what came in one piece with it.
 */
export class MessageReader {
  /** What both ends can do; 0 until hello. */
  capabilities = 0;
  #greeted = false;
  #parts: Buffer[] = [];
  #held = 0;

  /** Bytes that wait for the rest of their message. */
  get held(): number {
    return this.#held;
  }

  get greeted(): boolean {
    return this.#greeted;
  }

  get ids64(): boolean {
    return offers(this.capabilities, CAPABILITY.ids64);
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#held += bytes.length;
  }

  /** The next whole message; undefined until there is one. Throws {@link BrokenStream}. */
  next(): Message | undefined {
    const headerBytes = this.#greeted && this.ids64 ? 16 : 12;
    const header = this.#peek(headerBytes);
    if (header === undefined) return undefined;
    const type = header.readUInt32LE(0);
    const length = header.readUInt32LE(4);
    if (!this.#greeted && type !== TYPE.hello) throw new BrokenStream(`message ${type} before hello`);
    if (this.#greeted && type === TYPE.hello) throw new BrokenStream("a second hello");
    const limits = lengthLimits(type, this.capabilities);
    if (limits === undefined) throw new BrokenStream(`message ${type} is none that a device gets`);
    if (length < limits[0] || length > limits[1]) throw new BrokenStream(`message ${type} of ${length} bytes`);
    const whole = this.#peek(headerBytes + length);
    if (whole === undefined) return undefined;
    this.#drop(headerBytes + length);
    const id = headerBytes === 16 ? whole.readBigUInt64LE(8) : BigInt(whole.readUInt32LE(8));
    const message = { type, id, body: whole.subarray(headerBytes) };
    if (type === TYPE.hello) this.#greet(message.body);
    return message;
  }

  #greet(body: Buffer): void {
    this.#greeted = true;
    this.capabilities = (body.length >= 68 ? body.readUInt32LE(64) : 0) & OFFERED;
  }

  /** The first `count` bytes in one piece. */
  #peek(count: number): Buffer | undefined {
    if (this.#held < count) return undefined;
    if (this.#parts[0].length < count) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0].subarray(0, count);
  }

  #drop(count: number): void {
    this.#held -= count;
    const rest = this.#parts[0].subarray(count);
    if (rest.length === 0) this.#parts.shift();
    else this.#parts[0] = rest;
  }
}
