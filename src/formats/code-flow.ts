import { readU16 } from "../base/bytes.ts";
import type { KnownBits } from "./known-bits.ts";
import { bitsOf, type CodeState, copyState, entryState, type KnownStore, mergeState, step } from "./known-bits-step.ts";
import type { CodeStretch } from "./thumb-constants.ts";
import { decodeThumb, type ThumbInstruction } from "./thumb-instruction.ts";

/** A function's code: addresses from `start` up to, without, `end`. */
export interface FunctionRange {
  readonly start: number;
  readonly end: number;
}

/** A store to a known address that a function makes. */
export interface FlowStore extends KnownStore {
  readonly at: number;
  /** True when it is in an IT block, or another way through the function leads past it. */
  readonly avoidable: boolean;
}

/** A call, or a branch into another function, whose target is known. */
export interface FlowCall {
  readonly at: number;
  /** Without the Thumb bit. */
  readonly target: number;
  /** r0 to r3 as far as known. */
  readonly arguments: readonly KnownBits[];
  readonly avoidable: boolean;
}

export interface FunctionFlow {
  readonly stores: readonly FlowStore[];
  readonly calls: readonly FlowCall[];
}

interface Line {
  readonly at: number;
  readonly offset: number;
  readonly instruction: ThumbInstruction;
  /** Set in an IT block: which one, and whether it is executed when the block's condition holds, or when it does not. */
  readonly conditional: { readonly block: number; readonly when: boolean } | undefined;
}

interface Block {
  readonly lines: readonly Line[];
  readonly successors: readonly number[];
  /** Control leaves the function here: a return, a branch elsewhere, or a jump to an unknown place. */
  readonly leaves: boolean;
}

/** More instructions than a function that people write has; larger ones are left alone. */
const MOST_LINES = 50_000;

/**
 * Follows the ways through one function and says which stores to known addresses, and which calls, it makes. Values are
 * followed bit by bit from the function's entry, where nothing is known; what loads give is unknown.
 */
export function functionFlow(
  range: FunctionRange,
  stretches: readonly CodeStretch[],
  isCode: (address: number) => boolean = () => true,
): FunctionFlow {
  const stretch = stretches.find(({ address, data }) => range.start >= address && range.start < address + data.length);
  if (stretch === undefined) return { stores: [], calls: [] };
  const lines = decodeLines(range, stretch, isCode);
  const blocks = divide(lines, range, stretch);
  const entry = blocks.has(range.start) ? range.start : undefined;
  if (entry === undefined) return { stores: [], calls: [] };
  const states = settle(blocks, entry, stretch, stretches);
  const isAvoidable = avoidance(blocks, entry);
  const stores: FlowStore[] = [];
  const calls: FlowCall[] = [];
  for (const [start, { lines: own }] of blocks) {
    const state = states.get(start);
    if (state === undefined) continue;
    walk(own, copyState(state), stretch, stretches, (line, now, made) => {
      const { at, conditional, instruction } = line;
      const avoidable = conditional !== undefined || instruction.conditional === true || isAvoidable(start);
      const target = targetOf(line, range);
      if (target !== undefined) calls.push({ at, target, arguments: now.registers.slice(0, 4).map(bitsOf), avoidable });
      if (made !== undefined) stores.push({ ...made, at, avoidable });
    });
  }
  return { stores, calls };
}

function decodeLines(
  range: FunctionRange,
  { address, data }: CodeStretch,
  isCode: (address: number) => boolean,
): Line[] {
  const lines: Line[] = [];
  /** The conditions of what is left of an IT block, the next first. */
  let left: { block: number; when: boolean }[] = [];
  for (let at = range.start; at < range.end && lines.length < MOST_LINES; ) {
    const offset = at - address;
    const instruction = isCode(at) ? decodeThumb(data, offset, at) : undefined;
    if (instruction === undefined) {
      at += 2;
      continue;
    }
    lines.push({ at, offset, instruction, conditional: left.shift() });
    const op = readU16(data, offset);
    if ((op & 0xff00) === 0xbf00 && (op & 15) !== 0) left = conditionsOf(op, at);
    at += instruction.length;
  }
  return lines;
}

/** The instructions under an IT (ARMv7-M A7.7.38): as many as the mask's lowest 1 tells, each for or against. */
function conditionsOf(op: number, block: number): { block: number; when: boolean }[] {
  const count = 4 - Math.log2(op & -op & 15);
  const first = (op >>> 4) & 1;
  return Array.from({ length: count }, (_, index) => ({
    block,
    when: index === 0 || ((op >>> (4 - index)) & 1) === first,
  }));
}

/** Basic blocks by the address of their first instruction. */
function divide(lines: readonly Line[], range: FunctionRange, stretch: CodeStretch): Map<number, Block> {
  const inside = (address: number): boolean => address >= range.start && address < range.end;
  const byAddress = new Map(lines.map((line, index) => [line.at, index]));
  const leaders = new Set<number>([range.start]);
  const tables = new Map<number, readonly number[]>();
  for (const line of lines) {
    const { instruction, at } = line;
    if (instruction.kind === "branch" && instruction.target !== undefined && inside(instruction.target))
      leaders.add(instruction.target);
    if (instruction.kind === "jump") {
      const targets = tableTargets(line, stretch, range);
      tables.set(at, targets);
      for (const target of targets) leaders.add(target);
    }
    if (instruction.kind === "branch" || isExit(line)) leaders.add(at + instruction.length);
  }
  const blocks = new Map<number, Block>();
  for (const start of leaders) {
    const first = byAddress.get(start);
    if (first === undefined) continue;
    let last = first;
    while (last + 1 < lines.length && !leaders.has(lines[last + 1].at)) last++;
    const end = lines[last];
    const next = end.at + end.instruction.length;
    const { kind, target, conditional } = end.instruction;
    const successors: number[] = [...(tables.get(end.at) ?? [])];
    const goesOn = end.conditional !== undefined || (kind === "branch" ? conditional === true : !isExit(end));
    if (kind === "branch" && target !== undefined && inside(target)) successors.push(target);
    if (goesOn) successors.push(next);
    const known = successors.filter((address) => byAddress.has(address));
    const outside = kind === "branch" && (target === undefined || !inside(target));
    const table = tables.get(end.at);
    blocks.set(start, {
      lines: lines.slice(first, last + 1),
      successors: known,
      leaves:
        outside ||
        (isExit(end) && (table === undefined || table.length === 0)) ||
        (known.length === 0 && kind !== "branch"),
    });
  }
  return blocks;
}

/** A jump to where a register or the stack says: BX, POP {PC}, MOV PC, TBB, LDR PC. */
function isExit({ instruction }: Line): boolean {
  return instruction.kind === "jump" || instruction.writes === 15 || instruction.kind === "undefined";
}

/** Where TBB and TBH go (ARMv7-M A7.7.185): the table ends where the first of its targets begins. */
function tableTargets({ at, offset }: Line, { address, data }: CodeStretch, range: FunctionRange): number[] {
  if ((readU16(data, offset) & 0xfff0) !== 0xe8d0 || (readU16(data, offset) & 15) !== 15) return [];
  const half = (readU16(data, offset + 2) & 0x10) !== 0;
  const targets: number[] = [];
  let first = range.end;
  for (let place = at + 4; place + (half ? 2 : 1) <= first; place += half ? 2 : 1) {
    const index = place - address;
    if (index + 2 > data.length) break;
    const target = at + 4 + 2 * (half ? readU16(data, index) : data[index]);
    if (target <= at || target >= range.end) break;
    targets.push(target);
    first = Math.min(first, target);
  }
  return targets;
}

/** The state at each block's start that holds on every way that leads there. */
function settle(
  blocks: ReadonlyMap<number, Block>,
  entry: number,
  stretch: CodeStretch,
  stretches: readonly CodeStretch[],
): Map<number, CodeState> {
  const states = new Map<number, CodeState>([[entry, entryState()]]);
  const open = [entry];
  // Each merge takes away at least a bit of some register or slot; the bound is for code that no compiler made.
  for (let rounds = 0; open.length > 0 && rounds < 100 * blocks.size + 1000; rounds++) {
    const start = open.pop() as number;
    const block = blocks.get(start);
    const state = states.get(start);
    if (block === undefined || state === undefined) continue;
    const now = walk(block.lines, copyState(state), stretch, stretches);
    for (const next of block.successors) {
      const there = states.get(next);
      if (there === undefined) states.set(next, copyState(now));
      else if (!mergeState(there, now)) continue;
      if (!open.includes(next)) open.push(next);
    }
  }
  if (open.length > 0) return new Map();
  return states;
}

/**
 * Carries the instructions of a block out on `state`, and returns the state behind them. `visit` sees each with the store it
 * makes; one that goes elsewhere, with the state before it. An IT block is two ways, one for its condition and one against it.
 */
function walk(
  lines: readonly Line[],
  state: CodeState,
  stretch: CodeStretch,
  stretches: readonly CodeStretch[],
  visit?: (line: Line, state: CodeState, made: KnownStore | undefined) => void,
): CodeState {
  let now = state;
  let ways: { readonly block: number; readonly holds: CodeState; readonly fails: CodeState } | undefined;
  const join = (): void => {
    if (ways === undefined) return;
    mergeState(ways.holds, ways.fails);
    now = ways.holds;
    ways = undefined;
  };
  for (const line of lines) {
    const { conditional, instruction, offset, at } = line;
    if (conditional === undefined || conditional.block !== ways?.block) join();
    if (conditional !== undefined) ways ??= { block: conditional.block, holds: now, fails: copyState(now) };
    const way = conditional === undefined || ways === undefined ? now : conditional.when ? ways.holds : ways.fails;
    const before = visit !== undefined && instruction.target !== undefined ? copyState(way) : way;
    const made = step(way, instruction, stretch.data, offset, at, stretches);
    visit?.(line, before, made);
  }
  join();
  return now;
}

/** Where a call goes, or a branch out of the function. */
function targetOf({ instruction }: Line, range: FunctionRange): number | undefined {
  const { kind, target } = instruction;
  if (target === undefined) return undefined;
  if (kind === "call") return target;
  return kind === "branch" && (target < range.start || target >= range.end) ? target : undefined;
}

/**
 * Tells of a block whether a way from the entry leaves the function, or ends up where no way leads to the block, without
 * passing it.
 */
function avoidance(blocks: ReadonlyMap<number, Block>, entry: number): (block: number) => boolean {
  const before = new Map<number, number[]>();
  for (const [start, { successors }] of blocks) {
    for (const next of successors) {
      const list = before.get(next);
      if (list === undefined) before.set(next, [start]);
      else list.push(start);
    }
  }
  const known = new Map<number, boolean>();
  return (block) => {
    const found = known.get(block) ?? canAvoid(blocks, before, entry, block);
    known.set(block, found);
    return found;
  };
}

function canAvoid(
  blocks: ReadonlyMap<number, Block>,
  before: ReadonlyMap<number, readonly number[]>,
  entry: number,
  block: number,
): boolean {
  if (block === entry) return false;
  const leading = reach([block], (at) => before.get(at) ?? []);
  const passed = reach([entry], (at) => (blocks.get(at)?.successors ?? []).filter((next) => next !== block));
  return [...passed].some((at) => blocks.get(at)?.leaves !== false || !leading.has(at));
}

/** Everything that can be reached from `start`, itself included. */
function reach(start: readonly number[], next: (at: number) => readonly number[]): Set<number> {
  const seen = new Set(start);
  const open = [...start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const each of next(at)) {
      if (seen.has(each)) continue;
      seen.add(each);
      open.push(each);
    }
  }
  return seen;
}
