/** One option, as this family has it. */
export interface OptionField {
  /** As `option-bytes set` takes it: `wdg_sw`. */
  readonly key: string;
  /** The manual's name: `WDG_SW`. */
  readonly name: string;
  /** In force since the last reset. */
  readonly loaded: number;
  /** In force from the next reset on; `undefined` while read protection hides it. */
  readonly stored: number | undefined;
  /** The value as people write it, and what it does. */
  readonly words: (value: number) => { readonly value: string; readonly meaning: string };
}

/** What was read of the option bytes, twice and alike. */
export interface OptionReading {
  readonly family: string;
  /** Levels above 0: flash is hidden from debuggers. */
  readonly protectionLevel: number;
  readonly fields: readonly OptionField[];
  readonly registers: readonly { readonly name: string; readonly value: number }[];
  /** The bytes themselves, where they can be read. */
  readonly bytes: Uint8Array | undefined;
  /** First address of {@link bytes}. */
  readonly address: number;
  /** What is wrong with them, and what was left half done; empty when all is well. */
  readonly problems: readonly string[];
}

/** One option that a plan changes. */
export interface OptionChange {
  readonly key: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly fromWords: string;
  readonly toWords: string;
}

/** What is to be done, before anything is. */
export interface OptionPlan {
  readonly changes: readonly OptionChange[];
  /** Every option's value afterwards, by key. */
  readonly next: ReadonlyMap<string, number>;
  /** Nothing has to be written: all is so already. */
  readonly nothing: boolean;
  /** Content that is lost. */
  readonly destroys: readonly string[];
  readonly warnings: readonly string[];
  /** When it takes effect. */
  readonly effect: readonly string[];
  /** It changes the read protection: the user has to agree. */
  readonly needsConsent: boolean;
  /** What is stored is whole: a reset before the change costs nothing. */
  readonly bearsReset: boolean;
  /** The read protection goes, and the content of flash with it. */
  readonly unprotects: boolean;
}

/** What a reset after {@link OptionController.apply} showed. */
export interface OptionOutcome {
  /** All of it is in force; else it needs {@link notes}. */
  readonly inForce: boolean;
  /** Bytes of flash that were read and found erased, after read protection was removed. */
  readonly erasedBytes: number | undefined;
  readonly notes: readonly string[];
}

/** The option bytes of one family. The core is halted while anything is written. */
export interface OptionController {
  /** Rejects with `option-bytes-unreadable` when what was read cannot be true. */
  read(): Promise<OptionReading>;
  /** A value as the command line has it. Throws `option-byte-unknown`, `option-byte-value`. */
  parse(key: string, text: string): number;
  /** Throws `option-bytes-torn` and `option-bytes-refused`. */
  plan(reading: OptionReading, wanted: ReadonlyMap<string, number>): OptionPlan;
  /**
   * Erases and programs. Rejects with `option-bytes-unchanged` (nothing was touched), `option-bytes-half-written`,
   * `option-bytes-unverified`, `option-bytes-verify-failed`.
   */
  apply(plan: OptionPlan): Promise<void>;
  /** After a system reset: is it in force, and did happen what it costs? Rejects with `option-bytes-not-in-force`. */
  check(plan: OptionPlan): Promise<OptionOutcome>;
}
