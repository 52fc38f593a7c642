import { readU32 } from "../base/bytes.ts";
import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import type { Opening, Protocol } from "./opening.ts";
import { DEBUG, DP_PORT, dapBlock, debugBlock } from "./usb-commands.ts";

/** GET_CURRENT_MODE of a probe at rest. */
const MODE_AT_REST = 1;
/** ENTER's parameter: SWD, JTAG without reset; everything else is JTAG with one. */
const ENTER_SWD = 0xa3;
const CTRL_STAT = 0x04;
/** CDBGPWRUPACK and CSYSPWRUPACK. */
const POWERED = 0xa000_0000;

/**
 * Debug mode and open access ports, counted by client: the probe enters with the first that enters and leaves with the last,
 * and an access port is open as long as any client has it open.
 */
export class DebugMode {
  readonly #send: Send;
  readonly #openings: ReadonlySet<Opening>;

  constructor(send: Send, openings: ReadonlySet<Opening>) {
    this.#send = send;
    this.#openings = openings;
  }

  /** Clients in debug mode, `opening` not counted. */
  others(opening: Opening): Opening[] {
    return [...this.#openings].filter((one) => one !== opening && one.protocol !== undefined);
  }

  /** How the wires are used at present. */
  get protocol(): Protocol {
    return [...this.#openings].find(({ protocol }) => protocol !== undefined)?.protocol ?? "swd";
  }

  /** GET_CURRENT_MODE of a client that is not in debug mode while others are. */
  modeAtRest(): Uint8Array {
    return Uint8Array.of(MODE_AT_REST, 0);
  }

  /**
   * ENTER. While others are in debug mode the probe is, too: it is only asked whether its target still answers, and if it
   * does not, enters anew for all. `renewed` is called when it did.
   */
  async enter(opening: Opening, block: Uint8Array, renewed: () => Promise<void>): Promise<Uint8Array> {
    const protocol = block[2] === ENTER_SWD ? "swd" : "jtag";
    opening.entered = true;
    const others = this.others(opening);
    if (others.some((one) => one.protocol !== protocol)) return debugStatus(DEBUG_STATUS.openedInOtherMode);
    if (others.length > 0) {
      if (!(await this.#answers())) {
        await this.#send(debugBlock(DEBUG.exit));
        const reply = await this.#send(block, undefined, replyLength(block));
        if (!entered(block, reply)) return reply;
        const aps = new Set([...others, opening].flatMap((one) => [...one.aps]));
        for (const ap of aps) await this.#send(debugBlock(DEBUG.initAp, ap), undefined, 2);
        await renewed();
      }
      opening.protocol = protocol;
      return debugStatus(DEBUG_STATUS.ok);
    }
    const reply = await this.#send(block, undefined, replyLength(block));
    opening.protocol = entered(block, reply) ? protocol : undefined;
    return reply;
  }

  /**
   * EXIT, or the end of a client. Resolves to whether the probe left debug mode. A client that was not in it makes the probe
   * leave only if nobody else is: a program that was killed may have left it there.
   */
  async exit(opening: Opening): Promise<boolean> {
    const alone = this.others(opening).length === 0;
    for (const ap of opening.aps) {
      if (!this.#isOpenFor(ap, opening)) await this.#send(debugBlock(DEBUG.closeAp, ap), undefined, 2);
    }
    opening.leaveDebug();
    if (alone) await this.#send(debugBlock(DEBUG.exit));
    return alone;
  }

  /** INIT_AP: once is enough for all. */
  async initAp(opening: Opening, block: Uint8Array): Promise<Uint8Array> {
    const ap = block[2];
    const reply = this.#isOpenFor(ap, opening) ? debugStatus(DEBUG_STATUS.ok) : await this.#send(block, undefined, 2);
    if (reply[0] === DEBUG_STATUS.ok) opening.aps.add(ap);
    return reply;
  }

  /** CLOSE_AP_DBG: the access port stays open while another client has it open. */
  async closeAp(opening: Opening, block: Uint8Array): Promise<Uint8Array> {
    const ap = block[2];
    const was = opening.aps.delete(ap);
    if (this.#isOpenFor(ap, opening)) return debugStatus(was ? DEBUG_STATUS.ok : DEBUG_STATUS.badAp);
    // A client may use port 0 without having opened it, and none closes what it did not open.
    if (!was && this.others(opening).length > 0) return debugStatus(DEBUG_STATUS.badAp);
    return this.#send(block, undefined, 2);
  }

  #isOpenFor(ap: number, besides: Opening): boolean {
    return [...this.#openings].some((one) => one !== besides && one.aps.has(ap));
  }

  /** The target answers and is powered for debugging. */
  async #answers(): Promise<boolean> {
    const reply = await this.#send(dapBlock(DP_PORT, CTRL_STAT), undefined, 8);
    return reply.length >= 8 && reply[0] === DEBUG_STATUS.ok && (readU32(reply, 4) & POWERED) >>> 0 === POWERED;
  }
}

/** ENTER of version 1 has no reply. */
function replyLength(block: Uint8Array): number {
  return block[1] === DEBUG.enterV1 ? 0 : 2;
}

function entered(block: Uint8Array, reply: Uint8Array): boolean {
  return block[1] === DEBUG.enterV1 || reply[0] === DEBUG_STATUS.ok;
}
