import { readU16, readU32, writeU32 } from "../base/bytes.ts";
import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import type { Opening, Protocol } from "./opening.ts";
import { DEBUG, debugBlock, GROUP } from "./usb-commands.ts";

/** Divisors at which a V2 and a V2-1 start. */
const STARTING_DIVISOR: Readonly<Record<Protocol, number>> = { swd: 1, jtag: 32 };

interface ClockCommand {
  readonly protocol: Protocol;
  readonly value: number;
  readonly v3: boolean;
}

/**
 * The clock on the debug wires. There is one for all, and a client may ask for a slow one because its wires need it: so it is
 * the slowest of those that the clients in debug mode asked for. When the one that wanted it so leaves, it is the slowest of
 * the others' again, and with no client left what it was when the probe started.
 */
export class Clocks {
  readonly #send: Send;
  readonly #openings: ReadonlySet<Opening>;
  /** What the probe was told last. */
  readonly #current = new Map<Protocol, number>();
  /** V3: kHz before anybody asked for others, as far as it was told. */
  readonly #started = new Map<Protocol, number>();
  #v3 = false;

  constructor(send: Send, openings: ReadonlySet<Opening>) {
    this.#send = send;
    this.#openings = openings;
  }

  /** Takes note of what a client asks for. A reply means that the probe keeps the clock that it has. */
  async ask(opening: Opening, block: Uint8Array, others: boolean): Promise<Uint8Array | undefined> {
    const asked = clockCommand(block);
    if (asked === undefined) {
      const switches = block[0] === GROUP.debug && block[1] === DEBUG.switchPrescaler;
      return switches && others ? withValue(0) : undefined;
    }
    this.#v3 = asked.v3;
    opening.clock.set(asked.protocol, asked.value);
    if (others && (opening.protocol === undefined || this.#slowest(asked.protocol) !== asked.value)) {
      return asked.v3 ? withValue(this.#current.get(asked.protocol) ?? asked.value) : debugStatus(DEBUG_STATUS.ok);
    }
    return undefined;
  }

  /** What the probe's reply tells. */
  note(opening: Opening, block: Uint8Array, reply: Uint8Array): void {
    const asked = clockCommand(block);
    if (asked !== undefined) {
      if (reply[0] === DEBUG_STATUS.ok) this.#current.set(asked.protocol, asked.value);
      else opening.clock.delete(asked.protocol);
    } else if (block[0] === GROUP.debug && block[1] === DEBUG.getClocksV3 && reply.length >= 8) {
      const protocol = block[2] === 1 ? "jtag" : "swd";
      if (!this.#current.has(protocol) && !this.#started.has(protocol)) this.#started.set(protocol, readU32(reply, 4));
    }
  }

  /** After a client has come into debug mode, or left it: sets the clock that the rest needs. */
  async settle(): Promise<void> {
    for (const protocol of ["swd", "jtag"] as const) {
      const current = this.#current.get(protocol);
      const first = this.#v3 ? this.#started.get(protocol) : STARTING_DIVISOR[protocol];
      const wanted = this.#slowest(protocol) ?? (current === undefined ? undefined : first);
      if (wanted === undefined || wanted === current) continue;
      const reply = await this.#send(setClock(protocol, wanted, this.#v3), undefined, this.#v3 ? 8 : 2);
      if (reply[0] === DEBUG_STATUS.ok) this.#current.set(protocol, wanted);
    }
  }

  /** The probe starts anew. */
  reset(): void {
    this.#current.clear();
  }

  /** The slowest clock that a client in debug mode asked for: the largest divisor, the fewest kHz. */
  #slowest(protocol: Protocol): number | undefined {
    const wishes = [...this.#openings]
      .filter((opening) => opening.protocol !== undefined)
      .flatMap((opening) => opening.clock.get(protocol) ?? []);
    if (wishes.length === 0) return undefined;
    return this.#v3 ? Math.min(...wishes) : Math.max(...wishes);
  }
}

function clockCommand(block: Uint8Array): ClockCommand | undefined {
  if (block[0] !== GROUP.debug) return undefined;
  if (block[1] === DEBUG.setSwdClock) return { protocol: "swd", value: readU16(block, 2), v3: false };
  if (block[1] === DEBUG.setJtagClock) return { protocol: "jtag", value: readU16(block, 2), v3: false };
  if (block[1] !== DEBUG.setClockV3) return undefined;
  return { protocol: block[2] === 1 ? "jtag" : "swd", value: readU32(block, 4), v3: true };
}

function setClock(protocol: Protocol, value: number, v3: boolean): Uint8Array {
  if (!v3) {
    const command = protocol === "swd" ? DEBUG.setSwdClock : DEBUG.setJtagClock;
    return debugBlock(command, value & 0xff, value >>> 8);
  }
  const block = debugBlock(DEBUG.setClockV3, protocol === "jtag" ? 1 : 0);
  writeU32(block, 4, value);
  return block;
}

function withValue(value: number): Uint8Array {
  const reply = new Uint8Array(8);
  reply[0] = DEBUG_STATUS.ok;
  writeU32(reply, 4, value);
  return reply;
}
