import type { RegisterPage } from "../cpu.ts";
import type { Memory } from "../memory.ts";
import { Slot, STEADY_ENTRIES } from "./guest-memory.ts";

const FIRST = Slot.STEADY >>> 2;

/** Registers that are kept at one time, at most: each is looked at again after every access that goes out of line. */
const MOST = 4;

/** Times that they are looked at again before they are let go: what is still polled comes back with the next read. */
const LONGEST = 64;

/** What no address is that is kept at this place of the state block. */
function nothingAt(place: number): number {
  return ((((place - FIRST) >>> 1) ^ 1) & (STEADY_ENTRIES - 1)) << 2;
}

interface Kept {
  address: number;
  page: RegisterPage;
  place: number;
}

/**
 * Registers of peripherals whose value translated code may take from the state block instead of asking: firmware waits
 * in loops that read one status register over and over, with nothing happening between. What is here holds until the
 * next access out of line, after which it is looked at again, or until translated code is left.
 */
export class SteadyRegisters {
  readonly #block: Int32Array;
  readonly #memory: Memory;
  readonly #kept: Kept[] = [];
  #looks = 0;

  constructor(block: Int32Array, memory: Memory) {
    this.#block = block;
    this.#memory = memory;
    for (let index = 0; index < STEADY_ENTRIES; index++) block[FIRST + index * 2] = nothingAt(FIRST + index * 2);
  }

  /** Some are kept, to be followed. */
  get any(): boolean {
    return this.#kept.length !== 0;
  }

  /** Nothing is known any more: time passes, or somebody else has the bus. */
  forget(): void {
    while (this.#kept.length > 0) this.#drop(this.#kept.length - 1);
  }

  /** A register may have changed, by an access to any. */
  follow(): void {
    if (++this.#looks > LONGEST || this.#memory.watcher !== undefined) {
      this.forget();
      return;
    }
    const kept = this.#kept;
    for (let at = kept.length - 1; at >= 0; at--) {
      const one = kept[at];
      const value = one.page.steady!(one.address);
      if (value === undefined) this.#drop(at);
      else this.#block[one.place + 1] = value | 0;
    }
  }

  /** A word was loaded out of line: it is kept when it is steady. */
  loaded(address: number): void {
    const page = this.#memory.registersAt(address);
    const value = page?.steady?.(address);
    if (value === undefined) return;
    // Where the block has its entry: emit-memory.ts works it out likewise.
    const place = FIRST + ((address >>> 2) & (STEADY_ENTRIES - 1)) * 2;
    if (this.#block[place] !== (address | 0)) {
      const other = this.#kept.findIndex((kept) => kept.place === place);
      if (other >= 0) this.#drop(other);
      if (this.#kept.length === MOST) this.forget();
      if (this.#kept.length === 0) this.#looks = 0;
      this.#kept.push({ address, page: page!, place });
      this.#block[place] = address;
    }
    this.#block[place + 1] = value | 0;
  }

  #drop(at: number): void {
    const { place } = this.#kept[at];
    this.#block[place] = nothingAt(place);
    const last = this.#kept.pop()!;
    if (at < this.#kept.length) this.#kept[at] = last;
  }
}
