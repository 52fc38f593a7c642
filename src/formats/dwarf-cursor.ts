import { readU16, readU32 } from "../base/bytes.ts";

/** Thrown and caught within the DWARF readers when data ends or contradicts itself; never seen outside. */
export class DwarfDamage extends Error {}

/** Walks through DWARF data; running over its end is {@link DwarfDamage}, never a loop. */
export class DwarfCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    if (position < 0 || position > end || end > bytes.length) throw new DwarfDamage();
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get left(): number {
    return this.end - this.position;
  }

  skip(count: number): undefined {
    if (count > this.left) throw new DwarfDamage();
    this.position += count;
    return undefined;
  }

  u8(): number {
    this.skip(1);
    return this.bytes[this.position - 1];
  }

  s8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    this.skip(2);
    return readU16(this.bytes, this.position - 2);
  }

  u32(): number {
    this.skip(4);
    return readU32(this.bytes, this.position - 4);
  }

  /** An offset of the 32-bit or the 64-bit DWARF format. */
  offset(is64: boolean): number {
    const low = this.u32();
    if (is64 && this.u32() !== 0) throw new DwarfDamage();
    return low;
  }

  /** A ULEB128 number of at most 32 bits. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8();
      if (shift < 49) value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 ** 32;
    }
    throw new DwarfDamage();
  }

  /** A SLEB128 number of at most 32 bits. */
  sleb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8();
      if (shift < 35) value |= shift < 32 ? (byte & 0x7f) << shift : 0;
      if (byte < 0x80) {
        const sign = shift + 7 < 32 && (byte & 0x40) !== 0 ? -1 << (shift + 7) : 0;
        return value | sign;
      }
    }
    throw new DwarfDamage();
  }

  /** Steps over a NUL-terminated text; where it begins. */
  text(): number {
    const start = this.position;
    const found = this.bytes.indexOf(0, start);
    if (found < 0 || found >= this.end) throw new DwarfDamage();
    this.position = found + 1;
    return start;
  }
}
