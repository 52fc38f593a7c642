import type { Body } from "./body.ts";
import { type Encoding, type Fields, randomFields } from "./encoding.ts";
import { mainStack, processStack } from "./layout.ts";
import { Random } from "./random.ts";

type Prepare = (b: Body, f: Fields) => void;

/** How a load or store finds its address: base field `n` (or a fixed register), immediate field `i` or register `m`. */
export interface Addressing {
  /** Bytes per unit of the field `i`. */
  readonly scale?: number;
  /** Base register when no field names it. */
  readonly base?: number;
  /** Smallest alignment that does not fault; 1 unless told. */
  readonly align?: number;
  /** Access through the bit-band alias of the data. */
  readonly bitBand?: boolean;
}

const dataStart = 0x2000_0000;
const aliasStart = 0x2200_0000;

/** Sets base and index so that the access falls into the case's data; returns the address accessed. */
export function locateOperand(encoding: Encoding, b: Body, f: Fields, size: number, how: Addressing = {}): number {
  const base = how.base ?? f.n;
  const align = how.align ?? (b.random.below(4) > 0 ? size : 1);
  if (base === 15) return b.literalBase;
  if (encoding.bits.includes("m")) {
    const shift = f.k ?? 0;
    if (f.m === base) return locateDoubled(b, base, shift, size);
    if (b.random.oneIn(2)) b.set(f.m, b.random.below(64));
    return b.locate(base, b.value(f.m) * 2 ** shift, size, align);
  }
  const indexed = f.P === undefined ? 1 : f.P;
  const offset = indexed * (f.i ?? 0) * (how.scale ?? 1) * (f.U === 0 ? -1 : 1);
  if (how.bitBand !== true) return b.locate(base, offset, size, align);
  // One bit of a byte of the data, by the word of the alias that stands for it (ARMv7-M B3.1, bit-band of the M3 TRM)
  const target = b.allocate(1);
  const address = aliasStart + (target - dataStart) * 32 + 4 * b.random.below(8);
  b.set(base, address - offset);
  return address;
}

/** Base and index are one register: its value times 1 + 2^shift must be the address. */
function locateDoubled(b: Body, register: number, shift: number, size: number): number {
  const address = b.allocate(size + 1, 2);
  const factor = 1 + 2 ** shift;
  let value = address / 2;
  if (shift > 0) for (value = 0, value = address; value % factor !== 0; ) value += 2 ** 32;
  b.set(register, shift > 0 ? value / factor : value);
  return address;
}

const writesBack = (f: Fields): boolean => f.P === 0 || f.W === 1;

/** A load of one register, which may be SP or PC where `allow` says so. */
export function loadOne(name: string, bits: string, size: number, how: Addressing = {}, more = {}): Encoding {
  const encoding: Encoding = {
    name,
    bits,
    writes: "t",
    ...more,
    prepare(b, f) {
      const address = locateOperand(encoding, b, f, size, how);
      if (f.t === 13 && address !== b.literalBase) b.poke(address, b.random.value() & ~3);
      if (bits.includes("W") && writesBack(f)) b.wrote(f.n);
    },
  };
  return encoding;
}

export function storeOne(name: string, bits: string, size: number, how: Addressing = {}, more = {}): Encoding {
  const encoding: Encoding = {
    name,
    bits,
    writes: "",
    ...more,
    prepare(b, f) {
      locateOperand(encoding, b, f, size, how);
      if (bits.includes("W") && writesBack(f)) b.wrote(f.n);
    },
  };
  return encoding;
}

/** LDR into PC (field `t` fixed at 15): the loaded word is a landing. */
export function loadPc(name: string, bits: string, how: Addressing = {}, more = {}): Encoding {
  const encoding: Encoding = {
    name,
    bits,
    it: "last",
    writes: "",
    ...more,
    prepare(b, f) {
      const address = locateOperand(encoding, b, f, 4, { ...how, align: 4 });
      b.poke(address, b.landAnywhere() + 1);
      if (bits.includes("W") && writesBack(f)) b.wrote(f.n);
    },
  };
  return encoding;
}

interface Multiple {
  readonly base?: number;
  readonly writeBack: boolean | "by W" | "unless loaded";
  readonly descending?: boolean;
  readonly toPc?: boolean;
}

function listOf(f: Fields): number[] {
  const list = [];
  for (let i = 0; i < 13; i++) if ((f.r >> i) & 1) list.push(i);
  if (f.M === 1) list.push(14);
  if (f.P === 1) list.push(15);
  return list;
}

function multiple(load: boolean, name: string, bits: string, how: Multiple): Encoding {
  const fewest = bits.replaceAll(" ", "").length === 32 ? 2 : 1;
  const writesBackWith = (f: Fields): boolean =>
    how.writeBack === "by W" ? f.W === 1 : how.writeBack === true || !listOf(f).includes(f.n);
  return {
    name,
    bits,
    writes: "",
    allow: { n: "sp" },
    it: how.toPc ? "last" : "any",
    valid(f) {
      const list = listOf(f);
      if (how.toPc) f.P = 1;
      if (list.length < fewest || (f.P === 1 && f.M === 1)) return false;
      if (how.writeBack === "unless loaded" || how.base !== undefined || !list.includes(f.n)) return true;
      // STM with the base written back stores its old value when it is the lowest of the list (A7.7.159); else UNKNOWN
      return how.writeBack === "by W" ? f.W === 0 : !load && list[0] === f.n;
    },
    prepare(b, f) {
      const list = listOf(f);
      const base = how.base ?? f.n;
      const length = 4 * list.length;
      const address = b.locate(base, how.descending ? -length : 0, length, 4);
      if (how.toPc) b.poke(address + length - 4, b.landAnywhere() + 1);
      for (const register of list) {
        b.uses(register);
        if (load && register < 15) b.wrote(register);
      }
      if (how.base !== undefined || writesBackWith(f)) b.wrote(base);
    },
  };
}

export const loadMultiple = (name: string, bits: string, how: Multiple): Encoding => multiple(true, name, bits, how);
export const storeMultiple = (name: string, bits: string, how: Multiple): Encoding => multiple(false, name, bits, how);

/** A branch whose distance from PC lies within the bounds; `set` stores the distance in the fields. */
export function branchTo(low: number, high: number, set: (offset: number, f: Fields) => void): Prepare {
  return (b, f) => set(b.land(low, high) - b.pc, f);
}

/** MRS of a special register into a random low register. */
export function readSpecial(b: Body, sysm: number): void {
  const d = b.random.below(13);
  b.emit(0xf3ef, 0x8000 | (d << 8) | sysm);
  b.wrote(d);
}

/** Shows PRIMASK, BASEPRI and FAULTMASK. */
export function readMasks(b: Body): void {
  for (const sysm of [16, 17, 19]) readSpecial(b, sysm);
}

/** CPSIE if: later cases start with interrupts and faults enabled. */
export function clearMasks(b: Body): void {
  b.emit(0xb663);
}

/** Puts MSP, PSP and BASEPRI back to what they are at the start of a batch, so that no case hangs on an earlier one. */
export function restoreSpecials(b: Body): void {
  const move = (upper: number): number[] => [0xf240, 0, 0xf2c2, upper]; // MOVW r0, #0; MOVT r0, #0x2000 + upper
  b.emit(0x2000, 0xf380, 0x8811); // MOVS r0, #0; MSR BASEPRI, r0
  b.emit(...move((mainStack >>> 16) & 0xff), 0xf380, 0x8808);
  b.emit(...move((processStack >>> 16) & 0xff), 0xf380, 0x8809);
  b.wrote(0);
  b.wrote(13);
}

/** The same classes, after a look at the table itself: 16 or 32 bits each, names unlike, some fields valid. */
export function checked(classes: readonly Encoding[]): readonly Encoding[] {
  const names = new Set<string>();
  for (const encoding of classes) {
    const bits = encoding.bits.replaceAll(" ", "");
    if (bits.length !== 16 && bits.length !== 32) throw new Error(`${encoding.name}: ${bits.length} bits`);
    if (names.has(encoding.name)) throw new Error(`${encoding.name}: twice in the table`);
    names.add(encoding.name);
    randomFields(encoding, new Random(1));
  }
  return classes;
}
