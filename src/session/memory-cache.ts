import type { ReadWords } from "../cortexm/core.ts";
import type { MemoryRegion } from "./debug-session.ts";

/** Bytes kept or forgotten together: what GDB's own cache of the stack asks for at once. */
const usualBlock = 64;
/** How many blocks are taken for likely to be asked for again. */
const MOST_LIKELY = 4;
/** Blocks fetched at once on a miss: GDB's prologue analysis and stack walk ask for a few bytes at a time, side by side. */
const BLOCKS_AT_ONCE = 2;

/** What may be forgotten. */
export interface Forget {
  /** Flash cannot have changed. */
  readonly keepFlash?: boolean;
}

/**
 * What was read of RAM and flash since the core last ran. Peripherals are never cached: reading them may change them.
 * The owner clears it on every resume, step and reset, and tells it of writes.
 */
export class MemoryCache {
  readonly #regions: readonly MemoryRegion[];
  readonly #read: (address: number, length: number) => Promise<Uint8Array>;
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #blockBytes: number;
  /** Blocks of RAM that were asked for since the core last ran, the latest last. */
  readonly #asked = new Set<number>();
  /** As above, at the stop before. */
  #askedBefore: readonly number[] = [];

  constructor(
    regions: readonly MemoryRegion[],
    read: (address: number, length: number) => Promise<Uint8Array>,
    blockBytes = usualBlock,
  ) {
    this.#regions = regions;
    this.#read = read;
    this.#blockBytes = blockBytes;
  }

  clear({ keepFlash = false }: Forget = {}): void {
    for (const block of [...this.#blocks.keys()]) {
      if (!keepFlash || this.#regionOf(block, 1)?.kind !== "flash") this.#blocks.delete(block);
    }
    // A stop at which nobody looked at memory tells nothing.
    if (this.#asked.size > 0) this.#askedBefore = [...this.#asked].reverse();
    this.#asked.clear();
  }

  /** Forgets what [address, address+length) touches. */
  forget(address: number, length: number): void {
    for (let block = this.#blockOf(address); block < address + length; block += this.#blockBytes)
      this.#blocks.delete(block);
  }

  /**
   * Words of RAM that will probably be asked for after the next stop, because they were after this one: whole blocks, those
   * asked for last first.
   */
  likely(): number[] {
    const blocks = this.#asked.size > 0 ? [...this.#asked].reverse() : this.#askedBefore;
    return blocks.slice(0, MOST_LIKELY).flatMap((block) => this.#wordsOf(block));
  }

  #wordsOf(block: number): number[] {
    const { start, end } = this.#span(block);
    return Array.from({ length: (end - start) >>> 2 }, (_, word) => start + 4 * word);
  }

  /** Words of the blocks around addresses, each block once. */
  around(addresses: readonly number[]): number[] {
    return [...new Set(addresses.map((address) => this.#blockOf(address)))].flatMap((block) => this.#wordsOf(block));
  }

  /** Words of the blocks around addresses that are neither known nor outside of the regions, each block once. */
  missing(addresses: readonly number[]): number[] {
    const blocks = new Set(addresses.map((address) => this.#blockOf(address)));
    return [...blocks].filter((block) => !this.#blocks.has(block)).flatMap((block) => this.#wordsOf(block));
  }

  /** Takes words that were read since the core stopped; blocks that are not complete among them are left out. */
  put(words: ReadWords): void {
    const blocks = new Set([...words.keys()].map((address) => this.#blockOf(address)));
    for (const block of blocks) {
      if (this.#regionOf(block, 1) === undefined) continue;
      const { start, end } = this.#span(block);
      const bytes = new Uint8Array(end - start);
      const view = new DataView(bytes.buffer);
      let complete = (end - start) % 4 === 0;
      for (let address = start; complete && address < end; address += 4) {
        const value = words.get(address);
        if (value === undefined) complete = false;
        else view.setUint32(address - start, value, true);
      }
      if (complete) this.#blocks.set(block, bytes);
    }
  }

  /** What is in the cache of a stretch within one block; `undefined` when nothing is. */
  peek(address: number, length: number): Uint8Array | undefined {
    const block = this.#blockOf(address);
    const bytes = this.#blocks.get(block);
    if (bytes === undefined) return undefined;
    const from = address - this.#span(block).start;
    return from >= 0 && from + length <= bytes.length ? bytes.subarray(from, from + length) : undefined;
  }

  /** Reads through the cache; misses are fetched in one run of blocks. */
  async read(address: number, length: number): Promise<Uint8Array> {
    const region = this.#regionOf(address, length);
    if (region === undefined || length === 0 || length > 8 * this.#blockBytes) return this.#read(address, length);
    const first = this.#blockOf(address);
    const last = this.#blockOf(address + length - 1);
    if (region.kind === "ram") {
      for (let block = first; block <= last; block += this.#blockBytes) {
        this.#asked.delete(block);
        this.#asked.add(block);
      }
    }
    if (!this.#holds(first, last)) await this.#fetch(region, first, last);
    const result = new Uint8Array(length);
    for (let block = first; block <= last; block += this.#blockBytes) {
      const { start } = this.#span(block);
      const bytes = this.#blocks.get(block)!;
      const from = Math.max(start, address);
      const to = Math.min(start + bytes.length, address + length);
      if (from < to) result.set(bytes.subarray(from - start, to - start), from - address);
    }
    return result;
  }

  async #fetch(region: MemoryRegion, first: number, last: number): Promise<void> {
    const stride = BLOCKS_AT_ONCE * this.#blockBytes;
    const from = Math.max(first - (first % stride), region.start);
    const end = Math.min(last - (last % stride) + stride, region.start + region.length);
    const bytes = await this.#read(from, end - from);
    for (let at = from; at < end; ) {
      const next = Math.min(this.#blockOf(at) + this.#blockBytes, end);
      this.#blocks.set(this.#blockOf(at), bytes.slice(at - from, next - from));
      at = next;
    }
  }

  #holds(first: number, last: number): boolean {
    for (let block = first; block <= last; block += this.#blockBytes) if (!this.#blocks.has(block)) return false;
    return true;
  }

  /** The part of a block that lies in its region. */
  #span(block: number): { readonly start: number; readonly end: number } {
    const region = this.#regions.find(
      ({ kind, start, length }) => kind !== "io" && block + this.#blockBytes > start && block < start + length,
    );
    if (region === undefined) return { start: block, end: block };
    const start = Math.max(block, region.start);
    return { start, end: Math.min(block + this.#blockBytes, region.start + region.length) };
  }

  #regionOf(address: number, length: number): MemoryRegion | undefined {
    return this.#regions.find(
      ({ kind, start, length: size }) => kind !== "io" && address >= start && address + length <= start + size,
    );
  }

  #blockOf(address: number): number {
    return address - (address % this.#blockBytes);
  }
}
