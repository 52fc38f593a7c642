import { createServer, type Server, type Socket } from "node:net";
import type { Link } from "../link/link.ts";
import { Client } from "./client.ts";
import { DeviceList, type DeviceListOptions } from "./device-list.ts";
import { leaveRunning } from "./leave-running.ts";
import { type ServerLimits, serverLimits } from "./limits.ts";

/** The API of ST's stlink-server 2.1: clients use RW_MISC from 3 on, and transfers above 1 KB from 2. */
const API_VERSION = 3;

export interface StlinkServerOptions extends DeviceListOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** Where to listen; 127.0.0.1 unless given. */
  readonly host?: string;
  /** What GET_SERVER_VERSION says; 3 unless given. */
  readonly apiVersion?: number;
  /** Told how many clients are connected, whenever that changes. */
  readonly onClients?: (count: number) => void;
  readonly limits?: Partial<ServerLimits>;
}

/**
 * The TCP protocol of ST's stlink-server (port 7184 there) in front of any number of probes: each client's byte stream
 * is cut into requests wherever TCP split it, and answered in order. Clients share the devices.
 */
export class StlinkServerPort {
  readonly #devices: DeviceList;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  readonly #options: StlinkServerOptions;
  readonly #limits: ServerLimits;

  private constructor(links: readonly Link[], options: StlinkServerOptions) {
    this.#options = options;
    this.#limits = { ...serverLimits, ...options.limits };
    this.#devices = new DeviceList(links, options);
    // A client that closes its half after its last request still gets its replies; then the other half is closed, too.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Resolves once clients can connect; rejects with the system's error when the port can't be had. */
  static async listen(links: readonly Link[], options: StlinkServerOptions = {}): Promise<StlinkServerPort> {
    const port = new StlinkServerPort(links, options);
    await new Promise<void>((resolve, reject) => {
      port.#server.once("error", reject);
      port.#server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
    });
    // A connection that can't be accepted, because the system has no more files, is no reason to end.
    port.#server.on("error", () => {});
    return port;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** The links of all probes, those found later included. */
  get links(): readonly Link[] {
    return this.#devices.all.map(({ link }) => link);
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Ends all connections; with `run`, cores that clients left halted run on. The links stay open. */
  async close({ run = false }: { readonly run?: boolean } = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const clients = [...this.#clients];
    for (const client of clients) client.end();
    await Promise.all([closed, ...clients.map(({ ended }) => ended)]);
    if (run) await Promise.all(this.#devices.all.map((device) => device.afterwards(leaveRunning).catch(() => {})));
  }

  #accept(socket: Socket): void {
    if (this.#clients.size >= this.#limits.clients && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    const client = new Client(socket, {
      devices: this.#devices,
      apiVersion: this.#options.apiVersion ?? API_VERSION,
      limits: this.#limits,
    });
    this.#clients.add(client);
    this.#options.onClients?.(this.#clients.size);
    void client.ended.then(() => {
      if (this.#clients.delete(client)) this.#options.onClients?.(this.#clients.size);
    });
  }

  /** Ends the client that was silent for longest among those that use no probe. */
  #makeRoom(): boolean {
    const idle = [...this.#clients].filter(({ working }) => !working);
    if (idle.length === 0) return false;
    const longest = idle.reduce((one, other) => (other.lastHeard < one.lastHeard ? other : one));
    longest.end();
    this.#clients.delete(longest);
    return true;
  }
}
