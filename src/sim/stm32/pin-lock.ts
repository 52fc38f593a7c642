/** LCKR.LCKK. */
const LCKK = 1 << 16;

/** The lock register of a port: LCKK written 1, 0, 1 with one mask, then a read (RM0008 9.2.7, RM0386 8.4.8). */
export class PinLock {
  #mask = 0;
  #locked = false;
  /** How far the sequence has come. */
  #step = 0;

  reset(): void {
    this.#mask = 0;
    this.#locked = false;
    this.#step = 0;
  }

  /** The configuration of this pin is frozen until the next reset. */
  holds(pin: number): boolean {
    return this.#locked && ((this.#mask >>> pin) & 1) !== 0;
  }

  /** LCKR. */
  get value(): number {
    return this.#mask | (this.#locked ? LCKK : 0);
  }

  /** The read that ends the sequence. */
  noteRead(): void {
    if (this.#step === 3) this.#locked = true;
  }

  write(value: number): void {
    if (this.#locked) return;
    const mask = value & 0xffff;
    const key = (value & LCKK) !== 0;
    if (this.#step === 0 || mask !== this.#mask) this.#step = key ? 1 : 0;
    else if (this.#step === 1) this.#step = key ? 1 : 2;
    else this.#step = key ? 3 : 0;
    this.#mask = mask;
  }
}
