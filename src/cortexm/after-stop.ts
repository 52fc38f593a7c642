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
const usualSelectors = [selector.special, selector.pc] as const;

/**
 * What is worth reading in the transfer that stopped the core or saw it stopped: DFSR, some core registers, and words of
 * memory. `items`: what is left of the probe's queue; 1 is enough for DFSR.
 */
export class AfterStop {
  readonly operations: readonly WordOperation[];
  readonly #selectors: readonly number[];
  readonly #words: readonly number[];

  constructor(words: readonly number[], items: number, selectors: readonly number[] = usualSelectors) {
    const registers = registerReads(selectors);
    // That counts an item for the access port, which `items` has not: it is DFSR's.
    const left = items - itemsOf(registers);
    this.#selectors = left >= 0 ? selectors : [];
    this.#words = words.slice(0, Math.max(0, left));
    this.operations = [
      { kind: "read", address: scs.dfsr },
      ...(left >= 0 ? registers : []),
      ...this.#words.map((address) => ({ kind: "read", address }) as const),
    ];
  }

  /** The meaning of the values that the operations gave. */
  read([dfsr, ...values]: readonly number[]): StopWords {
    const registers = registersRead(this.#selectors, values);
    const words = values.slice(2 * this.#selectors.length);
    return { dfsr, registers, words: new Map(this.#words.map((address, index) => [address, words[index]])) };
  }
}

/** Items of the probe's queue that operations take, with the one for the access port. */
export function itemsOf(operations: readonly WordOperation[]): number {
  return operations.reduce((sum, { kind }) => sum + (kind === "read" ? 1 : 2), 1);
}
