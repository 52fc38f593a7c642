import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fromHex } from "../../src/base/bytes.ts";

/** Registers as QEMU's stub tells them for an M-profile core: r0 to r15, then xpsr. */
export interface StubRegisters {
  readonly r: Uint32Array;
  readonly xpsr: number;
}

/** A GDB client of one remote stub on a Unix socket: just what the differential test asks of QEMU. */
export class GdbStub {
  readonly #socket: Socket;
  readonly #waiting: ((packet: string) => void)[] = [];
  readonly #failed: ((error: Error) => void)[] = [];
  #input = "";
  #closed: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#receive(text));
    const end = (): void => {
      this.#closed = new Error("QEMU's GDB stub closed the connection");
      for (const fail of this.#failed.splice(0)) fail(this.#closed);
      this.#waiting.length = 0;
    };
    socket.on("close", end);
    socket.on("error", end);
  }

  /** Connects to the socket at `path`, which may not be there yet, within `milliseconds`. */
  static async open(path: string, milliseconds = 10_000): Promise<GdbStub> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const socket = await new Promise<Socket | undefined>((resolve) => {
        const attempt = connect(path, () => resolve(attempt));
        attempt.once("error", () => resolve(undefined));
      });
      if (socket !== undefined) {
        const stub = new GdbStub(socket);
        // Without this QEMU puts the FPA registers of old ARMs between r15 and xpsr.
        await stub.ask("qXfer:features:read:target.xml:0,7c0");
        return stub;
      }
      if (Date.now() > end) throw new Error(`QEMU did not open its GDB socket within ${milliseconds} ms`);
      await pause(5);
    }
  }

  /** Sends one packet and returns the reply; rejects when none comes within `milliseconds`. */
  async ask(packet: string, milliseconds = 30_000): Promise<string> {
    if (this.#closed !== undefined) throw this.#closed;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        this.#waiting.push(resolve);
        this.#failed.push(reject);
        timer = setTimeout(() => reject(new Error(`no reply to ${packet.slice(0, 40)}`)), milliseconds);
        this.#socket.write(`$${packet}#${checksum(packet)}`, "latin1");
      });
    } finally {
      clearTimeout(timer);
      this.#failed.shift();
    }
  }

  async registers(): Promise<StubRegisters> {
    const bytes = Buffer.from((await this.ask("g")).slice(0, 17 * 8), "hex");
    const r = Uint32Array.from({ length: 16 }, (_, i) => bytes.readUInt32LE(4 * i));
    return { r, xpsr: bytes.readUInt32LE(64) };
  }

  /** `length` bytes from `address`. */
  async read(address: number, length: number): Promise<Uint8Array> {
    const whole = new Uint8Array(length);
    const most = 0x7c0; // the stub's packets hold 4096 characters
    for (let done = 0; done < length; done += most) {
      const size = Math.min(most, length - done);
      const bytes = fromHex(await this.ask(`m${(address + done).toString(16)},${size.toString(16)}`));
      if (bytes?.length !== size) throw new Error(`the stub cannot read 0x${(address + done).toString(16)}`);
      whole.set(bytes, done);
    }
    return whole;
  }

  async setBreakpoint(address: number): Promise<void> {
    const reply = await this.ask(`Z1,${address.toString(16)},2`);
    if (reply !== "OK") throw new Error(`the stub refused a breakpoint: ${reply}`);
  }

  async clearBreakpoint(address: number): Promise<void> {
    await this.ask(`z1,${address.toString(16)},2`);
  }

  /** Executes one instruction, with interrupts and timers as they come. */
  async step(): Promise<void> {
    await this.ask("s");
  }

  /** Runs until a breakpoint is hit. */
  async run(milliseconds: number): Promise<void> {
    await this.ask("c", milliseconds);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#input += text;
    for (;;) {
      const start = this.#input.indexOf("$");
      const end = this.#input.indexOf("#", start);
      if (start < 0 || end < 0 || this.#input.length < end + 3) return;
      const packet = this.#input.slice(start + 1, end);
      this.#input = this.#input.slice(end + 3);
      this.#socket.write("+");
      this.#waiting.shift()?.(expandRuns(packet));
    }
  }
}

/** RSP's run-length encoding: `0*"` is the character, then how often it is repeated as a character less 29. */
function expandRuns(packet: string): string {
  return packet.replace(/([^*])\*(.)/g, (_, symbol: string, count: string) => symbol.repeat(count.charCodeAt(0) - 28));
}

function checksum(packet: string): string {
  let sum = 0;
  for (let i = 0; i < packet.length; i++) sum = (sum + packet.charCodeAt(i)) & 0xff;
  return sum.toString(16).padStart(2, "0");
}
