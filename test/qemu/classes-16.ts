import type { Body } from "./body.ts";
import type { Encoding, Fields } from "./encoding.ts";
import { branchTo, checked, clearMasks, loadMultiple, loadOne, readMasks, storeMultiple, storeOne } from "./prepare.ts";

/** Often a register value at which the immediate makes a carry, an overflow or a zero. */
function preferEdges(b: Body, f: Fields): void {
  if (b.random.oneIn(2)) b.prefer(f.n ?? f.d, b.random.related(f.i));
}

/** Often 0 or -1, where the carry that comes in decides on the one that goes out. */
function preferCarry(b: Body, f: Fields): void {
  if (b.random.oneIn(3)) b.prefer(f.m, b.random.pick([0, 0xffff_ffff]));
}

/** Shift amounts that matter, beside any word. */
const amounts = [0, 1, 2, 31, 32, 33, 63, 64, 127, 128, 255, 256, 257, 0x100 + 31, 0x120];

function shiftByRegister(name: string, opcode: string): Encoding {
  return {
    name,
    bits: `010000 ${opcode} mmmddd`,
    prepare(b, f) {
      if (f.m !== f.d && b.random.below(3) > 0)
        b.set(f.m, b.random.oneIn(3) ? b.random.below(40) : b.random.pick(amounts));
    },
  };
}

const dataProcessing: Encoding[] = [
  { name: "LSL (immediate) T1", bits: "00000 iiiii mmm ddd", valid: (f) => f.i !== 0 },
  { name: "MOV (register) T2", bits: "00000 00000 mmm ddd", it: "never" },
  { name: "LSR (immediate) T1", bits: "00001 iiiii mmm ddd" },
  { name: "ASR (immediate) T1", bits: "00010 iiiii mmm ddd" },
  { name: "ADD (register) T1", bits: "0001100 mmm nnn ddd" },
  { name: "SUB (register) T1", bits: "0001101 mmm nnn ddd" },
  { name: "ADD (immediate) T1", bits: "0001110 iii nnn ddd", prepare: preferEdges },
  { name: "SUB (immediate) T1", bits: "0001111 iii nnn ddd", prepare: preferEdges },
  { name: "MOV (immediate) T1", bits: "00100 ddd iiiiiiii" },
  { name: "CMP (immediate) T1", bits: "00101 nnn iiiiiiii", prepare: preferEdges },
  { name: "ADD (immediate) T2", bits: "00110 ddd iiiiiiii", prepare: preferEdges },
  { name: "SUB (immediate) T2", bits: "00111 ddd iiiiiiii", prepare: preferEdges },
  { name: "AND (register) T1", bits: "0100000000 mmm ddd" },
  { name: "EOR (register) T1", bits: "0100000001 mmm ddd" },
  shiftByRegister("LSL (register) T1", "0010"),
  shiftByRegister("LSR (register) T1", "0011"),
  shiftByRegister("ASR (register) T1", "0100"),
  { name: "ADC (register) T1", bits: "0100000101 mmm ddd", prepare: preferCarry },
  { name: "SBC (register) T1", bits: "0100000110 mmm ddd", prepare: preferCarry },
  shiftByRegister("ROR (register) T1", "0111"),
  { name: "TST (register) T1", bits: "0100001000 mmm nnn" },
  { name: "RSB (immediate) T1", bits: "0100001001 nnn ddd" },
  { name: "CMP (register) T1", bits: "0100001010 mmm nnn" },
  { name: "CMN (register) T1", bits: "0100001011 mmm nnn" },
  { name: "ORR (register) T1", bits: "0100001100 mmm ddd" },
  { name: "MUL T1", bits: "0100001101 nnn ddd" },
  { name: "BIC (register) T1", bits: "0100001110 mmm ddd" },
  { name: "MVN (register) T1", bits: "0100001111 mmm ddd" },
];

const specialData: Encoding[] = [
  {
    name: "ADD (register) T2",
    bits: "01000100 d mmmm ddd",
    allow: { d: "sp", m: "sp pc" },
    valid: (f) => f.d !== 13 || f.m < 13,
    prepare(b, f) {
      if (f.d === 13) b.set(f.m, b.random.value() & ~3);
    },
  },
  {
    name: "ADD (register) T2 to PC",
    bits: "01000100 1 mmmm 111",
    it: "last",
    writes: "",
    prepare(b, f) {
      b.set(f.m, b.landAnywhere() - b.pc + b.random.below(2));
    },
  },
  {
    name: "CMP (register) T2",
    bits: "01000101 n mmmm nnn",
    allow: { n: "sp", m: "sp" },
    valid: (f) => f.n > 7 || f.m > 7,
  },
  {
    name: "MOV (register) T1",
    bits: "01000110 d mmmm ddd",
    allow: { d: "sp", m: "sp pc" },
    valid: (f) => f.d !== 13 || f.m < 13,
    prepare(b, f) {
      if (f.d === 13) b.set(f.m, b.random.value() & ~3);
    },
  },
  {
    name: "MOV (register) T1 to PC",
    bits: "01000110 1 mmmm 111",
    it: "last",
    writes: "",
    prepare: (b, f) => b.set(f.m, b.landAnywhere() + b.random.below(2)),
  },
  {
    name: "BX T1",
    bits: "010001110 mmmm 000",
    it: "last",
    writes: "",
    prepare: (b, f) => b.set(f.m, b.landAnywhere() + 1),
  },
  {
    name: "BLX (register) T1",
    bits: "010001111 mmmm 000",
    it: "last",
    writes: "",
    prepare(b, f) {
      b.set(f.m, b.landAnywhere() + 1);
      b.wrote(14);
    },
  },
];

const loadStore: Encoding[] = [
  { name: "LDR (literal) T1", bits: "01001 ttt iiiiiiii", writes: "t" },
  storeOne("STR (register) T1", "0101000 mmm nnn ttt", 4),
  storeOne("STRH (register) T1", "0101001 mmm nnn ttt", 2),
  storeOne("STRB (register) T1", "0101010 mmm nnn ttt", 1),
  loadOne("LDRSB (register) T1", "0101011 mmm nnn ttt", 1),
  loadOne("LDR (register) T1", "0101100 mmm nnn ttt", 4),
  loadOne("LDRH (register) T1", "0101101 mmm nnn ttt", 2),
  loadOne("LDRB (register) T1", "0101110 mmm nnn ttt", 1),
  loadOne("LDRSH (register) T1", "0101111 mmm nnn ttt", 2),
  storeOne("STR (immediate) T1", "01100 iiiii nnn ttt", 4, { scale: 4 }),
  loadOne("LDR (immediate) T1", "01101 iiiii nnn ttt", 4, { scale: 4 }),
  storeOne("STRB (immediate) T1", "01110 iiiii nnn ttt", 1, { scale: 1 }),
  loadOne("LDRB (immediate) T1", "01111 iiiii nnn ttt", 1, { scale: 1 }),
  storeOne("STRH (immediate) T1", "10000 iiiii nnn ttt", 2, { scale: 2 }),
  loadOne("LDRH (immediate) T1", "10001 iiiii nnn ttt", 2, { scale: 2 }),
  storeOne("STR (immediate) T2", "10010 ttt iiiiiiii", 4, { scale: 4, base: 13 }),
  loadOne("LDR (immediate) T2", "10011 ttt iiiiiiii", 4, { scale: 4, base: 13 }),
  storeMultiple("PUSH T1", "1011010 M rrrrrrrr", { base: 13, writeBack: true, descending: true }),
  loadMultiple("POP T1", "1011110 0 rrrrrrrr", { base: 13, writeBack: true }),
  loadMultiple("POP T1 with PC", "1011110 P rrrrrrrr", { base: 13, writeBack: true, toPc: true }),
  storeMultiple("STM T1", "11000 nnn rrrrrrrr", { writeBack: true }),
  loadMultiple("LDM T1", "11001 nnn rrrrrrrr", { writeBack: "unless loaded" }),
];

const miscellaneous: Encoding[] = [
  { name: "ADR T1", bits: "10100 ddd iiiiiiii" },
  { name: "ADD (SP plus immediate) T1", bits: "10101 ddd iiiiiiii" },
  { name: "ADD (SP plus immediate) T2", bits: "101100000 iiiiiii", after: (b) => b.wrote(13) },
  { name: "SUB (SP minus immediate) T1", bits: "101100001 iiiiiii", after: (b) => b.wrote(13) },
  { name: "SXTH T1", bits: "1011001000 mmm ddd" },
  { name: "SXTB T1", bits: "1011001001 mmm ddd" },
  { name: "UXTH T1", bits: "1011001010 mmm ddd" },
  { name: "UXTB T1", bits: "1011001011 mmm ddd" },
  { name: "REV T1", bits: "1011101000 mmm ddd" },
  { name: "REV16 T1", bits: "1011101001 mmm ddd" },
  { name: "REVSH T1", bits: "1011101011 mmm ddd" },
  {
    name: "CPS T1",
    bits: "10110110011 o 00 I F",
    it: "never",
    valid: (f) => f.I + f.F > 0,
    // CPSID i, CPSID f, CPSIE i before it, so that setting and clearing both change something
    prepare: (b) => b.emit(b.random.pick([0xb672, 0xb671, 0xb662])),
    after(b) {
      readMasks(b);
      clearMasks(b);
    },
  },
  { name: "NOP T1", bits: "1011111100000000" },
  { name: "YIELD T1", bits: "1011111100010000" },
  { name: "SEV T1", bits: "1011111101000000" },
  { name: "WFE T1", bits: "1011111100100000", it: "never", prepare: (b) => b.emit(0xbf40) },
  { name: "unallocated hint T1", bits: "10111111 oooo 0000", valid: (f) => f.o > 4 },
];

const branches: Encoding[] = [
  {
    name: "CBZ, CBNZ T1",
    bits: "1011 z0 i1 iiiii nnn",
    it: "never",
    prepare(b, f) {
      if (b.random.oneIn(2)) b.set(f.n, b.random.oneIn(2) ? 0 : b.random.value());
      f.i = (b.land(0, 126) - b.pc) / 2;
    },
  },
  {
    name: "B T1",
    bits: "1101 cccc iiiiiiii",
    it: "never",
    back: 280,
    valid: (f) => f.c < 14,
    prepare: branchTo(-256, 254, (offset, f) => {
      f.i = (offset >> 1) & 0xff;
    }),
  },
  {
    name: "B T2",
    bits: "11100 iiiiiiiiiii",
    it: "last",
    back: 1200,
    prepare: branchTo(-2048, 2046, (offset, f) => {
      f.i = (offset >> 1) & 0x7ff;
    }),
  },
];

/** Every 16-bit encoding of ARMv7-M (A5.2), except IT (drawn by itself) and those that end in an exception. */
export const classes16: readonly Encoding[] = checked([
  ...dataProcessing,
  ...specialData,
  ...loadStore,
  ...miscellaneous,
  ...branches,
]);
