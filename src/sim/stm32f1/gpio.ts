import { PinLock } from "../stm32/pin-lock.ts";
import { RegisterBlock } from "../stm32/register-block.ts";
import type { PinMatrix } from "./pin-matrix.ts";

const CRL = 0x00;
const CRH = 0x04;
const IDR = 0x08;
const ODR = 0x0c;
const BSRR = 0x10;
const BRR = 0x14;
const LCKR = 0x18;

const resetConfiguration = 0x44444444;

/** One general-purpose port, GPIOA–GPIOG (RM0008 9.2). */
export class Gpio extends RegisterBlock {
  readonly #pins: PinMatrix;
  readonly #port: number;
  #cr = [resetConfiguration, resetConfiguration];
  #odr = 0;
  readonly #lock = new PinLock();

  constructor(name: string, pins: PinMatrix) {
    super(name);
    this.#pins = pins;
    this.#port = name.charCodeAt(name.length - 1) - 0x41;
  }

  reset(): void {
    this.#lock.reset();
    this.#setOutputs(0);
    this.#setConfiguration(0, resetConfiguration);
    this.#setConfiguration(1, resetConfiguration);
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case CRL:
        return this.#cr[0];
      case CRH:
        return this.#cr[1];
      case IDR:
        return this.#pins.inputs(this.#port);
      case ODR:
        return this.#odr;
      case LCKR:
        return this.#readLock();
      default:
        return 0;
    }
  }

  steady(offset: number): number | undefined {
    return offset === IDR || offset === ODR ? this.readRegister(offset) : undefined;
  }

  protected writeRegister(offset: number, value: number): boolean {
    switch (offset) {
      case CRL:
        this.#setConfiguration(0, value);
        break;
      case CRH:
        this.#setConfiguration(1, value);
        break;
      case ODR:
        return this.#setOutputs(value & 0xffff);
      case BSRR:
        // Where both are asked for, setting wins.
        return this.#setOutputs((this.#odr & ~(value >>> 16)) | (value & 0xffff));
      case BRR:
        return this.#setOutputs(this.#odr & ~(value & 0xffff));
      case LCKR:
        this.#lock.write(value);
        break;
    }
    return false;
  }

  #setConfiguration(half: number, value: number): void {
    const before = this.#cr[half];
    let after = 0;
    for (let i = 0; i < 8; i++) {
      const frozen = this.#lock.holds(half * 8 + i);
      const config = ((frozen ? before : value) >>> (i * 4)) & 15;
      after |= config << (i * 4);
    }
    this.#cr[half] = after >>> 0;
    for (let i = 0; i < 8; i++) {
      const config = (after >>> (i * 4)) & 15;
      if (config !== ((before >>> (i * 4)) & 15)) this.#pins.configure(this.#port, half * 8 + i, config);
    }
  }

  /** The read that ends the key sequence still shows LCKK = 0, the next one shows 1 (RM0008 9.2.7). */
  #readLock(): number {
    const { value } = this.#lock;
    this.#lock.noteRead();
    return value;
  }

  /** True when they are so already. */
  #setOutputs(value: number): boolean {
    let changed = this.#odr ^ value;
    if (changed === 0) return true;
    this.#odr = value;
    while (changed !== 0) {
      const pin = 31 - Math.clz32(changed & -changed);
      changed &= changed - 1;
      this.#pins.setOutput(this.#port, pin, ((value >>> pin) & 1) !== 0);
    }
    return false;
  }
}
