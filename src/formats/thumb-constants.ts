import { readU32 } from "../base/bytes.ts";
import { decodeThumb, type ThumbInstruction } from "./thumb-instruction.ts";

/** A stretch of code, and the memory its literals may lie in. */
export interface CodeStretch {
  readonly address: number;
  readonly data: Uint8Array;
}

/** A 32-bit constant that code puts into a register, or an address that it makes of one. */
export interface CodeConstant {
  /** Address of the instruction that completes it. */
  readonly at: number;
  readonly value: number;
  /** True when memory is accessed there, false when a register holds it. */
  readonly access: boolean;
}

/**
 * The constants that Thumb code reaches: literal-pool loads, MOVW/MOVT pairs, immediates, a byte shifted into place, and
 * the addresses of loads and stores that have one of them for a base. A linear sweep: `isCode` tells instructions from
 * data, and everything counts as code without it.
 */
export function thumbConstants(
  stretches: readonly CodeStretch[],
  isCode: (address: number) => boolean = () => true,
): CodeConstant[] {
  const found: CodeConstant[] = [];
  for (const { address, data } of stretches) {
    /** What registers hold, as far as it is a constant. */
    const known = new Map<number, number>();
    let at = 0;
    while (at + 2 <= data.length) {
      const here = address + at;
      if (!isCode(here)) {
        at += 2;
        known.clear();
        continue;
      }
      const instruction = decodeThumb(data, at, here);
      if (instruction === undefined) break;
      const { writes, operand, kind } = instruction;
      const base = operand === undefined ? undefined : known.get(operand.base);
      if (operand !== undefined && base !== undefined && operand.index === undefined) {
        found.push({ at: here, value: (base + operand.offset) >>> 0, access: true });
      }
      const value = constantOf(instruction, here, known, stretches) ?? shiftedByte(data, at, known);
      if (value !== undefined && instruction.half !== "low") found.push({ at: here, value, access: false });
      else if (value !== undefined && !pairFollows(data, at + 4, here + 4, writes)) {
        found.push({ at: here, value, access: false });
      }
      if (kind === "jump" || (kind === "branch" && instruction.conditional !== true) || writes === -1) known.clear();
      // What a called function leaves in these is its own (AAPCS 6.1.1).
      if (kind === "call") for (const register of [0, 1, 2, 3, 12, 14]) known.delete(register);
      if (writes !== undefined && writes !== -1) {
        if (value === undefined) known.delete(writes);
        else known.set(writes, value);
      }
      at += instruction.length;
    }
  }
  return found;
}

/** What an instruction puts into the register that it writes. */
function constantOf(
  { kind, writes, constant, half, operand, width, sum }: ThumbInstruction,
  here: number,
  known: ReadonlyMap<number, number>,
  stretches: readonly CodeStretch[],
): number | undefined {
  if (writes === undefined) return undefined;
  if (kind === "load") {
    if (operand?.base !== 15 || width !== 4) return undefined;
    return wordAt(stretches, ((here + 4) & ~3) + operand.offset);
  }
  if (constant !== undefined) {
    if (half !== "high") return constant;
    const low = known.get(writes);
    return low === undefined ? undefined : ((constant << 16) | (low & 0xffff)) >>> 0;
  }
  const start = sum && known.get(sum.register);
  return sum === undefined || start === undefined ? undefined : (start + sum.amount) >>> 0;
}

/** True when the next instruction is the MOVT that completes a MOVW. */
function pairFollows(data: Uint8Array, at: number, address: number, register: number | undefined): boolean {
  const next = decodeThumb(data, at, address);
  return next?.half === "high" && next.writes === register;
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
