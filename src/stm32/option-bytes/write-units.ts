import { hex32 } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";

/** Pages (or sectors) that one bit of write protection covers: from `first` to `last`, both included. */
export interface WriteUnit {
  readonly bit: number;
  readonly first: number;
  readonly last: number;
  readonly address: number;
  readonly bytes: number;
}

/** What the bits cover, and what its parts are called: page or sector. */
export interface WriteUnits {
  readonly part: "page" | "sector";
  readonly units: readonly WriteUnit[];
}

/** Equal pages in groups; the last of 32 bits covers all that is left (PM0075 2.5). */
export function pageUnits(base: number, flashBytes: number, pageBytes: number, pagesPerBit: number): WriteUnits {
  const pages = Math.ceil(flashBytes / pageBytes);
  const count = Math.min(32, Math.ceil(pages / pagesPerBit));
  const units = Array.from({ length: count }, (_, bit) => {
    const first = bit * pagesPerBit;
    const last = (bit === 31 ? pages : Math.min(pages, first + pagesPerBit)) - 1;
    return { bit, first, last, address: base + first * pageBytes, bytes: (last - first + 1) * pageBytes };
  });
  return { part: "page", units };
}

/** `none`, or `pages 0-7 (0x08000000-0x08001FFF)`, for bits of which 0 protects. */
export function protectedWords({ part, units }: WriteUnits, bits: number): string {
  const locked = units.filter(({ bit }) => ((bits >>> bit) & 1) === 0);
  if (locked.length === 0) return "none";
  if (locked.length === units.length) return `all ${part}s`;
  return runs(locked)
    .map(({ first, last, address, bytes }) => {
      const which = first === last ? `${part} ${first}` : `${part}s ${first}-${last}`;
      return `${which} (${hex32(address)}-${hex32(address + bytes - 1)})`;
    })
    .join(", ");
}

/** Neighbours joined. */
export function runs(units: readonly WriteUnit[]): WriteUnit[] {
  const joined: WriteUnit[] = [];
  for (const unit of units) {
    const before = joined.at(-1);
    if (before === undefined || before.last + 1 !== unit.first) joined.push(unit);
    else joined[joined.length - 1] = { ...before, last: unit.last, bytes: before.bytes + unit.bytes };
  }
  return joined;
}

/**
 * Bits (0 protects, the others 1) for `none`, `all`, numbers of pages such as `0-3,8-11`, or addresses such as
 * `0x08000000-0x08000FFF`. Throws `option-byte-value` for what is no whole unit: more would be protected than was said.
 */
export function parseProtected(units: WriteUnits, text: string): number {
  if (text === "none") return 0xffffffff;
  const lock = (bits: number, { bit }: WriteUnit): number => (bits & ~(1 << bit)) >>> 0;
  if (text === "all") return units.units.reduce(lock, 0xffffffff);
  let bits = 0xffffffff;
  for (const range of text.split(",")) {
    const found = /^(0x[0-9a-f]{1,8}|\d{1,4})(?:-(0x[0-9a-f]{1,8}|\d{1,4}))?$/i.exec(range.trim());
    if (found === null) throw badRange(units, text);
    const [from, to] = [found[1], found[2] ?? found[1]];
    const byAddress = from.startsWith("0x") || from.startsWith("0X");
    if (byAddress !== /^0x/i.test(to)) throw badRange(units, text);
    const inside = units.units.filter((unit) =>
      byAddress
        ? unit.address <= Number(to) && unit.address + unit.bytes > Number(from)
        : unit.first <= Number(to) && unit.last >= Number(from),
    );
    const [first, last] = [inside[0], inside.at(-1)];
    if (first === undefined || last === undefined || Number(from) > Number(to)) throw badRange(units, text);
    const exact = byAddress
      ? Number(from) === first.address && Number(to) === last.address + last.bytes - 1
      : Number(from) === first.first && Number(to) === last.last;
    if (!exact) throw notWhole(units, text, first, last);
    bits = inside.reduce(lock, bits);
  }
  return bits;
}

function badRange({ part, units }: WriteUnits, text: string): ProbityError {
  const end = units.at(-1);
  return new ProbityError("option-byte-value", `"${text}" names no ${part}s of this chip.`, {
    facts: { value: text, [`${part}s`]: end === undefined ? 0 : end.last + 1 },
    remedy: [`Write none, all, ${part}s such as 0-3,8-11, or addresses such as 0x08000000-0x08000FFF.`],
  });
}

function notWhole({ part }: WriteUnits, text: string, first: WriteUnit, last: WriteUnit): ProbityError {
  const whole = `${first.first}-${last.last}`;
  const addresses = `${hex32(first.address)}-${hex32(last.address + last.bytes - 1)}`;
  return new ProbityError(
    "option-byte-value",
    `"${text}" is no whole number of the groups of ${part}s that the chip can protect: ${whole} would be protected.`,
    { facts: { value: text, [`${part}s`]: whole }, remedy: [`Write ${whole}, or ${addresses}.`] },
  );
}
