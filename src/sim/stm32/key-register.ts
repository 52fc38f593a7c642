/**
 * A key register of the flash interface: two keys, in order, open a lock. A wrong key makes it deaf until the next
 * reset (PM0075 2.3.1, RM0386 3.6.1).
 */
export class KeyRegister {
  readonly #keys: readonly [first: number, second: number];
  readonly #opened: () => void;
  #state: "first" | "second" | "deaf" = "first";

  /** `opened` is called with the second of the two keys. */
  constructor(keys: readonly [first: number, second: number], opened: () => void) {
    this.#keys = keys;
    this.#opened = opened;
  }

  /** A wrong key was written since the last reset. */
  get deaf(): boolean {
    return this.#state === "deaf";
  }

  /** Waits for the first key: after a reset, and when the lock was closed again. */
  reset(): void {
    this.#state = "first";
  }

  write(key: number): void {
    const [first, second] = this.#keys;
    if (this.#state === "first" && key === first) {
      this.#state = "second";
    } else if (this.#state === "second" && key === second) {
      this.#state = "first";
      this.#opened();
    } else {
      this.#state = "deaf";
    }
  }
}
