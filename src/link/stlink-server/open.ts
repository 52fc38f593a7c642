import { readU32 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isProbityError, ProbityError } from "../../base/errors.ts";
import { Queue } from "../../base/queue.ts";
import { isGone } from "../gone.ts";
import type { Link } from "../link.ts";
import { padded } from "../memory.ts";
import { type StlinkServerAddress, serverName } from "./address.ts";
import { chooseDevice, listDevices } from "./devices.ts";
import {
  closeDevice,
  DIRECTION,
  type Direction,
  getClientCount,
  type ListedProbe,
  MOST_BELOW_API_2,
  MOST_READ,
  MOST_WRITTEN,
  openDevice,
  STATUS,
  statusText,
  usbCommand,
} from "./protocol.ts";
import { type ServerPatience, ServerWire, patience as usualPatience } from "./wire.ts";

/** RW_MISC, and telling clients apart in it, came with this API; data phases above 1 KiB with the other. */
const API_WITH_PAIRS = 3;
const API_WITH_LONG_DATA = 2;
/** Milliseconds between two tries while the probe is busy. */
const BUSY_PAUSE = 20;
/** Milliseconds for which the number of clients is taken for unchanged. */
const COUNT_HOLDS = 100;
/** A server that counts more can't count. */
const MOST_CLIENTS = 10_000;
const GET_VERSION = Uint8Array.of(0xf1);

const machineClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The probes that the server shares. Rejects as {@link openStlinkServerLink} does. */
export async function listServerProbes(
  address: StlinkServerAddress,
  patience: ServerPatience = usualPatience,
): Promise<ListedProbe[]> {
  const wire = await ServerWire.connect(address, patience);
  try {
    return await listDevices(wire);
  } finally {
    wire.end();
  }
}

/** Their serial numbers. */
export async function listSharedProbes(address: StlinkServerAddress): Promise<string[]> {
  return (await listServerProbes(address)).map(({ serial }) => serial);
}

/**
 * Opens a probe that an stlink-server shares: ST's, `probity share`, or another that speaks its protocol. Not tried with
 * ST's own. Rejects with `link-server-absent`, `link-server-unfit`, `link-no-probe`, `link-serial-not-found`,
 * `link-several-probes`, `link-busy`, `link-usb-permission`, `probe-v1-unsupported`, `probe-in-bootloader`. Transfers reject
 * with `link-server-gone`, `link-server-silent`, `link-server-garbled`, `link-unplugged`, `link-busy`, `link-usb-failed`.
 */
export async function openStlinkServerLink(
  address: StlinkServerAddress,
  patience: ServerPatience = usualPatience,
): Promise<Link> {
  let open = await OpenDevice.open(address, patience);
  const { probe } = open;
  const queue = new Queue();
  const again = { ...address, serial: probe.serial };
  const count = new ClientCount(address, patience);
  const { api } = open.wire;
  return {
    info: {
      name: `${open.wire.name}/${probe.serial}`,
      vendorId: probe.vendorId,
      productId: probe.productId,
      serial: probe.serial,
    },
    clock: machineClock,
    ...(api < API_WITH_PAIRS && {
      limits: { keepsPairs: false, ...(api < API_WITH_LONG_DATA && { dataBytes: MOST_BELOW_API_2 }) },
    }),
    transfer: (block, write, readLength = 0) => queue.run(() => open.transfer(padded(block), write, readLength)),
    readTrace: (length) => queue.run(() => open.readTrace(length)),
    close: () => queue.run(() => open.close()),
    reopen: () =>
      queue.run(async () => {
        await open.close();
        open = await OpenDevice.reopen(again, patience);
      }),
    others: async () => {
      const clients = await count.of(open.probe.id);
      return clients === undefined ? undefined : Math.max(0, clients - 1);
    },
  };
}

/** How many clients have a probe open. Asked on connections of its own: a server that can't tell breaks no session. */
class ClientCount {
  readonly #address: StlinkServerAddress;
  readonly #patience: ServerPatience;
  #known: { readonly id: number; readonly at: number; readonly count: Promise<number | undefined> } | undefined;
  #tells = true;

  constructor(address: StlinkServerAddress, patience: ServerPatience) {
    this.#address = address;
    this.#patience = patience;
  }

  of(id: number): Promise<number | undefined> {
    if (!this.#tells) return Promise.resolve(undefined);
    const now = performance.now();
    if (this.#known === undefined || this.#known.id !== id || now - this.#known.at > COUNT_HOLDS) {
      this.#known = { id, at: now, count: this.#ask(id) };
    }
    return this.#known.count;
  }

  async #ask(id: number): Promise<number | undefined> {
    let wire: ServerWire;
    try {
      wire = await ServerWire.connect(this.#address, this.#patience);
    } catch {
      return undefined;
    }
    try {
      const count = readU32((await wire.ask(getClientCount(id), this.#patience.connect / 4)).data, 0);
      if (count <= MOST_CLIENTS) return count;
    } catch {
      // Silence or anything else: it does not know the question.
    } finally {
      wire.end();
    }
    this.#tells = false;
    return undefined;
  }
}

/** A probe that is open at a server. */
class OpenDevice {
  readonly wire: ServerWire;
  readonly probe: ListedProbe;
  readonly #connectId: number;
  readonly #patience: ServerPatience;

  private constructor(wire: ServerWire, probe: ListedProbe, connectId: number, patience: ServerPatience) {
    this.wire = wire;
    this.probe = probe;
    this.#connectId = connectId;
    this.#patience = patience;
  }

  static async open(address: StlinkServerAddress, patience: ServerPatience): Promise<OpenDevice> {
    const wire = await ServerWire.connect(address, patience);
    try {
      const probe = chooseDevice(await listDevices(wire), address);
      return new OpenDevice(wire, probe, await connectIdOf(wire, probe, patience), patience);
    } catch (error) {
      wire.end();
      throw error;
    }
  }

  /** The same probe once more; `link-unplugged` while the server has it not. */
  static async reopen(address: StlinkServerAddress, patience: ServerPatience): Promise<OpenDevice> {
    let open: OpenDevice;
    try {
      open = await OpenDevice.open(address, patience);
    } catch (error) {
      if (!isProbityError(error, "link-no-probe") && !isProbityError(error, "link-serial-not-found")) throw error;
      throw unplugged(serverName(address), address.serial ?? "", "it is not in the server's list", error);
    }
    try {
      await open.transfer(padded(GET_VERSION), undefined, 6);
      return open;
    } catch (error) {
      await open.close();
      throw error;
    }
  }

  async transfer(block: Uint8Array, write: Uint8Array | undefined, readLength: number): Promise<Uint8Array> {
    return write !== undefined && write.length > 0
      ? this.#command(DIRECTION.write, block, write, 0)
      : this.#command(DIRECTION.read, block, undefined, readLength);
  }

  readTrace(length: number): Promise<Uint8Array> {
    const most = this.wire.api < API_WITH_LONG_DATA ? MOST_BELOW_API_2 : MOST_READ;
    return this.#command(DIRECTION.readTrace, new Uint8Array(16), undefined, Math.min(length, most));
  }

  /** Tells the server, if it hears; never rejects. */
  async close(): Promise<void> {
    await this.wire.ask(closeDevice(this.#connectId)).catch(() => {});
    this.wire.end();
  }

  async #command(
    direction: Direction,
    block: Uint8Array,
    data: Uint8Array | undefined,
    length: number,
  ): Promise<Uint8Array> {
    if ((data?.length ?? 0) > MOST_WRITTEN || length > MOST_READ) {
      throw new ProbityError("link-overflow", "An stlink-server can't carry a data phase of this length.", {
        facts: { bytes: data?.length ?? length, most: data === undefined ? MOST_READ : MOST_WRITTEN },
      });
    }
    const request = usbCommand(this.#connectId, direction, block, data, length);
    const reply = await insistently(this.#patience, () => this.wire.ask(request));
    if (reply.status === STATUS.ok) return reply.data;
    throw await this.#failure(reply.status, block);
  }

  /** What a failed command means: a probe that no longer tells its version is gone, whatever the server says. */
  async #failure(status: number, block: Uint8Array): Promise<ProbityError> {
    const server = this.wire.name;
    const { serial } = this.probe;
    if (status === STATUS.busy) return busy(server, serial, status);
    try {
      const version = await this.wire.ask(
        usbCommand(this.#connectId, DIRECTION.read, padded(GET_VERSION), undefined, 6),
      );
      if (version.status !== STATUS.ok) return unplugged(server, serial, statusText(version.status));
    } catch (error) {
      if (isGone(error)) return error;
      throw error;
    }
    const command = [...block.subarray(0, 2)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return new ProbityError(
      "link-usb-failed",
      `The server at ${server} could not carry out command ${command}: ${statusText(status)}.`,
      {
        facts: { server, serial, status: statusText(status), command },
        remedy: ["Unplug the probe there and plug it in again; look at what the server says."],
      },
    );
  }
}

async function connectIdOf(wire: ServerWire, probe: ListedProbe, patience: ServerPatience): Promise<number> {
  // A server that has just lost its client may refuse the probe for half a second (recorded of ST's).
  const reply = await insistently(patience, () => wire.ask(openDevice(probe.id)), true);
  if (reply.status === STATUS.ok && reply.data.length >= 4) return readU32(reply.data, 0);
  if (reply.status === STATUS.permission) {
    throw new ProbityError("link-usb-permission", "The server may not open its ST-LINK.", {
      facts: { server: wire.name, serial: probe.serial },
      remedy: ["At the machine on which the server runs, on Linux: sudo probity udev --install."],
    });
  }
  throw busy(wire.name, probe.serial, reply.status);
}

/** Asks again while the probe is busy, or fails in any way if `always`, as long as patience lasts. */
async function insistently<Answer extends { readonly status: number }>(
  patience: ServerPatience,
  ask: () => Promise<Answer>,
  always = false,
): Promise<Answer> {
  const end = performance.now() + patience.busy;
  for (;;) {
    const reply = await ask();
    if (reply.status === STATUS.ok || (reply.status !== STATUS.busy && !always)) return reply;
    if (performance.now() >= end) return reply;
    await machineClock.sleep(BUSY_PAUSE);
  }
}

function busy(server: string, serial: string, status: number): ProbityError {
  const holder = `the server at ${server} can't have it: ${statusText(status)}`;
  return new ProbityError("link-busy", `Another program holds the ST-LINK: ${holder}.`, {
    facts: { server, serial, status: statusText(status), holder },
    remedy: ["End the program that uses the probe without the server, at the machine on which the server runs."],
  });
}

function unplugged(server: string, serial: string, why: string, cause?: unknown): ProbityError {
  return new ProbityError("link-unplugged", `The ST-LINK behind the server at ${server} does not answer: ${why}.`, {
    facts: { server, serial, why },
    remedy: ["Plug the probe in again at the machine on which the server runs; look at what the server says."],
    cause,
  });
}
