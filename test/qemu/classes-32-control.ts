import type { Encoding } from "./encoding.ts";
import { branchTo, checked, clearMasks, readSpecial, restoreSpecials } from "./prepare.ts";

/** Splits a distance into the fields of T4 and BL: S, J1, J2, imm10, imm11 (A7.7.12). */
const longBranch = branchTo(-0x100_0000, 0xff_fffe, (offset, f) => {
  f.S = offset < 0 ? 1 : 0;
  f.J = ((offset >> 23) & 1) ^ f.S ^ 1;
  f.K = ((offset >> 22) & 1) ^ f.S ^ 1;
  f.i = (offset >> 1) & 0x1f_ffff;
});

const branches: Encoding[] = [
  {
    name: "B T3",
    bits: "11110 S cccc iiiiii 10 J 0 K iiiiiiiiiii",
    it: "never",
    back: 400,
    valid: (f) => f.c < 14,
    prepare: branchTo(-0x10_0000, 0xf_fffe, (offset, f) => {
      f.S = offset < 0 ? 1 : 0;
      f.K = (offset >> 19) & 1; // J2 is the higher bit (A7.7.12)
      f.J = (offset >> 18) & 1;
      f.i = (offset >> 1) & 0x1_ffff;
    }),
  },
  { name: "B T4", bits: "11110 S iiiiiiiiii 10 J 1 K iiiiiiiiiii", it: "last", back: 400, prepare: longBranch },
  {
    name: "BL",
    bits: "11110 S iiiiiiiiii 11 J 1 K iiiiiiiiiii",
    it: "last",
    back: 400,
    prepare: longBranch,
    after: (b) => b.wrote(14),
  },
];

/** Special registers that MRS reads, by SYSm (B5.1.1). */
const readable = [0, 1, 2, 3, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20];
/** Those that MSR may write here; CONTROL is left to the directed programs, as it would hold for later cases. */
const masks = [16, 17, 18, 19];

const system: Encoding[] = [
  {
    name: "MRS",
    bits: "11110011111 0 1111 1000 dddd ssssssss",
    prepare: (b, f) => void (f.s = b.random.pick(readable)),
  },
  {
    name: "MSR APSR",
    bits: "11110011100 0 nnnn 1000 10 00 ssssssss",
    prepare: (b, f) => void (f.s = b.random.pick([0, 1, 2, 3])),
    it: "last",
  },
  {
    name: "MSR IPSR, EPSR",
    bits: "11110011100 0 nnnn 1000 10 00 ssssssss",
    prepare: (b, f) => void (f.s = b.random.pick([5, 6, 7])),
  },
  {
    name: "MSR MSP, PSP",
    bits: "11110011100 0 nnnn 1000 10 00 ssssssss",
    prepare(b, f) {
      f.s = b.random.pick([8, 9]);
      b.set(f.n, b.random.value() & ~3);
    },
    it: "never",
    after(b) {
      b.wrote(13);
      readSpecial(b, 8);
      readSpecial(b, 9);
      restoreSpecials(b);
    },
  },
  {
    name: "MSR PRIMASK, BASEPRI, FAULTMASK",
    bits: "11110011100 0 nnnn 1000 10 00 ssssssss",
    prepare: (b, f) => void (f.s = b.random.pick(masks)),
    it: "never",
    after(b, f) {
      readSpecial(b, f.s);
      readSpecial(b, f.s === 18 ? 17 : b.random.pick(readable));
      clearMasks(b);
      restoreSpecials(b);
    },
  },
  { name: "NOP .W", bits: "111100111010 1111 10000 000 00000000" },
  { name: "YIELD .W", bits: "111100111010 1111 10000 000 00000001" },
  { name: "SEV .W", bits: "111100111010 1111 10000 000 00000100" },
  {
    name: "WFE .W",
    bits: "111100111010 1111 10000 000 00000010",
    it: "never",
    prepare: (b) => b.emit(0xf3af, 0x8004),
  },
  { name: "DBG", bits: "111100111010 1111 10000 000 1111 oooo" },
  { name: "unallocated hint .W", bits: "111100111010 1111 10000 000 oooooooo", valid: (f) => f.o > 4 && f.o < 0xf0 },
  { name: "CLREX", bits: "111100111011 1111 1000 1111 0010 1111" },
  { name: "DSB", bits: "111100111011 1111 1000 1111 0100 oooo" },
  { name: "DMB", bits: "111100111011 1111 1000 1111 0101 oooo" },
  { name: "ISB", bits: "111100111011 1111 1000 1111 0110 oooo" },
];

/** Branches and miscellaneous control (ARMv7-M A5.3.4). */
export const classes32Control: readonly Encoding[] = checked([...branches, ...system]);
