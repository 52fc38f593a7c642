import { connect, type Socket } from "node:net";
import { concat, readU32 } from "../../base/bytes.ts";
import { isProbityError, type ProbityError } from "../../base/errors.ts";
import { type StlinkServerAddress, serverName } from "./address.ts";
import { linkClosed, serverAbsent, serverGarbled, serverGone, serverSilent, serverUnfit } from "./errors.ts";
import { getVersion, type Request, STATUS } from "./protocol.ts";

/** How long what may take, in milliseconds. */
export interface ServerPatience {
  /** Until the connection stands, and for the first answer. */
  readonly connect: number;
  /** For a whole reply; a server in front of a busy probe may take its time. */
  readonly reply: number;
  /** For the data that some servers send after the status of a failure, and others do not. */
  readonly afterFailure: number;
  /** For a probe that is busy: asked again and again so long. */
  readonly busy: number;
}

export const patience: ServerPatience = { connect: 3000, reply: 5000, afterFailure: 150, busy: 2000 };

const somethingElse = "its answer to the question for its version makes no sense";
const NOTHING = new Uint8Array(0);

/** What a request came to; `status` is OK for replies without one. */
export interface Reply {
  readonly status: number;
  /** What follows the status word; of a failure it may be missing. */
  readonly data: Uint8Array;
}

/** The connection to an stlink-server: one request at a time, whose reply has a known length, in whatever pieces it comes. */
export class ServerWire {
  readonly name: string;
  /** Version of the server's API. */
  api = 0;
  readonly #socket: Socket;
  readonly #patience: ServerPatience;
  #received: Uint8Array = NOTHING;
  /** Length of the reply that is awaited; 0: none is. */
  #expected = 0;
  #failure: ProbityError | undefined;
  #wake: (() => void) | undefined;

  private constructor(name: string, socket: Socket, patience: ServerPatience) {
    this.name = name;
    this.#socket = socket;
    this.#patience = patience;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (cause) => this.#fail(serverGone(name, cause)));
    socket.on("end", () => this.#fail(serverGone(name)));
    socket.on("close", () => this.#fail(serverGone(name)));
  }

  /** Rejects with `link-server-absent`, and with `link-server-unfit` for what does not answer as an stlink-server. */
  static async connect(
    address: Pick<StlinkServerAddress, "host" | "port">,
    patience: ServerPatience,
  ): Promise<ServerWire> {
    const name = serverName(address);
    const socket = await connected(address, patience.connect).catch((cause: NodeJS.ErrnoException) => {
      throw serverAbsent(name, cause);
    });
    const wire = new ServerWire(name, socket, patience);
    let heard: string | undefined;
    try {
      const { data } = await wire.ask(getVersion, patience.connect);
      wire.api = readU32(data, 0);
      heard = preview(data);
    } catch (error) {
      heard = preview(wire.#received);
      wire.end();
      if (isProbityError(error, "link-server-silent")) throw serverUnfit(name, "it does not answer", heard, error);
      if (isProbityError(error, "link-server-gone")) throw serverUnfit(name, "it hangs up", heard, error);
      throw serverUnfit(name, somethingElse, heard, error);
    }
    if (wire.api < 1 || wire.api > 1000) {
      wire.end();
      throw serverUnfit(name, somethingElse, heard);
    }
    return wire;
  }

  /** Rejects with `link-server-gone`, `link-server-silent` or `link-server-garbled`, after which the wire is dead. */
  async ask({ bytes, replyLength, hasStatus }: Request, longest = this.#patience.reply): Promise<Reply> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#expected = replyLength;
    this.#socket.write(bytes);
    const end = performance.now() + longest;
    let statusOnlyAt = Number.POSITIVE_INFINITY;
    while (this.#received.length < replyLength) {
      if (this.#failure !== undefined) throw this.#failure;
      const failed = hasStatus && this.#received.length >= 4 && readU32(this.#received, 0) !== STATUS.ok;
      if (failed) statusOnlyAt = Math.min(statusOnlyAt, performance.now() + this.#patience.afterFailure);
      if (failed && this.#received.length === 4 && performance.now() >= statusOnlyAt) break;
      if (performance.now() >= end) {
        this.#fail(serverSilent(this.name, longest));
        continue;
      }
      await this.#more(this.#received.length === 4 ? Math.min(end, statusOnlyAt) : end);
    }
    // A reply that is whole counts though the server has left since; one that is too long does not.
    if (this.#failure !== undefined && this.#received.length > replyLength) throw this.#failure;
    const reply = this.#received;
    this.#received = NOTHING;
    this.#expected = 0;
    return hasStatus ? { status: readU32(reply, 0), data: reply.subarray(4) } : { status: STATUS.ok, data: reply };
  }

  /** Lets the server go: what was sent still arrives. */
  end(): void {
    this.#failure ??= linkClosed(this.name);
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  #take(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    // No more than is awaited is ever kept.
    this.#received = concat(this.#received, bytes.subarray(0, this.#expected + 64 - this.#received.length));
    if (this.#received.length > this.#expected) {
      this.#fail(serverGarbled(this.name, this.#expected === 0 ? "nothing was asked" : "its reply is too long"));
    }
    this.#wake?.();
  }

  async #more(until: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.max(1, until - performance.now()));
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #fail(error: ProbityError): void {
    this.#failure ??= error;
    this.#socket.destroy();
    this.#wake?.();
  }
}

/** What was heard so far, as far as it can be shown. */
function preview(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  const text = Buffer.from(bytes.subarray(0, 32)).toString("latin1");
  return text.replaceAll(/[^\x20-\x7e]/g, ".");
}

function connected({ host, port }: Pick<StlinkServerAddress, "host" | "port">, longest: number): Promise<Socket> {
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect({ host, port });
    // One that comes before anybody else listens is followed by the close that is seen.
    socket.on("error", () => {});
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${longest} ms`)), longest);
    const failed = (cause: Error): void => {
      clearTimeout(timer);
      reject(cause);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", failed);
      resolve(socket);
    });
  });
}
