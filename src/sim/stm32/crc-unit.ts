import { RegisterBlock } from "./register-block.ts";

const DR = 0x00;
const IDR = 0x04;
const CR = 0x08;

const polynomial = 0x04c11db7;

/** CRC calculation unit (RM0008 4): CRC-32 over words, most significant bit first, no reflection. */
export class CrcUnit extends RegisterBlock {
  #dr = 0xffffffff;
  #idr = 0;

  constructor() {
    super("CRC", "merge");
  }

  reset(): void {
    this.#dr = 0xffffffff;
    this.#idr = 0;
  }

  protected readRegister(offset: number): number {
    if (offset === DR) return this.#dr;
    return offset === IDR ? this.#idr : 0;
  }

  protected writeRegister(offset: number, value: number): void {
    if (offset === DR) {
      let crc = this.#dr ^ value;
      for (let bit = 0; bit < 32; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ polynomial : crc << 1;
      this.#dr = crc >>> 0;
    } else if (offset === IDR) {
      this.#idr = value & 0xff;
    } else if (offset === CR && value & 1) {
      this.#dr = 0xffffffff;
    }
  }
}
