import type { Body } from "./body.ts";
import type { Encoding, Fields } from "./encoding.ts";
import { checked } from "./prepare.ts";

/** The opcodes that "shifted register" and "modified immediate" share (ARMv7-M A5.3.1, A5.3.11). */
const operations: readonly [name: string, opcode: string][] = [
  ["AND", "0000"],
  ["BIC", "0001"],
  ["ORR", "0010"],
  ["ORN", "0011"],
  ["EOR", "0100"],
  ["ADD", "1000"],
  ["ADC", "1010"],
  ["SBC", "1011"],
  ["SUB", "1101"],
  ["RSB", "1110"],
];
/** Those without a destination: the operation with S set and Rd = 15. */
const tests: readonly [name: string, opcode: string][] = [
  ["TST", "0000"],
  ["TEQ", "0100"],
  ["CMN", "1000"],
  ["CMP", "1101"],
];
const moves: readonly [name: string, opcode: string][] = [
  ["MOV", "0010"],
  ["MVN", "0011"],
];
const usesCarry = (name: string): boolean => name === "ADC" || name === "SBC";
const arithmetic = (name: string): boolean => name === "CMN" || name === "CMP";

/** ThumbExpandImm is UNPREDICTABLE for a repeated byte of zero (A5.3.2). */
const validImmediate = (f: Fields): boolean => f.i >> 10 !== 0 || (f.i >> 8) % 4 === 0 || (f.i & 0xff) !== 0;

/** ThumbExpandImm (A5.3.2). */
function expand(imm12: number): number {
  const byte = imm12 & 0xff;
  if (imm12 >= 0x400) {
    const rotated = 0x80 | (imm12 & 0x7f);
    const by = imm12 >> 7;
    return ((rotated >>> by) | (rotated << (32 - by))) >>> 0;
  }
  return [byte, byte * 0x1_0001, byte * 0x100_0100, byte * 0x101_0101][imm12 >> 8];
}

/** Constants worth more than their share: 0, 1, 0xFF, 0x00FF00FF, 0xFF00FF00, -1, the top bits. */
const constants = [0x000, 0x001, 0x0ff, 0x1ff, 0x2ff, 0x3ff, 0x400, 0x401, 0x47f, 0xfff];

function preferEdges(b: Body, f: Fields): void {
  if (b.random.oneIn(4)) f.i = b.random.pick(constants);
  preferRelated(b, f);
}

/** For ADC and SBC: 0, 0xFF, -1, where the carry that comes in decides on the one that goes out. */
function preferCarry(b: Body, f: Fields): void {
  if (b.random.oneIn(2)) f.i = b.random.pick([0, 0x0ff, 0x3ff]);
  preferRelated(b, f);
}

function preferRelated(b: Body, f: Fields): void {
  if (f.n !== undefined && b.random.oneIn(2)) b.prefer(f.n, b.random.related(expand(f.i)));
}

const shiftedRegister: Encoding[] = [
  ...operations.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (register) .W`,
      bits: `1110101 ${opcode} S nnnn 0 iii dddd ii kk mmmm`,
      prepare(b, f) {
        if (!usesCarry(name) || !b.random.oneIn(3)) return;
        b.prefer(f.m, b.random.pick([0, 0xffff_ffff]));
        if (b.random.oneIn(2)) f.i = f.k = 0;
      },
    }),
  ),
  ...tests.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (register) .W`,
      bits: `1110101 ${opcode} 1 nnnn 0 iii 1111 ii kk mmmm`,
      allow: arithmetic(name) ? { n: "sp" } : {},
    }),
  ),
  ...moves.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (register, shifted) .W`,
      bits: `1110101 ${opcode} S 1111 0 iii dddd ii kk mmmm`,
    }),
  ),
  {
    name: "RRX",
    bits: "1110101 0010 S 1111 0 000 dddd 0011 mmmm",
  },
  {
    name: "ADC (register) .W, RRX",
    bits: "1110101 1010 S nnnn 0 000 dddd 0011 mmmm",
  },
  {
    name: "MOV (register) T3 with SP",
    bits: "1110101 0010 0 1111 0 000 dddd 0000 mmmm",
    allow: { d: "sp", m: "sp" },
    valid: (f) => f.d !== 13 || f.m !== 13,
    prepare(b, f) {
      if (f.d === 13) b.set(f.m, b.random.value() & ~3);
    },
  },
  ...(["1000", "1101"] as const).map(
    (opcode): Encoding => ({
      name: `${opcode === "1000" ? "ADD (SP plus" : "SUB (SP minus"} register) .W`,
      bits: `1110101 ${opcode} S 1101 0 iii dddd ii kk mmmm`,
      allow: { d: "sp" },
      valid: (f) => f.d !== 13 || (f.k === 0 && f.i < 4),
      prepare(b, f) {
        if (f.d === 13) b.set(f.m, b.random.value() & ~3);
      },
    }),
  ),
];

const modifiedImmediate: Encoding[] = [
  ...operations.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (immediate) .W`,
      bits: `11110 i 0 ${opcode} S nnnn 0 iii dddd iiiiiiii`,
      valid: validImmediate,
      prepare: usesCarry(name) ? preferCarry : preferEdges,
    }),
  ),
  ...tests.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (immediate) .W`,
      bits: `11110 i 0 ${opcode} 1 nnnn 0 iii 1111 iiiiiiii`,
      allow: arithmetic(name) ? { n: "sp" } : {},
      valid: validImmediate,
      prepare: preferEdges,
    }),
  ),
  ...moves.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (immediate) .W`,
      bits: `11110 i 0 ${opcode} S 1111 0 iii dddd iiiiiiii`,
      valid: validImmediate,
      prepare: preferEdges,
    }),
  ),
  ...(["1000", "1101"] as const).map(
    (opcode): Encoding => ({
      name: `${opcode === "1000" ? "ADD (SP plus" : "SUB (SP minus"} immediate) .W`,
      bits: `11110 i 0 ${opcode} S 1101 0 iii dddd iiiiiiii`,
      allow: { d: "sp" },
      // into SP only multiples of 4: a small one, or one whose byte was moved to bit 2 or above
      valid: (f) => validImmediate(f) && (f.d !== 13 || (f.i < 0x100 ? f.i % 4 === 0 : f.i >= 0x400 && f.i < 0xf00)),
    }),
  ),
];

const plainImmediate: Encoding[] = [
  { name: "ADDW", bits: "11110 i 1 00000 nnnn 0 iii dddd iiiiiiii" },
  { name: "SUBW", bits: "11110 i 1 01010 nnnn 0 iii dddd iiiiiiii" },
  {
    name: "ADDW with SP",
    bits: "11110 i 1 00000 1101 0 iii dddd iiiiiiii",
    allow: { d: "sp" },
    valid: (f) => f.d !== 13 || f.i % 4 === 0,
  },
  {
    name: "SUBW with SP",
    bits: "11110 i 1 01010 1101 0 iii dddd iiiiiiii",
    allow: { d: "sp" },
    valid: (f) => f.d !== 13 || f.i % 4 === 0,
  },
  { name: "ADR T2", bits: "11110 i 1 01010 1111 0 iii dddd iiiiiiii" },
  { name: "ADR T3", bits: "11110 i 1 00000 1111 0 iii dddd iiiiiiii" },
  { name: "MOVW", bits: "11110 i 1 00100 iiii 0 iii dddd iiiiiiii" },
  { name: "MOVT", bits: "11110 i 1 01100 iiii 0 iii dddd iiiiiiii" },
  {
    name: "SSAT",
    bits: "11110 0 1 100 S 0 nnnn 0 iii dddd ii 0 jjjjj",
    valid: (f) => f.S === 0 || f.i !== 0,
  },
  {
    name: "USAT",
    bits: "11110 0 1 110 S 0 nnnn 0 iii dddd ii 0 jjjjj",
    valid: (f) => f.S === 0 || f.i !== 0,
  },
  { name: "SBFX", bits: "11110 0 1 10100 nnnn 0 iii dddd ii 0 wwwww", valid: (f) => f.i + f.w < 32 },
  { name: "UBFX", bits: "11110 0 1 11100 nnnn 0 iii dddd ii 0 wwwww", valid: (f) => f.i + f.w < 32 },
  { name: "BFI", bits: "11110 0 1 10110 nnnn 0 iii dddd ii 0 wwwww", valid: (f) => f.w >= f.i },
  { name: "BFC", bits: "11110 0 1 10110 1111 0 iii dddd ii 0 wwwww", valid: (f) => f.w >= f.i },
];

const shifts: readonly [name: string, opcode: string][] = [
  ["LSL", "00"],
  ["LSR", "01"],
  ["ASR", "10"],
  ["ROR", "11"],
];

const register: Encoding[] = [
  ...shifts.map(
    ([name, opcode]): Encoding => ({
      name: `${name} (register) .W`,
      bits: `11111010 0 ${opcode} S nnnn 1111 dddd 0000 mmmm`,
      prepare(b, f) {
        if (b.random.below(3) > 0) b.set(f.m, b.random.pick([0, 1, 31, 32, 33, 64, 255, 256, b.random.below(40)]));
      },
    }),
  ),
  { name: "SXTH .W", bits: "11111010 0000 1111 1111 dddd 10 ii mmmm" },
  { name: "UXTH .W", bits: "11111010 0001 1111 1111 dddd 10 ii mmmm" },
  { name: "SXTB .W", bits: "11111010 0100 1111 1111 dddd 10 ii mmmm" },
  { name: "UXTB .W", bits: "11111010 0101 1111 1111 dddd 10 ii mmmm" },
  ...(
    [
      ["REV .W", "1001", "1000"],
      ["REV16 .W", "1001", "1001"],
      ["RBIT", "1001", "1010"],
      ["REVSH .W", "1001", "1011"],
      ["CLZ", "1011", "1000"],
    ] as const
  ).map(
    ([name, first, second]): Encoding => ({
      name,
      bits: `11111010 ${first} nnnn 1111 dddd ${second} mmmm`,
      valid(f) {
        f.n = f.m; // Rm stands twice (A7.7.112), else UNPREDICTABLE
        return true;
      },
    }),
  ),
];

const multiply: Encoding[] = [
  { name: "MUL .W", bits: "11111011 0000 nnnn 1111 dddd 0000 mmmm" },
  { name: "MLA", bits: "11111011 0000 nnnn aaaa dddd 0000 mmmm" },
  { name: "MLS", bits: "11111011 0000 nnnn aaaa dddd 0001 mmmm" },
  ...(
    [
      ["SMULL", "1000"],
      ["UMULL", "1010"],
      ["SMLAL", "1100"],
      ["UMLAL", "1110"],
    ] as const
  ).map(
    ([name, opcode]): Encoding => ({
      name,
      bits: `11111011 ${opcode} nnnn llll hhhh 0000 mmmm`,
      writes: "lh",
      valid: (f) => f.l !== f.h,
    }),
  ),
  ...(
    [
      ["SDIV", "1001"],
      ["UDIV", "1011"],
    ] as const
  ).map(
    ([name, opcode]): Encoding => ({
      name,
      bits: `11111011 ${opcode} nnnn 1111 dddd 1111 mmmm`,
      prepare(b, f) {
        const dice = b.random.below(6);
        if (f.n === f.m || dice > 3) return;
        if (dice === 0) b.set(f.m, 0);
        if (dice === 1) b.set(f.n, 0x8000_0000);
        if (dice === 1) b.set(f.m, 0xffff_ffff);
        if (dice === 2) b.set(f.m, b.random.between(-20, 20));
      },
    }),
  ),
];

/** Every 32-bit encoding that works on registers alone (ARMv7-M A5.3.1–A5.3.3, A5.3.11–A5.3.17). */
export const classes32Data: readonly Encoding[] = checked([
  ...shiftedRegister,
  ...modifiedImmediate,
  ...plainImmediate,
  ...register,
  ...multiply,
]);
