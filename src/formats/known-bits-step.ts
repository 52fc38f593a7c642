import { readU16, readU32 } from "../base/bytes.ts";
import * as value from "./known-bits.ts";
import { constantBits, type KnownBits, unknown } from "./known-bits.ts";
import type { CodeStretch } from "./thumb-constants.ts";
import { expandImmediate, type ThumbInstruction } from "./thumb-instruction.ts";

/** What a register holds: bits as far as known, or an address on the stack, counted from where SP stood at entry. */
export type Held = KnownBits | { readonly stack: number };

/** What is known before an instruction of a function. */
export interface CodeState {
  /** r0 to r15. */
  readonly registers: Held[];
  /** Words on the stack by their place. */
  readonly slots: Map<number, KnownBits>;
}

/** At a function's entry nothing but SP is known. */
export function entryState(): CodeState {
  const registers: Held[] = Array.from({ length: 16 }, () => unknown);
  registers[13] = { stack: 0 };
  return { registers, slots: new Map() };
}

export function copyState({ registers, slots }: CodeState): CodeState {
  return { registers: [...registers], slots: new Map(slots) };
}

/** Keeps in `state` what holds in `other` too; true when that is less than before. */
export function mergeState(state: CodeState, other: CodeState): boolean {
  let changed = false;
  for (const [index, held] of state.registers.entries()) {
    const both = mergeHeld(held, other.registers[index]);
    if (!same(held, both)) changed = true;
    state.registers[index] = both;
  }
  for (const [place, bits] of state.slots) {
    const there = other.slots.get(place);
    const both = there === undefined ? unknown : value.common(bits, there);
    if (both.known === bits.known) continue;
    changed = true;
    if (both.known === 0) state.slots.delete(place);
    else state.slots.set(place, both);
  }
  return changed;
}

function mergeHeld(a: Held, b: Held): Held {
  if ("stack" in a || "stack" in b) return "stack" in a && "stack" in b && a.stack === b.stack ? a : unknown;
  return value.common(a, b);
}

function same(a: Held, b: Held): boolean {
  if ("stack" in a || "stack" in b) return "stack" in a && "stack" in b && a.stack === b.stack;
  return a.known === b.known && a.bits === b.bits;
}

export function bitsOf(held: Held): KnownBits {
  return "stack" in held ? unknown : held;
}

/** A store whose address is known. */
export interface KnownStore {
  readonly address: number;
  /** Bytes. */
  readonly width: number;
  readonly value: KnownBits;
}

/**
 * Carries out one instruction on `state` as far as its bits are known: moves, constants, logic, shifts, fields, sums,
 * words on the stack and literals (ARMv7-M A7.7). Whatever else it changes becomes unknown. Returns the store it makes
 * outside of the stack, if its address is known.
 */
export function step(
  state: CodeState,
  instruction: ThumbInstruction,
  bytes: Uint8Array,
  offset: number,
  here: number,
  stretches: readonly CodeStretch[],
): KnownStore | undefined {
  const { registers, slots } = state;
  if (moveStack(state, bytes, offset, instruction)) return undefined;
  if (instruction.kind === "store") return store(state, instruction);
  if (instruction.kind === "call") {
    // What a called function leaves in these is its own (AAPCS 6.1.1), and it may write to this one's stack.
    for (const register of [0, 1, 2, 3, 12, 14]) registers[register] = unknown;
    slots.clear();
    return undefined;
  }
  const { writes } = instruction;
  if (writes === undefined) return undefined;
  if (writes === -1) {
    for (let register = 0; register < 13; register++) registers[register] = unknown;
    registers[14] = unknown;
    return undefined;
  }
  registers[writes] =
    instruction.kind === "load"
      ? load(state, instruction, here, stretches)
      : (result(state, instruction, bytes, offset) ?? unknown);
  return undefined;
}

function load(
  { registers, slots }: CodeState,
  { operand, width }: ThumbInstruction,
  here: number,
  stretches: readonly CodeStretch[],
): Held {
  if (operand === undefined || operand.index !== undefined || width !== 4) return unknown;
  if (operand.base === 15) return literal(((here + 4) & ~3) + operand.offset, stretches);
  const base = registers[operand.base];
  return "stack" in base ? (slots.get(base.stack + operand.offset) ?? unknown) : unknown;
}

function literal(address: number, stretches: readonly CodeStretch[]): KnownBits {
  const stretch = stretches.find(({ address: start, data }) => address >= start && address + 4 <= start + data.length);
  return stretch === undefined ? unknown : constantBits(readU32(stretch.data, address - stretch.address));
}

function store({ registers, slots }: CodeState, instruction: ThumbInstruction): KnownStore | undefined {
  const { operand, width = 4, source } = instruction;
  if (operand === undefined) return undefined;
  const base = registers[operand.base];
  const stored = source === undefined ? unknown : bitsOf(registers[source]);
  let made: KnownStore | undefined;
  if ("stack" in base) {
    if (operand.index !== undefined) slots.clear();
    else {
      const place = base.stack + operand.offset;
      for (const each of [-3, -2, -1, 0, 1, 2, 3]) slots.delete(place + each);
      if (width === 4 && stored.known !== 0) slots.set(place, stored);
    }
  } else {
    const start = value.wholeValue(base);
    const index = operand.index === undefined ? 0 : value.wholeValue(bitsOf(registers[operand.index]));
    if (start !== undefined && index !== undefined) {
      const address = (start + operand.offset + index * 2 ** (operand.shift ?? 0)) >>> 0;
      made = { address, width, value: stored };
    }
  }
  // Write-back of the base register.
  if (instruction.writes !== undefined && instruction.writes >= 0) registers[instruction.writes] = unknown;
  return made;
}

/** PUSH, POP and sums with SP; true when the instruction was one of them. */
function moveStack(state: CodeState, bytes: Uint8Array, offset: number, instruction: ThumbInstruction): boolean {
  const { registers } = state;
  const op = readU16(bytes, offset);
  const sp = registers[13];
  const moveTo = (by: number): void => {
    registers[13] = "stack" in sp ? { stack: sp.stack + by } : unknown;
  };
  const count = (list: number): number => [...list.toString(2)].filter((bit) => bit === "1").length;
  if ((op & 0xff80) === 0xb000) moveTo((op & 0x7f) * 4);
  else if ((op & 0xff80) === 0xb080) moveTo(-(op & 0x7f) * 4);
  else if ((op & 0xfe00) === 0xb400) moveTo(-4 * count(op & 0x1ff));
  else if ((op & 0xfe00) === 0xbc00) {
    moveTo(4 * count(op & 0x1ff));
    for (let register = 0; register < 8; register++) if ((op >>> register) & 1) registers[register] = unknown;
  } else if (op === 0xe92d) moveTo(-4 * count(readU16(bytes, offset + 2)));
  else if (op === 0xe8bd) {
    const list = readU16(bytes, offset + 2);
    moveTo(4 * count(list));
    for (let register = 0; register < 15; register++)
      if ((list >>> register) & 1 && register !== 13) registers[register] = unknown;
  } else if ((op & 0xf800) === 0xa800) {
    registers[(op >>> 8) & 7] = "stack" in sp ? { stack: sp.stack + (op & 0xff) * 4 } : unknown;
  } else if (instruction.sum !== undefined && instruction.writes !== undefined && instruction.writes >= 0) {
    const start = registers[instruction.sum.register];
    if (!("stack" in start)) return false;
    registers[instruction.writes] = { stack: start.stack + instruction.sum.amount };
  } else if ((op & 0xff00) === 0x4600) {
    registers[(op & 7) | ((op >>> 4) & 8)] = registers[(op >>> 3) & 15];
  } else return false;
  return true;
}

/** What a data-processing instruction leaves in its register; `undefined` when it is none that is known here. */
function result(
  { registers }: CodeState,
  instruction: ThumbInstruction,
  bytes: Uint8Array,
  offset: number,
): KnownBits | undefined {
  const get = (register: number): KnownBits => bitsOf(registers[register]);
  const { writes = 0, constant, half, sum } = instruction;
  if (constant !== undefined && half === undefined) return constantBits(constant);
  if (constant !== undefined && half === "low") return constantBits(constant);
  if (constant !== undefined)
    return value.or(value.and(get(writes), constantBits(0xffff)), constantBits(constant << 16));
  if (sum !== undefined) return value.sum(get(sum.register), constantBits(sum.amount));
  const first = readU16(bytes, offset);
  if (instruction.length === 2) return short(first, get);
  return long(first, readU16(bytes, offset + 2), get);
}

function short(op: number, get: (register: number) => KnownBits): KnownBits | undefined {
  const source = get((op >>> 3) & 7);
  const amount = (op >>> 6) & 31;
  if (op < 0x0800) return value.shiftedLeft(source, amount);
  if (op < 0x1000) return value.shiftedRight(source, amount === 0 ? 32 : amount);
  if (op >= 0x1800 && op < 0x1a00) return value.sum(source, get((op >>> 6) & 7));
  if (op >= 0x1a00 && op < 0x1c00) return value.sum(source, get((op >>> 6) & 7), -1);
  if (op >= 0x4000 && op < 0x4400) return logic(registerOperations[(op >>> 6) & 15], get(op & 7), source);
  if ((op & 0xffc0) === 0xb2c0) return value.and(source, constantBits(0xff));
  if ((op & 0xffc0) === 0xb280) return value.and(source, constantBits(0xffff));
  return undefined;
}

type Operation = "and" | "bic" | "orr" | "orn" | "eor" | "mvn" | "add" | "sub";
/** By bits 9:6 of the half-word (A5.2.2). */
const registerOperations: Readonly<Record<number, Operation>> = { 0: "and", 1: "eor", 12: "orr", 14: "bic", 15: "mvn" };
/** By bits 24:21 of the first half-word: modified immediates (A5.3.1) and shifted registers (A5.3.11) alike. */
const longOperations: Readonly<Record<number, Operation>> = {
  0: "and",
  1: "bic",
  2: "orr",
  3: "orn",
  4: "eor",
  8: "add",
  13: "sub",
};

function logic(operation: Operation | undefined, left: KnownBits, right: KnownBits): KnownBits | undefined {
  switch (operation) {
    case "and":
      return value.and(left, right);
    case "bic":
      return value.and(left, value.inverse(right));
    case "orr":
      return value.or(left, right);
    case "orn":
      return value.or(left, value.inverse(right));
    case "eor":
      return value.exclusiveOr(left, right);
    case "mvn":
      return value.inverse(right);
    case "add":
      return value.sum(left, right);
    case "sub":
      return value.sum(left, right, -1);
    default:
      return undefined;
  }
}

function long(first: number, second: number, get: (register: number) => KnownBits): KnownBits | undefined {
  const rn = first & 15;
  const shift = ((second >>> 10) & 0x1c) | ((second >>> 6) & 3);
  if ((first & 0xfe00) === 0xea00) {
    const moved = shiftedBy(get(second & 15), (second >>> 4) & 3, shift);
    if (moved === undefined) return undefined;
    const operation = longOperations[(first >>> 5) & 15];
    // With PC for Rn, ORR is MOV and ORN is MVN.
    if (rn === 15) return operation === "orr" ? moved : operation === "orn" ? value.inverse(moved) : undefined;
    return logic(operation, get(rn), moved);
  }
  if ((first & 0xfa00) === 0xf000 && (second & 0x8000) === 0) {
    const immediate = expandImmediate(((first & 0x400) << 1) | ((second >>> 4) & 0x700) | (second & 0xff));
    return logic(longOperations[(first >>> 5) & 15], get(rn), constantBits(immediate));
  }
  if ((first & 0xfbf0) === 0xf360) {
    // BFI, and BFC with PC for Rn (A7.7.13, A7.7.14).
    const width = (second & 31) - shift + 1;
    const field = rn === 15 ? constantBits(0) : get(rn);
    return width < 1 ? undefined : value.withField(get((second >>> 8) & 15), field, shift, width);
  }
  if ((first & 0xfbf0) === 0xf3c0) {
    const width = (second & 31) + 1;
    return value.and(value.shiftedRight(get(rn), shift), constantBits(width > 31 ? 0xffffffff : 2 ** width - 1));
  }
  return undefined;
}

function shiftedBy(source: KnownBits, kind: number, by: number): KnownBits | undefined {
  if (kind === 0) return value.shiftedLeft(source, by);
  return kind === 1 ? value.shiftedRight(source, by === 0 ? 32 : by) : undefined;
}
