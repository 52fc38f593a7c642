import { createServer, type Server, type Socket } from "node:net";
import { concat, readU32, writeU16, writeU32 } from "../base/bytes.ts";
import type { Link } from "../link/link.ts";

/** First byte of a request. */
const REQUEST = {
  refresh: 0x00,
  deviceCount: 0x01,
  deviceInfo: 0x02,
  open: 0x03,
  close: 0x04,
  usbCommand: 0x05,
  version: 0x06,
  clientCount: 0x07,
} as const;

/** Length of each request, the data of a write command not counted. */
const requestLength: ReadonlyMap<number, number> = new Map([
  [REQUEST.refresh, 2],
  [REQUEST.deviceCount, 1],
  [REQUEST.deviceInfo, 8],
  [REQUEST.open, 8],
  [REQUEST.close, 8],
  [REQUEST.usbCommand, 32],
  [REQUEST.version, 4],
  [REQUEST.clientCount, 8],
]);

/** Status word of a reply. */
const STATUS = { ok: 0x0001, badParameter: 0x1002, transferError: 0x1004 } as const;

/** Byte 24 of a USB command: which way its data phase goes. */
const DIRECTION = { write: 0, read: 1, readTrace: 3 } as const;

/** The server's buffers have 10240 bytes, header or status included. */
const WRITE_LIMIT = 10_240 - 32;
const READ_LIMIT = 10_240 - 4;

const DEVICE_INFO_BYTES = 41;
const FIRST_DEVICE_ID = 0xcafe0001;
const FIRST_CONNECT_ID = 0x55;

/** RW_MISC_OUT keeps its result in the probe until RW_MISC_IN: nobody may come between. */
const RW_MISC_OUT = 0x51;
const DEBUG_EXIT = 0x21;
const RW_MISC_IN = 0x52;

export interface StlinkServerOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** Where to listen; 127.0.0.1 unless given. */
  readonly host?: string;
  /** What GET_SERVER_VERSION says; clients use RW_MISC from 3, and transfers above 1 KB from 2. */
  readonly apiVersion?: number;
  /** Told of every USB command before it is carried out. */
  readonly onCommand?: (block: Uint8Array) => void;
  /** Told how many clients are connected, whenever that changes. */
  readonly onClients?: (count: number) => void;
}

/** A device that clients share: one transfer at a time, an RW_MISC pair in one piece. */
class SharedDevice {
  readonly link: Link;
  readonly id: number;
  #turn: Promise<unknown> = Promise.resolve();
  #holder: Connection | undefined;
  #released: (() => void) | undefined;

  constructor(link: Link, id: number) {
    this.link = link;
    this.id = id;
  }

  async transfer(client: Connection, block: Uint8Array, run: () => Promise<Uint8Array>): Promise<Uint8Array> {
    while (this.#holder !== undefined && this.#holder !== client) await this.#turn;
    const result = await run();
    const sub = block[0] === 0xf2 ? block[1] : -1;
    if (sub === RW_MISC_OUT && this.#holder === undefined) {
      this.#holder = client;
      this.#turn = new Promise((resolve) => {
        this.#released = () => resolve(undefined);
      });
    } else if (sub === RW_MISC_IN) {
      this.release(client);
    }
    return result;
  }

  release(client: Connection): void {
    if (this.#holder !== client) return;
    this.#holder = undefined;
    this.#released?.();
  }
}

/** One client: its bytes cut into requests, answered in order. */
class Connection {
  readonly #server: StlinkServerPort;
  readonly #socket: Socket;
  readonly #opened = new Map<number, SharedDevice>();
  #received: Uint8Array = new Uint8Array(0);
  #busy = false;

  constructor(server: StlinkServerPort, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#received = concat(this.#received, bytes);
      void this.#answer();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      for (const device of this.#opened.values()) device.release(this);
      this.#opened.clear();
    });
  }

  opens(device: SharedDevice): boolean {
    return [...this.#opened.values()].includes(device);
  }

  async #answer(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let request = this.#take(); request !== undefined; request = this.#take()) {
      const reply = await this.#carryOut(request);
      if (!this.#socket.writable) break;
      this.#socket.write(reply);
    }
    this.#busy = false;
  }

  /** The next whole request. What cannot be one ends the connection: nothing tells where the next would begin. */
  #take(): Uint8Array | undefined {
    if (this.#received.length === 0) return undefined;
    let length = requestLength.get(this.#received[0]);
    if (length === undefined) return this.#refuse();
    if (this.#received.length < length) return undefined;
    if (this.#received[0] === REQUEST.usbCommand && this.#received[24] === DIRECTION.write) {
      const data = readU32(this.#received, 28);
      if (data > WRITE_LIMIT) return this.#refuse();
      length += data;
    }
    if (this.#received.length < length) return undefined;
    const request = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return request;
  }

  #refuse(): undefined {
    this.#received = new Uint8Array(0);
    this.#socket.end(statusOnly(STATUS.badParameter));
    return undefined;
  }

  async #carryOut(request: Uint8Array): Promise<Uint8Array> {
    switch (request[0]) {
      case REQUEST.version:
        return words(this.#server.apiVersion, 2, 1, 1);
      case REQUEST.refresh:
        return statusOnly(STATUS.ok);
      case REQUEST.deviceCount:
        return words(this.#server.devices.length);
      case REQUEST.deviceInfo:
        return this.#deviceInfo(request[1], readU32(request, 4));
      case REQUEST.open:
        return this.#open(readU32(request, 4));
      case REQUEST.close:
        return this.#close(readU32(request, 4));
      case REQUEST.clientCount:
        return words(this.#server.clientsOf(readU32(request, 4)));
      default:
        return this.#usbCommand(request);
    }
  }

  #deviceInfo(index: number, size: number): Uint8Array {
    const reply = new Uint8Array(4 + Math.min(size, DEVICE_INFO_BYTES));
    const device = this.#server.devices[index];
    if (device === undefined || size < DEVICE_INFO_BYTES) {
      writeU32(reply, 0, STATUS.badParameter);
      return reply;
    }
    const { serial, vendorId, productId } = device.link.info;
    writeU32(reply, 0, STATUS.ok);
    writeU32(reply, 4, device.id);
    reply.set(Buffer.from(serial.slice(0, 31), "latin1"), 8);
    writeU16(reply, 40, vendorId);
    writeU16(reply, 42, productId);
    return reply; // the last byte, "used", is 0: devices are shared
  }

  #open(id: number): Uint8Array {
    const device = this.#server.devices.find((candidate) => candidate.id === id);
    if (device === undefined) return words(STATUS.badParameter, 0);
    const connectId = this.#server.nextConnectId();
    this.#opened.set(connectId, device);
    return words(STATUS.ok, connectId);
  }

  #close(connectId: number): Uint8Array {
    this.#opened.get(connectId)?.release(this);
    return statusOnly(this.#opened.delete(connectId) ? STATUS.ok : STATUS.badParameter);
  }

  async #usbCommand(request: Uint8Array): Promise<Uint8Array> {
    const device = this.#opened.get(readU32(request, 4));
    const block = request.slice(8, 24);
    const direction = request[24];
    const length = readU32(request, 28);
    const readLength = direction === DIRECTION.write ? 0 : length;
    if (readLength > READ_LIMIT) return statusOnly(STATUS.badParameter);
    // The reply is always whole, failed or not: the client waits for that many bytes.
    const reply = new Uint8Array(4 + readLength);
    writeU32(reply, 0, STATUS.badParameter);
    if (device === undefined || !Object.values(DIRECTION).includes(direction as never)) return reply;
    try {
      if (direction === DIRECTION.readTrace) {
        reply.set(await device.link.readTrace(readLength), 4);
      } else {
        // One client's leaving debug mode must not end the others' sessions.
        if (block[0] === 0xf2 && block[1] === DEBUG_EXIT && this.#server.clientsOf(device.id) > 1) {
          return statusOnly(STATUS.ok);
        }
        this.#server.onCommand?.(block);
        const data = direction === DIRECTION.write ? request.slice(32) : undefined;
        reply.set(await device.transfer(this, block, () => device.link.transfer(block, data, readLength)), 4);
      }
      writeU32(reply, 0, STATUS.ok);
    } catch {
      writeU32(reply, 0, STATUS.transferError);
    }
    return reply;
  }
}

/**
 * The TCP protocol of ST's stlink-server (port 7184 there) in front of any number of probes: each client's byte stream
 * is cut into requests wherever TCP split it, and answered in order. Clients share the devices.
 */
export class StlinkServerPort {
  readonly devices: readonly SharedDevice[];
  readonly apiVersion: number;
  readonly onCommand: ((block: Uint8Array) => void) | undefined;
  readonly #server: Server;
  readonly #connections = new Map<Socket, Connection>();
  #connectId = FIRST_CONNECT_ID;

  private constructor(links: readonly Link[], options: StlinkServerOptions) {
    this.devices = links.map((link, index) => new SharedDevice(link, FIRST_DEVICE_ID + index));
    this.apiVersion = options.apiVersion ?? 3;
    this.onCommand = options.onCommand;
    this.#server = createServer((socket) => {
      this.#connections.set(socket, new Connection(this, socket));
      options.onClients?.(this.#connections.size);
      socket.on("close", () => {
        this.#connections.delete(socket);
        options.onClients?.(this.#connections.size);
      });
    });
  }

  /** Resolves once clients can connect; rejects with the system's error when the port can't be had. */
  static async listen(links: readonly Link[], options: StlinkServerOptions = {}): Promise<StlinkServerPort> {
    const port = new StlinkServerPort(links, options);
    await new Promise<void>((resolve, reject) => {
      port.#server.once("error", reject);
      port.#server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
    });
    return port;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** How many connections have the device open. */
  clientsOf(deviceId: number): number {
    const device = this.devices.find(({ id }) => id === deviceId);
    if (device === undefined) return 0;
    return [...this.#connections.values()].filter((connection) => connection.opens(device)).length;
  }

  nextConnectId(): number {
    return this.#connectId++;
  }

  async close(): Promise<void> {
    for (const socket of this.#connections.keys()) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function words(...values: readonly number[]): Uint8Array {
  const reply = new Uint8Array(values.length * 4);
  for (const [index, value] of values.entries()) writeU32(reply, index * 4, value);
  return reply;
}

function statusOnly(status: number): Uint8Array {
  return words(status);
}
