import type { Probe, Protocol, WordOperation } from "../probe/probe.ts";

export type { Probe, Protocol, WordOperation };

/**
 * Memory as seen through one access port. Addresses and lengths may have any alignment: 32-bit accesses are used where
 * they fit, narrower ones at the edges, and memory whose width matters can be asked for explicitly.
 * Rejects with `memory-fault` (facts: address) when the target's bus answers with an error.
 */
export interface MemoryPort {
  readonly ap: number;
  read(address: number, length: number): Promise<Uint8Array>;
  write(address: number, data: Uint8Array): Promise<void>;
  readWord(address: number): Promise<number>;
  writeWord(address: number, value: number): Promise<void>;
  readHalfWord(address: number): Promise<number>;
  writeHalfWord(address: number, value: number): Promise<void>;
  /** Single-word accesses in order, batched; resolves to the values of the reads. */
  words(operations: readonly WordOperation[]): Promise<number[]>;
  /** As {@link Probe.wordQueue}. */
  readonly wordQueue?: number | undefined;
}
