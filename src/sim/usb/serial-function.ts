import { concat, readU32, writeU16 } from "../../base/bytes.ts";
import type { Disposable } from "../../base/events.ts";
import type { WallTime } from "../../base/wall-time.ts";
import type { Board } from "../boards/board.ts";
import { InEndpoint } from "./in-endpoint.ts";
import { OutEndpoint } from "./out-endpoint.ts";
import { INTERFACE, type StlinkEndpoints } from "./products.ts";
import { type ControlReply, NO_DATA, type Setup, type TransferStatus } from "./setup.ts";
import type { UsbFunction } from "./usb-device.ts";

/** Class requests (CDC PSTN 1.2, table 13). */
const REQUEST = { setLineCoding: 0x20, getLineCoding: 0x21, setControlLineState: 0x22, sendBreak: 0x23 } as const;
/** SERIAL_STATE: bOverRun. */
const OVERRUN = 0x40;
/** What the probe keeps of a target that talks while no host listens, bytes: a UART has no flow control. */
const BUFFER = 4096;
/** Frames of 8 data bits. */
const BITS_PER_BYTE = 10;
const SLOWEST = 300;

/** The virtual COM port: a USART of the board as a CDC-ACM function. */
export class SerialFunction implements UsbFunction, Disposable {
  readonly interfaces = [INTERFACE.serialControl, INTERFACE.serialData];
  readonly inEndpoints: readonly InEndpoint[];
  readonly outEndpoints: readonly OutEndpoint[];
  readonly #board: Board;
  readonly #uart: string;
  readonly #wall: WallTime;
  readonly #in: InEndpoint;
  readonly #notify: InEndpoint;
  readonly #listening: Disposable;
  #heard: number[] = [];
  #woken = false;
  #era = 0;
  /** 115200 8N1. */
  #lineCoding = Uint8Array.of(0x00, 0xc2, 0x01, 0x00, 0, 0, 8);

  /** Throws `board-uart-unknown`. */
  constructor(board: Board, uart: string, at: StlinkEndpoints, maxPacket: number, wall: WallTime) {
    this.#board = board;
    this.#uart = uart;
    this.#wall = wall;
    this.#in = new InEndpoint(at.serialIn, maxPacket);
    this.#in.source = (most) => Uint8Array.from(this.#heard.splice(0, most));
    this.#notify = new InEndpoint(at.serialNotify, 10);
    this.inEndpoints = [this.#in, this.#notify];
    this.outEndpoints = [new OutEndpoint(at.serialOut, maxPacket, (data) => this.#send(data))];
    this.#listening = board.onUart(uart, (byte) => this.#hear(byte));
  }

  classRequest({ request }: Setup, data: Uint8Array): ControlReply {
    switch (request) {
      case REQUEST.setLineCoding:
        if (data.length < 7) return undefined;
        this.#lineCoding = data.slice(0, 7);
        return NO_DATA;
      case REQUEST.getLineCoding:
        return this.#lineCoding.slice();
      case REQUEST.setControlLineState:
      case REQUEST.sendBreak:
        return NO_DATA;
      default:
        return undefined;
    }
  }

  /** What the board said stays: the buffer is the probe's own. What was on its way to the board ends. */
  reset(): void {
    this.#era += 1;
  }

  dispose(): void {
    this.#listening.dispose();
  }

  #hear(byte: number): void {
    if (this.#heard.length >= BUFFER) {
      this.#heard.shift();
      if (this.#notify.readyBytes === 0) this.#notify.send(serialState(OVERRUN));
    }
    this.#heard.push(byte);
    if (this.#woken) return;
    // A board runs for many bytes in one go: they leave together.
    this.#woken = true;
    queueMicrotask(() => {
      this.#woken = false;
      this.#in.pump();
    });
  }

  /** The endpoint is busy for as long as the bytes take on the wire. */
  async #send(data: Uint8Array): Promise<TransferStatus> {
    const era = this.#era;
    const baud = Math.max(SLOWEST, readU32(this.#lineCoding, 0));
    for (let at = 0; at < data.length && era === this.#era; at += this.#in.maxPacket) {
      const packet = data.subarray(at, at + this.#in.maxPacket);
      this.#board.sendUart(this.#uart, packet);
      const milliseconds = (packet.length * BITS_PER_BYTE * 1000) / baud;
      if (at + packet.length < data.length || milliseconds >= 1) {
        await new Promise<void>((resolve) => void this.#wall.after(milliseconds, resolve));
      }
    }
    return "success";
  }
}

/** The SERIAL_STATE notification (CDC PSTN 1.2, 6.5.4). */
function serialState(bits: number): Uint8Array {
  const notification = concat(Uint8Array.of(0xa1, 0x20, 0, 0, INTERFACE.serialControl, 0, 2, 0), new Uint8Array(2));
  writeU16(notification, 8, bits);
  return notification;
}
