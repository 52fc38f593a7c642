import { connect, type Socket } from "node:net";

/** OpenOCD's telnet port: commands, and what they print. */
export class Telnet {
  readonly #socket: Socket;
  #text = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.#text += bytes.toString("latin1");
    });
    socket.on("error", () => {});
  }

  static async connect(port: number): Promise<Telnet> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    const telnet = new Telnet(socket);
    await telnet.#prompt();
    return telnet;
  }

  /** Runs a command; resolves to what was printed until the next prompt. */
  async command(text: string): Promise<string> {
    this.#text = "";
    this.#socket.write(`${text}\n`);
    return this.#prompt();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #prompt(): Promise<string> {
    const end = performance.now() + 20_000;
    while (!this.#text.endsWith("> ")) {
      if (performance.now() > end) throw new Error(`OpenOCD gives no prompt: ${this.#text}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.#text;
  }
}
