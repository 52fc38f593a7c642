import { createServer, type Server } from "node:net";
import { ProbityError } from "../../base/errors.ts";
import type { WallTime } from "../../base/wall-time.ts";
import type { UsbDevice } from "../usb/usb-device.ts";
import { Guest, type GuestHost } from "./guest.ts";

export interface UsbredirOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  readonly wallTime: WallTime;
  /** Told of guests that come and go, one line each. */
  readonly onEvent?: (text: string) => void;
  /** Told when the cable comes out (false) and goes back in (true). */
  readonly onCable?: (plugged: boolean) => void;
}

/** Connections that may stand at once; all but one wait or are about to be refused. */
const CONNECTIONS = 16;

/**
 * A USB device on a TCP port of 127.0.0.1, in the usbredir protocol that QEMU's `usb-redir` speaks. One guest has it at a
 * time. Unplugging and plugging in again are seen by the guest as they would be on a real port.
 */
export class UsbredirPort implements GuestHost {
  readonly wallTime: WallTime;
  readonly #device: UsbDevice;
  readonly #server: Server;
  readonly #guests = new Set<Guest>();
  readonly #onEvent: (text: string) => void;
  readonly #onCable: (plugged: boolean) => void;
  #owner: Guest | undefined;
  #plugged = true;

  private constructor(device: UsbDevice, options: UsbredirOptions) {
    this.#device = device;
    this.wallTime = options.wallTime;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#onCable = options.onCable ?? (() => {});
    this.#server = createServer((socket) => {
      if (this.#guests.size >= CONNECTIONS) {
        socket.destroy();
        return;
      }
      this.#guests.add(new Guest(socket, device, this));
    });
  }

  /** Resolves once guests can connect. Rejects with `usbredir-port-unavailable`. */
  static async listen(device: UsbDevice, options: UsbredirOptions): Promise<UsbredirPort> {
    const self = new UsbredirPort(device, options);
    const port = options.port ?? 0;
    await new Promise<void>((resolve, reject) => {
      self.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(
          new ProbityError("usbredir-port-unavailable", `TCP port ${port} is not available (${cause.code}).`, {
            facts: { port },
            remedy: ["End the program that uses it, or choose another with --port."],
            cause,
          }),
        ),
      );
      self.#server.listen(port, "127.0.0.1", resolve);
    });
    return self;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  /** Whether a guest has the device. */
  get taken(): boolean {
    return this.#owner !== undefined;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#guests.size;
  }

  /** Pulls the cable: transfers of the guest end, it is told, and the device forgets its configuration. */
  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#owner?.withdraw();
    this.#device.reset();
    this.#onCable(false);
  }

  replug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#onCable(true);
    this.#owner?.announce();
  }

  claim(guest: Guest): boolean {
    if (this.#owner !== undefined) return false;
    this.#owner = guest;
    this.#onEvent("A guest has the device.");
    return true;
  }

  ended(guest: Guest, reason: string): void {
    this.#guests.delete(guest);
    if (guest !== this.#owner) return;
    this.#owner = undefined;
    this.#device.reset();
    this.#onEvent(`The guest is gone: ${reason}.`);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const guest of [...this.#guests]) guest.end("the port closes");
    await closed;
  }
}
