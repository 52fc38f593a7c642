import { connect, type Socket } from "node:net";
import { concat, toHex } from "../../src/base/bytes.ts";
import { bytes } from "../stlink-host.ts";

/** A client that sends what it is told, in pieces of its own choice, and collects the answer. */
export class Client {
  readonly socket: Socket;
  #received: Uint8Array = new Uint8Array(0);
  ended = false;
  /** Milliseconds to wait for an answer. */
  patience = 3000;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data) => {
      this.#received = concat(this.#received, data);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.ended = true;
    });
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect(port, "127.0.0.1");
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  /** A client that has opened the device of that id (as hexadecimal text in order of bytes), and its connect id. */
  static async opened(port: number, device = "0100feca"): Promise<OpenedClient> {
    const client = await Client.connect(port);
    const reply = await client.ask(`03000000${device}`, 8);
    if (!reply.startsWith("01000000")) throw new Error(`not opened: ${reply}`);
    return new OpenedClient(client, reply.slice(8));
  }

  /** Sends, and waits for `length` bytes of answer; fewer when the time is over or the connection ends. */
  async ask(text: string, length: number, pieces = 1): Promise<string> {
    const request = bytes(text);
    const size = Math.ceil(request.length / pieces);
    for (let at = 0; at < request.length; at += size) {
      this.socket.write(request.subarray(at, at + size));
      if (pieces > 1) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this.take(length);
  }

  /** The next `length` bytes that come. */
  async take(length: number): Promise<string> {
    const end = performance.now() + this.patience;
    while (this.#received.length < length && performance.now() < end && !this.ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, 50);
        const { socket } = this;
        function done(): void {
          clearTimeout(timer);
          socket.off("data", done);
          socket.off("close", done);
          resolve();
        }
        socket.once("data", done);
        socket.once("close", done);
      });
    }
    const answer = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return toHex(answer);
  }

  async usb(
    connectId: string,
    block: string,
    direction: number,
    length: number,
    data = "",
    pieces = 1,
  ): Promise<string> {
    const request = usbRequest(connectId, block, direction, length, data);
    return this.ask(request, 4 + (direction === 0 ? 0 : length), pieces);
  }

  close(): void {
    this.socket.destroy();
  }

  /** Resolves when the server has ended the connection, to whether it did in time. */
  async end(milliseconds = 3000): Promise<boolean> {
    const end = performance.now() + milliseconds;
    while (!this.ended && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.ended;
  }
}

/** SEND_USB_CMD as hexadecimal text. */
export function usbRequest(connectId: string, block: string, direction: number, length: number, data = ""): string {
  const padded = toHex(concat(bytes(block), new Uint8Array(16 - bytes(block).length)));
  const size = toHex(Uint8Array.of(length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff, length >>> 24));
  return `05000000${connectId}${padded}0${direction}000000${size}${data}`;
}

/** A client with one device open. Answers come without their status word, which has to be OK. */
export class OpenedClient {
  readonly client: Client;
  readonly id: string;

  constructor(client: Client, id: string) {
    this.client = client;
    this.id = id;
  }

  /** Sends a command that reads `length` bytes. */
  async read(block: string, length: number): Promise<string> {
    return ok(block, await this.client.usb(this.id, block, 1, length));
  }

  /** Sends a command with a data phase to the probe. */
  async write(block: string, data: string): Promise<void> {
    ok(block, await this.client.usb(this.id, block, 0, bytes(data).length, data));
  }

  /** The status word of a command's reply. */
  async status(block: string, length: number, direction = 1): Promise<string> {
    return (await this.client.usb(this.id, block, direction, length)).slice(0, 8);
  }

  async enter(protocol: "swd" | "jtag" = "swd"): Promise<string> {
    return this.read(`F2 30 ${protocol === "swd" ? "A3" : "A4"}`, 2);
  }

  /** READMEM_32BIT of one word. */
  async word(address: number): Promise<string> {
    return this.read(`F2 07 ${littleEndian(address)} 04 00`, 4);
  }

  /** GETLASTRWSTATUS2's status. */
  async lastStatus(): Promise<string> {
    return (await this.read("F2 3E", 12)).slice(0, 4);
  }

  close(): void {
    this.client.close();
  }
}

function ok(block: string, reply: string): string {
  if (!reply.startsWith("01000000")) throw new Error(`${block}: ${reply.slice(0, 8)}`);
  return reply.slice(8);
}

/** A word as four hexadecimal bytes in the order on the wire. */
export function littleEndian(value: number): string {
  return toHex(Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24));
}
