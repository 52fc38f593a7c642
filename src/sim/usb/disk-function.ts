import { concat, readU32, writeU32 } from "../../base/bytes.ts";
import { InEndpoint } from "./in-endpoint.ts";
import { OutEndpoint } from "./out-endpoint.ts";
import { INTERFACE, type StlinkEndpoints } from "./products.ts";
import type { Outcome, ScsiDisk } from "./scsi-disk.ts";
import { SECTOR_BYTES } from "./scsi-disk.ts";
import { type ControlReply, NO_DATA, type Setup, type TransferStatus } from "./setup.ts";
import type { UsbFunction } from "./usb-device.ts";

/** Class requests (Bulk-Only Transport 1.0, 3). */
const REQUEST = { getMaxLun: 0xfe, reset: 0xff } as const;
const COMMAND = { bytes: 31, signature: 0x4342_5355 } as const;
const STATUS = { bytes: 13, signature: 0x5342_5355, good: 0, failed: 1, phaseError: 2 } as const;

/** A command whose data comes from the host. */
interface Incoming {
  readonly tag: number;
  /** What the host announced, and what the disk takes of it. */
  readonly announced: number;
  readonly wants: Outcome["wants"];
  readonly status: number;
  received: number;
  rest: Uint8Array;
}

/** Mass storage by Bulk-Only Transport: a command block, data one way or the other, a status block. */
export class DiskFunction implements UsbFunction {
  readonly interfaces = [INTERFACE.disk];
  readonly inEndpoints: readonly InEndpoint[];
  readonly outEndpoints: readonly OutEndpoint[];
  readonly #disk: ScsiDisk;
  readonly #in: InEndpoint;
  readonly #out: OutEndpoint;
  #incoming: Incoming | undefined;
  /** After a command block that is none: both pipes stay halted until the reset request. */
  #lost = false;

  constructor(disk: ScsiDisk, at: StlinkEndpoints, maxPacket: number) {
    this.#disk = disk;
    this.#in = new InEndpoint(at.diskIn, maxPacket);
    this.#out = new OutEndpoint(at.diskOut, maxPacket, (data) => this.#take(data));
    this.inEndpoints = [this.#in];
    this.outEndpoints = [this.#out];
  }

  reset(): void {
    this.#incoming = undefined;
    this.#lost = false;
  }

  classRequest({ request }: Setup): ControlReply {
    if (request === REQUEST.getMaxLun) return Uint8Array.of(0);
    if (request !== REQUEST.reset) return undefined;
    this.reset();
    this.#in.flush();
    return NO_DATA;
  }

  /** BOT 6.6.1: without the reset request, clearing the halt does not help. */
  haltCleared(address: number): void {
    if (!this.#lost) return;
    if (address === this.#in.address) this.#in.halt();
    if (address === this.#out.address) this.#out.halt();
  }

  #take(data: Uint8Array): TransferStatus {
    if (this.#incoming !== undefined) return this.#takeData(this.#incoming, data);
    // A status that nobody fetched is one that nobody wants.
    const valid = data.length === COMMAND.bytes && readU32(data, 0) === COMMAND.signature;
    if (!valid || data[13] !== 0 || data[14] === 0 || data[14] > 16) {
      this.#lost = true;
      this.#in.flush();
      this.#in.halt();
      this.#out.halt();
      return "stall";
    }
    this.#in.flush();
    this.#command(readU32(data, 4), readU32(data, 8), (data[12] & 0x80) !== 0, data.subarray(15, 31));
    return "success";
  }

  /** The cases of BOT 6.7 by who expects what: `announced` is the host's length, `toHost` its direction. */
  #command(tag: number, announced: number, toHost: boolean, block: Uint8Array): void {
    const { data, wants, failed } = this.#disk.command(block);
    const moves = data?.length ?? wants?.bytes ?? 0;
    const wrongWay = moves > 0 && (data !== undefined) !== toHost;
    const phaseError = moves > announced || (wrongWay && announced > 0);
    const status = phaseError ? STATUS.phaseError : failed ? STATUS.failed : STATUS.good;
    if (announced === 0) {
      this.#sendStatus(tag, 0, status);
    } else if (toHost) {
      const sent = phaseError || data === undefined ? NO_DATA : data;
      this.#in.send(sent);
      // A short packet ends the host's transfer; where there is none, a halt does.
      if (sent.length < announced && sent.length % this.#in.maxPacket === 0) this.#in.haltAfter();
      this.#sendStatus(tag, announced - sent.length, status);
    } else {
      // What the disk does not want is taken all the same, and counts as residue.
      this.#incoming = {
        ...{ tag, announced, status, received: 0, rest: NO_DATA },
        wants: phaseError ? undefined : wants,
      };
    }
  }

  #takeData(incoming: Incoming, bytes: Uint8Array): TransferStatus {
    const { announced, wants, tag, status } = incoming;
    const wanted = wants?.bytes ?? 0;
    const useful = bytes.subarray(0, Math.max(0, wanted - incoming.received));
    const rest = concat(incoming.rest, useful);
    const whole = rest.length - (rest.length % SECTOR_BYTES);
    if (whole > 0) wants?.take(Math.min(incoming.received, wanted) - incoming.rest.length, rest.subarray(0, whole));
    incoming.rest = rest.slice(whole);
    incoming.received += bytes.length;
    if (incoming.received < announced) return "success";
    this.#incoming = undefined;
    this.#sendStatus(tag, announced - Math.min(announced, wanted), status);
    return "success";
  }

  #sendStatus(tag: number, residue: number, status: number): void {
    const block = new Uint8Array(STATUS.bytes);
    writeU32(block, 0, STATUS.signature);
    writeU32(block, 4, tag);
    writeU32(block, 8, residue);
    block[12] = status;
    this.#in.send(block);
  }
}
