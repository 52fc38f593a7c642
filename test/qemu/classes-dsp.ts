import type { Body } from "./body.ts";
import type { Encoding, Fields } from "./encoding.ts";
import { checked } from "./prepare.ts";

/** Half-words and bytes at which lanes carry, saturate and change sign. */
const lanes = [
  0, 0x7fff_7fff, 0x8000_8000, 0x7fff_8000, 0x8000_7fff, 0x7f80_807f, 0xffff_0001, 0x0001_ffff, 0x8080_7f7f,
];

function preferLanes(b: Body, f: Fields): void {
  for (const letter of ["n", "m"]) {
    if (f[letter] !== undefined && b.random.oneIn(2)) b.prefer(f[letter], b.random.pick(lanes));
  }
  if (f.a !== undefined && b.random.oneIn(3)) b.prefer(f.a, b.random.pick([0x7fff_ffff, 0x8000_0000]));
}

const row = (name: string, bits: string, more: Partial<Encoding> = {}): Encoding => ({
  name,
  bits,
  prepare: preferLanes,
  ...more,
});

const extends32 = ["SXTAH 000", "UXTAH 001", "SXTAB16 010", "UXTAB16 011", "SXTAB 100", "UXTAB 101"].map((text) => {
  const [name, op] = text.split(" ");
  return row(name, `111110100 ${op} nnnn 1111 dddd 10rr mmmm`);
});

const plainExtends = ["SXTB16 010", "UXTB16 011"].map((text) => {
  const [name, op] = text.split(" ");
  return row(name, `111110100 ${op} 1111 1111 dddd 10rr mmmm`);
});

const prefixes = ["S 000", "Q 001", "SH 010", "U 100", "UQ 101", "UH 110"];
const sums = ["ADD8 000", "ADD16 001", "ASX 010", "SUB8 100", "SUB16 101", "SAX 110"];
const parallel = prefixes.flatMap((prefix) =>
  sums.map((sum) => {
    const [before, kind] = prefix.split(" ");
    const [name, op] = sum.split(" ");
    return row(before + name, `111110101 ${op} nnnn 1111 dddd 0 ${kind} mmmm`);
  }),
);

const saturating = ["QADD 00", "QDADD 01", "QSUB 10", "QDSUB 11"].map((text) => {
  const [name, op] = text.split(" ");
  return row(name, `111110101000 nnnn 1111 dddd 10 ${op} mmmm`);
});

const others: Encoding[] = [
  row("SEL", "111110101010 nnnn 1111 dddd 1000 mmmm"),
  row("PKHBT", "111010101100 nnnn 0 iii dddd jj 00 mmmm"),
  row("PKHTB", "111010101100 nnnn 0 iii dddd jj 10 mmmm"),
  row("SSAT16", "111100110010 nnnn 0000 dddd 0000 iiii"),
  row("USAT16", "111100111010 nnnn 0000 dddd 0000 iiii"),
  row("USADA8", "111110110111 nnnn aaaa dddd 0000 mmmm"),
  row("USAD8", "111110110111 nnnn 1111 dddd 0000 mmmm"),
];

/** With an accumulator, and the same without: Ra = 15. */
const multiplies = [
  ["SMLAxy", "SMULxy", "001", "00jk"],
  ["SMLAD", "SMUAD", "010", "000k"],
  ["SMLAWy", "SMULWy", "011", "000k"],
  ["SMLSD", "SMUSD", "100", "000k"],
  ["SMMLA", "SMMUL", "101", "000k"],
].flatMap(([name, plain, op, choice]) => [
  row(name, `111110110 ${op} nnnn aaaa dddd ${choice} mmmm`),
  row(plain, `111110110 ${op} nnnn 1111 dddd ${choice} mmmm`),
]);

/** Rd and Ra of the manual are RdHi and RdLo here, both written. */
const long = ["SMLALxy 100 10jk", "SMLALD 100 110k", "SMLSLD 101 110k", "UMAAL 110 0110"].map((text) => {
  const [name, op, choice] = text.split(" ");
  return row(name, `111110111 ${op} nnnn llll hhhh ${choice} mmmm`, {
    writes: "lh",
    valid: (f) => f.h !== f.l,
  });
});

/** The encoding classes that ARMv7E-M adds to ARMv7-M: the DSP extension. */
export const classesDsp: readonly Encoding[] = checked([
  ...extends32,
  ...plainExtends,
  ...parallel,
  ...saturating,
  ...others,
  ...multiplies,
  row("SMMLS", "111110110110 nnnn aaaa dddd 000k mmmm"),
  ...long,
]);
