import type { SpiDevice } from "../stm32f1/spi.ts";
import type { Scheduler } from "../time/scheduler.ts";

const WEL = 2;
const BUSY = 1;
const PAGE = 256;
const SECTOR = 4096;
/** Typical times of the W25Q family, in nanoseconds (W25Q16JV data sheet 9.6). */
const PROGRAM_NS = 400_000;
const SECTOR_ERASE_NS = 45_000_000;
const BLOCK_ERASE_NS = 150_000_000;
const CHIP_ERASE_NS = 5_000_000_000;

/** A serial NOR flash as the W25Q family is: JEDEC id, read, page program, sector, block and chip erase. */
export class SpiFlash implements SpiDevice {
  readonly content: Uint8Array;
  readonly #scheduler: Scheduler;
  readonly #id: readonly number[];
  #frame: number[] = [];
  #writeEnabled = false;
  #busyUntil = 0;

  /** `bytes` is a power of two; the JEDEC id is Winbond's with the capacity code that goes with it. */
  constructor(scheduler: Scheduler, bytes = 2 * 1024 * 1024) {
    this.#scheduler = scheduler;
    this.content = new Uint8Array(bytes).fill(0xff);
    this.#id = [0xef, 0x40, Math.log2(bytes)];
  }

  select(on: boolean): void {
    if (!on) this.#execute();
    this.#frame = [];
  }

  exchange(value: number, bits: number): number {
    if (bits === 16) return (this.#byte(value >> 8) << 8) | this.#byte(value & 0xff);
    return this.#byte(value);
  }

  get #busy(): boolean {
    return this.#scheduler.nanoseconds < this.#busyUntil;
  }

  get #address(): number {
    return (((this.#frame[1] << 16) | (this.#frame[2] << 8) | this.#frame[3]) >>> 0) % this.content.length;
  }

  /** What stands on MISO while this byte comes in. */
  #byte(value: number): number {
    const position = this.#frame.length;
    const command = this.#frame[0];
    this.#frame.push(value);
    if (position === 0) return 0xff;
    if (command === 0x05) return (this.#busy ? BUSY : 0) | (this.#writeEnabled ? WEL : 0);
    if (this.#busy) return 0xff;
    if (command === 0x9f) return this.#id[(position - 1) % 3];
    const dataFrom = command === 0x03 ? 4 : command === 0x0b ? 5 : Number.POSITIVE_INFINITY;
    return position >= dataFrom ? this.content[(this.#address + position - dataFrom) % this.content.length] : 0xff;
  }

  /** Chip select rose: what was a complete command takes effect. */
  #execute(): void {
    const [command] = this.#frame;
    if (command === undefined || this.#busy) return;
    if (command === 0x06) this.#writeEnabled = true;
    else if (command === 0x04) this.#writeEnabled = false;
    if (!this.#writeEnabled) return;
    if (command === 0x02 && this.#frame.length > 4) this.#program();
    else if (command === 0x20 && this.#frame.length === 4) this.#erase(SECTOR, SECTOR_ERASE_NS);
    else if (command === 0xd8 && this.#frame.length === 4) this.#erase(16 * SECTOR, BLOCK_ERASE_NS);
    else if (command === 0xc7 || command === 0x60) this.#erase(this.content.length, CHIP_ERASE_NS);
  }

  #program(): void {
    const start = this.#address;
    this.#frame.slice(4).forEach((byte, i) => {
      this.content[(start & ~(PAGE - 1)) | ((start + i) & (PAGE - 1))] &= byte;
    });
    this.#busyFor(PROGRAM_NS);
  }

  #erase(bytes: number, nanoseconds: number): void {
    const start = bytes === this.content.length ? 0 : this.#address & ~(bytes - 1);
    this.content.fill(0xff, start, start + bytes);
    this.#busyFor(nanoseconds);
  }

  #busyFor(nanoseconds: number): void {
    this.#writeEnabled = false;
    this.#busyUntil = this.#scheduler.nanoseconds + nanoseconds;
  }
}
