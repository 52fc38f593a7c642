import { type AccessSize, BUS_FAULT, type BusMaster, type CpuBus } from "./cpu.ts";
import type { PrivateBus } from "./memory.ts";

/** A 4 KiB block of word registers on the private peripheral bus. Unknown offsets read 0 and ignore writes. */
export interface PpbBlock {
  /** The word at `offset`, unsigned. `debug`: the access comes from the debugger (some bits clear only then). */
  read(offset: number, debug: boolean): number;
  /** Writes the bits of `mask` (all, or those of the bytes that a narrow access covers); `size` in bytes. */
  write(offset: number, value: number, mask: number, debug: boolean, size: AccessSize): void;
}

/** The private peripheral bus 0xE0000000–0xE00FFFFF: core components by page, the chip's own to the bus. */
export class Ppb implements PrivateBus {
  /** By page of 4 KiB. */
  readonly #blocks: (PpbBlock | undefined)[] = new Array(256).fill(undefined);
  readonly #bus: CpuBus;

  constructor(bus: CpuBus) {
    this.#bus = bus;
  }

  /** Puts a block at `base`, which is a multiple of 4 KiB. */
  attach(base: number, block: PpbBlock): void {
    this.#blocks[(base >>> 12) & 0xff] = block;
  }

  read(address: number, size: AccessSize, master: BusMaster): number {
    const block = this.#blocks[(address >>> 12) & 0xff];
    if (block === undefined) return this.#bus.read(address, size, master);
    if (master === "dma") return BUS_FAULT;
    const word = block.read(address & 0xffc, master === "debug");
    if (size === 4) return word >>> 0;
    return (word >>> ((address & 3) * 8)) & (size === 2 ? 0xffff : 0xff);
  }

  write(address: number, size: AccessSize, value: number, master: BusMaster): boolean {
    const block = this.#blocks[(address >>> 12) & 0xff];
    if (block === undefined) return this.#bus.write(address, size, value, master);
    if (master === "dma") return false;
    const shift = (address & 3) * 8;
    const mask = size === 4 ? 0xffff_ffff : ((size === 2 ? 0xffff : 0xff) << shift) >>> 0;
    block.write(address & 0xffc, (value << shift) >>> 0, mask, master === "debug", size);
    return true;
  }
}

/** A register after a write of the bits of `mask`. */
export function merge(before: number, value: number, mask: number): number {
  return ((before & ~mask) | (value & mask)) >>> 0;
}
