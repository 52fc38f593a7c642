import type { MemoryAccess, Reading } from "./reading.ts";

/** Bytes of code before the stacked PC that are looked at: more than a write buffer outlives. */
const REACH = 32;

/** Stores in front of an address, with where they went by the registers as they are now. */
export interface EarlierStores {
  /** In program order. */
  readonly stores: readonly MemoryAccess[];
  /** True when every store of the stretch could be followed. */
  readonly complete: boolean;
}

/**
 * Decodes the straight code before `pc` and works out what its stores addressed. A register that was written after the
 * store no longer tells: such stores are left out, and the result is not complete.
 */
export function storesBefore(reading: Reading, pc: number): EarlierStores {
  const start = stretchStart(reading, pc);
  const line: { at: number; instruction: NonNullable<ReturnType<Reading["instructionAt"]>> }[] = [];
  for (let at = start; at < pc; ) {
    const instruction = reading.instructionAt(at);
    if (instruction === undefined) break;
    line.push({ at, instruction });
    at += instruction.length;
  }
  const changed = new Set<number>();
  const stores: MemoryAccess[] = [];
  let complete = line.length > 0;
  for (const { at, instruction } of [...line].reverse()) {
    const { kind, operand, writes } = instruction;
    if (kind === "store" && operand !== undefined) {
      const used = [operand.base, ...(operand.index === undefined ? [] : [operand.index])];
      const address = changed.has(-1) || used.some((r) => changed.has(r)) ? undefined : reading.addressOf(operand, at);
      if (address !== undefined) stores.unshift({ at, kind: "store", address });
      else complete = false;
    }
    // What a called function stored is not seen.
    if (kind === "call") changed.add(0).add(1).add(2).add(3).add(12).add(14);
    if (writes !== undefined) changed.add(writes);
  }
  return { stores, complete };
}

/** The beginning of the function, or of the stretch that matters, on an instruction boundary. */
function stretchStart(reading: Reading, pc: number): number {
  const symbol = reading.symbolAt(pc);
  if (symbol === undefined) return pc - REACH;
  let at = pc - symbol.offset;
  let start = at;
  while (at < pc) {
    if (pc - at > REACH) start = at;
    const instruction = reading.instructionAt(at);
    if (instruction === undefined) break;
    at += instruction.length;
  }
  return start;
}
