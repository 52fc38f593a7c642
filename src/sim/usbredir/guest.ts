import type { Socket } from "node:net";
import type { Disposable } from "../../base/events.ts";
import type { WallTime } from "../../base/wall-time.ts";
import { readSetup, type TransferStatus } from "../usb/setup.ts";
import type { UsbDevice } from "../usb/usb-device.ts";
import { announcement, epInfo, hello, interfaceInfo } from "./announcement.ts";
import { BrokenStream, MessageReader } from "./message-reader.ts";
import { CAPABILITY, encode, type Message, offers, STATUS, TYPE } from "./messages.ts";

/** Who connects has this long to say hello, milliseconds. */
const GREETING_TIME = 5000;
/** Nothing more is read while this many bytes wait for the guest to take them. */
const UNSENT = 1 << 20;
/** What a guest may have under way, transfers and bytes: above what any host's drivers have (Linux: 16 MiB). */
const TRANSFERS = 1024;
const OUTGOING = 20 << 20;
/** A guest that takes nothing while this much waits for it is gone. */
const UNSENT_LIMIT = 16 << 20;

const statusNumber: Readonly<Record<TransferStatus, number>> = {
  success: STATUS.success,
  cancelled: STATUS.cancelled,
  invalid: STATUS.invalid,
  error: STATUS.error,
  stall: STATUS.stall,
  babble: STATUS.babble,
};

/** What a guest asks of the port it is connected to. */
export interface GuestHost {
  readonly wallTime: WallTime;
  /** The guest has greeted: true when it may have the device, false when another has it. */
  claim(guest: Guest): boolean;
  /** Whether the device is on its cable. */
  readonly plugged: boolean;
  ended(guest: Guest, reason: string): void;
}

/** One connection: a virtual machine that has the device, or wants to. */
export class Guest {
  readonly #socket: Socket;
  readonly #device: UsbDevice;
  readonly #host: GuestHost;
  readonly #reader = new MessageReader();
  readonly #greeting: Disposable;
  /** Transfers under way, with what cancels each. */
  readonly #transfers = new Map<bigint, () => boolean>();
  /** Interrupt endpoints that are being listened to. */
  readonly #listening = new Map<number, () => boolean>();
  #outgoing = 0;
  #nextId = 0n;
  #claimed = false;
  #announced = false;
  #ended = false;
  #reading = false;

  constructor(socket: Socket, device: UsbDevice, host: GuestHost) {
    this.#socket = socket;
    this.#device = device;
    this.#host = host;
    socket.setNoDelay(true);
    this.#greeting = host.wallTime.after(GREETING_TIME, () => this.end("no hello"), { background: true });
    socket.on("data", (bytes) => {
      this.#reader.add(bytes);
      this.#read();
    });
    socket.on("drain", () => this.#read());
    socket.on("error", () => this.end("connection lost"));
    socket.on("end", () => this.end("connection closed"));
    socket.on("close", () => this.end("connection closed"));
    this.#write(TYPE.hello, 0n, hello());
  }

  /** Tells the guest that the device is there; nothing before its hello. */
  announce(): void {
    if (!this.#claimed || this.#announced || !this.#host.plugged) return;
    this.#announced = true;
    for (const { type, body } of announcement(this.#device.description, this.#reader.capabilities, true)) {
      this.#write(type, 0n, body);
    }
  }

  /** The cable came out: transfers fail, and the guest is told. */
  withdraw(): void {
    this.#forget();
    if (!this.#announced) return;
    this.#announced = false;
    this.#write(TYPE.deviceDisconnect, 0n, Buffer.alloc(0));
  }

  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#greeting.dispose();
    this.#socket.destroy();
    this.#forget();
    this.#host.ended(this, reason);
  }

  #forget(): void {
    for (const cancel of [...this.#transfers.values(), ...this.#listening.values()]) cancel();
    this.#transfers.clear();
    this.#listening.clear();
  }

  /** Takes messages for as long as there is room for what they bring about. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#ended && this.#roomy) {
        const message = this.#reader.next();
        if (message === undefined) break;
        this.#take(message);
      }
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error;
      this.end(error.message);
    } finally {
      this.#reading = false;
    }
    if (this.#ended) return;
    if (this.#roomy) this.#socket.resume();
    else this.#socket.pause();
  }

  get #roomy(): boolean {
    return this.#socket.writableLength < UNSENT;
  }

  #take({ type, id, body }: Message): void {
    if (type === TYPE.hello) {
      this.#greeting.dispose();
      this.#claimed = this.#host.claim(this);
      if (this.#claimed) this.announce();
      else this.end("another guest has the device");
      return;
    }
    if (!this.#announced) {
      this.#answerUnplugged(type, id, body);
      return;
    }
    switch (type) {
      case TYPE.reset:
        this.#device.reset();
        return;
      case TYPE.setConfiguration:
        this.#setConfiguration(id, body[0]);
        return;
      case TYPE.getConfiguration:
        this.#write(TYPE.configurationStatus, id, Buffer.of(STATUS.success, this.#device.configuration));
        return;
      case TYPE.setAltSetting: {
        const done = this.#device.setInterface(body[0], body[1]);
        this.#altSetting(id, done, body[0], body[1]);
        return;
      }
      case TYPE.getAltSetting:
        this.#altSetting(id, this.#device.setInterface(body[0], 0), body[0], 0);
        return;
      case TYPE.startInterruptReceiving:
        this.#listen(id, body[0]);
        return;
      case TYPE.stopInterruptReceiving:
        this.#listening.get(body[0])?.();
        this.#listening.delete(body[0]);
        this.#write(TYPE.interruptReceivingStatus, id, Buffer.of(STATUS.success, body[0]));
        return;
      case TYPE.cancelDataPacket:
        this.#transfers.get(id)?.();
        return;
      case TYPE.controlPacket:
        this.#control(id, body);
        return;
      case TYPE.bulkPacket:
        this.#bulk(id, body);
        return;
      case TYPE.interruptPacket:
        this.#write(type, id, packetHeader(body, 4, STATUS.invalid));
        return;
      default:
        this.#refuse(type, id, body);
        return;
    }
  }

  /** What no ST-LINK has: isochronous streams, bulk streams. */
  #refuse(type: number, id: bigint, body: Buffer): void {
    if (type === TYPE.startIsoStream || type === TYPE.stopIsoStream) {
      this.#write(TYPE.isoStreamStatus, id, Buffer.of(STATUS.invalid, body[0]));
    } else if (type === TYPE.isoPacket) {
      this.#write(type, id, packetHeader(body, 4, STATUS.invalid));
    }
  }

  /** A guest that has not heard yet that the cable is out. */
  #answerUnplugged(type: number, id: bigint, body: Buffer): void {
    const bulkBytes = offers(this.#reader.capabilities, CAPABILITY.bulkLength32) ? 10 : 8;
    if (type === TYPE.controlPacket) {
      const reply = Buffer.from(body.subarray(0, 10));
      reply[3] = STATUS.error;
      this.#write(type, id, reply);
    } else if (type === TYPE.bulkPacket) {
      this.#write(type, id, packetHeader(body, bulkBytes, STATUS.error));
    }
  }

  #setConfiguration(id: bigint, value: number): void {
    this.#forget();
    const done = this.#device.setConfiguration(value);
    const { description, configuration } = this.#device;
    this.#write(TYPE.interfaceInfo, 0n, interfaceInfo(description));
    this.#write(TYPE.epInfo, 0n, epInfo(description, this.#reader.capabilities, configuration !== 0));
    const status = done ? STATUS.success : STATUS.invalid;
    this.#write(TYPE.configurationStatus, id, Buffer.of(status, configuration));
  }

  #altSetting(id: bigint, done: boolean, number: number, setting: number): void {
    this.#write(
      TYPE.altSettingStatus,
      id,
      Buffer.of(done ? STATUS.success : STATUS.invalid, number, done ? setting : 0),
    );
  }

  /** Keeps a transfer waiting on the interrupt endpoint; what it brings is sent unasked. */
  #listen(id: bigint, address: number): void {
    const endpoint = this.#interruptEndpoint(address);
    const status = endpoint === undefined || this.#device.configuration === 0 ? STATUS.invalid : STATUS.success;
    this.#write(TYPE.interruptReceivingStatus, id, Buffer.of(status, address));
    if (endpoint === undefined || status !== STATUS.success || this.#listening.has(address)) return;
    const wait = (): void => {
      const cancel = this.#device.read(address, endpoint.maxPacket, (outcome, data) => {
        if (outcome !== "success" || !this.#listening.has(address)) return;
        const header = Buffer.alloc(4);
        header[0] = address;
        header.writeUInt16LE(data.length, 2);
        this.#write(TYPE.interruptPacket, this.#nextId++, Buffer.concat([header, data]));
        queueMicrotask(() => this.#listening.has(address) && wait());
      });
      this.#listening.set(address, cancel);
    };
    this.#listening.set(address, () => false);
    wait();
  }

  #interruptEndpoint(address: number): { readonly maxPacket: number } | undefined {
    const { interfaces } = this.#device.description;
    return interfaces
      .flatMap(({ endpoints }) => endpoints)
      .find((endpoint) => endpoint.kind === "interrupt" && endpoint.address === address);
  }

  #control(id: bigint, body: Buffer): void {
    const [endpoint, request, requestType] = body;
    const setup = readSetup(Buffer.concat([Buffer.of(requestType, request), body.subarray(4, 10)]));
    const reads = (requestType & 0x80) !== 0;
    const data = body.subarray(10);
    const reply = Buffer.from(body.subarray(0, 10));
    if ((endpoint & 0x7f) !== 0 || data.length !== (reads ? 0 : setup.length)) {
      reply[3] = STATUS.invalid;
      reply.writeUInt16LE(0, 8);
      this.#write(TYPE.controlPacket, id, reply);
      return;
    }
    const answer = this.#device.control(setup, data);
    reply[3] = answer === undefined ? STATUS.stall : STATUS.success;
    const back = reads && answer !== undefined ? answer : Buffer.alloc(0);
    reply.writeUInt16LE(reads || answer === undefined ? back.length : setup.length, 8);
    this.#write(TYPE.controlPacket, id, Buffer.concat([reply, back]));
  }

  #bulk(id: bigint, body: Buffer): void {
    const long = offers(this.#reader.capabilities, CAPABILITY.bulkLength32);
    const headerBytes = long ? 10 : 8;
    const address = body[0];
    const reads = (address & 0x80) !== 0;
    const length = body.readUInt16LE(2) + (long ? body.readUInt16LE(8) * 0x10000 : 0);
    const data = body.subarray(headerBytes);
    const reply = (status: TransferStatus, moved: number, back?: Uint8Array): void => {
      const header = packetHeader(body, headerBytes, statusNumber[status]);
      header.writeUInt16LE(moved & 0xffff, 2);
      if (long) header.writeUInt16LE(moved >>> 16, 8);
      this.#transfers.delete(id);
      this.#outgoing -= data.length;
      this.#write(TYPE.bulkPacket, id, back === undefined ? header : Buffer.concat([header, back]));
    };
    // Two transfers of one number could not be told apart; an OUT packet has the data that it announces.
    if (this.#transfers.has(id) || data.length !== (reads ? 0 : length)) {
      this.end("a bulk packet of wrong length");
      return;
    }
    this.#outgoing += data.length;
    if (this.#transfers.size >= TRANSFERS || this.#outgoing > OUTGOING) {
      this.end("more transfers at once than a host makes");
      return;
    }
    let done = false;
    const finish = (status: TransferStatus, moved: number, back?: Uint8Array): void => {
      done = true;
      reply(status, moved, back);
    };
    const cancel = reads
      ? this.#device.read(address, length, (status, back) => finish(status, back.length, back))
      : this.#device.write(address, Buffer.from(data), (status) => finish(status, status === "success" ? length : 0));
    if (!done) this.#transfers.set(id, cancel);
  }

  #write(type: number, id: bigint, body: Uint8Array): void {
    if (this.#ended || !this.#socket.writable) return;
    this.#socket.write(encode(type, id, body, type !== TYPE.hello && this.#reader.ids64));
    if (this.#socket.writableLength > UNSENT_LIMIT) this.end("the guest takes nothing");
  }
}

/** The first bytes of a data packet as they came, with a status and a length of 0. */
function packetHeader(body: Buffer, bytes: number, status: number): Buffer {
  const header = Buffer.from(body.subarray(0, bytes));
  header[1] = status;
  header.writeUInt16LE(0, 2);
  if (bytes === 10) header.writeUInt16LE(0, 8);
  return header;
}
