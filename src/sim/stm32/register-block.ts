import type { AccessSize } from "../cpu/cpu.ts";
import type { Peripheral } from "./peripheral.ts";

/** Part of the word `word` that a read of `size` bytes at `offset` sees. */
export function lane(word: number, offset: number, size: AccessSize): number {
  if (size === 4) return word >>> 0;
  const shifted = word >>> ((offset & 3) * 8);
  return size === 2 ? shifted & 0xffff : shifted & 0xff;
}

/** The word that results when `value` of `size` bytes is written at `offset` into `word`. */
export function mergeLane(word: number, offset: number, size: AccessSize, value: number): number {
  if (size === 4) return value >>> 0;
  const shift = (offset & 3) * 8;
  const mask = (size === 2 ? 0xffff : 0xff) << shift;
  return ((word & ~mask) | ((value << shift) & mask)) >>> 0;
}

/** What the AHB-APB bridge makes of a narrow write: the value on every lane (RM0008 3.2, AHB/APB bridges). */
export function replicate(size: AccessSize, value: number): number {
  if (size === 4) return value >>> 0;
  if (size === 2) return ((value & 0xffff) * 0x10001) >>> 0;
  return ((value & 0xff) * 0x1010101) >>> 0;
}

/**
 * Base of blocks made of 32-bit registers. A narrow read takes its lane; a narrow write is replicated, as the APB
 * bridges do, or merged, for blocks that take bytes (RCC).
 */
export abstract class RegisterBlock implements Peripheral {
  readonly name: string;
  readonly #merge: boolean;

  constructor(name: string, narrowWrites: "replicate" | "merge" = "replicate") {
    this.name = name;
    this.#merge = narrowWrites === "merge";
  }

  read(offset: number, size: AccessSize): number {
    return lane(this.readRegister(offset & ~3), offset, size);
  }

  write(offset: number, size: AccessSize, value: number): unknown {
    const register = offset & ~3;
    if (size === 4) return this.writeRegister(register, value >>> 0);
    if (this.#merge) return this.writeRegister(register, mergeLane(this.peekRegister(register), offset, size, value));
    return this.writeRegister(register, replicate(size, value));
  }

  abstract reset(): void;

  /** The register's value; side effects of a read belong here. Offsets without a register read 0. */
  protected abstract readRegister(offset: number): number;
  /** Gives what {@link Peripheral.write} does. */
  protected abstract writeRegister(offset: number, value: number): unknown;

  /** The register's value for a merging write, without side effects. */
  protected peekRegister(offset: number): number {
    return this.readRegister(offset);
  }
}
