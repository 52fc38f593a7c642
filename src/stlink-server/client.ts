import { randomInt } from "node:crypto";
import type { Socket } from "node:net";
import { readU32 } from "../base/bytes.ts";
import type { DeviceList } from "./device-list.ts";
import type { ServerLimits } from "./limits.ts";
import { MessageReader } from "./message-reader.ts";
import { Opening } from "./opening.ts";
import {
  BLOCK_BYTES,
  DIRECTION,
  dataReply,
  deviceInfo,
  HEADER_BYTES,
  READ_LIMIT,
  REQUEST,
  STATUS,
  words,
} from "./protocol.ts";
import type { Answer, SharedDevice } from "./shared-device.ts";

/** Build of the server that a reply names, after the API: of ST's with this API. */
const SERVER_VERSION = [2, 1, 1] as const;
/** So many requests that need no device are answered before other clients are looked at. */
const REQUESTS_IN_A_ROW = 32;

/** What a client needs of its server. */
export interface ClientOptions {
  readonly devices: DeviceList;
  readonly apiVersion: number;
  readonly limits: ServerLimits;
}

/**
 * One connection. Its requests are answered in order; none is read while one is being answered or while replies wait to be
 * taken, so that a client's haste costs itself alone. What it opened is its own: connect ids mean nothing on another
 * connection.
 */
export class Client {
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #opened = new Map<number, { readonly device: SharedDevice; readonly opening: Opening }>();
  readonly #reader = new MessageReader();
  #timer: NodeJS.Timeout | undefined;
  /** When it last sent anything, by the machine's clock. */
  lastHeard = performance.now();
  /** Resolves when the connection has ended and what it left behind is in order. */
  readonly ended: Promise<void>;

  constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, options.limits.keepAlive);
    socket.on("error", () => socket.destroy());
    this.#endAfter(options.limits.request);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    void closed.then(() => clearTimeout(this.#timer));
    this.ended = Promise.all([this.#serve(), closed]).then(() => this.#cleanUp());
  }

  /** It has a device open. */
  get working(): boolean {
    return this.#opened.size > 0;
  }

  end(): void {
    this.#socket.destroy();
  }

  async #serve(): Promise<void> {
    try {
      for await (const bytes of this.#socket.iterator({ destroyOnReturn: false })) {
        this.lastHeard = performance.now();
        const { midMessage } = this.#reader;
        this.#reader.push(bytes as Uint8Array);
        const answered = await this.#answerAll();
        if (this.#reader.nonsense) {
          this.#socket.end(words(STATUS.badParameter));
          break;
        }
        const { request, idle } = this.#options.limits;
        if (this.#reader.midMessage) {
          // The time of a request runs from its first byte: drops don't prolong it.
          if (answered || !midMessage) this.#endAfter(request);
        } else if (!this.working) this.#endAfter(idle);
        else clearTimeout(this.#timer);
      }
    } catch {
      // The connection broke.
    }
    this.#socket.destroySoon();
  }

  /** Resolves to whether there was a whole request. */
  async #answerAll(): Promise<boolean> {
    let inARow = 0;
    for (let request = this.#reader.take(); request !== undefined; request = this.#reader.take()) {
      clearTimeout(this.#timer);
      const reply = await this.#carryOut(request);
      if (!this.#socket.writable) break;
      if (!this.#socket.write(reply)) await this.#drained();
      if (++inARow % REQUESTS_IN_A_ROW === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return inARow > 0;
  }

  /** Waits until the client has taken what it was sent. */
  async #drained(): Promise<void> {
    this.#endAfter(this.#options.limits.unread);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
      if (this.#socket.destroyed) done();
    });
    clearTimeout(this.#timer);
  }

  #endAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.destroy(), milliseconds);
    this.#timer.unref();
  }

  async #cleanUp(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map(({ device, opening }) => device.close(opening)));
  }

  async #carryOut(request: Uint8Array): Promise<Uint8Array> {
    const { devices, apiVersion } = this.#options;
    switch (request[0]) {
      case REQUEST.version:
        return words(apiVersion, ...SERVER_VERSION);
      case REQUEST.refresh:
        await devices.refresh();
        return words(STATUS.ok);
      case REQUEST.deviceCount:
        return words(devices.present.length);
      case REQUEST.deviceInfo: {
        const device = devices.present[request[1]];
        return deviceInfo(readU32(request, 4), device?.id ?? 0, device?.link.info);
      }
      case REQUEST.open:
        return this.#open(readU32(request, 4));
      case REQUEST.close:
        return this.#close(readU32(request, 4));
      case REQUEST.clientCount:
        return words(devices.find(readU32(request, 4))?.clients ?? 0);
      default:
        return this.#usbCommand(request);
    }
  }

  async #open(id: number): Promise<Uint8Array> {
    const device = this.#options.devices.find(id);
    if (device === undefined) return words(STATUS.badParameter, 0);
    if (this.#opened.size >= this.#options.limits.openings) return words(STATUS.busy, 0);
    const connectId = this.#freeConnectId();
    const opening = new Opening(connectId);
    if (!(await device.open(opening))) return words(STATUS.openError, 0);
    this.#opened.set(connectId, { device, opening });
    return words(STATUS.ok, connectId);
  }

  /** Not 0, which clients take for none, and not to be guessed, though another connection's would be of no use. */
  #freeConnectId(): number {
    for (;;) {
      const id = randomInt(1, 2 ** 32);
      if (!this.#opened.has(id)) return id;
    }
  }

  async #close(connectId: number): Promise<Uint8Array> {
    const opened = this.#opened.get(connectId);
    if (opened === undefined) return words(STATUS.badParameter);
    this.#opened.delete(connectId);
    await opened.device.close(opened.opening);
    return words(STATUS.ok);
  }

  async #usbCommand(request: Uint8Array): Promise<Uint8Array> {
    const opened = this.#opened.get(readU32(request, 4));
    const direction = request[24];
    const length = direction === DIRECTION.write ? 0 : readU32(request, 28);
    if (length > READ_LIMIT) return words(STATUS.badParameter);
    if (opened === undefined) return dataReply(STATUS.badParameter, length);
    const answer = await this.#answer(opened, request, direction, length);
    return dataReply(answer.status, length, answer.data);
  }

  async #answer(
    { device, opening }: { readonly device: SharedDevice; readonly opening: Opening },
    request: Uint8Array,
    direction: number,
    length: number,
  ): Promise<Answer> {
    if (direction === DIRECTION.readTrace) return device.readTrace(opening, length);
    const block = request.slice(8, 8 + BLOCK_BYTES);
    if (direction === DIRECTION.write) return device.command(opening, block, request.slice(HEADER_BYTES));
    return direction === DIRECTION.read ? device.command(opening, block) : { status: STATUS.badParameter };
  }
}
