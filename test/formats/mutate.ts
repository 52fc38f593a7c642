import { concat, writeU16, writeU32 } from "../../src/base/bytes.ts";
import { isProbityError } from "../../src/base/errors.ts";
import { readElfTables } from "../../src/formats/elf.ts";

/** Numbers below `below`, the same for the same seed. */
export type Random = (below: number) => number;

/** xorshift32. */
export function generator(start: number): Random {
  let state = start >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A file to damage and the places in it where damage matters. */
export interface MutationSeed {
  readonly bytes: Uint8Array;
  readonly regions: readonly (readonly [start: number, length: number])[];
}

/** Headers, tables, symbols, the line numbers and what describes the memory: where a reader trusts a field. */
export function mutationSeed(bytes: Uint8Array): MutationSeed {
  const regions: [number, number][] = [[0, 52]];
  try {
    const { programs, sections } = readElfTables(bytes, "seed");
    regions.push([52, 32 * programs.length], [bytes.length - 40 * sections.length, 40 * sections.length]);
    for (const { name, type, offset, size } of sections) {
      const matters = /^\.(debug_line|symtab|strtab|shstrtab|ARM\.attributes|info|Dev_Info)$|Dev|P1-P2|P3|PrgCode/.test(
        name,
      );
      if (matters && type !== 8 && size > 0) regions.push([offset, size]);
      if (name === ".debug_line") regions.push([offset, Math.min(size, 100)]);
    }
  } catch (error) {
    if (!isProbityError(error)) throw error;
  }
  return { bytes, regions: regions.filter(([start, length]) => start >= 0 && length >= 4) };
}

/** One damaged file: some flipped bits, extreme fields, a cut, or pieces of this or another file put elsewhere. */
export function mutate(seed: MutationSeed, other: MutationSeed, random: Random): Uint8Array {
  let bytes: Uint8Array = seed.bytes.slice();
  for (let count = 1 + random(4); count > 0; count--) {
    const kind = random(16);
    if (kind < 5) flipBits(bytes, seed, random);
    else if (kind < 12) setField(bytes, seed, random);
    else if (kind === 12) bytes = bytes.slice(0, random(bytes.length + 1));
    else bytes = splice(bytes, other.bytes, random);
    if (bytes.length < 64) break;
  }
  return bytes;
}

function place({ regions }: MutationSeed, length: number, random: Random): number {
  if (random(5) === 0) return random(length);
  const [start, size] = regions[random(regions.length)];
  return Math.min(start + random(size), length - 1);
}

function flipBits(bytes: Uint8Array, seed: MutationSeed, random: Random): void {
  for (let count = 1 + random(8); count > 0; count--) bytes[place(seed, bytes.length, random)] ^= 1 << random(8);
}

function setField(bytes: Uint8Array, seed: MutationSeed, random: Random): void {
  const at = place(seed, bytes.length, random) & ~1;
  if (at + 4 > bytes.length) return;
  const { length } = bytes;
  const values = [0, 1, 2, 0x7f, 0xff, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];
  values.push(length, length - 1, length + 1, length >>> 1, 0x20000004, 0x08000000, 0x01000000, random(2 ** 32));
  const value = values[random(values.length)];
  if (random(3) === 0) writeU16(bytes, at, value);
  else writeU32(bytes, at & ~3, value);
}

function splice(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const source = random(2) === 0 ? bytes : other;
  const from = random(source.length);
  const piece = source.slice(from, from + 1 + random(400));
  const to = random(bytes.length);
  switch (random(3)) {
    case 0:
      return concat(bytes.subarray(0, to), piece, bytes.subarray(to));
    case 1:
      return concat(bytes.subarray(0, to), bytes.subarray(to + piece.length));
    default: {
      const copy = bytes.slice();
      copy.set(piece.subarray(0, bytes.length - to), to);
      return copy;
    }
  }
}
