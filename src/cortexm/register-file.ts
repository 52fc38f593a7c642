import type { CoreRegisterName, CoreRegisters } from "./core.ts";

/** DCRSR selectors (ARMv7-M C1.6.3). */
export const selector = { sp: 13, lr: 14, pc: 15, xpsr: 16, msp: 17, psp: 18, special: 20 } as const;

/** Where a register is: its own selector, or a byte of selector 20. */
export function placeOf(name: CoreRegisterName): { readonly selector: number; readonly byte?: 0 | 1 | 2 | 3 } {
  switch (name) {
    case "sp":
      return { selector: 13 };
    case "lr":
      return { selector: 14 };
    case "pc":
      return { selector: 15 };
    case "xpsr":
      return { selector: 16 };
    case "msp":
      return { selector: 17 };
    case "psp":
      return { selector: 18 };
    case "primask":
      return { selector: 20, byte: 0 };
    case "basepri":
      return { selector: 20, byte: 1 };
    case "faultmask":
      return { selector: 20, byte: 2 };
    case "control":
      return { selector: 20, byte: 3 };
    default:
      return { selector: Number(name.slice(1)) };
  }
}

/** Byte `byte` of selector 20: 0 PRIMASK, 1 BASEPRI, 2 FAULTMASK, 3 CONTROL. */
export function byteOf(special: number, byte: 0 | 1 | 2 | 3): number {
  return (special >>> (8 * byte)) & 0xff;
}

export function withByte(special: number, byte: 0 | 1 | 2 | 3, value: number): number {
  return ((special & ~(0xff << (8 * byte))) | ((value & 0xff) << (8 * byte))) >>> 0;
}

/** Registers as read from debug state, by selector: 0–18 and 20. */
export class RegisterFile {
  readonly #values = new Map<number, number>();

  get(number: number): number | undefined {
    return this.#values.get(number);
  }

  set(number: number, value: number): void {
    this.#values.set(number, value >>> 0);
  }

  clear(): void {
    this.#values.clear();
  }

  /** Selectors of a full set that are not known yet. */
  missing(): number[] {
    const missing: number[] = [];
    for (let number = 0; number <= selector.psp; number++) if (!this.#values.has(number)) missing.push(number);
    if (!this.#values.has(selector.special)) missing.push(selector.special);
    return missing;
  }

  /** A register was written: keeps what stays true, forgets what may not. */
  wrote(number: number, value: number): void {
    switch (number) {
      case selector.pc:
        this.set(number, value & ~1);
        break;
      case selector.sp:
      case selector.msp:
      case selector.psp:
        // SP is MSP or PSP, and which of them depends on CONTROL and the mode.
        for (const each of [selector.sp, selector.msp, selector.psp]) this.#values.delete(each);
        break;
      case selector.xpsr:
      case selector.special:
        // Reserved bits may not take, and the stack pointer in use may be the other one now.
        this.#values.delete(number);
        this.#values.delete(selector.sp);
        break;
      default:
        this.set(number, value);
    }
  }

  /** The full set; every selector has to be known. */
  snapshot(): CoreRegisters {
    const known = (number: number): number => this.#values.get(number) ?? 0;
    const special = known(selector.special);
    return {
      r: Uint32Array.from({ length: 16 }, (_, number) => known(number)),
      xpsr: known(selector.xpsr),
      msp: known(selector.msp),
      psp: known(selector.psp),
      primask: byteOf(special, 0),
      basepri: byteOf(special, 1),
      faultmask: byteOf(special, 2),
      control: byteOf(special, 3),
    };
  }
}
