import type { ElfSymbol } from "./elf-symbols.ts";

/** A place in a program in words: `name` + `offset` bytes. */
export interface SymbolPlace {
  readonly name: string;
  readonly offset: number;
}

/** Farthest that an address may be behind a function whose size nobody noted (assembly) to be thought part of it. */
const PLAUSIBLE_DISTANCE = 4096;

/**
 * The function that holds the address: one whose size covers it, else the nearest below it of unknown size. A label in
 * code counts as a function; mapping symbols (`$t`, `$d`; ELF for the Arm Architecture, 5.5.5) don't. When several
 * functions start at one address, one that other files see is named.
 */
export function symbolAt(symbols: readonly ElfSymbol[], address: number): SymbolPlace | undefined {
  let best: { symbol: ElfSymbol; start: number; covers: boolean } | undefined;
  for (const symbol of symbols) {
    const isFunction = symbol.type === "function";
    if (!isFunction && !isLabel(symbol)) continue;
    if (symbol.section === 0 || symbol.section >= 0xff00 || symbol.name.startsWith("$") || symbol.name === "") continue;
    const start = (symbol.value & ~1) >>> 0;
    if (start > address) continue;
    const covers = address < start + symbol.size;
    if (!covers && (symbol.size > 0 || address - start >= PLAUSIBLE_DISTANCE)) continue;
    const found = { symbol, start, covers };
    if (best === undefined || isBetter(found, best)) best = found;
  }
  return best === undefined ? undefined : { name: best.symbol.name, offset: address - best.start };
}

interface Candidate {
  readonly symbol: ElfSymbol;
  readonly start: number;
  readonly covers: boolean;
}

function isBetter(found: Candidate, best: Candidate): boolean {
  if (found.covers !== best.covers) return found.covers;
  if (found.start !== best.start) return found.start > best.start;
  const [type, bestType] = [found.symbol.type === "function", best.symbol.type === "function"];
  if (type !== bestType) return type;
  return found.symbol.binding === "global" && best.symbol.binding !== "global";
}

/** A label of assembly, of a kind that programmers write: linkers and compilers put a dot or a dollar in theirs. */
function isLabel({ type, size, name }: ElfSymbol): boolean {
  return type === "none" && size === 0 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
