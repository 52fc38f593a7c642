import type { I2cDevice } from "../stm32f1/i2c.ts";
import type { Scheduler } from "../time/scheduler.ts";

interface Eeprom24Geometry {
  readonly bytes: number;
  /** Bytes that one write can take; the address wraps within them. */
  readonly page: number;
  /** Word address bytes after the device address; smaller parts put the upper bits into the device address. */
  readonly addressBytes: 1 | 2;
}

/** The family's sizes (data sheets of the AT24C01…AT24C512 and M24C01…M24512). */
export const eeproms24 = {
  "24C01": { bytes: 128, page: 8, addressBytes: 1 },
  "24C02": { bytes: 256, page: 8, addressBytes: 1 },
  "24C04": { bytes: 512, page: 16, addressBytes: 1 },
  "24C08": { bytes: 1024, page: 16, addressBytes: 1 },
  "24C16": { bytes: 2048, page: 16, addressBytes: 1 },
  "24C32": { bytes: 4096, page: 32, addressBytes: 2 },
  "24C64": { bytes: 8192, page: 32, addressBytes: 2 },
  "24C128": { bytes: 16384, page: 64, addressBytes: 2 },
  "24C256": { bytes: 32768, page: 64, addressBytes: 2 },
  "24C512": { bytes: 65536, page: 128, addressBytes: 2 },
} as const satisfies Record<string, Eeprom24Geometry>;

export type Eeprom24Name = keyof typeof eeproms24;

/** The longest write cycle that the data sheets allow. */
const WRITE_CYCLE_NS = 5_000_000;

/**
 * An I2C EEPROM of the 24Cxx family: page writes that wrap, reads at the current address, no acknowledge while a write
 * cycle runs.
 */
export class Eeprom24 implements I2cDevice {
  /** What it holds: 0xFF where nothing was written. */
  readonly content: Uint8Array;
  /** The WP pin: high keeps writes out. */
  writeProtected = false;
  readonly #geometry: Eeprom24Geometry;
  readonly #address: number;
  readonly #scheduler: Scheduler;
  #pointer = 0;
  /** Word address bytes still to come in this write. */
  #addressBytesLeft = 0;
  #page = new Map<number, number>();
  #busyUntil = 0;

  /** `address` is the 7-bit device address with the part's A pins, 0x50 with all of them low. */
  constructor(name: Eeprom24Name, scheduler: Scheduler, address = 0x50, content?: Uint8Array) {
    this.#geometry = eeproms24[name];
    this.#scheduler = scheduler;
    this.#address = address;
    this.content = new Uint8Array(this.#geometry.bytes).fill(0xff);
    if (content !== undefined) this.content.set(content.subarray(0, this.content.length));
  }

  matches(address: number): boolean {
    return (address & ~this.#blockMask) === (this.#address & ~this.#blockMask);
  }

  start(read: boolean, address: number): boolean {
    if (this.#scheduler.nanoseconds < this.#busyUntil) return false;
    // A repeated START drops what was not ended by STOP.
    this.#page.clear();
    if (this.#blockMask !== 0) this.#pointer = (this.#pointer & 0xff) | ((address & this.#blockMask) << 8);
    this.#addressBytesLeft = read ? 0 : this.#geometry.addressBytes;
    return true;
  }

  write(byte: number): boolean {
    if (this.#addressBytesLeft > 0) {
      this.#addressBytesLeft--;
      this.#pointer =
        this.#geometry.addressBytes === 2 ? ((this.#pointer << 8) | byte) & 0xffff : (this.#pointer & ~0xff) | byte;
      this.#pointer %= this.#addressBytesLeft === 0 ? this.content.length : 0x10000;
      return true;
    }
    if (this.writeProtected) return false;
    this.#page.set(this.#pointer, byte);
    const { page } = this.#geometry;
    this.#pointer = (this.#pointer & ~(page - 1)) | ((this.#pointer + 1) & (page - 1));
    return true;
  }

  read(): number {
    const byte = this.content[this.#pointer];
    this.#pointer = (this.#pointer + 1) % this.content.length;
    return byte;
  }

  stop(): void {
    if (this.#page.size === 0) return;
    for (const [address, byte] of this.#page) this.content[address] = byte;
    this.#page.clear();
    this.#busyUntil = this.#scheduler.nanoseconds + WRITE_CYCLE_NS;
  }

  /** Bits of the device address that pick a block of 256 bytes in the one-byte-address parts. */
  get #blockMask(): number {
    return this.#geometry.addressBytes === 2 ? 0 : ((this.#geometry.bytes >> 8) - 1) & 7;
  }
}
