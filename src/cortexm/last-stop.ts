import { isProbityError } from "../base/errors.ts";
import type { MemoryPort } from "../coresight/memory-port.ts";
import type { StopWords } from "./after-stop.ts";
import type { Comparators } from "./comparators.ts";
import type { CoreRegisters, HaltReason, ReadWords } from "./core.ts";
import { scs } from "./debug-registers.ts";
import { haltReasonOf } from "./halt-reason.ts";
import type { RegisterAccess } from "./register-access.ts";

export interface LastStopParts {
  readonly port: MemoryPort;
  readonly comparators: Comparators;
  readonly access: RegisterAccess;
  /** All registers; rejects while the core runs. */
  readonly registers: () => Promise<CoreRegisters>;
}

/** The stop at which the core stands: what DFSR says of it, and why it came, each read once. */
export class LastStop {
  /** The core was made to execute one instruction, and has. */
  stepped = false;
  readonly #parts: LastStopParts;
  #dfsr: number | undefined;
  #reason: HaltReason | undefined;

  constructor(parts: LastStopParts) {
    this.#parts = parts;
  }

  /** The core runs, or has run: with its stop go its registers. */
  forget(): void {
    this.#parts.access.forget();
    this.#dfsr = undefined;
    this.#reason = undefined;
    this.stepped = false;
  }

  /** DFSR was read with something else. */
  putCause(dfsr: number): void {
    this.#dfsr = dfsr;
  }

  /** Keeps what was read of a stop; gives the words that others asked for. */
  put({ dfsr, registers, words }: StopWords): ReadWords {
    this.#dfsr = dfsr;
    for (const [number, value] of registers) this.#parts.access.put(number, value);
    return words;
  }

  /** DFSR. */
  async cause(): Promise<number> {
    this.#dfsr ??= await this.#parts.port.readWord(scs.dfsr);
    return this.#dfsr;
  }

  async reason(): Promise<HaltReason> {
    const { port, comparators, registers } = this.#parts;
    const { breakpoints, watchpoints } = comparators;
    this.#reason ??= await haltReasonOf({
      dfsr: await this.cause(),
      stepped: this.stepped,
      // Whoever asks why the core stopped shows its registers next: one transfer fetches nearly all of them.
      pc: async () => (await registers()).r[15],
      xpsr: async () => (await registers()).xpsr,
      watchpoint: async () => {
        const values = await port.words(watchpoints.matchReads());
        return watchpoints.matched(values) ?? watchpoints.single;
      },
      hasComparator: (address) => breakpoints.has(address),
      halfWord: async (address) => {
        try {
          const bytes = await port.read(address, 2);
          return bytes[0] | (bytes[1] << 8);
        } catch (error) {
          if (isProbityError(error, "memory-fault")) return undefined;
          throw error;
        }
      },
    });
    return this.#reason;
  }
}
