import { connect, type Socket } from "node:net";

type Waiter = { resolve: (payload: Buffer) => void; reject: (error: Error) => void };

/** A debugger's side of the protocol in its barest form, written apart from the server's own codec. */
export class RspClient {
  readonly #socket: Socket;
  readonly #packets: Buffer[] = [];
  readonly #waiters: Waiter[] = [];
  /** Every byte that came, as text of one character a byte. */
  received = "";
  /** Acknowledge what comes. */
  acknowledge = true;
  closed = false;
  /** How long a packet is waited for, in milliseconds, where nothing else is said. */
  patience = 5000;
  #pending = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      for (const { reject } of this.#waiters.splice(0)) reject(new Error("the server closed the connection"));
    });
  }

  static async connect(port: number): Promise<RspClient> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.setNoDelay(true);
    return new RspClient(socket);
  }

  raw(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  send(payload: string | Uint8Array): void {
    const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
    const escaped = Buffer.from(
      [...body].flatMap((byte) => ([0x23, 0x24, 0x7d].includes(byte) ? [0x7d, byte ^ 0x20] : [byte])),
    );
    const sum = escaped.reduce((total, byte) => (total + byte) & 0xff, 0);
    this.raw(Buffer.concat([Buffer.from("$"), escaped, Buffer.from(`#${sum.toString(16).padStart(2, "0")}`)]));
  }

  /** The next packet's payload, escapes undone. */
  async nextBytes(milliseconds = this.patience): Promise<Buffer> {
    const ready = this.#packets.shift();
    if (ready !== undefined) return ready;
    return new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no packet within ${milliseconds} ms`)), milliseconds);
      this.#waiters.push({
        resolve: (payload) => {
          clearTimeout(timer);
          resolve(payload);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  async next(milliseconds?: number): Promise<string> {
    return (await this.nextBytes(milliseconds)).toString("latin1");
  }

  /** Sends a packet and resolves to the next one. */
  async ask(payload: string | Uint8Array): Promise<string> {
    this.send(payload);
    return this.next();
  }

  /** `monitor`: the printed text and the last reply. */
  async monitor(command: string): Promise<{ readonly text: string; readonly reply: string }> {
    this.send(`qRcmd,${Buffer.from(command).toString("hex")}`);
    let text = "";
    for (;;) {
      const reply = await this.next();
      if (!/^O[0-9a-f]+$/.test(reply)) return { text, reply };
      text += Buffer.from(reply.slice(1), "hex").toString("utf8");
    }
  }

  /** True when no packet comes for a while. */
  async silent(milliseconds = 60): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return this.#packets.length === 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<void> {
    if (!this.closed) await new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
  }

  #take(bytes: Buffer): void {
    this.received += bytes.toString("latin1");
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const start = this.#pending.indexOf("$");
      const end = this.#pending.indexOf("#", start);
      if (start < 0 || end < 0 || this.#pending.length < end + 3) return;
      const body = this.#pending.subarray(start + 1, end);
      this.#pending = this.#pending.subarray(end + 3);
      const payload: number[] = [];
      for (let i = 0; i < body.length; i++) payload.push(body[i] === 0x7d ? body[++i] ^ 0x20 : body[i]);
      if (this.acknowledge) this.raw("+");
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#packets.push(Buffer.from(payload));
      else waiter.resolve(Buffer.from(payload));
    }
  }
}
