import type { MemoryRegion } from "./debug-session.ts";

/** Bytes fetched at once on a miss: GDB's prologue analysis and stack walk ask for a few bytes at a time, side by side. */
const usualBlock = 128;

/**
 * What was read of RAM and flash since the core last ran. Peripherals are never cached: reading them may change them.
 * The owner clears it on every resume, step and reset, and tells it of writes.
 */
export class MemoryCache {
  readonly #regions: readonly MemoryRegion[];
  readonly #read: (address: number, length: number) => Promise<Uint8Array>;
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #blockBytes: number;

  constructor(
    regions: readonly MemoryRegion[],
    read: (address: number, length: number) => Promise<Uint8Array>,
    blockBytes = usualBlock,
  ) {
    this.#regions = regions;
    this.#read = read;
    this.#blockBytes = blockBytes;
  }

  clear(): void {
    this.#blocks.clear();
  }

  /** Forgets what [address, address+length) touches. */
  forget(address: number, length: number): void {
    for (let block = this.#blockOf(address); block < address + length; block += this.#blockBytes)
      this.#blocks.delete(block);
  }

  /** Reads through the cache; misses are fetched in one run of blocks. */
  async read(address: number, length: number): Promise<Uint8Array> {
    const region = this.#regions.find(
      ({ kind, start, length: size }) => kind !== "io" && address >= start && address + length <= start + size,
    );
    if (region === undefined || length === 0 || length > 4 * this.#blockBytes) return this.#read(address, length);
    const first = Math.max(this.#blockOf(address), region.start);
    const end = Math.min(this.#blockOf(address + length - 1) + this.#blockBytes, region.start + region.length);
    if (!this.#holds(first, end)) {
      const bytes = await this.#read(first, end - first);
      for (let at = first; at < end; ) {
        const next = Math.min(this.#blockOf(at) + this.#blockBytes, end);
        this.#blocks.set(this.#blockOf(at), bytes.slice(at - first, next - first));
        at = next;
      }
    }
    const result = new Uint8Array(length);
    for (let at = first; at < end; ) {
      const block = this.#blocks.get(this.#blockOf(at))!;
      const from = Math.max(at, address);
      const to = Math.min(at + block.length, address + length);
      if (from < to) result.set(block.subarray(from - at, to - at), from - address);
      at += block.length;
    }
    return result;
  }

  #holds(first: number, end: number): boolean {
    for (let block = this.#blockOf(first); block < end; block += this.#blockBytes)
      if (!this.#blocks.has(block)) return false;
    return true;
  }

  #blockOf(address: number): number {
    return address - (address % this.#blockBytes);
  }
}
