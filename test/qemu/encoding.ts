import type { Body } from "./body.ts";
import type { Random } from "./random.ts";

/** The fields of one instruction by their letters. */
export type Fields = Record<string, number>;

/**
 * One encoding class of the ARMv7-M ARM. `bits` is the encoding as the manual draws it: 0, 1, blanks, and letters for
 * fields; a letter's bits are gathered from left to right wherever they stand. The letters a d h l m n t x are
 * registers (h and l: the halves of a 64-bit result; x: Rt2), the others are numbers.
 */
export interface Encoding {
  readonly name: string;
  readonly bits: string;
  /** Registers it writes, as letters; `d` unless told. */
  readonly writes?: string;
  /** Register fields that may be SP or PC; others are kept off 13 and 15, mostly UNPREDICTABLE. */
  readonly allow?: Readonly<Record<string, "sp" | "pc" | "sp pc">>;
  /** In an IT block: anywhere (if not told), in last place only, or never. */
  readonly it?: "any" | "last" | "never";
  /** Bytes left free before the case, for branches that go backwards. */
  readonly back?: number;
  /** False for field values that are UNPREDICTABLE, or another class's. */
  valid?(f: Fields): boolean;
  /** Gives registers, memory and branch targets the values that this instruction needs; may change fields. */
  prepare?(b: Body, f: Fields): void;
  /** Adds instructions behind it, to show what it did. */
  after?(b: Body, f: Fields): void;
}

const registerLetters = "adhlmntx";

/** Values for all fields of `encoding`, UNPREDICTABLE combinations left out. */
export function randomFields(encoding: Encoding, random: Random): Fields {
  const widths = new Map<string, number>();
  for (const symbol of encoding.bits) {
    if (/[a-zA-Z]/.test(symbol)) widths.set(symbol, (widths.get(symbol) ?? 0) + 1);
  }
  for (let attempt = 0; attempt < 2000; attempt++) {
    const f: Fields = {};
    let last: number | undefined;
    for (const [letter, width] of widths) {
      if (!registerLetters.includes(letter)) {
        f[letter] = randomNumber(random, width);
        continue;
      }
      const same = last !== undefined && random.oneIn(6) && (width === 4 || last < 8) ? last : undefined;
      f[letter] = same ?? randomRegister(random, width, encoding.allow?.[letter] ?? "");
      if (same === undefined) last = f[letter];
      if (!registerAllowed(f[letter], encoding.allow?.[letter] ?? "")) f[letter] = random.below(8);
    }
    if (encoding.valid?.(f) !== false) return f;
  }
  throw new Error(`${encoding.name}: no valid field values in 2000 attempts`);
}

function randomNumber(random: Random, width: number): number {
  const all = 2 ** width - 1;
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return all;
    default:
      return random.between(0, all);
  }
}

function randomRegister(random: Random, width: number, allow: string): number {
  if (width < 4) return random.below(8);
  if (allow.includes("sp") && random.oneIn(6)) return 13;
  if (allow.includes("pc") && random.oneIn(6)) return 15;
  const register = random.below(14);
  return register === 13 ? 14 : register;
}

function registerAllowed(register: number, allow: string): boolean {
  return (register !== 13 || allow.includes("sp")) && (register !== 15 || allow.includes("pc"));
}

/** The half-words of `encoding` with these field values. */
export function encode(encoding: Encoding, f: Fields): number[] {
  const bits = encoding.bits.replaceAll(" ", "");
  const left: Record<string, number> = {};
  for (const symbol of bits) if (/[a-zA-Z]/.test(symbol)) left[symbol] = (left[symbol] ?? 0) + 1;
  const halfwords = [];
  for (let start = 0; start < bits.length; start += 16) {
    let value = 0;
    for (const symbol of bits.slice(start, start + 16)) {
      const bit = symbol === "0" || symbol === "1" ? Number(symbol) : Math.floor(f[symbol] / 2 ** --left[symbol]) & 1;
      value = (value << 1) | bit;
    }
    halfwords.push(value);
  }
  return halfwords;
}

/** The registers that the fields name, PC aside. */
export function registersOf(encoding: Encoding, f: Fields): number[] {
  return [...registerLetters].filter((letter) => encoding.bits.includes(letter)).map((letter) => f[letter]);
}
