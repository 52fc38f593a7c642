import { readU32 } from "../base/bytes.ts";
import { type ElfTables, PT_LOAD, SHF_ALLOC, SHT_NOBITS, sectionBytes } from "./elf.ts";
import type { ElfSymbol } from "./elf-symbols.ts";
import { codeTest } from "./loader-code.ts";
import type { CodeStretch } from "./thumb-constants.ts";
import { decodeThumb } from "./thumb-instruction.ts";

const SHF_EXECINSTR = 4;
const PF_X = 1;
/** Farthest that a function without a size reaches. */
const LONGEST_UNKNOWN = 4096;

/** A function of a program. */
export interface ProgramFunction {
  readonly name: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** A program's code, at the addresses it runs at. */
export interface ProgramCode {
  readonly stretches: readonly CodeStretch[];
  readonly isCode: ((address: number) => boolean) | undefined;
  /** In address order, none twice. */
  readonly functions: readonly ProgramFunction[];
  readonly functionAt: (address: number) => ProgramFunction | undefined;
  /** Starts of the functions that call a function, by its start. */
  readonly callers: ReadonlyMap<number, ReadonlySet<number>>;
  /** Starts of functions whose address (with the Thumb bit) stands in the program as a word. */
  readonly pointedAt: ReadonlySet<number>;
}

/**
 * Finds the functions of a program and who calls whom by direct calls and branches. `vectors` are addresses known to be
 * functions; a program without symbols has only these and what is called from them.
 */
export function programCode(elf: ElfTables, symbols: readonly ElfSymbol[], vectors: readonly number[]): ProgramCode {
  const stretches = codeStretches(elf);
  const isCode = codeTest({ symbols });
  const calls = directCalls(stretches, isCode ?? (() => true));
  const functions = findFunctions(stretches, symbols, [
    ...vectors,
    ...calls.filter(({ call }) => call).map(({ target }) => target),
  ]);
  const functionAt = (address: number): ProgramFunction | undefined => {
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (functions[middle].start <= address) low = middle + 1;
      else high = middle;
    }
    const found = functions[low - 1];
    return found !== undefined && address < found.end ? found : undefined;
  };
  const callers = new Map<number, Set<number>>();
  for (const { at, target } of calls) {
    const from = functionAt(at);
    const to = functionAt(target);
    if (from === undefined || to === undefined || to.start !== target || from === to) continue;
    callers.set(target, (callers.get(target) ?? new Set()).add(from.start));
  }
  return { stretches, isCode, functions, functionAt, callers, pointedAt: pointers(elf, functions) };
}

function codeStretches(elf: ElfTables): CodeStretch[] {
  const sections = elf.sections.filter(
    ({ flags, type, size }) =>
      (flags & SHF_ALLOC) !== 0 && (flags & SHF_EXECINSTR) !== 0 && type !== SHT_NOBITS && size > 1,
  );
  if (sections.length > 0) {
    return within(
      elf,
      sections.map((section) => ({ address: section.address, data: sectionBytes(elf, section) })),
    );
  }
  const programs = elf.programs.filter(
    ({ type, flags, fileSize }) => type === PT_LOAD && (flags & PF_X) !== 0 && fileSize > 1,
  );
  return within(
    elf,
    programs.map(({ virtualAddress, offset, fileSize }) => ({
      address: virtualAddress,
      data: elf.bytes.subarray(offset, offset + fileSize),
    })),
  );
}

/** As many as make up the file once: in a damaged one, hundreds of sections may be the same bytes. */
function within(elf: ElfTables, stretches: readonly CodeStretch[]): CodeStretch[] {
  let room = elf.bytes.length;
  return stretches.filter(({ data }) => {
    room -= data.length;
    return room >= 0;
  });
}

interface Call {
  readonly at: number;
  readonly target: number;
  /** BL; false for a branch, which is a call only when it goes to another function's start. */
  readonly call: boolean;
}

function directCalls(stretches: readonly CodeStretch[], isCode: (address: number) => boolean): Call[] {
  const calls: Call[] = [];
  for (const { address, data } of stretches) {
    for (let offset = 0; offset + 2 <= data.length; ) {
      const at = address + offset;
      const instruction = isCode(at) ? decodeThumb(data, offset, at) : undefined;
      const { kind, target } = instruction ?? {};
      if (target !== undefined && (kind === "call" || kind === "branch"))
        calls.push({ at, target, call: kind === "call" });
      offset += instruction?.length ?? 2;
    }
  }
  return calls;
}

function findFunctions(
  stretches: readonly CodeStretch[],
  symbols: readonly ElfSymbol[],
  others: readonly number[],
): ProgramFunction[] {
  const found = new Map<number, { name: string | undefined; size: number }>();
  for (const { name, type, value, size, section, binding } of symbols) {
    if (type !== "function" || section === 0) continue;
    const start = (value & ~1) >>> 0;
    const known = found.get(start);
    if (known === undefined || (binding === "global" && known.size <= size)) found.set(start, { name, size });
  }
  for (const start of others) if (!found.has(start)) found.set(start, { name: undefined, size: 0 });
  const starts = [...found.keys()].sort((a, b) => a - b);
  return starts.flatMap((start, index) => {
    const stretch = stretches.find(({ address, data }) => start >= address && start < address + data.length);
    if (stretch === undefined) return [];
    const { name, size } = found.get(start) ?? { name: undefined, size: 0 };
    const next = Math.min(starts[index + 1] ?? Number.POSITIVE_INFINITY, stretch.address + stretch.data.length);
    return [{ name, start, end: Math.min(next, start + (size > 0 ? size : LONGEST_UNKNOWN)) }];
  });
}

function pointers(elf: ElfTables, functions: readonly ProgramFunction[]): Set<number> {
  const starts = new Set(functions.map(({ start }) => start));
  const found = new Set<number>();
  const sections = elf.sections.filter(({ flags, type }) => (flags & SHF_ALLOC) !== 0 && type !== SHT_NOBITS);
  const stretches = within(
    elf,
    sections.map((section) => ({ address: section.address, data: sectionBytes(elf, section) })),
  );
  for (const { address, data } of stretches) {
    for (let at = (4 - (address & 3)) & 3; at + 4 <= data.length; at += 4) {
      const word = readU32(data, at);
      if ((word & 1) !== 0 && starts.has(word - 1)) found.add(word - 1);
    }
  }
  return found;
}
