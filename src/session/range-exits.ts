import { readU16 } from "../base/bytes.ts";
import { decodeThumb, type ThumbInstruction } from "../formats/thumb-instruction.ts";

/** Where a core that runs through a stretch of code can be stopped so that nothing is missed. */
export interface RangeExits {
  /** First instructions outside that can be reached. */
  readonly outside: readonly number[];
  /** Instructions inside of which it cannot be told where they lead, or how long they take. */
  readonly inside: readonly number[];
  /** Instructions inside that can be reached. */
  readonly instructions: number;
  /** How often they can store at most; infinite where they go round. */
  readonly stores: number;
}

/** More than a line that people write has. */
const MOST_INSTRUCTIONS = 2000;

/**
 * Follows the code in [start, end) from `pc` on. `code` holds it from `start`. Resolves to `undefined` when it is too much,
 * or `pc` is not in it.
 */
export function rangeExits(code: Uint8Array, start: number, end: number, pc: number): RangeExits | undefined {
  if (pc < start || pc >= end || code.length < end - start) return undefined;
  const outside = new Set<number>();
  const inside = new Set<number>();
  const seen = new Set<number>();
  const conditional = new Set<number>();
  const open = [pc];
  let stores = 0;
  let goesBack = false;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at < start || at >= end) {
      outside.add(at);
      continue;
    }
    if (seen.has(at)) continue;
    seen.add(at);
    if (seen.size > MOST_INSTRUCTIONS) return undefined;
    const instruction = decodeThumb(code, at - start, at);
    // An instruction that reaches over the end can't be judged.
    if (instruction === undefined || leadsAnywhere(instruction, readU16(code, at - start))) {
      inside.add(at);
      continue;
    }
    const next = at + instruction.length;
    for (const each of underIt(readU16(code, at - start), at, code, start)) conditional.add(each);
    const { kind, target } = instruction;
    // A store of one register, and those of several, which count for as many as fit.
    if (kind === "store") stores += instruction.source === undefined ? 16 : 1;
    if (target !== undefined && target <= at) goesBack = true;
    if (kind === "branch" || kind === "call") {
      if (target !== undefined) open.push(target);
      if (instruction.conditional === true || conditional.has(at)) open.push(next);
    } else open.push(next);
  }
  return {
    outside: [...outside],
    inside: [...inside],
    instructions: seen.size,
    stores: goesBack ? Number.POSITIVE_INFINITY : stores,
  };
}

/** Its successors are not in the code: a return, a jump through a register or table, an exception, sleep. */
function leadsAnywhere({ kind, target, writes }: ThumbInstruction, op: number): boolean {
  if (kind === "jump" || kind === "wait" || kind === "undefined" || kind === "breakpoint") return true;
  if (kind === "call" || kind === "branch") return target === undefined;
  if (writes === 15) return true;
  // CPS and MSR may let an interrupt in that the stop would have to be told from; they are stepped.
  return (op & 0xffe8) === 0xb660 || (op & 0xffe0) === 0xf380;
}

/** Addresses of the instructions that an IT makes conditional (ARMv7-M A7.7.38); none for another instruction. */
function underIt(op: number, at: number, code: Uint8Array, start: number): number[] {
  if ((op & 0xff00) !== 0xbf00 || (op & 15) === 0) return [];
  const addresses: number[] = [];
  let address = at + 2;
  for (let left = 4 - Math.log2(op & -op & 15); left > 0; left--) {
    addresses.push(address);
    address += decodeThumb(code, address - start, address)?.length ?? 2;
  }
  return addresses;
}
