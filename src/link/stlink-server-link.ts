/** A link to a probe that an stlink-server shares (ST's TCP protocol, port 7184). Not tried with ST's own server. */
import { connect, type Socket } from "node:net";
import { concat, readU16, readU32, writeU32 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { ProbityError } from "../base/errors.ts";
import { Queue } from "../base/queue.ts";
import type { Link } from "./link.ts";
import { padded } from "./memory.ts";

export const defaultServerPort = 7184;

export interface StlinkServerAddress {
  readonly host: string;
  readonly port: number;
  /** Which of the server's probes; may be left out when there is just one. */
  readonly serial?: string;
}

interface SharedProbe {
  readonly id: number;
  readonly serial: string;
  readonly vendorId: number;
  readonly productId: number;
}

/** Milliseconds for a whole reply; a server in front of a busy probe may take its time. */
const timeout = 5000;
const OK = 1;
const BUSY = 0x2004;
/** TDeviceInfo2. */
const DEVICE_INFO_BYTES = 41;
const MOST_DEVICES = 64;
/** RW_MISC and transfers above 1 KiB need a server of this API. */
const LEAST_API = 3;
const WRITE = 0;
const READ = 1;
const READ_TRACE = 3;

const machineClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Serial numbers of the probes that the server shares. Rejects as {@link openStlinkServerLink} does. */
export async function listSharedProbes(address: StlinkServerAddress): Promise<string[]> {
  const wire = await ServerWire.connect(address);
  try {
    return (await devices(wire)).map(({ serial }) => serial);
  } finally {
    wire.end();
  }
}

/**
 * Opens a probe of an stlink-server. Rejects with `link-server-absent`, `link-server-unfit`, `link-no-probe`,
 * `link-serial-not-found`, `link-several-probes`, `link-busy`; transfers reject with `link-server-gone`, `link-timeout`,
 * `link-usb-failed`.
 */
export async function openStlinkServerLink(address: StlinkServerAddress): Promise<Link> {
  const wire = await ServerWire.connect(address);
  try {
    const probe = choose(await devices(wire), address);
    const open = new Uint8Array(8);
    open[0] = 0x03;
    writeU32(open, 4, probe.id);
    const reply = await wire.ask(open, 8);
    if (readU32(reply, 0) !== OK) {
      throw new ProbityError("link-busy", "The server does not open the probe: another program may hold it.", {
        facts: { server: wire.name, status: readU32(reply, 0), serial: probe.serial },
        remedy: ["End the program that uses the probe without the server."],
      });
    }
    return linkOver(wire, probe, readU32(reply, 4));
  } catch (error) {
    wire.end();
    throw error;
  }
}

function linkOver(wire: ServerWire, probe: SharedProbe, connectId: number): Link {
  const queue = new Queue();
  const command = async (
    direction: number,
    block: Uint8Array,
    data: Uint8Array | undefined,
    length: number,
  ): Promise<Uint8Array> => {
    const request = new Uint8Array(32);
    request[0] = 0x05;
    writeU32(request, 4, connectId);
    request.set(block, 8);
    request[24] = direction;
    writeU32(request, 28, data?.length ?? length);
    for (let attempt = 0; ; attempt++) {
      const reply = await wire.ask(data === undefined ? request : concat(request, data), 4 + length);
      const status = readU32(reply, 0);
      if (status === OK) return reply.subarray(4);
      if (status === BUSY && attempt < 20) {
        await machineClock.sleep(10);
        continue;
      }
      throw new ProbityError(
        "link-unplugged",
        "The server could not carry out a command: the probe does not answer it.",
        {
          facts: { server: wire.name, status },
          remedy: ["Look whether the probe is still plugged in, and at what the server says."],
        },
      );
    }
  };
  return {
    info: { name: `${wire.name}/${probe.serial}`, ...probe },
    clock: machineClock,
    transfer: (block, write, readLength = 0) =>
      queue.run(() =>
        write !== undefined && write.length > 0
          ? command(WRITE, padded(block), write, 0)
          : command(READ, padded(block), undefined, readLength),
      ),
    readTrace: (length) => queue.run(() => command(READ_TRACE, new Uint8Array(16), undefined, length)),
    close: () =>
      queue.run(async () => {
        const close = new Uint8Array(8);
        close[0] = 0x04;
        writeU32(close, 4, connectId);
        await wire.ask(close, 4).catch(() => {});
        wire.end();
      }),
  };
}

async function devices(wire: ServerWire): Promise<SharedProbe[]> {
  const status = await wire.ask(Uint8Array.of(0x00, 0x00), 4);
  const count = readU32(await wire.ask(Uint8Array.of(0x01), 4), 0);
  if (readU32(status, 0) !== OK || count > MOST_DEVICES) throw unfit(wire.name, `it counts ${count} probes`);
  const found: SharedProbe[] = [];
  for (let index = 0; index < count; index++) {
    const request = Uint8Array.of(0x02, index, 0, 0, DEVICE_INFO_BYTES, 0, 0, 0);
    const info = await wire.ask(request, 4 + DEVICE_INFO_BYTES);
    if (readU32(info, 0) !== OK) continue;
    const serial = Buffer.from(info.subarray(8, 40)).toString("latin1").replace(/\0.*$/s, "");
    const ids = { vendorId: readU16(info, 40), productId: readU16(info, 42) };
    found.push({ id: readU32(info, 4), serial: serial.toUpperCase(), ...ids });
  }
  return found;
}

function choose(found: readonly SharedProbe[], { host, port, serial }: StlinkServerAddress): SharedProbe {
  const serials = found.map((probe) => probe.serial).join(", ");
  const facts = { server: `tcp:${host}:${port}`, serials };
  if (found.length === 0) {
    throw new ProbityError("link-no-probe", "The server has no ST-LINK.", {
      facts,
      remedy: ["Plug the probe in at the machine that the server runs on."],
    });
  }
  if (serial === undefined) {
    if (found.length === 1) return found[0];
    throw new ProbityError("link-several-probes", `The server has ${found.length} ST-LINKs; one has to be chosen.`, {
      facts,
      remedy: [`Name one: --probe tcp:${host}:${port}/SERIAL.`],
    });
  }
  const match = found.find((probe) => probe.serial === serial.toUpperCase());
  if (match !== undefined) return match;
  throw new ProbityError("link-serial-not-found", `The server has no ST-LINK with serial number ${serial}.`, {
    facts,
    remedy: ["Correct or leave out the serial number."],
  });
}

function unfit(server: string, what: string): ProbityError {
  return new ProbityError("link-server-unfit", `What listens at ${server} is no usable stlink-server: ${what}.`, {
    facts: { server },
    remedy: [`Give the port of an stlink-server (ST's and \`probity share\`: ${defaultServerPort}).`],
  });
}

/** The connection: one request at a time, whose reply has a known length. */
class ServerWire {
  readonly name: string;
  readonly #socket: Socket;
  #received: Uint8Array = new Uint8Array(0);
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  private constructor(name: string, socket: Socket) {
    this.name = name;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#received = concat(this.#received, bytes);
      this.#wake?.();
    });
    const gone = (cause?: Error): void => {
      this.#failure ??= new ProbityError("link-server-gone", `The server at ${name} closed the connection.`, {
        facts: { server: name },
        remedy: ["Start the server again (`probity share`) and connect anew."],
        cause,
      });
      this.#wake?.();
    };
    socket.on("error", gone);
    socket.on("close", () => gone());
  }

  static async connect({ host, port }: StlinkServerAddress): Promise<ServerWire> {
    const name = `tcp:${host.includes(":") ? `[${host}]` : host}:${port}`;
    const socket = await new Promise<Socket>((resolve, reject) => {
      const one = connect({ host, port });
      one.setTimeout(timeout, () => one.destroy(new Error("no answer")));
      one.once("connect", () => {
        one.setTimeout(0);
        one.removeAllListeners("error");
        resolve(one);
      });
      one.once("error", reject);
    }).catch((cause: NodeJS.ErrnoException) => {
      throw new ProbityError(
        "link-server-absent",
        `No stlink-server answers at ${name} (${cause.code ?? cause.message}).`,
        {
          facts: { server: name, system: cause.code ?? cause.message },
          remedy: ["Start one where the probe is: `probity share`.", "Correct host and port after tcp:."],
          cause,
        },
      );
    });
    const wire = new ServerWire(name, socket);
    try {
      const api = readU32(await wire.ask(Uint8Array.of(0x06, 0x03, 0x00, 0x00), 16), 0);
      if (api < 1 || api > 1000) throw unfit(name, "its answer to the question for its version makes no sense");
      if (api < LEAST_API) throw unfit(name, `it is of API ${api}; ${LEAST_API} is the least that is supported`);
      return wire;
    } catch (error) {
      wire.end();
      if (error instanceof ProbityError && (error.code === "link-timeout" || error.code === "link-server-gone")) {
        throw unfit(name, "it does not answer the question for its version");
      }
      throw error;
    }
  }

  /** Sends a request and resolves to the `length` bytes of its reply. */
  async ask(request: Uint8Array, length: number): Promise<Uint8Array> {
    if (this.#failure === undefined && this.#received.length > 0) this.#fail(unfit(this.name, "it sends unasked"));
    if (this.#failure !== undefined) throw this.#failure;
    this.#socket.write(request);
    const timer = setTimeout(() => {
      this.#fail(
        new ProbityError("link-timeout", `The server at ${this.name} did not answer within ${timeout} ms.`, {
          facts: { server: this.name },
          remedy: ["Look at what the server says; start it again."],
        }),
      );
    }, timeout);
    try {
      while (this.#received.length < length) {
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
      this.#wake = undefined;
    }
    const reply = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return reply;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    this.#wake?.();
  }

  end(): void {
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }
}
