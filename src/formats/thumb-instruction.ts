import { readU16 } from "../base/bytes.ts";

/** A memory operand: `[base + offset]` or `[base + index << shift]`; base 15 is the aligned PC. */
export interface ThumbOperand {
  readonly base: number;
  readonly offset: number;
  readonly index?: number;
  readonly shift?: number;
}

/** What one Thumb instruction does, as far as its memory access, its flow and its constants go (ARMv7-M A5, A7.7). */
export interface ThumbInstruction {
  readonly length: 2 | 4;
  readonly kind: "load" | "store" | "branch" | "call" | "jump" | "wait" | "breakpoint" | "undefined" | "other";
  /** Of a load or store. */
  readonly operand?: ThumbOperand;
  /** Bytes of one transfer. */
  readonly width?: number;
  /** Where a branch or call goes. */
  readonly target?: number;
  /** True for a branch that may fall through. */
  readonly conditional?: boolean;
  /** The core register that a store of one register stores. */
  readonly source?: number;
  /** The core register it changes, if it is one; -1 for several. */
  readonly writes?: number;
  /** A constant it puts into {@link writes}: all 32 bits, or with {@link half} one half of them. */
  readonly constant?: number;
  readonly half?: "low" | "high";
  /** When {@link writes} becomes the sum of a register and a constant. */
  readonly sum?: { readonly register: number; readonly amount: number };
}

/** Decodes the instruction at `offset`, which stands at `address`; `undefined` past the end of the bytes. */
export function decodeThumb(bytes: Uint8Array, offset: number, address: number): ThumbInstruction | undefined {
  if (offset < 0 || offset + 2 > bytes.length) return undefined;
  const first = readU16(bytes, offset);
  if (first >>> 11 < 0x1d) return decodeShort(first, address);
  if (offset + 4 > bytes.length) return undefined;
  return decodeLong(first, readU16(bytes, offset + 2), address);
}

function decodeShort(op: number, address: number): ThumbInstruction {
  const low = op & 7;
  const second = (op >>> 3) & 7;
  const high = (op >>> 8) & 7;
  const length = 2;
  if (op < 0x2000) {
    const sum = op >>> 9 === 0x0e ? { register: second, amount: (op >>> 6) & 7 } : undefined;
    return { length, kind: "other", writes: low, sum };
  }
  if (op < 0x2800) return { length, kind: "other", writes: high, constant: op & 0xff };
  if (op < 0x3000) return { length, kind: "other" };
  if (op < 0x4000) {
    const amount = op < 0x3800 ? op & 0xff : -(op & 0xff);
    return { length, kind: "other", writes: high, sum: { register: high, amount } };
  }
  if (op < 0x4400) {
    const compares = [8, 10, 11].includes((op >>> 6) & 15);
    return compares ? { length, kind: "other" } : { length, kind: "other", writes: low };
  }
  if (op < 0x4700) return { length, kind: "other", writes: op >>> 8 === 0x45 ? undefined : low | ((op >>> 4) & 8) };
  if (op < 0x4800) return { length, kind: (op & 0x80) !== 0 ? "call" : "jump" };
  if (op < 0x5000) return memory(length, true, 4, { base: 15, offset: (op & 0xff) * 4 }, high);
  if (op < 0x6000) {
    const [load, width] = registerForms[(op >>> 9) & 7];
    return memory(length, load, width, { base: second, offset: 0, index: (op >>> 6) & 7, shift: 0 }, low);
  }
  if (op < 0x9000) {
    const width = op < 0x7000 ? 4 : op < 0x8000 ? 1 : 2;
    return memory(length, (op & 0x800) !== 0, width, { base: second, offset: ((op >>> 6) & 31) * width }, low);
  }
  if (op < 0xa000) return memory(length, (op & 0x800) !== 0, 4, { base: 13, offset: (op & 0xff) * 4 }, high);
  if (op < 0xb000) return { length, kind: "other", writes: high };
  if (op < 0xc000) return decodeMiscellaneous(op, address);
  if (op < 0xd000) {
    return { ...memory(length, (op & 0x800) !== 0, 4, { base: high, offset: 0 }, -1), writes: -1 };
  }
  if (op < 0xde00) {
    return { length, kind: "branch", conditional: true, target: address + 4 + ((op << 24) >> 23) };
  }
  if (op < 0xdf00) return { length, kind: "undefined" };
  if (op < 0xe000) return { length, kind: "call" };
  return { length, kind: "branch", target: address + 4 + ((op << 21) >> 20) };
}

const registerForms: readonly (readonly [load: boolean, width: number])[] = [
  [false, 4],
  [false, 2],
  [false, 1],
  [true, 1],
  [true, 4],
  [true, 2],
  [true, 1],
  [true, 2],
];

function decodeMiscellaneous(op: number, address: number): ThumbInstruction {
  const length = 2;
  if ((op & 0xf500) === 0xb100) {
    const offset = ((op >>> 3) & 31) * 2 + ((op & 0x200) !== 0 ? 64 : 0);
    return { length, kind: "branch", conditional: true, target: address + 4 + offset };
  }
  if ((op & 0xfe00) === 0xb400) return memory(length, false, 4, { base: 13, offset: -4 }, undefined);
  if ((op & 0xfe00) === 0xbc00) {
    const pop = { ...memory(length, true, 4, { base: 13, offset: 0 }, -1), writes: -1 };
    return (op & 0x100) === 0 ? pop : { ...pop, kind: "jump" };
  }
  if ((op & 0xff00) === 0xbe00) return { length, kind: "breakpoint" };
  if (op === 0xbf20 || op === 0xbf30) return { length, kind: "wait" };
  if ((op & 0xff00) === 0xb200 || (op & 0xff00) === 0xba00) return { length, kind: "other", writes: op & 7 };
  return { length, kind: "other" };
}

function decodeLong(first: number, second: number, address: number): ThumbInstruction {
  const length = 4;
  const rn = first & 15;
  if ((first & 0xfe00) === 0xe800) return decodeMultiple(first, second);
  if ((first & 0xfe00) === 0xf800) return decodeSingle(first, second);
  if ((first & 0xff20) === 0xed00) {
    const offset = (second & 0xff) * ((first & 0x80) !== 0 ? 4 : -4);
    return memory(length, (first & 0x10) !== 0, 4, { base: rn, offset }, undefined);
  }
  if ((first & 0xf800) === 0xf000 && (second & 0x8000) !== 0) return decodeBranch(first, second, address);
  const destination = (second >>> 8) & 15;
  if ((first & 0xf800) !== 0xf000) return { length, kind: "other", writes: destination };
  const immediate = ((first & 0x400) << 1) | ((second >>> 4) & 0x700) | (second & 0xff);
  const operation = first & 0xfbf0;
  const wide = (rn << 12) | immediate;
  if (operation === 0xf240) return { length, kind: "other", writes: destination, constant: wide, half: "low" };
  if (operation === 0xf2c0) return { length, kind: "other", writes: destination, constant: wide, half: "high" };
  if ((first & 0xfbef) === 0xf04f) {
    return { length, kind: "other", writes: destination, constant: expandImmediate(immediate) };
  }
  if ((first & 0xfbef) === 0xf06f) {
    return { length, kind: "other", writes: destination, constant: ~expandImmediate(immediate) >>> 0 };
  }
  const amount = sums[first & 0xfbe0]?.(immediate);
  const sum = amount === undefined || rn === 15 ? undefined : { register: rn, amount };
  return { length, kind: "other", writes: destination, sum };
}

/** ADD and SUB of an immediate, modified (T3) or plain (T4), by their first half-word. */
const sums: Readonly<Record<number, (immediate: number) => number>> = {
  61696: (immediate) => expandImmediate(immediate),
  61856: (immediate) => -expandImmediate(immediate),
  61952: (immediate) => immediate,
  62112: (immediate) => -immediate,
};

/** LDM, STM, LDRD, STRD, exclusives and table branches. */
function decodeMultiple(first: number, second: number): ThumbInstruction {
  const length = 4;
  const base = first & 15;
  const load = (first & 0x10) !== 0;
  if ((first & 0x40) === 0) {
    const down = (first & 0x180) === 0x100;
    const access = memory(length, load, 4, { base, offset: down ? -4 : 0 }, load ? -1 : undefined);
    return load && (second & 0x8000) !== 0 ? { ...access, kind: "jump" } : access;
  }
  if ((first & 0x120) === 0) {
    if ((first & 0x1f0) === 0xd0 && (second & 0xf0) < 0x20) return { length, kind: "jump" };
    return memory(length, load, 4, { base, offset: (second & 0xff) * 4 }, load ? second >>> 12 : undefined);
  }
  const distance = (second & 0xff) * ((first & 0x80) !== 0 ? 4 : -4);
  return memory(length, load, 4, { base, offset: (first & 0x100) !== 0 ? distance : 0 }, load ? -1 : undefined);
}

/** LDR, STR and their byte and half-word forms. */
function decodeSingle(first: number, second: number): ThumbInstruction {
  const length = 4;
  const base = first & 15;
  const load = (first & 0x10) !== 0;
  const width = [1, 2, 4, 4][(first >>> 5) & 3];
  const register = second >>> 12;
  if (((first >>> 5) & 3) === 3) return { length, kind: "undefined" };
  if (base === 15) {
    const offset = (second & 0xfff) * ((first & 0x80) !== 0 ? 1 : -1);
    return memory(length, load, width, { base, offset }, register);
  }
  if ((first & 0x80) !== 0) return memory(length, load, width, { base, offset: second & 0xfff }, register);
  if ((second & 0xfc0) === 0) {
    return memory(length, load, width, { base, offset: 0, index: second & 15, shift: (second >>> 4) & 3 }, register);
  }
  const distance = (second & 0xff) * ((second & 0x200) !== 0 ? 1 : -1);
  const access = memory(length, load, width, { base, offset: (second & 0x400) !== 0 ? distance : 0 }, register);
  return (second & 0x100) !== 0 ? { ...access, writes: load ? -1 : base } : access;
}

function decodeBranch(first: number, second: number, address: number): ThumbInstruction {
  const length = 4;
  const sign = (first >>> 10) & 1;
  const j1 = (second >>> 13) & 1;
  const j2 = (second >>> 11) & 1;
  if ((second & 0x5000) === 0) {
    const condition = (first >>> 6) & 15;
    if (condition >= 14) return { length, kind: (first & 0xfff0) === 0xf7f0 ? "undefined" : "other" };
    const offset = (((first & 0x3f) << 12) | ((second & 0x7ff) << 1) | (j1 << 18) | (j2 << 19) | (sign << 20)) << 11;
    return { length, kind: "branch", conditional: true, target: address + 4 + (offset >> 11) };
  }
  const i1 = j1 === sign ? 1 : 0;
  const i2 = j2 === sign ? 1 : 0;
  const offset = (((first & 0x3ff) << 12) | ((second & 0x7ff) << 1) | (i2 << 22) | (i1 << 23) | (sign << 24)) << 7;
  return { length, kind: (second & 0x4000) !== 0 ? "call" : "branch", target: address + 4 + (offset >> 7) };
}

function memory(
  length: 2 | 4,
  load: boolean,
  width: number,
  operand: ThumbOperand,
  register: number | undefined,
): ThumbInstruction {
  if (load) return { length, kind: "load", width, operand, writes: register };
  const source = register === undefined || register < 0 ? {} : { source: register };
  return { length, kind: "store", width, operand, ...source };
}

/** ThumbExpandImm (ARMv7-M A5.3.2). */
export function expandImmediate(value: number): number {
  const byte = value & 0xff;
  if (value >>> 10 !== 0) {
    const rotated = 0x80 | (value & 0x7f);
    const by = value >>> 7;
    return ((rotated >>> by) | (rotated << (32 - by))) >>> 0;
  }
  return [byte, byte * 0x00010001, byte * 0x01000100, byte * 0x01010101][(value >>> 8) & 3] >>> 0;
}
