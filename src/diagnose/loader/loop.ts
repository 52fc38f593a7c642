import type { ThumbInstruction } from "../../formats/thumb-instruction.ts";
import type { Reading } from "./reading.ts";

/** A memory access within a loop, with its address where that can be told. */
export interface LoopAccess {
  readonly at: number;
  readonly kind: "load" | "store";
  readonly address: number | undefined;
}

/** What a core that did not come back was doing, by where it was seen. */
export interface Loop {
  /** The places where it was seen, in the loader's code, in address order. */
  readonly seen: readonly number[];
  /** Accesses to anything but literals and the stack. */
  readonly accesses: readonly LoopAccess[];
  /** Addresses of WFI or WFE. */
  readonly waits: readonly number[];
  /** True when all of it is one branch to itself. */
  readonly empty: boolean;
  /** True when the core was seen to go round in one closed loop. */
  readonly closed: boolean;
  readonly calls: boolean;
}

interface Step {
  readonly at: number;
  readonly instruction: ThumbInstruction;
}

/** More code than any polling loop has. */
const REACH = 256;

/** Follows the loops that a core was seen in; `undefined` when it was never seen in the loader's code. */
export function findLoop(reading: Reading): Loop | undefined {
  const { core } = reading.failure;
  if (core === undefined) return undefined;
  const seen = [...new Set([...core.samples, core.r[15]])].filter((at) => reading.inLoader(at)).sort((a, b) => a - b);
  if (seen.length === 0) return undefined;
  const regions = new Map<number, { steps: readonly Step[]; closed: boolean }>();
  for (const at of seen) {
    const start = functionStart(reading, at);
    if (regions.has(start)) continue;
    regions.set(
      start,
      region(
        reading,
        start,
        seen.filter((each) => functionStart(reading, each) === start),
      ),
    );
  }
  const all = [...regions.values()];
  const closed = all.filter((each) => each.closed);
  // A function that a loop calls is no loop itself, but belongs to it; without any loop all of it counts.
  const calls = closed.some(({ steps }) => steps.some(({ instruction }) => instruction.kind === "call"));
  const inside = closed.length === 0 || calls ? all : closed;
  const steps = inside.flatMap((each) => each.steps);
  return {
    seen,
    accesses: inside.flatMap((each) => accesses(reading, each.steps)),
    waits: steps.filter(({ instruction }) => instruction.kind === "wait").map(({ at }) => at),
    empty: steps.length === 1 && steps[0].instruction.target === steps[0].at,
    closed: closed.length > 0,
    calls: steps.some(({ instruction }) => instruction.kind === "call"),
  };
}

function functionStart(reading: Reading, at: number): number {
  const symbol = reading.symbolAt(at);
  return symbol === undefined || symbol.offset > 4 * REACH ? at - (at % 4) : at - symbol.offset;
}

/** The smallest loop of a function that holds all the places; the whole function where there is none. */
function region(reading: Reading, start: number, seen: readonly number[]): { steps: readonly Step[]; closed: boolean } {
  const first = Math.min(...seen);
  const last = Math.max(...seen);
  const steps: Step[] = [];
  let closing: { from: number; to: number } | undefined;
  for (let at = start; at < last + REACH; ) {
    if (at > start && functionStart(reading, at) !== start && reading.symbolAt(at)?.offset === 0) break;
    const instruction = reading.instructionAt(at);
    if (instruction === undefined) break;
    steps.push({ at, instruction });
    const { target, kind } = instruction;
    const around = kind === "branch" && target !== undefined && target <= first && at >= last && target >= start;
    if (around && (closing === undefined || at - target < closing.to - closing.from))
      closing = { from: target, to: at };
    at += instruction.length;
  }
  if (closing === undefined) return { steps: steps.filter(({ at }) => at <= last + 32), closed: false };
  const { from, to } = closing;
  return { steps: steps.filter(({ at }) => at >= from && at <= to), closed: true };
}

/** Loads and stores of a stretch, their bases followed through constants and through registers that it does not change. */
function accesses(reading: Reading, steps: readonly Step[]): LoopAccess[] {
  const writers = new Map<number, number>();
  for (const { instruction } of steps) {
    const { writes } = instruction;
    if (writes !== undefined) writers.set(writes, (writers.get(writes) ?? 0) + 1);
  }
  const unknownWrites = writers.has(-1);
  const core = reading.failure.core;
  const here = core?.r[15];
  const known = new Map<number, number>();
  const value = (register: number, at: number): number | undefined => {
    const constant = known.get(register);
    if (constant !== undefined) return constant;
    // A register written once round holds the same each time, most likely; one written more often, only on the spot.
    const times = writers.get(register) ?? 0;
    if (times === 0 || (times === 1 && !unknownWrites) || here === at) return core?.r[register];
    return undefined;
  };
  const found: LoopAccess[] = [];
  for (const { at, instruction } of steps) {
    const { kind, operand, writes, constant, half } = instruction;
    let loaded: number | undefined;
    if (operand !== undefined && (kind === "load" || kind === "store")) {
      if (operand.base === 15) {
        loaded = reading.wordAt((((at + 4) & ~3) + operand.offset) >>> 0);
      } else if (operand.base !== 13) {
        const base = value(operand.base, at);
        const index = operand.index === undefined ? 0 : value(operand.index, at);
        const address =
          base === undefined || index === undefined
            ? undefined
            : (base + operand.offset + (index << (operand.shift ?? 0))) >>> 0;
        if (address === undefined || !onStack(reading, address)) found.push({ at, kind, address });
      }
    }
    if (writes === undefined) continue;
    if (writes === -1) {
      known.clear();
    } else if (constant !== undefined && half === "high") {
      const low = known.get(writes);
      if (low === undefined) known.delete(writes);
      else known.set(writes, ((constant << 16) | (low & 0xffff)) >>> 0);
    } else if (constant !== undefined) {
      known.set(writes, constant);
    } else if (loaded !== undefined) {
      known.set(writes, loaded);
    } else {
      known.delete(writes);
    }
  }
  return found;
}

function onStack(reading: Reading, address: number): boolean {
  const { stack } = reading.failure;
  return stack !== undefined && address >= stack.base && address < stack.top;
}
