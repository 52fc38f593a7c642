import { readU32 } from "../base/bytes.ts";
import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import type { Opening } from "./opening.ts";
import { DEBUG, DP_PORT, dapBlock, debugBlock, GROUP, isMemoryCommand } from "./usb-commands.ts";

const DP = { abort: 0x00, ctrlStat: 0x04 } as const;
/** CTRL/STAT: WDATAERR, STICKYERR, STICKYCMP, STICKYORUN (ADIv5.2 B2.2.2). */
const STICKY = { dataError: 1 << 7, error: 1 << 5, compare: 1 << 4, overrun: 1 << 1 } as const;
const STICKY_BITS = STICKY.dataError | STICKY.error | STICKY.compare | STICKY.overrun;
/** ABORT: which bit clears which (ADIv5.2 B2.2.1). */
const abortClears: readonly [number, number][] = [
  [1 << 1, STICKY.compare],
  [1 << 2, STICKY.error],
  [1 << 3, STICKY.dataError],
  [1 << 4, STICKY.overrun],
];
const ABORT_CLEAR_ALL = 0x1e;
/** GETLASTRWSTATUS2 came with J15; every V3 has it. */
const FIRST_WITH_LAST_STATUS_2 = 15;

/**
 * How the last access went, for each client: the probe remembers one status (3B, 3E) and the DP one set of sticky errors,
 * whoever's they are. Before another client's command takes their place they are fetched and kept for the client whose they
 * are. While one client is alone nothing is fetched.
 */
export class LastStatus {
  readonly #send: Send;
  /** Whose status the probe holds. */
  #owner: Opening | undefined;
  /** The probe's answer, if that client has asked already. */
  #fetched: Uint8Array | undefined;
  /** Whose command was the last. */
  #last: Opening | undefined;
  /** Sticky errors may be set: the outcome of the last command was bad, or is not known. */
  #suspect = false;
  #hasStatus2: boolean | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** The answer to 3B or 3E where it is not the probe's to give; `alone`: nobody else has the device open. */
  answer(opening: Opening, alone: boolean): Uint8Array | undefined {
    if (opening.lastStatus !== undefined) return opening.lastStatus;
    return alone || this.#owner === opening ? undefined : debugStatus(DEBUG_STATUS.ok);
  }

  /** Before a command of `opening` that reaches the target: what the client before left is taken out of the probe. */
  async changeOver(opening: Opening, isOpen: (one: Opening) => boolean, protocol: "swd" | "jtag"): Promise<void> {
    const before = this.#last;
    this.#last = opening;
    if (before === undefined || before === opening) return;
    if (this.#owner !== undefined && this.#owner !== opening) {
      if (isOpen(this.#owner)) await this.#keep(this.#owner);
      this.#owner = undefined;
    }
    if (this.#suspect) await this.#takeSticky(before, protocol);
    this.#suspect = false;
  }

  /** What the reply to a command of `opening` tells; CTRL/STAT comes back with the sticky errors that were taken from it. */
  note(opening: Opening, block: Uint8Array, reply: Uint8Array): Uint8Array {
    if (block[0] === GROUP.version || block[0] === GROUP.versionEx) this.#learnVersion(block[0], reply);
    if (block[0] !== GROUP.debug) return reply;
    if (isMemoryCommand(block)) {
      this.#owner = opening;
      this.#fetched = undefined;
      opening.lastStatus = undefined;
      opening.sticky = 0;
      this.#suspect = true;
    } else if (block[1] === DEBUG.lastStatus || block[1] === DEBUG.lastStatus2) {
      this.#suspect = reply[0] !== DEBUG_STATUS.ok;
      // 3B tells no fault address.
      if (block[1] === DEBUG.lastStatus2 || !this.#suspect) this.#fetched = reply;
    } else if (block[1] === DEBUG.readDapRegister && isCtrlStat(block)) {
      return this.#ctrlStat(opening, reply);
    } else if (block[1] === DEBUG.writeDapRegister) {
      // An AP write is posted: whether it failed shows later.
      this.#suspect = true;
      opening.sticky &= ~cleared(block);
    } else if (reply.length >= 2 && reply[0] !== DEBUG_STATUS.ok && block[1] >= DEBUG.enter) {
      this.#suspect = true;
    }
    return reply;
  }

  /** The items of a queue have a status each. */
  noteQueue(opening: Opening, results: Uint8Array): void {
    opening.sticky = 0;
    const items = Math.floor(results.length / 8);
    for (let item = 0; item < items; item++) {
      if (results[(items + item) * 4] !== DEBUG_STATUS.ok) this.#suspect = true;
    }
  }

  /** The probe has left debug mode, or is another. */
  reset(): void {
    this.#owner = undefined;
    this.#fetched = undefined;
    this.#last = undefined;
    this.#suspect = false;
  }

  async #keep(owner: Opening): Promise<void> {
    if (this.#fetched !== undefined) {
      owner.lastStatus = this.#fetched;
      return;
    }
    if (this.#hasStatus2 === undefined) {
      this.#learnVersion(
        GROUP.version,
        await this.#send(Uint8Array.of(GROUP.version, ...Array(15).fill(0)), undefined, 6),
      );
    }
    const reply = this.#hasStatus2
      ? await this.#send(debugBlock(DEBUG.lastStatus2), undefined, 12)
      : await this.#send(debugBlock(DEBUG.lastStatus), undefined, 2);
    owner.lastStatus = reply;
    this.#suspect = reply[0] !== DEBUG_STATUS.ok;
  }

  async #takeSticky(from: Opening, protocol: "swd" | "jtag"): Promise<void> {
    const reply = await this.#send(dapBlock(DP_PORT, DP.ctrlStat), undefined, 8);
    if (reply[0] !== DEBUG_STATUS.ok || reply.length < 8) return;
    const value = readU32(reply, 4);
    if ((value & STICKY_BITS) === 0) return;
    from.sticky |= value & STICKY_BITS;
    // A JTAG-DP clears them where they stand, an SW-DP by ABORT.
    if (protocol === "jtag") await this.#send(dapBlock(DP_PORT, DP.ctrlStat, value), undefined, 2);
    else await this.#send(dapBlock(DP_PORT, DP.abort, ABORT_CLEAR_ALL), undefined, 2);
  }

  #ctrlStat(opening: Opening, reply: Uint8Array): Uint8Array {
    if (reply[0] !== DEBUG_STATUS.ok || reply.length < 8) return reply;
    this.#suspect = (readU32(reply, 4) & STICKY_BITS) !== 0;
    const shown = reply.slice();
    shown[4] |= opening.sticky;
    return shown;
  }

  /** Only a V1, V2 or V2-1 may be too old; its version says so. */
  #learnVersion(group: number, reply: Uint8Array): void {
    const version = (reply[0] << 8) | reply[1];
    const generation = version >>> 12;
    const old = (generation === 1 || generation === 2) && ((version >>> 6) & 0x3f) < FIRST_WITH_LAST_STATUS_2;
    this.#hasStatus2 = group === GROUP.versionEx || !old;
  }
}

function isCtrlStat(block: Uint8Array): boolean {
  return block[2] === 0xff && block[3] === 0xff && block[4] === DP.ctrlStat;
}

/** The sticky errors that a write of ABORT, or of CTRL/STAT, clears. */
function cleared(block: Uint8Array): number {
  if (block[2] !== 0xff || block[3] !== 0xff) return 0;
  const value = readU32(block, 6);
  if (block[4] === DP.ctrlStat) return value & STICKY_BITS;
  if (block[4] !== DP.abort) return 0;
  return abortClears.reduce((bits, [bit, sticky]) => ((value & bit) === 0 ? bits : bits | sticky), 0);
}
