import { createServer, type Server, type Socket } from "node:net";
import { isProbityError } from "../../src/base/errors.ts";
import type { Link } from "../../src/link/link.ts";

/** What is sent in place of a reply: other bytes, nothing, or the end of the connection. */
export type Answer = Uint8Array | "silence" | "close";

/** Changes a reply; `block` is the ST-LINK command of a USB command, of other requests the request. */
export type Mangle = (reply: Uint8Array, request: Uint8Array, block: Uint8Array) => Answer;

export interface FakeDevice {
  readonly serial: string;
  readonly productId?: number;
  readonly vendorId?: number;
  /** Absent: the device can be listed, and nothing more. */
  readonly link?: Link;
}

/** Lengths of the requests, without data. */
const lengths: Readonly<Record<number, number>> = { 0: 2, 1: 1, 2: 8, 3: 8, 4: 8, 5: 32, 6: 4, 7: 8 };

/**
 * An stlink-server written after the protocol's description, apart from ours, that can be told to behave oddly. It serves one
 * request of a connection after the other.
 */
export class FakeServer {
  /** Of GET_SERVER_VERSION. */
  api = 3;
  devices: readonly FakeDevice[];
  /** So many bytes of a reply are sent at once. */
  piece = Number.POSITIVE_INFINITY;
  /** A command that fails is answered by its status alone. */
  statusOnly = false;
  /** Replies are what this makes of them. */
  mangle: Mangle = (reply) => reply;
  /** USB commands fail with this status, as long as it says so. */
  commandStatus: (block: Uint8Array) => number = () => 1;
  openStatus: () => number = () => 1;
  /** What GET_NB_OF_DEV_CLIENTS says; undefined: no answer. */
  clientCount: number | undefined = 1;
  /** Every request but those for the count of clients. */
  readonly requests: Uint8Array[] = [];
  connections = 0;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(devices: readonly FakeDevice[]) {
    this.devices = devices;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(devices: readonly FakeDevice[], port = 0): Promise<FakeServer> {
    const fake = new FakeServer(devices);
    await new Promise<void>((resolve, reject) => {
      fake.#server.once("error", reject);
      fake.#server.listen(port, "127.0.0.1", resolve);
    });
    fake.port = (fake.#server.address() as { port: number }).port;
    return fake;
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: "127.0.0.1", port: this.port };
  }

  /** Commands of the probe that came, the first bytes in hexadecimal: `f2 51`. */
  get commands(): string[] {
    return this.requests
      .filter((request) => request[0] === 5 && request[24] !== 3)
      .map((request) => Buffer.from(request.subarray(8, 10)).toString("hex"));
  }

  /** The longest data phase that was asked for. */
  get longest(): number {
    const commands = this.requests.filter((request) => request[0] === 5);
    return Math.max(0, ...commands.map((request) => Buffer.from(request).readUInt32LE(28)));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends all connections; new ones are taken. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    let received = Buffer.alloc(0);
    let busy = false;
    const work = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      for (;;) {
        const length = received.length === 0 ? 0 : this.#lengthOf(received);
        if (length === 0 || received.length < length) break;
        const request = received.subarray(0, length);
        received = received.subarray(length);
        await this.#answer(socket, request);
      }
      busy = false;
    };
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      void work();
    });
  }

  #lengthOf(received: Buffer): number {
    const length = lengths[received[0]];
    if (length === undefined) return 0;
    if (received[0] !== 5 || received.length < 32 || received[24] !== 0) return length;
    return length + received.readUInt32LE(28);
  }

  async #answer(socket: Socket, request: Buffer): Promise<void> {
    if (request[0] !== 7) this.requests.push(request);
    const reply = await this.#reply(request);
    if (reply === undefined) return;
    const answer = this.mangle(reply, request, request[0] === 5 ? request.subarray(8, 24) : request);
    if (answer === "silence") return;
    if (answer === "close") {
      socket.destroy();
      return;
    }
    for (let at = 0; at < answer.length && socket.writable; at += this.piece) {
      socket.write(answer.subarray(at, Math.min(answer.length, at + this.piece)));
      if (at + this.piece < answer.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #reply(request: Buffer): Promise<Buffer | undefined> {
    switch (request[0]) {
      case 6:
        return words(this.api, 2, 1, 1);
      case 0:
      case 4:
        return words(1);
      case 1:
        return words(this.devices.length);
      case 2:
        return this.#info(request[1]);
      case 3:
        return words(this.openStatus(), 0x55);
      case 7:
        return this.clientCount === undefined ? undefined : words(this.clientCount);
      default:
        return this.#command(request);
    }
  }

  #info(index: number): Buffer {
    const reply = Buffer.alloc(45);
    const device = this.devices[index];
    reply.writeUInt32LE(device === undefined ? 0x1002 : 1, 0);
    if (device === undefined) return reply;
    reply.writeUInt32LE(0xcafe0001 + index, 4);
    reply.write(device.serial, 8, 32, "latin1");
    reply.writeUInt16LE(device.vendorId ?? 0x0483, 40);
    reply.writeUInt16LE(device.productId ?? 0x374b, 42);
    return reply;
  }

  async #command(request: Buffer): Promise<Buffer> {
    const direction = request[24];
    const length = direction === 0 ? 0 : request.readUInt32LE(28);
    const reply = Buffer.alloc(4 + length);
    const block = request.subarray(8, 24);
    let status = this.commandStatus(block);
    const link = this.devices[0]?.link;
    if (link === undefined) status = 0x1002;
    else if (status === 1) {
      try {
        const data = direction === 0 ? request.subarray(32) : undefined;
        const answer =
          direction === 3 ? await link.readTrace(length) : await link.transfer(block, data, length === 0 ? 0 : length);
        reply.set(answer.subarray(0, length), 4);
      } catch (error) {
        if (!isProbityError(error)) throw error;
        status = 0x1004;
      }
    }
    reply.writeUInt32LE(status, 0);
    return status !== 1 && this.statusOnly ? reply.subarray(0, 4) : reply;
  }
}

function words(...values: readonly number[]): Buffer {
  const reply = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) reply.writeUInt32LE(value, 4 * index);
  return reply;
}
