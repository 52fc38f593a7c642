import { readU16, readU32 } from "../../base/bytes.ts";
import type { AccessSize } from "../cpu/cpu.ts";

/** The little-endian value of `size` bytes at `offset`. */
export function load(bytes: Uint8Array, offset: number, size: AccessSize): number {
  if (size === 4) return readU32(bytes, offset);
  return size === 2 ? readU16(bytes, offset) : bytes[offset];
}

/** Puts the low `size` bytes of a value at `offset`. True, as the bus answers for an access that went through. */
export function store(bytes: Uint8Array, offset: number, size: AccessSize, value: number): true {
  bytes[offset] = value;
  if (size > 1) bytes[offset + 1] = value >>> 8;
  if (size === 4) {
    bytes[offset + 2] = value >>> 16;
    bytes[offset + 3] = value >>> 24;
  }
  return true;
}
