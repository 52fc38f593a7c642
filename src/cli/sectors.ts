import { InvalidArgumentError } from "commander";
import { hex32 } from "../base/bytes.ts";
import type { TargetForWork } from "./one-shot.ts";
import { Refusal } from "./refusal.ts";
import { unsigned } from "./target-options.ts";

/** One sector (page, on small chips): the unit of erasing. */
export interface Sector {
  readonly address: number;
  /** Bytes. */
  readonly size: number;
}

/** Sectors that follow each other. */
export interface Stretch {
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  /** How many. */
  readonly sectors: number;
}

/** A part of what `--sectors` says: sector numbers or addresses, both ends included. */
export interface SectorRange {
  readonly kind: "number" | "address";
  readonly first: number;
  readonly last: number;
  /** As it was written. */
  readonly text: string;
}

/** Numbers up to here are those of sectors; no chip has as many, and no flash lies below. */
const LAST_NUMBER = 0xffff;

/** `0-3,7` or `0x08001000-0x08001fff`, for commander. */
export function parseSectors(text: string): SectorRange[] {
  return text.split(",").map((part) => {
    const [, from, to] = /^\s*(\w+)(?:\s*-\s*(\w+))?\s*$/.exec(part) ?? [];
    const first = from === undefined ? undefined : unsigned(from);
    const last = to === undefined ? first : unsigned(to);
    if (first === undefined || last === undefined) {
      throw new InvalidArgumentError("Give sector numbers or addresses, such as 0-3,7 or 0x08001000-0x08001fff.");
    }
    if (last < first) throw new InvalidArgumentError(`${part.trim()} ends before it begins.`);
    const isNumber = last <= LAST_NUMBER;
    if (isNumber !== first <= LAST_NUMBER)
      throw new InvalidArgumentError(`${part.trim()} mixes a number and an address.`);
    return { kind: isNumber ? "number" : "address", first, last, text: part.trim() };
  });
}

/** Every sector of the flash inside and of the memories behind loaders, by address. */
export function sectorsOf({ session: { memoryMap } }: Pick<TargetForWork, "session">): Sector[] {
  return memoryMap.flatMap(({ kind, start, length, blockSize = length }) =>
    kind !== "flash"
      ? []
      : Array.from({ length: Math.ceil(length / blockSize) }, (_, i) => ({
          address: start + i * blockSize,
          size: Math.min(blockSize, length - i * blockSize),
        })),
  );
}

/**
 * The sectors that the ranges touch, joined where they follow each other; all of them without ranges. Numbers count from
 * the lowest sector. Throws `sectors-outside` for what is not in flash.
 */
export function stretchesOf(all: readonly Sector[], ranges: readonly SectorRange[] | undefined): Stretch[] {
  const chosen = ranges === undefined ? all.map(() => true) : all.map(() => false);
  for (const range of ranges ?? []) {
    for (const index of touched(all, range)) chosen[index] = true;
  }
  const stretches: { address: number; length: number; sectors: number }[] = [];
  for (const [i, { address, size }] of all.entries()) {
    if (!chosen[i]) continue;
    const last = stretches[stretches.length - 1];
    if (last !== undefined && last.address + last.length === address) {
      last.length += size;
      last.sectors++;
    } else stretches.push({ address, length: size, sectors: 1 });
  }
  return stretches;
}

function touched(all: readonly Sector[], { kind, first, last, text }: SectorRange): number[] {
  if (kind === "number") {
    if (last >= all.length) throw outside(all, text);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }
  const found = [...all.keys()].filter((i) => all[i].address <= last && all[i].address + all[i].size > first);
  // Every byte of the range has to be in a sector: a hole means that something else was thought of.
  const covered = found.reduce((sum, i) => sum + all[i].size, 0);
  const [low, high] = [all[found[0]], all[found[found.length - 1]]];
  if (low === undefined || low.address > first || high.address + high.size <= last) throw outside(all, text);
  if (covered !== high.address + high.size - low.address) throw outside(all, text);
  return found;
}

function outside(all: readonly Sector[], text: string): Refusal {
  const parts = stretchesOf(all, undefined).map(
    ({ address, length, sectors }) => `${sectors} from ${hex32(address)} to ${hex32(address + length - 1)}`,
  );
  const there = parts.length === 0 ? "none are known" : `there are ${parts.join(", and ")}`;
  return new Refusal("sectors-outside", `${text} is not all in flash: of sectors ${there}.`, {
    facts: { sectors: text, count: all.length },
    remedy: ["Correct the range; numbers begin at 0, and the last one of a range belongs to it."],
  });
}
