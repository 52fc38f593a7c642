import { createServer, type Server, type Socket } from "node:net";
import { ProbityError } from "../base/errors.ts";
import type { Disposable } from "../base/events.ts";
import type { DebugSession } from "../session/debug-session.ts";
import { ClientSession } from "./client-session.ts";
import type { LogLevel } from "./gdb-client.ts";
import { messageOf } from "./reply.ts";
import { RspConnection } from "./rsp-connection.ts";

/** Bytes of a packet: a read's answer has two digits a byte, and 12,288 bytes are two full transfers of an ST-LINK. */
const usualPacketSize = 2 * 12_288 + 4;

export interface GdbServerOptions {
  /** Address to listen on; 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** Port to listen on; 0 for any free one. */
  readonly port: number;
  /**
   * Brings the core to where the controlling debugger shall find it, such as reset and halt (ST's default) or halt in
   * place (`--attach`). Halts in place unless told otherwise. Not called for a debugger that only joins.
   */
  readonly attach?: () => Promise<void>;
  /**
   * Called for everything that fails: resolves to what the debugger is told, an error that names the cause or the same
   * one again. Must not reject, and may be called more than once with one error.
   */
  readonly explain?: (error: unknown) => Promise<unknown>;
  /** Let the core run when the controlling debugger leaves, as ST's server does. True unless told otherwise. */
  readonly resumeOnDetach?: boolean;
  /** Largest payload of a packet in bytes; two full transfers of an ST-LINK for a read unless told otherwise. */
  readonly packetSize?: number;
  /** Run-length encode replies. Off unless told otherwise: on a local socket it costs more than it saves. */
  readonly runLength?: boolean;
  /** Where log lines go: ST's function name, message and level. */
  readonly log?: (source: string, text: string, level: LogLevel) => void;
  /** Log every packet (level 4). True unless told otherwise. */
  readonly logPackets?: boolean;
  /** A connection was accepted; it may yet turn out to be no debugger. */
  readonly onConnectionAccepted?: () => void;
  /** The first packet of a debugger came. Called before the core is touched. */
  readonly onClientConnected?: (client: ConnectedClient) => void;
  /** A debugger's connection is gone and what it had set is taken back. Not called for what never was a debugger. */
  readonly onClientDisconnected?: (client: DisconnectedClient) => void;
}

export interface ConnectedClient {
  readonly id: number;
  /** True for the debugger that controls the core, false for one that joins. */
  readonly controlling: boolean;
}

export interface DisconnectedClient extends ConnectedClient {
  /** `detached`: it said goodbye. `closed`: the connection ended without. `error`: the connection broke. */
  readonly reason: "detached" | "closed" | "error";
  /** Debuggers that are still connected. */
  readonly remaining: number;
}

/** Connections at a time; a debugger and its watchers are a handful. */
const maximumConnections = 64;

/**
 * Serves GDB's remote protocol for one session to any number of debuggers. The oldest controls the core: its arrival
 * halts it and its leaving lets it run. Others join without touching the core, may read and write memory while it runs,
 * and are woken by a stop when they wait for one.
 */
export class GdbServer {
  readonly #session: DebugSession;
  readonly #options: GdbServerOptions;
  readonly #clients = new Set<ClientSession>();
  /** One promise for each connection; it resolves when the connection is closed and what it had set is taken back. */
  readonly #connections = new Set<Promise<void>>();
  /** Connections that are closed, and of which something is still being worked on or taken back. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #subscriptions: Disposable[] = [];
  #server: Server | undefined;
  #lastId = 0;

  constructor(session: DebugSession, options: GdbServerOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Debuggers that are connected and have sent a packet. */
  get debuggers(): number {
    return [...this.#clients].filter((client) => client.isDebugger).length;
  }

  /**
   * Opens the port and resolves to its number.
   * @throws ProbityError `port-unavailable` (facts: host, port, reason).
   */
  async listen(): Promise<number> {
    const { host = "127.0.0.1", port } = this.#options;
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = maximumConnections;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code ?? cause.message;
        reject(
          new ProbityError("port-unavailable", `TCP port ${port} on ${host} is not available (${reason}).`, {
            facts: { host, port, reason },
            remedy: ["End the program that uses this port, or choose another one with --port-number."],
            cause,
          }),
        );
      });
      server.listen(port, host, () => resolve());
    });
    server.on("error", (error) => this.#log("WaitConnection", error.message, 1));
    this.#server = server;
    this.#session.attended = false;
    const { events } = this.#session;
    this.#subscriptions.push(
      events.on("target.halted", ({ reason }) => {
        for (const client of this.#clients) client.run.onHalted(reason);
      }),
      events.on("target.reset", ({ halted }) => {
        if (halted) for (const client of this.#clients) client.run.onResetHalted();
      }),
      events.on("target.found", ({ text }) => {
        if (text !== undefined) this.#tell(text);
      }),
      events.on("user.message", ({ text }) => this.#tell(text)),
      events.on("target.lost", ({ error }) => {
        void this.#explain(error).then((told) => this.#tell(messageOf(told)));
      }),
    );
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Ends all connections as if the debuggers had left, then closes the port. */
  async close(): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription.dispose();
    const server = this.#server;
    this.#server = undefined;
    const closed = server === undefined ? undefined : new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of this.#clients) client.destroy();
    await closed;
    await Promise.all([...this.#connections]);
  }

  #accept(socket: Socket): void {
    this.#options.onConnectionAccepted?.();
    const packetSize = this.#options.packetSize ?? usualPacketSize;
    const client = new ClientSession(++this.#lastId, {
      session: this.#session,
      packetSize,
      traces: this.#options.log !== undefined && (this.#options.logPackets ?? true),
      isControlling: (who) => who === this.#controller(),
      // Who comes right after another left shall control the core, and find it and its flash at rest.
      othersGone: async () => void (await Promise.all([...this.#leaving])),
      arrived: (who) => this.#arrived(who),
      attach: () => this.#attach(),
      leave: (who) => this.#leave(who, who === this.#controller()),
      explain: (error) => this.#explain(error),
      log: (source, text, level) => this.#log(source, text, level),
    });
    this.#clients.add(client);
    this.#session.attended = true;
    let closed: (gone: Promise<void>) => void = () => {};
    const ended = new Promise<void>((resolve) => {
      closed = resolve;
    });
    this.#connections.add(ended);
    void ended.finally(() => this.#connections.delete(ended));
    const connection = new RspConnection(
      socket,
      {
        onPacket: (payload) => client.takePacket(payload),
        onOversized: () => client.takePacket("oversized"),
        onInterrupt: () => client.takeInterrupt(),
        onClose: (error) => {
          const gone = this.#gone(client, error);
          this.#leaving.add(gone);
          void gone.finally(() => this.#leaving.delete(gone));
          closed(gone);
        },
      },
      // A little more than we announce: older debuggers count the framing differently.
      { maximumPayload: packetSize + 16, runLength: this.#options.runLength },
    );
    client.connect(connection);
  }

  #controller(): ClientSession | undefined {
    for (const client of this.#clients) if (client.isDebugger) return client;
    return undefined;
  }

  async #arrived(client: ClientSession): Promise<void> {
    const controlling = client === this.#controller();
    this.#options.onClientConnected?.({ id: client.id, controlling });
    if (controlling) await this.#attach();
  }

  async #attach(): Promise<void> {
    if (this.#options.attach !== undefined) await this.#options.attach();
    else if (this.#session.runState !== "halted") await this.#session.halt();
  }

  /** What a debugger has set is taken back; the controlling one also lets the core run. */
  async #leave(client: ClientSession, controlled: boolean): Promise<void> {
    const resume = controlled && (this.#options.resumeOnDetach ?? true);
    await client.breakpoints.clear().catch((error) => this.#failed(error));
    if (!controlled) return;
    const others = [...this.#clients].some((other) => other !== client && other.isDebugger);
    if (!others) await this.#session.detach({ resume });
    else if (resume && this.#session.runState === "halted") await this.#session.resume();
  }

  async #gone(client: ClientSession, error: Error | undefined): Promise<void> {
    const controlling = client === this.#controller();
    // What is under way ends, though not in the middle of a flash page: a load, a search, a range step.
    client.run.abandon();
    await client.idle();
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#session.attended = false;
    if (!client.isDebugger) return;
    if (controlling || client.loading) this.#session.flashAbort();
    if (!client.saidGoodbye || client.attached) {
      await this.#leave(client, controlling).catch((cause) => this.#failed(cause));
    }
    const reason = client.saidGoodbye ? "detached" : error === undefined ? "closed" : "error";
    this.#options.onClientDisconnected?.({ id: client.id, controlling, reason, remaining: this.debuggers });
  }

  async #explain(error: unknown): Promise<unknown> {
    return (await this.#options.explain?.(error)) ?? error;
  }

  async #failed(error: unknown): Promise<void> {
    this.#log("handlePacket", messageOf(error), 1);
    await this.#explain(error);
  }

  /** A line for the user: every debugger's console shows it. */
  #tell(text: string): void {
    for (const client of this.#clients) if (client.isDebugger) client.console(text.endsWith("\n") ? text : `${text}\n`);
  }

  #log(source: string, text: string, level: LogLevel): void {
    this.#options.log?.(source, text, level);
  }
}
