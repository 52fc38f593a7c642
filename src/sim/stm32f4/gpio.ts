import type { Disposable } from "../../base/events.ts";
import { PinLock } from "../stm32/pin-lock.ts";
import { RegisterBlock } from "../stm32/register-block.ts";

/** Where a pull resistor leads. */
export type Pull = "up" | "down";

const MODER = 0x00;
const OTYPER = 0x04;
const OSPEEDR = 0x08;
const PUPDR = 0x0c;
const IDR = 0x10;
const ODR = 0x14;
const BSRR = 0x18;
const LCKR = 0x1c;
const AFRL = 0x20;
const AFRH = 0x24;

/** MODER, OSPEEDR and PUPDR after reset, where they are not 0: the debug pins (RM0386 8.4). */
const atReset: Readonly<Record<string, readonly [number, number, number]>> = {
  GPIOA: [0xa8000000, 0x0c000000, 0x64000000],
  GPIOB: [0x00000280, 0x000000c0, 0x00000100],
};

/** What a pin is set to, as MODER encodes it. */
export const PinMode = { input: 0, output: 1, alternate: 2, analog: 3 } as const;

/** One general-purpose port, GPIOA–GPIOK, with its sixteen pins (RM0386 8.4). */
export class Gpio extends RegisterBlock {
  #moder = 0;
  #otyper = 0;
  #ospeedr = 0;
  #pupdr = 0;
  #odr = 0;
  readonly #afr = [0, 0];
  readonly #lock = new PinLock();
  /** What the board drives; undefined leaves the pin alone. */
  readonly #external: (boolean | undefined)[] = new Array(16).fill(undefined);
  readonly #pulls: (Pull | undefined)[] = new Array(16).fill(undefined);
  readonly #listeners: Set<(level: boolean) => void>[] = Array.from({ length: 16 }, () => new Set());
  #levels = 0;

  constructor(name: string) {
    super(name, "merge");
    this.reset();
  }

  reset(): void {
    const [moder, ospeedr, pupdr] = atReset[this.name] ?? [0, 0, 0];
    this.#moder = moder;
    this.#ospeedr = ospeedr;
    this.#pupdr = pupdr;
    this.#otyper = 0;
    this.#odr = 0;
    this.#afr.fill(0);
    this.#lock.reset();
    this.#refresh();
  }

  /** Level at a pin. */
  level(pin: number): boolean {
    return ((this.#levels >>> pin) & 1) !== 0;
  }

  mode(pin: number): number {
    return (this.#moder >>> (pin * 2)) & 3;
  }

  /** Number of the alternate function that has the pin; undefined when it is none's. */
  alternateFunction(pin: number): number | undefined {
    if (this.mode(pin) !== PinMode.alternate) return undefined;
    return (this.#afr[pin >>> 3] >>> ((pin & 7) * 4)) & 15;
  }

  /** A part of the board drives the pin; undefined lets go. */
  driveExternal(pin: number, level: boolean | undefined): void {
    this.#external[pin] = level;
    this.#refresh();
  }

  /** A resistor of the board; undefined takes it away. */
  setExternalPull(pin: number, pull: Pull | undefined): void {
    this.#pulls[pin] = pull;
    this.#refresh();
  }

  onChange(pin: number, listener: (level: boolean) => void): Disposable {
    this.#listeners[pin].add(listener);
    return { dispose: () => void this.#listeners[pin].delete(listener) };
  }

  protected readRegister(offset: number): number {
    switch (offset) {
      case MODER:
        return this.#moder;
      case OTYPER:
        return this.#otyper;
      case OSPEEDR:
        return this.#ospeedr;
      case PUPDR:
        return this.#pupdr;
      case IDR:
        return this.#inputs();
      case ODR:
        return this.#odr;
      case LCKR:
        return this.#lock.value;
      case AFRL:
      case AFRH:
        return this.#afr[(offset - AFRL) >>> 2];
      default:
        return 0;
    }
  }

  override read(offset: number, size: 1 | 2 | 4): number {
    const value = super.read(offset, size);
    if ((offset & ~3) === LCKR) this.#lock.noteRead();
    return value;
  }

  steady(offset: number): number | undefined {
    return offset === IDR || offset === ODR ? this.readRegister(offset) : undefined;
  }

  protected writeRegister(offset: number, value: number): void {
    switch (offset) {
      case MODER:
        this.#moder = this.#unlockedBits(this.#moder, value, 2);
        break;
      case OTYPER:
        this.#otyper = this.#unlockedBits(this.#otyper, value & 0xffff, 1);
        break;
      case OSPEEDR:
        this.#ospeedr = this.#unlockedBits(this.#ospeedr, value, 2);
        break;
      case PUPDR:
        this.#pupdr = this.#unlockedBits(this.#pupdr, value, 2);
        break;
      case ODR:
        this.#odr = value & 0xffff;
        break;
      case BSRR:
        // Where both are asked for, setting wins.
        this.#odr = ((this.#odr & ~(value >>> 16)) | value) & 0xffff;
        break;
      case LCKR:
        this.#lock.write(value);
        return;
      case AFRL:
      case AFRH: {
        const half = (offset - AFRL) >>> 2;
        this.#afr[half] = this.#unlockedBits(this.#afr[half], value, 4, half * 8);
        break;
      }
      default:
        return;
    }
    this.#refresh();
  }

  protected override peekRegister(offset: number): number {
    return offset === BSRR ? 0 : this.readRegister(offset);
  }

  /** The configuration of locked pins stays. */
  #unlockedBits(before: number, value: number, width: number, firstPin = 0): number {
    let kept = 0;
    for (let pin = firstPin; pin < firstPin + 32 / width && pin < 16; pin++) {
      if (this.#lock.holds(pin)) kept |= ((1 << width) - 1) << ((pin - firstPin) * width);
    }
    return ((before & kept) | (value & ~kept)) >>> 0;
  }

  /** IDR: an analog pin reads 0, its Schmitt trigger is off. */
  #inputs(): number {
    let value = this.#levels;
    for (let pin = 0; pin < 16; pin++) if (this.mode(pin) === PinMode.analog) value &= ~(1 << pin);
    return value;
  }

  #refresh(): void {
    let levels = 0;
    for (let pin = 0; pin < 16; pin++) if (this.#levelOf(pin)) levels |= 1 << pin;
    const changed = this.#levels ^ levels;
    this.#levels = levels;
    for (let pin = 0; changed !== 0 && pin < 16; pin++) {
      if (!((changed >>> pin) & 1)) continue;
      for (const listener of [...this.#listeners[pin]]) listener(this.level(pin));
    }
  }

  #levelOf(pin: number): boolean {
    const own = this.mode(pin) === PinMode.output ? ((this.#odr >>> pin) & 1) !== 0 : undefined;
    // An open drain that is not pulling down leaves the pin to the outside.
    const drives = own !== undefined && !(own && (this.#otyper >>> pin) & 1);
    if (drives) return own;
    const outside = this.#external[pin];
    if (outside !== undefined) return outside;
    const pull = (this.#pupdr >>> (pin * 2)) & 3;
    if (pull !== 0) return pull === 1;
    if (this.#pulls[pin] !== undefined) return this.#pulls[pin] === "up";
    // Nobody uses an open drain without a resistor.
    return own === true;
  }
}
