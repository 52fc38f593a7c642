/** What one job cost one tool. */
export interface CostRow {
  readonly name: string;
  /** Who did the job: `Probity`, `OpenOCD 0.12.0 dapdirect`. */
  readonly who: string;
  readonly transfers?: number;
  /** Modelled (virtual) time. */
  readonly milliseconds?: number;
  /** Anything else, in words: KiB/s, MIPS. */
  readonly rate?: string;
}
