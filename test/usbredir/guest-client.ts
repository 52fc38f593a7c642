import { connect, type Socket } from "node:net";

/** One message as the port sent it. */
export interface Received {
  readonly type: number;
  readonly id: bigint;
  readonly body: Buffer;
}

/** What a bulk transfer came to. */
export interface BulkResult {
  readonly status: number;
  readonly length: number;
  readonly data: Buffer;
}

const CAPABILITIES = 0x7e;
const WAIT = 10_000;

/** A guest written from the protocol's description alone: nothing of the port's own code is in it. */
export class GuestClient {
  readonly socket: Socket;
  /** Messages that belong to no transfer. */
  readonly events: Received[] = [];
  #received = Buffer.alloc(0);
  #greeted = false;
  #nextId = 1n;
  #open = true;
  readonly #waiting = new Map<bigint, (message: Received | undefined) => void>();
  #watchers: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#open = false;
      for (const resolve of this.#waiting.values()) resolve(undefined);
      for (const watch of this.#watchers) watch();
    });
  }

  /** Connects, greets, waits for the device and configures it. */
  static async attach(port: number): Promise<GuestClient> {
    const client = await GuestClient.connect(port);
    client.greet();
    await client.event(1);
    client.send(3, 0n, Buffer.alloc(0));
    await client.request(6, Buffer.of(1));
    return client;
  }

  static async connect(port: number): Promise<GuestClient> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new GuestClient(socket);
  }

  get open(): boolean {
    return this.#open;
  }

  greet(): void {
    const body = Buffer.alloc(68);
    body.write("a guest in a test", 0, "latin1");
    body.writeUInt32LE(CAPABILITIES, 64);
    const header = Buffer.alloc(12);
    header.writeUInt32LE(68, 4);
    this.socket.write(Buffer.concat([header, body]));
    this.#greeted = true;
  }

  send(type: number, id: bigint, body: Buffer): void {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(type, 0);
    header.writeUInt32LE(body.length, 4);
    header.writeBigUInt64LE(id, 8);
    this.socket.write(Buffer.concat([header, body]));
  }

  /** Sends a message and waits for the one with its id. */
  async request(type: number, body: Buffer, id = this.#nextId++): Promise<Received> {
    const answer = new Promise<Received | undefined>((resolve) => this.#waiting.set(id, resolve));
    this.send(type, id, body);
    const message = await within(answer, `an answer to message ${type}`);
    if (message === undefined) throw new Error("the port closed the connection");
    return message;
  }

  /** Waits for an event of a type, and takes it. */
  async event(type: number): Promise<Received> {
    for (const started = performance.now(); performance.now() - started < WAIT; ) {
      const at = this.events.findIndex((event) => event.type === type);
      if (at >= 0) return this.events.splice(at, 1)[0];
      if (!this.#open) break;
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
        setTimeout(resolve, 200);
      });
    }
    throw new Error(`no message of type ${type}`);
  }

  async control(requestType: number, request: number, value: number, index: number, data: number | Buffer = 0) {
    const length = typeof data === "number" ? data : data.length;
    const body = Buffer.alloc(10);
    body.set([requestType & 0x80, request, requestType, 0]);
    for (const [at, word] of [value, index, length].entries()) body.writeUInt16LE(word, 4 + 2 * at);
    const reply = await this.request(100, typeof data === "number" ? body : Buffer.concat([body, data]));
    return { status: reply.body[3], data: reply.body.subarray(10) };
  }

  async bulkOut(endpoint: number, data: Uint8Array): Promise<BulkResult> {
    return result(await this.request(101, Buffer.concat([bulkHeader(endpoint, data.length), data])));
  }

  async bulkIn(endpoint: number, length: number, id?: bigint): Promise<BulkResult> {
    return result(await this.request(101, bulkHeader(endpoint, length), id));
  }

  /** An ST-LINK command with its reply. */
  async command(bytes: readonly number[], length: number, endpoints = { out: 1, in: 0x81 }): Promise<Buffer> {
    const block = Buffer.alloc(16);
    block.set(bytes);
    await this.bulkOut(endpoints.out, block);
    return length === 0 ? Buffer.alloc(0) : (await this.bulkIn(endpoints.in, length)).data;
  }

  /** A SCSI command over Bulk-Only Transport; `data` is what to send or how much to read. */
  async scsi(block: readonly number[], data: number | Uint8Array = 0): Promise<{ status: number; data: Buffer }> {
    const length = typeof data === "number" ? data : data.length;
    const wrapper = Buffer.alloc(31);
    wrapper.write("USBC", 0, "latin1");
    wrapper.writeUInt32LE(Number(this.#nextId), 4);
    wrapper.writeUInt32LE(length, 8);
    wrapper[12] = typeof data === "number" ? 0x80 : 0;
    wrapper[14] = block.length;
    wrapper.set(block, 15);
    await this.bulkOut(3, wrapper);
    let read = Buffer.alloc(0);
    if (typeof data !== "number") {
      await this.bulkOut(3, data);
    } else if (data > 0) {
      const answer = await this.bulkIn(0x83, data);
      read = Buffer.from(answer.data);
      if (answer.status === 4) await this.control(0x02, 1, 0, 0x83);
    }
    const status = (await this.bulkIn(0x83, 13)).data;
    if (status.toString("latin1", 0, 4) !== "USBS") throw new Error("no status block");
    return { status: status[12], data: read };
  }

  readSectors(first: number, count: number): Promise<{ status: number; data: Buffer }> {
    return this.scsi(blockCommand(0x28, first, count), count * 512);
  }

  writeSectors(first: number, data: Buffer): Promise<{ status: number; data: Buffer }> {
    return this.scsi(blockCommand(0x2a, first, data.length / 512), data);
  }

  close(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      if (this.#received.length < 12) return;
      const type = this.#received.readUInt32LE(0);
      const headerBytes = type === 0 ? 12 : 16;
      if (type !== 0 && !this.#greeted) throw new Error("the port spoke before hello");
      const whole = headerBytes + this.#received.readUInt32LE(4);
      if (this.#received.length < whole) return;
      const id = type === 0 ? 0n : this.#received.readBigUInt64LE(8);
      const message = { type, id, body: Buffer.from(this.#received.subarray(headerBytes, whole)) };
      this.#received = this.#received.subarray(whole);
      const resolve = type === 103 ? undefined : this.#waiting.get(id);
      this.#waiting.delete(type === 103 ? -1n : id);
      if (resolve !== undefined) resolve(message);
      else this.events.push(message);
      for (const watch of this.#watchers.splice(0)) watch();
    }
  }
}

export function bulkHeader(endpoint: number, length: number): Buffer {
  const body = Buffer.alloc(10);
  body[0] = endpoint;
  body.writeUInt16LE(length & 0xffff, 2);
  body.writeUInt16LE(length >>> 16, 8);
  return body;
}

function result({ body }: Received): BulkResult {
  return { status: body[1], length: body.readUInt16LE(2) + body.readUInt16LE(8) * 65_536, data: body.subarray(10) };
}

function blockCommand(operation: number, first: number, count: number): number[] {
  const block = Buffer.alloc(10);
  block[0] = operation;
  block.writeUInt32BE(first, 2);
  block.writeUInt16BE(count, 7);
  return [...block];
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), WAIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
