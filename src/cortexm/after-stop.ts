import type { WordOperation } from "../coresight/memory-port.ts";
import type { ReadWords } from "./core.ts";
import { scs } from "./debug-registers.ts";
import { registerReads, registersRead } from "./register-batch.ts";
import { selector } from "./register-file.ts";

/** What was read of a core that stopped. */
export interface StopWords {
  readonly dfsr: number;
  /** Core registers by selector, as far as they came in time. */
  readonly registers: ReadonlyMap<number, number>;
  readonly words: ReadWords;
}

/**
 * PC, which says where to go on, and the special registers, which the probe's own command for all registers leaves out: by
 * way of DCRSR (ARMv7-M C1.6.3).
 */
const selectors = [selector.special, selector.pc] as const;

const readSelectors = registerReads(selectors);
/** In the probe's queue DCRSR takes an address and a value. */
const REGISTER_ITEMS = 4 * selectors.length;

/**
 * What is worth reading in the transfer that stopped the core or saw it stopped: DFSR, some core registers, and words of
 * memory. `items`: what is left of the probe's queue; 1 is enough for DFSR.
 */
export class AfterStop {
  readonly operations: readonly WordOperation[];
  readonly #withRegisters: boolean;
  readonly #words: readonly number[];

  constructor(words: readonly number[], items: number) {
    const left = items - 1 - REGISTER_ITEMS;
    this.#withRegisters = left >= 0;
    this.#words = words.slice(0, Math.max(0, left));
    this.operations = [
      { kind: "read", address: scs.dfsr },
      ...(this.#withRegisters ? readSelectors : []),
      ...this.#words.map((address) => ({ kind: "read", address }) as const),
    ];
  }

  /** The meaning of the values that the operations gave. */
  read([dfsr, ...values]: readonly number[]): StopWords {
    if (!this.#withRegisters) return { dfsr, registers: new Map(), words: new Map() };
    const registers = registersRead(selectors, values);
    const words = values.slice(2 * selectors.length);
    return { dfsr, registers, words: new Map(this.#words.map((address, index) => [address, words[index]])) };
  }
}

/** Items of the probe's queue that operations take, with the one for the access port. */
export function itemsOf(operations: readonly WordOperation[]): number {
  return operations.reduce((sum, { kind }) => sum + (kind === "read" ? 1 : 2), 1);
}
