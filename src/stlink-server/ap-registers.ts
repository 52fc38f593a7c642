import { readU16, readU32 } from "../base/bytes.ts";
import { DEBUG_STATUS, debugStatus, type Send } from "./debug-status.ts";
import type { Opening } from "./opening.ts";
import { DEBUG, DP_PORT, dapBlock, GROUP, usesAp } from "./usb-commands.ts";

/** MEM-AP registers (ADIv5.2 C2.6). */
const AP = { csw: 0x00, tar: 0x04, drw: 0x0c } as const;
/** CSW, TAR and its upper half, DRW, the four banked data registers: what they do depends on CSW and TAR. */
const stateful = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c];

/**
 * CSW and TAR of the access ports. The probe's memory commands write them for themselves, each time; a client that writes
 * them by WRITE_DAP_REG and then uses DRW depends on finding them as they were. So they are read before another client's
 * command changes them, and written back before the client's own next access. Clients that use memory commands alone cost
 * nothing. SELECT is the probe's own and needs no care: an access names its register in full.
 */
export class ApRegisters {
  readonly #send: Send;
  /** By access port: whose CSW and TAR are in it. */
  readonly #live = new Map<number, Opening>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** Before a command of `opening`. A reply means that the command must not be carried out. */
  async changeOver(opening: Opening, block: Uint8Array): Promise<Uint8Array | undefined> {
    const access = rawAccess(block);
    if (access !== undefined) return this.#makeLive(opening, access);
    if (!usesAp(block)) return undefined;
    opening.apRegisters.clear();
    for (const [ap, owner] of this.#live) {
      if (owner !== opening) await this.#save(owner, ap);
      this.#live.delete(ap);
    }
    return undefined;
  }

  /** The client is gone: nobody needs its registers. */
  drop(opening: Opening): void {
    for (const [ap, owner] of this.#live) if (owner === opening) this.#live.delete(ap);
  }

  reset(): void {
    this.#live.clear();
  }

  async #makeLive(opening: Opening, { ap, register, writes }: RawAccess): Promise<Uint8Array | undefined> {
    const owner = this.#live.get(ap);
    if (owner === opening) return undefined;
    if (owner !== undefined) await this.#save(owner, ap);
    this.#live.set(ap, opening);
    const saved = opening.apRegisters.get(ap);
    if (saved === undefined) return undefined;
    if (saved === "lost") {
      // Where the access would go is not known: it goes nowhere, until the client says where.
      const sets = writes && register === AP.tar;
      if (sets) opening.apRegisters.delete(ap);
      else if (register >= AP.drw) {
        this.#live.delete(ap);
        return debugStatus(DEBUG_STATUS.apError);
      }
      return undefined;
    }
    opening.apRegisters.delete(ap);
    await this.#send(dapBlock(ap, AP.csw, saved.csw), undefined, 2);
    await this.#send(dapBlock(ap, AP.tar, saved.tar), undefined, 2);
    return undefined;
  }

  async #save(owner: Opening, ap: number): Promise<void> {
    const csw = await this.#send(dapBlock(ap, AP.csw), undefined, 8);
    const tar = await this.#send(dapBlock(ap, AP.tar), undefined, 8);
    const good = [csw, tar].every((reply) => reply.length >= 8 && reply[0] === DEBUG_STATUS.ok);
    owner.apRegisters.set(ap, good ? { csw: readU32(csw, 4), tar: readU32(tar, 4) } : "lost");
  }
}

interface RawAccess {
  readonly ap: number;
  readonly register: number;
  readonly writes: boolean;
}

function rawAccess(block: Uint8Array): RawAccess | undefined {
  const writes = block[1] === DEBUG.writeDapRegister;
  if (block[0] !== GROUP.debug || (block[1] !== DEBUG.readDapRegister && !writes)) return undefined;
  const [ap, register] = [readU16(block, 2), block[4] & 0xfc];
  return ap !== DP_PORT && stateful.includes(register) ? { ap, register, writes } : undefined;
}
