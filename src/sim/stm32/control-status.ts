import type { Oscillator } from "./oscillator.ts";

/** RCC_CSR.RMVF. */
const REMOVE_FLAGS = 1 << 24;

/** RCC_CSR: why the last resets happened, and the switch of LSI (RM0008 7.3.10, RM0386 6.3.21). */
export class ControlStatus {
  readonly #lsi: Oscillator;
  #flags = 0;
  /** LSION as software wrote it; a running IWDG keeps the oscillator on all the same. */
  #lsiWanted = false;
  #lsiForced = false;

  constructor(lsi: Oscillator) {
    this.#lsi = lsi;
  }

  /** LSION is reset by a power reset and by software alone. */
  powerOn(): void {
    this.#flags = 0;
    this.#lsiWanted = false;
    this.#lsiForced = false;
    this.#lsi.set(false);
  }

  /** Adds causes of a reset. */
  addFlags(flags: number): void {
    this.#flags = (this.#flags | flags) >>> 0;
  }

  /** A running IWDG keeps LSI on (RM0008 19.3, RM0386 22.3). */
  forceLsi(on: boolean): void {
    this.#lsiForced = on;
    this.#lsi.set(this.#lsiWanted || on);
  }

  read(): number {
    return (this.#flags | (this.#lsiWanted ? 1 : 0) | (this.#lsi.ready ? 2 : 0)) >>> 0;
  }

  write(value: number): void {
    if (value & REMOVE_FLAGS) this.#flags = 0;
    this.#lsiWanted = (value & 1) !== 0;
    this.#lsi.set(this.#lsiWanted || this.#lsiForced);
  }
}
