/** The medium behind a disk. */
export interface Medium {
  readonly sectorCount: number;
  read(first: number, count: number): Uint8Array;
  write(first: number, data: Uint8Array): void;
  /** The host has written all that it had: SYNCHRONIZE CACHE. */
  flush(): void;
}

export const SECTOR_BYTES = 512;

/** What a command asks of the transport: data for the host, data from it, or nothing. */
export interface Outcome {
  /** Data to the host. */
  readonly data?: Uint8Array;
  /** Bytes wanted from the host, and who takes them. */
  readonly wants?: { readonly bytes: number; readonly take: (offset: number, data: Uint8Array) => void };
  readonly failed?: boolean;
}

const DONE: Outcome = {};
const FAILED: Outcome = { failed: true };

/** Operation codes (SPC-4, SBC-3). */
const OPERATION = {
  testUnitReady: 0x00,
  requestSense: 0x03,
  inquiry: 0x12,
  modeSense6: 0x1a,
  startStopUnit: 0x1b,
  preventAllow: 0x1e,
  readFormatCapacities: 0x23,
  readCapacity: 0x25,
  read10: 0x28,
  write10: 0x2a,
  verify10: 0x2f,
  synchronizeCache: 0x35,
  modeSense10: 0x5a,
} as const;

/** Sense key, additional sense code. */
type Sense = readonly [key: number, code: number];
const SENSE = {
  none: [0x00, 0x00],
  invalidCommand: [0x05, 0x20],
  outOfRange: [0x05, 0x21],
  invalidField: [0x05, 0x24],
  mediumChanged: [0x06, 0x28],
} as const satisfies Record<string, Sense>;

/** A direct-access device with one logical unit: what a probe's drive says to SCSI commands. */
export class ScsiDisk {
  readonly #medium: () => Medium;
  #sense: Sense = SENSE.none;
  #changed = false;

  /** `medium` is asked anew for each command: it may have been changed. */
  constructor(medium: () => Medium) {
    this.#medium = medium;
  }

  /** The next command but INQUIRY and REQUEST SENSE is told that the medium is another. */
  mediumChanged(): void {
    this.#changed = true;
  }

  command(block: Uint8Array): Outcome {
    const view = Buffer.from(block.buffer, block.byteOffset, block.length);
    const operation = view[0];
    if (operation === OPERATION.requestSense) return { data: this.#takeSense().subarray(0, view[4]) };
    if (operation === OPERATION.inquiry) return this.#inquiry(view);
    this.#sense = SENSE.none;
    if (this.#changed) {
      this.#changed = false;
      return this.#fail(SENSE.mediumChanged);
    }
    const medium = this.#medium();
    switch (operation) {
      case OPERATION.testUnitReady:
      case OPERATION.startStopUnit:
      case OPERATION.preventAllow:
        return DONE;
      case OPERATION.verify10:
        return this.#inRange(view, medium) ? DONE : this.#fail(SENSE.outOfRange);
      case OPERATION.synchronizeCache:
        medium.flush();
        return DONE;
      case OPERATION.modeSense6:
        return { data: Buffer.of(3, 0, 0, 0).subarray(0, view[4]) };
      case OPERATION.modeSense10:
        return { data: Buffer.of(0, 6, 0, 0, 0, 0, 0, 0).subarray(0, view.readUInt16BE(7)) };
      case OPERATION.readFormatCapacities:
        return { data: formatCapacities(medium).subarray(0, view.readUInt16BE(7)) };
      case OPERATION.readCapacity:
        return { data: capacity(medium) };
      case OPERATION.read10:
        if (!this.#inRange(view, medium)) return this.#fail(SENSE.outOfRange);
        return { data: medium.read(view.readUInt32BE(2), view.readUInt16BE(7)) };
      case OPERATION.write10:
        return this.#write(view, medium);
      default:
        return this.#fail(SENSE.invalidCommand);
    }
  }

  #write(view: Buffer, medium: Medium): Outcome {
    if (!this.#inRange(view, medium)) return this.#fail(SENSE.outOfRange);
    const first = view.readUInt32BE(2);
    const take = (offset: number, data: Uint8Array): void => medium.write(first + offset / SECTOR_BYTES, data);
    return { wants: { bytes: view.readUInt16BE(7) * SECTOR_BYTES, take } };
  }

  #inRange(view: Buffer, medium: Medium): boolean {
    return view.readUInt32BE(2) + view.readUInt16BE(7) <= medium.sectorCount;
  }

  #inquiry(view: Buffer): Outcome {
    // Vital product data: none but what the standard pages say, which no host needs of a USB drive.
    if ((view[1] & 1) !== 0) return this.#fail(SENSE.invalidField);
    const reply = Buffer.alloc(36);
    reply.set([0x00, 0x80, 0x02, 0x02, 31]);
    reply.write("MBED    microcontroller 1.0 ", 8, "latin1");
    return { data: reply.subarray(0, view.readUInt16BE(3)) };
  }

  #fail(sense: Sense): Outcome {
    this.#sense = sense;
    return FAILED;
  }

  /** Fixed format; telling it clears it. */
  #takeSense(): Uint8Array {
    const [key, code] = this.#sense;
    this.#sense = SENSE.none;
    const reply = new Uint8Array(18);
    reply.set([0x70, 0, key, 0, 0, 0, 0, 10]);
    reply[12] = code;
    return reply;
  }
}

/** The last block's number, the size of a block. */
function capacity({ sectorCount }: Medium): Buffer {
  const reply = Buffer.alloc(8);
  reply.writeUInt32BE(sectorCount - 1, 0);
  reply.writeUInt32BE(SECTOR_BYTES, 4);
  return reply;
}

function formatCapacities({ sectorCount }: Medium): Buffer {
  const reply = Buffer.alloc(12);
  reply[3] = 8;
  reply.writeUInt32BE(sectorCount, 4);
  reply.writeUInt32BE((2 << 24) | SECTOR_BYTES, 8);
  return reply;
}
