import type { Body } from "./body.ts";
import type { Encoding, Fields } from "./encoding.ts";
import { checked, loadMultiple, loadOne, loadPc, locateOperand, storeMultiple, storeOne } from "./prepare.ts";

const sizes: readonly [suffix: string, code: string, bytes: number][] = [
  ["B", "00", 1],
  ["H", "01", 2],
  ["", "10", 4],
];

const notOnBase = (f: Fields): boolean => f.n !== f.t;
const wordOnSp = (f: Fields): boolean => f.n !== 13 || f.i % 4 === 0;
/** imm8 with P, U, W: not the unprivileged form, not P = W = 0 (UNDEFINED), no write-back into the transfer register. */
const indexed = (f: Fields): boolean => {
  if (f.P === 0) f.W = 1;
  if (f.P === 1 && f.W === 0) f.U = 0;
  return f.P === 1 && f.W === 0 ? true : notOnBase(f) && wordOnSp(f);
};

function storesOf([suffix, code, bytes]: (typeof sizes)[number]): Encoding[] {
  const allow = bytes === 4 ? { n: "sp", t: "sp" } : { n: "sp" };
  return [
    storeOne(`STR${suffix} (immediate) imm12`, `11111000 1 ${code} 0 nnnn tttt iiiiiiiiiiii`, bytes, {}, { allow }),
    storeOne(
      `STR${suffix} (immediate) imm8`,
      `11111000 0 ${code} 0 nnnn tttt 1PUW iiiiiiii`,
      bytes,
      {},
      { allow, valid: indexed },
    ),
    storeOne(`STR${suffix} (register) .W`, `11111000 0 ${code} 0 nnnn tttt 000000 kk mmmm`, bytes, {}, { allow }),
    storeOne(`STR${suffix}T`, `11111000 0 ${code} 0 nnnn tttt 1110 iiiiiiii`, bytes, {}, { allow: { n: "sp" } }),
  ];
}

function loadsOf([suffix, code, bytes]: (typeof sizes)[number], signed: boolean): Encoding[] {
  const name = `LDR${signed ? "S" : ""}${suffix}`;
  const top = signed ? "11111001" : "11111000";
  const allow = bytes === 4 ? { n: "sp", t: "sp" } : { n: "sp" };
  return [
    loadOne(`${name} (immediate) imm12`, `${top} 1 ${code} 1 nnnn tttt iiiiiiiiiiii`, bytes, {}, { allow }),
    loadOne(
      `${name} (immediate) imm8`,
      `${top} 0 ${code} 1 nnnn tttt 1PUW iiiiiiii`,
      bytes,
      {},
      { allow, valid: indexed },
    ),
    loadOne(`${name} (register) .W`, `${top} 0 ${code} 1 nnnn tttt 000000 kk mmmm`, bytes, {}, { allow }),
    loadOne(`${name}T`, `${top} 0 ${code} 1 nnnn tttt 1110 iiiiiiii`, bytes, {}, { allow: { n: "sp" } }),
    { name: `${name} (literal) .W`, bits: `${top} U ${code} 1 1111 tttt iiiiiiiiiiii`, writes: "t" },
  ];
}

const single: Encoding[] = [
  ...sizes.flatMap(storesOf),
  ...sizes.flatMap((size) => loadsOf(size, false)),
  ...sizes.slice(0, 2).flatMap((size) => loadsOf(size, true)),
  loadPc(
    "LDR (immediate) imm12 to PC",
    "11111000 1 10 1 nnnn 1111 iiiiiiiiiiii",
    {},
    { allow: { n: "sp" }, valid: wordOnSp },
  ),
  loadPc(
    "LDR (immediate) imm8 to PC",
    "11111000 0 10 1 nnnn 1111 1PUW iiiiiiii",
    {},
    {
      allow: { n: "sp" },
      valid: (f: Fields) => indexed(f) && wordOnSp(f),
    },
  ),
  loadPc(
    "LDR (register) .W to PC",
    "11111000 0 10 1 nnnn 1111 000000 kk mmmm",
    {},
    { valid: (f: Fields) => f.n !== f.m },
  ),
  {
    name: "PLD (immediate) imm12",
    bits: "11111000 1 00 1 nnnn 1111 iiiiiiiiiiii",
    allow: { n: "sp" },
  },
  { name: "PLD (immediate) imm8", bits: "11111000 0 00 1 nnnn 1111 1100 iiiiiiii", allow: { n: "sp" } },
  { name: "PLD (literal)", bits: "11111000 U 00 1 1111 1111 iiiiiiiiiiii" },
  { name: "PLD (register)", bits: "11111000 0 00 1 nnnn 1111 000000 kk mmmm", allow: { n: "sp" } },
  { name: "PLI (immediate) imm12", bits: "11111001 1 00 1 nnnn 1111 iiiiiiiiiiii", allow: { n: "sp" } },
  { name: "PLI (immediate) imm8", bits: "11111001 0 00 1 nnnn 1111 1100 iiiiiiii", allow: { n: "sp" } },
  { name: "PLI (literal)", bits: "11111001 U 00 1 1111 1111 iiiiiiiiiiii" },
  { name: "PLI (register)", bits: "11111001 0 00 1 nnnn 1111 000000 kk mmmm", allow: { n: "sp" } },
];

const bitBand: Encoding[] = sizes.flatMap(([suffix, code, bytes]) => [
  loadOne(`LDR${suffix} from bit-band alias`, `11111000 1 ${code} 1 nnnn tttt iiiiiiiiiiii`, bytes, { bitBand: true }),
  storeOne(`STR${suffix} to bit-band alias`, `11111000 1 ${code} 0 nnnn tttt iiiiiiiiiiii`, bytes, { bitBand: true }),
]);

const multiple: Encoding[] = [
  storeMultiple("STM .W", "11101000 10W0 nnnn 0M0 rrrrrrrrrrrrr", { writeBack: "by W" }),
  loadMultiple("LDM .W", "11101000 10W1 nnnn 0M0 rrrrrrrrrrrrr", { writeBack: "by W" }),
  loadMultiple("LDM .W with PC", "11101000 10W1 nnnn P00 rrrrrrrrrrrrr", { writeBack: "by W", toPc: true }),
  storeMultiple("STMDB", "11101001 00W0 nnnn 0M0 rrrrrrrrrrrrr", { writeBack: "by W", descending: true }),
  loadMultiple("LDMDB", "11101001 00W1 nnnn 0M0 rrrrrrrrrrrrr", { writeBack: "by W", descending: true }),
  loadMultiple("LDMDB with PC", "11101001 00W1 nnnn P00 rrrrrrrrrrrrr", {
    writeBack: "by W",
    descending: true,
    toPc: true,
  }),
  storeMultiple("PUSH T2", "11101001 0010 1101 0M0 rrrrrrrrrrrrr", { base: 13, writeBack: true, descending: true }),
  loadMultiple("POP T2", "11101000 1011 1101 0M0 rrrrrrrrrrrrr", { base: 13, writeBack: true }),
  loadMultiple("POP T2 with PC", "11101000 1011 1101 P00 rrrrrrrrrrrrr", { base: 13, writeBack: true, toPc: true }),
  {
    name: "PUSH T3",
    bits: "1111100001001101 tttt 110100000100",
    writes: "",
    prepare(b) {
      b.locate(13, -4, 4, 4);
      b.wrote(13);
    },
  },
  {
    name: "POP T3",
    bits: "1111100001011101 tttt 101100000100",
    writes: "t",
    prepare(b) {
      b.locate(13, 0, 4, 4);
      b.wrote(13);
    },
  },
];

function prepareDual(b: Body, f: Fields): void {
  const offset = f.P * f.i * 4 * (f.U === 0 ? -1 : 1);
  b.locate(f.n, offset, 8, 4);
  if (f.W === 1) b.wrote(f.n);
}
const dualValid = (f: Fields): boolean => {
  if (f.P === 0) f.W = 1;
  return f.W === 0 || (f.n !== f.t && f.n !== f.x);
};

const dual: Encoding[] = [
  {
    name: "STRD (immediate)",
    bits: "1110100 P U 1 W 0 nnnn tttt xxxx iiiiiiii",
    writes: "",
    allow: { n: "sp" },
    valid: dualValid,
    prepare: prepareDual,
  },
  {
    name: "LDRD (immediate)",
    bits: "1110100 P U 1 W 1 nnnn tttt xxxx iiiiiiii",
    writes: "tx",
    allow: { n: "sp" },
    valid: (f) => f.t !== f.x && dualValid(f),
    prepare: prepareDual,
  },
  {
    name: "LDRD (literal)",
    bits: "1110100 1 U 1 0 1 1111 tttt xxxx iiiiiiii",
    writes: "tx",
    valid: (f) => f.t !== f.x,
  },
];

const clearExclusive = [0xf3bf, 0x8f2f];

const exclusiveLoads: Encoding[] = [
  {
    name: "LDREX",
    bits: "111010000101 nnnn tttt 1111 iiiiiiii",
    writes: "t",
    allow: { n: "sp" },
    prepare: (b, f) => void b.locate(f.n, 4 * f.i, 4, 4),
  },
  {
    name: "LDREXB",
    bits: "111010001101 nnnn tttt 1111 0100 1111",
    writes: "t",
    allow: { n: "sp" },
    prepare: (b, f) => void b.locate(f.n, 0, 1, 1),
  },
  {
    name: "LDREXH",
    bits: "111010001101 nnnn tttt 1111 0101 1111",
    writes: "t",
    allow: { n: "sp" },
    prepare: (b, f) => void b.locate(f.n, 0, 2, 2),
  },
];

/**
 * STREX after a LDREX of the same address, which succeeds, or after CLREX, which does not; what it does to another
 * address than the tagged one is IMPLEMENTATION DEFINED (ARMv7-M A3.4.2).
 */
function storeExclusive(name: string, bits: string, load: Encoding, size: number): Encoding {
  return {
    name,
    bits,
    allow: { n: "sp" },
    it: "never",
    valid: (f) => f.d !== f.n && f.d !== f.t,
    prepare(b, f) {
      b.locate(f.n, 4 * (f.i ?? 0), size, size);
      const loaded = b.random.pick([0, 1, 2, 3, 4, 5, 6, 7].filter((register) => register !== f.n));
      if (b.random.below(4) > 0) b.emitEncoding(load, { ...f, t: loaded });
      if (b.random.below(3) === 0 || b.halfwords.length === 0) b.emit(...clearExclusive);
    },
  };
}

const exclusive: Encoding[] = [
  ...exclusiveLoads,
  storeExclusive("STREX", "111010000100 nnnn tttt dddd iiiiiiii", exclusiveLoads[0], 4),
  storeExclusive("STREXB", "111010001100 nnnn tttt 1111 0100 dddd", exclusiveLoads[1], 1),
  storeExclusive("STREXH", "111010001100 nnnn tttt 1111 0101 dddd", exclusiveLoads[2], 2),
];

function tableBranch(name: string, last: string, size: 1 | 2): Encoding {
  const encoding: Encoding = {
    name,
    bits: `111010001101 nnnn 1111 0000 000 ${last} mmmm`,
    it: "last",
    writes: "",
    allow: { n: "sp" },
    valid: (f) => f.n !== f.m,
    prepare(b, f) {
      if (f.n === 13 && size === 2) b.set(f.m, 2 * b.random.below(20));
      const address = locateOperand(encoding, b, { ...f, k: size - 1 }, size, { align: f.n === 13 ? 1 : size });
      const half = (b.land(0, size === 1 ? 510 : 4000) - b.pc) / 2;
      b.pokeByte(address, half);
      if (size === 2) b.pokeByte(address + 1, half >> 8);
    },
  };
  return encoding;
}

/** The usual form: the table is code, behind the instruction. */
function tableBranchOnPc(name: string, last: string, size: 1 | 2): Encoding {
  return {
    name,
    bits: `111010001101 1111 1111 0000 000 ${last} mmmm`,
    it: "last",
    writes: "",
    prepare(b, f) {
      const address = b.placeTable();
      // TBH doubles the index, so its table is as even as PC is
      const index = size === 2 ? (address - b.pc) >> 1 : address - b.pc;
      b.set(f.m, index);
      const half = (b.land(0, size === 1 ? 510 : 4000) - b.pc) / 2;
      b.fillTable(b.pc + index * size, size === 1 ? [half] : [half & 0xff, half >> 8]);
    },
  };
}

/** Every 32-bit encoding that touches memory (ARMv7-M A5.3.5–A5.3.10). */
export const classes32Memory: readonly Encoding[] = checked([
  ...single,
  ...bitBand,
  ...multiple,
  ...dual,
  ...exclusive,
  tableBranch("TBB", "0", 1),
  tableBranch("TBH", "1", 2),
  tableBranchOnPc("TBB with PC", "0", 1),
  tableBranchOnPc("TBH with PC", "1", 2),
]);
