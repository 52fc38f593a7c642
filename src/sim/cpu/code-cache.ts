import type { MemoryWindow } from "./cpu.ts";
import { decode16 } from "./decode-16.ts";
import { decode32 } from "./decode-32.ts";
import { decodeDsp } from "./decode-dsp.ts";
import { Decoded, Op, pack } from "./opcodes.ts";
import { GuestMemory, marksFor } from "./translator/guest-memory.ts";

/** Two spare slots behind the last half-word: running off the end of a window leaves it. */
const SPARE = 2;

/**
 * The predecoded instructions of one memory window: two words (see {@link pack}) per half-word address. Zero means not
 * decoded yet.
 */
export class CodeTable {
  readonly base: number;
  /** Half-words covered. */
  readonly slots: number;
  readonly words: Int32Array;
  readonly window: MemoryWindow | undefined;
  /** For writable windows: which words hold decoded code, so that stores there invalidate it. */
  readonly marks: Uint8Array;
  /** How often the code at a slot was jumped back to or called, while a translator counts that. */
  #heat: Int32Array | undefined;

  /** `marks`: those of the window that translated code sees, if it can; cleared here. */
  constructor(base: number, slots: number, window: MemoryWindow | undefined, marks?: Uint8Array) {
    this.base = base;
    this.slots = slots;
    this.window = window;
    this.words = new Int32Array((slots + SPARE) * 2);
    this.marks = marks?.fill(0) ?? new Uint8Array(window?.writable ? marksFor(slots * 2) : 0);
    this.seal();
  }

  get heat(): Int32Array {
    this.#heat ??= new Int32Array(this.slots + SPARE);
    return this.#heat;
  }

  seal(): void {
    for (let slot = this.slots; slot < this.slots + SPARE; slot++) this.words[slot * 2] = Op.LEAVE;
  }

  /** An instruction is in these slots. */
  mark(slot: number, wide: boolean): void {
    if (this.marks.length === 0) return;
    this.marks[slot >>> 1] = 1;
    if (wide) this.marks[(slot + 1) >>> 1] = 1;
  }

  /** Something in slots [first, end), both even, may have been decoded. */
  isMarked(first: number, end: number): boolean {
    if (this.marks.length === 0) return true;
    for (let at = first >>> 1; at < end >>> 1; at++) if (this.marks[at] !== 0) return true;
    return false;
  }

  /** Forgets what was decoded in slots [first, end), both even, and a 32-bit instruction that begins before. */
  invalidate(first: number, end: number): void {
    this.words.fill(0, Math.max(0, first - 1) * 2, Math.min(this.slots, end) * 2);
    if (this.marks.length > 0) this.marks.fill(0, first >>> 1, end >>> 1);
  }
}

/** Reads a half-word of code that lies outside the window; throws the fault object on a bus fault. */
export type FetchHalfWord = (address: number) => number;

/** All code tables, one per memory window that code was executed from, and the breakpoints patched into them. */
export class CodeCache {
  #tables: CodeTable[] = [];
  /** Changes whenever a table is made or dropped. */
  generation = 0;
  /** Told of every half-word that is forgotten: first slot, and the one behind the last. */
  onInvalidated: (table: CodeTable, first: number, end: number) => void = () => {};
  /** Told of every stretch that is to be forgotten, by address. */
  onForgotten: (address: number, length: number) => void = () => {};
  /** Told when words of code are replaced as the core fetches them. */
  onRemapped: (remaps: ReadonlyMap<number, number>) => void = () => {};
  readonly #decoded = new Decoded();
  readonly #fetch: FetchHalfWord;
  readonly #scratch = new CodeTable(0, 2, undefined);
  /** Opcode to run instead of the instruction at an address: Op.FPB_BREAK or Op.DWT_PC. */
  #patches = new Map<number, number>();
  /** Words that the FPB puts in place of words of code, by address. */
  #remaps: ReadonlyMap<number, number> = new Map();

  /** The core has the DSP extension. */
  readonly #dsp: boolean;

  constructor(fetch: FetchHalfWord, dsp = false) {
    this.#fetch = fetch;
    this.#dsp = dsp;
  }

  /** The table that covers `address`, made when code runs there first; undefined outside every window. */
  tableAt(address: number, windows: readonly MemoryWindow[]): CodeTable | undefined {
    for (const table of this.#tables) {
      if ((address - table.base) >>> 1 < table.slots && address >= table.base) return table;
    }
    for (const window of windows) {
      if (window.dataOnly || address < window.base || address >= window.base + (window.bytes.length & ~1)) continue;
      const table = new CodeTable(window.base, window.bytes.length >>> 1, window, this.#sharedMarks(window));
      this.#tables.push(table);
      this.generation++;
      return table;
    }
    return undefined;
  }

  has(table: CodeTable): boolean {
    return this.#tables.includes(table);
  }

  /** The marks of a window, see {@link CodeTable.marks}; undefined when none of its code was decoded. */
  marksOf(window: MemoryWindow): Uint8Array | undefined {
    const sharing = this.#tables.filter((table) => overlap(table.window!.bytes, window.bytes));
    if (sharing.length === 0) return undefined;
    if (sharing.length === 1 && sharing[0].window === window) return sharing[0].marks;
    // Code ran from an alias of these bytes: take every store for one to code.
    return new Uint8Array(marksFor(window.bytes.length)).fill(1);
  }

  /** Marks that translated code sees, for the first table of these bytes alone. */
  #sharedMarks({ writable, bytes }: MemoryWindow): Uint8Array | undefined {
    if (!writable || this.#tables.some((table) => overlap(table.window!.bytes, bytes))) return undefined;
    return GuestMemory.of(bytes)?.marksOf(bytes);
  }

  /** The windows changed: keep the tables of those that are still there, and had their bytes for themselves. */
  retain(windows: readonly MemoryWindow[]): void {
    const gone = this.#tables.filter(({ window }) => !windows.includes(window!));
    const shared = (table: CodeTable) => gone.some(({ window }) => overlap(window!.bytes, table.window!.bytes));
    this.#tables = this.#tables.filter((table) => !gone.includes(table) && !(table.window!.writable && shared(table)));
    this.generation++;
  }

  /** One instruction at an address outside every window, or one to run past a patch. */
  single(address: number): CodeTable {
    const table = this.#scratch as { base: number } & CodeTable;
    table.base = address;
    table.words.fill(0);
    const first = this.#fetch(address);
    const wide = first >>> 11 >= 0b11101;
    this.#decode(first, wide ? this.#fetch(address + 2) : 0, address);
    const distant = this.#makeDistant(0, 0);
    table.words[0] = pack(distant, wide);
    table.words[1] = distant.imm;
    for (let slot = wide ? 2 : 1; slot < table.slots + SPARE; slot++) table.words[slot * 2] = Op.LEAVE;
    return table;
  }

  /** Decodes the instruction in `slot` into the table. May throw a fault for a second half-word outside the window. */
  decodeAt(table: CodeTable, slot: number): void {
    const address = table.base + slot * 2;
    const patch = this.#patches.get(address);
    let first: number;
    let wide = false;
    if (patch !== undefined) {
      this.#decoded.set(patch);
      first = 0;
    } else {
      first = this.#halfWord(table, address);
      wide = first >>> 11 >= 0b11101;
      this.#decode(first, wide ? this.#halfWord(table, address + 2) : 0, address);
      this.#makeDistant(slot, table.slots);
    }
    table.words[slot * 2 + 1] = this.#decoded.imm;
    table.words[slot * 2] = pack(this.#decoded, wide);
    table.mark(slot, wide);
  }

  /** Puts breakpoints in place of those there were. */
  setPatches(patches: Map<number, number>): void {
    const before = this.#patches;
    this.#patches = patches;
    for (const address of [...before.keys(), ...patches.keys()]) this.invalidate(address, 2);
  }

  /** Replaces words of code as the core fetches them. */
  setRemaps(remaps: ReadonlyMap<number, number>): void {
    const before = this.#remaps;
    this.#remaps = remaps;
    this.onRemapped(remaps);
    for (const address of [...before.keys(), ...remaps.keys()]) this.invalidate(address, 4);
  }

  /** Forgets everything decoded in [address, address + length), in every window that shows the same bytes. */
  invalidate(address: number, length: number): void {
    this.onForgotten(address, length);
    for (const table of this.#tables) {
      const from = Math.max(address, table.base);
      const to = Math.min(address + length, table.base + table.slots * 2);
      if (from >= to) continue;
      this.#forget(table, from - table.base, to - from);
      const bytes = table.window!.bytes;
      for (const other of this.#tables) {
        if (other === table || other.window!.bytes.buffer !== bytes.buffer) continue;
        const start = from - table.base + bytes.byteOffset - other.window!.bytes.byteOffset;
        const low = Math.max(start, 0);
        const high = Math.min(start + to - from, other.slots * 2);
        if (low < high) this.#forget(other, low, high - low);
      }
    }
  }

  #forget(table: CodeTable, offset: number, length: number): void {
    // Whole words, as they are marked.
    const first = (offset >>> 2) * 2;
    const end = ((offset + length + 3) >>> 2) * 2;
    if (!table.isMarked(first, end)) return;
    table.invalidate(first, end);
    this.onInvalidated(table, first, end);
  }

  #halfWord(table: CodeTable, address: number): number {
    if (this.#remaps.size > 0) {
      const word = this.#remaps.get(address - (address & 3));
      if (word !== undefined) return (address & 2) !== 0 ? word >>> 16 : word & 0xffff;
    }
    const offset = address - table.base;
    if (offset >= table.slots * 2) return this.#fetch(address);
    const bytes = table.window!.bytes;
    return bytes[offset] | (bytes[offset + 1] << 8);
  }

  #decode(first: number, second: number, address: number): void {
    const decoded = this.#decoded;
    if (first >>> 11 < 0b11101) decode16(first, address, decoded);
    else if (decode32(first, second, address, decoded).op === Op.UNDEFINED && this.#dsp)
      decodeDsp(first, second, decoded);
  }

  /** Direct branches that leave the table become the out-of-line ones. */
  #makeDistant(slot: number, slots: number): Decoded {
    const decoded = this.#decoded;
    const op = decoded.op;
    if (op < Op.B || op > Op.BL) return decoded;
    const target = slot + decoded.imm;
    if (target >= 0 && target < slots) return decoded;
    if (op === Op.CBZ) decoded.op = Op.CBZ_FAR;
    else if (op === Op.CBNZ) decoded.op = Op.CBNZ_FAR;
    else if (op === Op.BL) decoded.op = Op.BL_FAR;
    else {
      // d: the condition, 14 always.
      decoded.d = op === Op.B ? 14 : op - Op.B_EQ;
      decoded.op = Op.B_FAR;
    }
    return decoded;
  }
}

/** Two arrays show some of the same bytes. */
function overlap(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length;
}
