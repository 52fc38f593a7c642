import { Ccr, Exception } from "./exception-bits.ts";
import type { Exceptions } from "./exceptions.ts";

/** The NVIC's registers in the system control space, 0xE000E100–0xE000E4EF and STIR (ARMv7-M B3.4). */
export class Nvic {
  readonly #exceptions: Exceptions;
  readonly #priorityMask: number;

  constructor(exceptions: Exceptions, priorityBits: number) {
    this.#exceptions = exceptions;
    this.#priorityMask = (0xff00 >>> priorityBits) & 0xff;
  }

  /** ICTR: number of 32-line registers, less one. */
  get controllerType(): number {
    return ((this.#exceptions.count - Exception.EXTERNAL + 31) >>> 5) - 1;
  }

  read(offset: number): number {
    const group = (offset & 0x7c) >>> 2;
    const ex = this.#exceptions;
    if (offset >= 0x400) return this.#readPriorities(offset - 0x400);
    switch (offset & 0x780) {
      case 0x100:
      case 0x180:
        return ex.enabled.externals(group);
      case 0x200:
      case 0x280:
        return ex.pending.externals(group);
      case 0x300:
        return ex.active.externals(group);
      default:
        return 0;
    }
  }

  write(offset: number, value: number, mask: number): void {
    if (offset >= 0x400) this.#writePriorities(offset - 0x400, value, mask);
    else this.#writeBits(offset, value & mask);
  }

  /** STIR (B3.2.26): pends an interrupt by number; unprivileged code needs CCR.USERSETMPEND. */
  trigger(value: number, privileged: boolean): boolean {
    const ex = this.#exceptions;
    if (!privileged && (ex.ccr & Ccr.USERSETMPEND) === 0) return false;
    const number = Exception.EXTERNAL + (value & 0x1ff);
    if (number < ex.count) ex.pend(number);
    return true;
  }

  #writeBits(offset: number, bits: number): void {
    const ex = this.#exceptions;
    const first = Exception.EXTERNAL + (offset & 0x7c) * 8;
    for (let bit = 0; bit < 32; bit++) {
      const number = first + bit;
      if (((bits >>> bit) & 1) === 0 || number >= ex.count) continue;
      switch (offset & 0x780) {
        case 0x100:
          ex.enable(number, true);
          break;
        case 0x180:
          ex.enable(number, false);
          break;
        case 0x200:
          ex.pend(number);
          break;
        case 0x280:
          ex.unpend(number);
          break;
        default:
          break;
      }
    }
  }

  #readPriorities(offset: number): number {
    let word = 0;
    for (let byte = 0; byte < 4; byte++) {
      word |= (this.#exceptions.priority[Exception.EXTERNAL + offset + byte] ?? 0) << (byte * 8);
    }
    return word >>> 0;
  }

  #writePriorities(offset: number, value: number, mask: number): void {
    const ex = this.#exceptions;
    for (let byte = 0; byte < 4; byte++) {
      const number = Exception.EXTERNAL + offset + byte;
      if (((mask >>> (byte * 8)) & 0xff) === 0 || number >= ex.count) continue;
      ex.setPriority(number, (value >>> (byte * 8)) & this.#priorityMask);
    }
  }
}
