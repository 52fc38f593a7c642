import { readU32 } from "../base/bytes.ts";
import { decodeThumb } from "./thumb-instruction.ts";

/** A stretch of code, and the memory its literals may lie in. */
export interface CodeStretch {
  readonly address: number;
  readonly data: Uint8Array;
}

/** A 32-bit constant that code puts into a register. */
export interface CodeConstant {
  /** Address of the instruction that completes it. */
  readonly at: number;
  readonly value: number;
}

/**
 * The constants that Thumb code reaches: literal-pool loads, MOVW/MOVT pairs, immediates, and a byte shifted into place.
 * A linear sweep: `isCode` tells instructions from data, and everything counts as code without it.
 */
export function thumbConstants(
  stretches: readonly CodeStretch[],
  isCode: (address: number) => boolean = () => true,
): CodeConstant[] {
  const found: CodeConstant[] = [];
  for (const { address, data } of stretches) {
    const low = new Map<number, number>();
    let at = 0;
    while (at + 2 <= data.length) {
      const here = address + at;
      if (!isCode(here)) {
        at += 2;
        low.clear();
        continue;
      }
      const instruction = decodeThumb(data, at, here);
      if (instruction === undefined) break;
      const { writes, constant, half, operand, kind } = instruction;
      if (kind === "load" && operand?.base === 15 && instruction.width === 4) {
        const value = wordAt(stretches, ((here + 4) & ~3) + operand.offset);
        if (value !== undefined) found.push({ at: here, value });
      } else if (constant !== undefined && writes !== undefined) {
        if (half === "high") {
          const lower = low.get(writes);
          if (lower !== undefined) found.push({ at: here, value: ((constant << 16) | lower) >>> 0 });
        } else {
          found.push({ at: here, value: constant });
        }
      } else {
        const shifted = shiftedByte(data, at, low);
        if (shifted !== undefined) found.push({ at: here, value: shifted });
      }
      if (writes === -1) low.clear();
      else if (writes !== undefined) {
        if (constant !== undefined && half !== "high") low.set(writes, constant);
        else low.delete(writes);
      }
      at += instruction.length;
    }
  }
  return found;
}

/** `LSLS Rd, Rm, #n` of a register that holds a known constant: how ARMv6-M code makes `0x40000000`. */
function shiftedByte(data: Uint8Array, at: number, known: ReadonlyMap<number, number>): number | undefined {
  const op = data[at] | (data[at + 1] << 8);
  if (op >= 0x0800) return undefined;
  const value = known.get((op >>> 3) & 7);
  const by = (op >>> 6) & 31;
  return value === undefined || by === 0 ? undefined : (value << by) >>> 0;
}

function wordAt(stretches: readonly CodeStretch[], address: number): number | undefined {
  const stretch = stretches.find(({ address: start, data }) => address >= start && address + 4 <= start + data.length);
  return stretch && readU32(stretch.data, address - stretch.address);
}
