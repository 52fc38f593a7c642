import type { CodeCache, CodeTable } from "../code-cache.ts";
import type { Memory } from "../memory.ts";
import { Op } from "../opcodes.ts";
import { End } from "./block.ts";
import { setBranchHints } from "./branch-hints.ts";
import { Callees } from "./callees.ts";
import { Discovery, type Flow } from "./discover.ts";
import type { Surroundings } from "./emitter.ts";
import type { Site } from "./exit-info.ts";
import { GuestMemory, LOOKUP_ENTRIES, Slot } from "./guest-memory.ts";
import { Instances } from "./instances.ts";
import { commonModule, importNames, ModuleWriter } from "./module.ts";
import { PatchedCode } from "./patched-code.ts";
import { emitRegion, type Written } from "./region.ts";
import type { Thresholds } from "./thresholds.ts";

/** A translated stretch of code: depth of calls and its address in, the address to go on at out. */
export type RegionFunction = (depth: number, address: number) => number;

/** What translated code calls; by the names of module.ts. */
export interface OutOfLine {
  /** A region was dropped since this was last set false. */
  dropped: boolean;
  load(size: 1 | 2 | 4, address: number, cycles: number, place: number): number;
  store(size: 1 | 2 | 4, address: number, value: number, cycles: number, place: number): void;
  written(address: number, length: number): number;
  rare(w: number, imm: number, address: number, place: number, rest: number): number;
}

/** Where the state block has the link register. */
const LR = Slot.R / 4 + 14;

/** A place that is never asked for again. */
const NEVER = -0x4000_0000;

/** Visits of a place that translated code begins at. */
const HOT = 0x4000_0000;

/** Times that a region is left for an access that was not expected before it is translated anew. */
const MOST_MISSES = 4;

export interface Region {
  readonly address: number;
  readonly number: number;
  readonly table: CodeTable;
  readonly entry: number;
  readonly covered: readonly number[];
  /** Addresses at which it can be entered beside its start. */
  readonly inner: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly run: RegionFunction;
  /** Times that it was left for an access to what is no plain memory. */
  misses: number;
}

/** A place where translated code can begin. */
export interface Entry {
  readonly address: number;
  readonly region: Region;
  readonly run: RegionFunction;
  /** What {@link RegionFunction} gets for its depth. */
  readonly depth: number;
}

/** Length of the table of entries found last, a power of two. */
const RECENT = 1024;

/** Places of the table of functions to begin with. */
const FIRST_ENTRIES = 256;

/** An entry for addresses that have none. */
const nowhere: Entry = { address: -1, region: undefined as unknown as Region, run: () => 0, depth: 0 };

/** Keeps the translated regions of one core: makes them when code is hot, drops them when it changes. */
export class Translator {
  readonly thresholds: Thresholds;
  readonly #guest: GuestMemory;
  readonly #cache: CodeCache;
  readonly #memory: Memory;
  readonly #calls: OutOfLine;
  readonly #imports: Readonly<Record<string, unknown>>;
  #instances: Instances;
  /** Stands in the table for places without a region. */
  readonly #passing: RegionFunction;
  readonly #numbers = new Map<number, number>();
  readonly #regions = new Map<number, Region>();
  /** The sites of each region by its number, also when it has been dropped since: it may be under way. */
  readonly #sites: (readonly Site[])[] = [];
  readonly #entries = new Map<number, Entry>();
  /** The entry that was found last for each place of this table, by the lower bits of the address. */
  readonly #recent: Entry[] = new Array<Entry>(RECENT).fill(nowhere);
  readonly #waiting = new Map<number, CodeTable>();
  readonly #patched = new PatchedCode();
  readonly #callees = new Callees();
  readonly #now: () => number;
  /** For each slot of a table: not zero where an access went to what is no plain memory. */
  readonly #outside = new Map<CodeTable, Uint8Array>();
  readonly #discovery: Discovery;
  #visits = 0;
  #generation = -1;
  #marksAt = -1;
  #usable = true;

  /** `now` tells the cycle, about. */
  constructor(
    guest: GuestMemory,
    cache: CodeCache,
    memory: Memory,
    calls: OutOfLine,
    thresholds: Thresholds,
    now: () => number,
  ) {
    setBranchHints(true);
    this.#now = now;
    this.#guest = guest;
    this.#cache = cache;
    this.#memory = memory;
    this.#calls = calls;
    this.thresholds = thresholds;
    const functions: ((...numbers: number[]) => unknown)[] = [
      (address: number, cycles: number, place: number) => calls.load(1, address, cycles, place),
      (address: number, cycles: number, place: number) => calls.load(2, address, cycles, place),
      (address: number, cycles: number, place: number) => calls.load(4, address, cycles, place),
      (address: number, value: number, cycles: number, place: number) => calls.store(1, address, value, cycles, place),
      (address: number, value: number, cycles: number, place: number) => calls.store(2, address, value, cycles, place),
      (address: number, value: number, cycles: number, place: number) => calls.store(4, address, value, cycles, place),
      (address: number, length: number) => calls.written(address, length),
      (w: number, imm: number, address: number, place: number, rest: number) =>
        calls.rare(w, imm, address, place, rest),
    ];
    const imports: Record<string, unknown> = { m: guest.memory };
    this.#imports = imports;
    const common = new Instances(imports, 0, 1).of(commonModule(this.#pages));
    this.#passing = common.f0 as RegionFunction;
    functions.push(common.f1 as () => unknown);
    importNames.forEach((name, index) => {
      imports[name] = functions[index];
    });
    this.#instances = new Instances(imports, FIRST_ENTRIES, this.thresholds.instances);
    this.#discovery = new Discovery(
      cache,
      thresholds.longest,
      (table, slot) => this.#patched.settled(table, slot, this.#now()),
      this.#callees,
    );
    for (let index = 0; index < LOOKUP_ENTRIES; index++) guest.lookup[index * 2] = emptyLookup(index * 2);
    cache.onInvalidated = (table, first, end) => this.#invalidate(table, first, end);
  }

  /** Regions that are there. */
  get size(): number {
    return this.#regions.size;
  }

  /** The translated code that can begin at an address. */
  at(address: number): Entry | undefined {
    const recent = this.#recent[(address >>> 1) & (RECENT - 1)];
    if (recent.address === address) return recent;
    const entry = this.#entries.get(address);
    if (entry !== undefined) this.#recent[(address >>> 1) & (RECENT - 1)] = entry;
    return entry;
  }

  /** The site at which a region was left; it may have been dropped since it began. */
  siteOf(region: number, site: number): Site {
    return this.#sites[region][site];
  }

  /** Follows the windows and the code tables; false while code cannot be translated. */
  follow(): boolean {
    if (this.#cache.generation === this.#generation) return this.#usable;
    this.#generation = this.#cache.generation;
    this.#patched.retain((table) => this.#cache.has(table));
    this.#callees.retain((table) => this.#cache.has(table));
    for (const table of this.#outside.keys()) {
      if (!this.#cache.has(table)) this.#outside.delete(table);
    }
    const { ramView } = this.#memory;
    const marks = ramView.window === undefined ? undefined : this.#cache.marksOf(ramView.window);
    const own = ramView.window === undefined ? undefined : this.#guest.marksOf(ramView.window.bytes);
    this.#usable = own !== undefined && (marks === undefined || marks === own);
    const marksAt = marks !== undefined && own !== undefined ? own.byteOffset : -1;
    for (const region of [...this.#regions.values()]) {
      if (marksAt !== this.#marksAt || !this.#usable || !this.#cache.has(region.table)) this.#drop(region);
    }
    this.#waiting.clear();
    this.#marksAt = marksAt;
    return this.#usable;
  }

  /** A hot place that has no region: it is compiled now or soon, or never asked for again. */
  request(table: CodeTable, address: number): Entry | undefined {
    // Come to by a call by register, which still holds the target?
    const { state } = this.#guest;
    const call = ((state[LR] & ~1) - 2 - table.base) >>> 1;
    if (call < table.slots && this.#targetOf(table, call) === (address | 1)) {
      this.#callees.note(table, call, address | 1);
    }
    this.#waiting.set(address, table);
    this.#visits++;
    if (this.#waiting.size < this.thresholds.batch && this.#visits < this.thresholds.patience) return undefined;
    this.#visits = 0;
    this.#compile();
    return this.at(address);
  }

  /**
   * The instruction at an address, in translated code, accesses what is no plain memory. Code is made for plain memory
   * alone until that is seen: what a call out of line needs to be kept would slow the rest down. Or it is a BLX to a
   * callee that is not part of the region, as others are.
   */
  missed(address: number): void {
    for (const region of [...this.#regions.values()]) {
      const { table, covered, low, high, entry } = region;
      const slot = (address - table.base) >>> 1;
      if (slot < low || slot >= high || !covers(covered, slot, slot + 1)) continue;
      const target = this.#targetOf(table, slot);
      if (target !== undefined) this.#callees.note(table, slot, target);
      else this.#outsideOf(table)[slot] = 1;
      if (++region.misses < MOST_MISSES) continue;
      this.#drop(region);
      table.heat[entry] = this.thresholds.visits;
    }
  }

  /** What the register of the BLX at a slot holds; undefined when there is none. */
  #targetOf(table: CodeTable, slot: number): number | undefined {
    const w = table.words[slot * 2];
    return (w & 511) === Op.BLX ? this.#guest.state[(w >>> 18) & 15] : undefined;
  }

  get #pages(): number {
    return this.#guest.memory.buffer.byteLength >>> 16;
  }

  #compile(): void {
    if (this.#instances.full) this.#renewInstances();
    const writer = new ModuleWriter();
    const flows: { readonly flow: Flow; readonly written: Written }[] = [];
    for (const [address, table] of this.#waiting) {
      const entry = (address - table.base) >>> 1;
      // A region of this very module may have it inside.
      const begun = flows.some(({ flow, written }) => flow.table === table && written.slots.includes(entry));
      if (begun || this.#entries.has(address)) continue;
      const flow = this.#discovery.explore(table, entry);
      if (flow === undefined) {
        // Code that changes often is looked at again later.
        table.heat[entry] = this.#patched.settled(table, entry, this.#now()) ? NEVER : 0;
        continue;
      }
      const written = emitRegion(flow, this.#surroundings(table, address), writer.code, writer.nextHints());
      flows.push({ flow, written });
    }
    this.#waiting.clear();
    if (flows.length === 0) return;
    const exports = this.#instances.of(
      writer.finish(
        this.#pages,
        flows.some(({ flow }) => calls(flow)),
      ),
    );
    flows.forEach(({ flow, written }, index) => {
      this.#install(flow, written, exports[`f${index}`] as RegionFunction);
    });
  }

  #surroundings(table: CodeTable, address: number): Surroundings {
    const { romView, ramView } = this.#memory;
    const { window } = table;
    const rom = window === undefined || window.writable ? romView : this.#memory.viewAt(window.base);
    const outside = this.#outsideOf(table);
    const reachable = GuestMemory.of(rom.bytes) === this.#guest;
    return {
      table,
      ram: ramView,
      rom: reachable ? rom : this.#memory.noView,
      marksAt: this.#marksAt,
      region: this.#numberOf(address),
      slotOf: (address) => this.#numberOf(address),
      goesOut: (slot) => outside[slot] !== 0,
    };
  }

  /** The function number of an address, whether a region begins there yet or not. */
  #numberOf(address: number): number {
    let number = this.#numbers.get(address);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(address, number);
      const { table } = this.#instances;
      if (number >= table.length) table.grow(table.length);
      table.set(number, this.#passing);
    }
    return number;
  }

  /** Lets all translated code go, and the table that keeps what V8 made of it. */
  #renewInstances(): void {
    for (const region of [...this.#regions.values()]) this.#drop(region);
    const { length } = this.#instances.table;
    this.#instances = new Instances(this.#imports, length, this.thresholds.instances);
    for (const number of this.#numbers.values()) this.#instances.table.set(number, this.#passing);
  }

  #install({ table, blocks, covered }: Flow, { slots, sites }: Written, run: RegionFunction): void {
    const entry = blocks[0].slot;
    const address = table.base + entry * 2;
    const number = this.#numberOf(address);
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (let index = 0; index < covered.length; index += 2) {
      low = Math.min(low, covered[index]);
      high = Math.max(high, covered[index + 1]);
    }
    const inner = slots.map((slot) => (slot < 0 ? -1 : table.base + slot * 2));
    const region: Region = { address, number, table, entry, covered, inner, low, high, run, misses: 0 };
    this.#regions.set(address, region);
    this.#sites[number] = sites;
    // A region's own start goes before the middle of another one.
    this.#entries.set(address, { address, region, run, depth: 0 });
    this.#recent[(address >>> 1) & (RECENT - 1)] = nowhere;
    table.heat[entry] = HOT;
    inner.forEach((place, index) => {
      if (place < 0 || this.#entries.has(place)) return;
      this.#entries.set(place, { address: place, region, run, depth: (index + 1) << 8 });
      table.heat[slots[index]] = HOT;
    });
    this.#instances.table.set(number, run);
    const at = lookupIndex(address);
    this.#guest.lookup[at] = address | 1;
    this.#guest.lookup[at + 1] = number;
  }

  #drop(region: Region): void {
    this.#calls.dropped = true;
    this.#regions.delete(region.address);
    this.#instances.table.set(region.number, this.#passing);
    const at = lookupIndex(region.address);
    if (this.#guest.lookup[at] === (region.address | 1)) this.#guest.lookup[at] = emptyLookup(at);
    for (const place of [region.address, ...region.inner]) {
      if (this.#entries.get(place)?.region !== region) continue;
      this.#entries.delete(place);
      this.#recent[(place >>> 1) & (RECENT - 1)] = nowhere;
      region.table.heat[(place - region.table.base) >>> 1] = 0;
    }
  }

  #invalidate(table: CodeTable, first: number, end: number): void {
    let hit = false;
    for (const region of this.#regions.values()) {
      if (region.table !== table || first >= region.high || end <= region.low || !covers(region.covered, first, end))
        continue;
      hit = true;
      this.#drop(region);
    }
    // In RAM whatever was decoded counts, else code that is interpreted would not be seen to change any more.
    if (hit || table.window?.writable) this.#patched.changed(table, first, end, this.#now());
  }

  #outsideOf(table: CodeTable): Uint8Array {
    let slots = this.#outside.get(table);
    if (slots === undefined) {
      slots = new Uint8Array(table.slots);
      this.#outside.set(table, slots);
    }
    return slots;
  }
}

/** The region goes to others through the table. */
function calls({ blocks }: Flow): boolean {
  return blocks.some(({ end }) => end === End.CALL || end === End.DYNAMIC_CALL);
}

function covers(covered: readonly number[], first: number, end: number): boolean {
  for (let index = 0; index < covered.length; index += 2) {
    if (first < covered[index + 1] && end > covered[index]) return true;
  }
  return false;
}

/** What no target is that is looked up at this place. */
function emptyLookup(index: number): number {
  return ((index >>> 1) ^ 1) << 2;
}

function lookupIndex(address: number): number {
  return ((address >>> 2) & (LOOKUP_ENTRIES - 1)) * 2;
}
