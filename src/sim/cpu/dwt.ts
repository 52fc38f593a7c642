import type { Alarm, Scheduler } from "../time/scheduler.ts";
import { type ComponentIds, readComponentId } from "./component-ids.ts";
import type { AccessWatcher } from "./memory.ts";
import { merge, type PpbBlock } from "./ppb.ts";

const CYCCNTENA = 1;
/** FUNCTION register (ARMv7-M C1.8.15). */
const FUNCTION = 15;
const CYCMATCH = 1 << 7;
const DATAVMATCH = 1 << 8;
const LNK1ENA = 1 << 9;
const MATCHED = 1 << 24;
/** MASK goes up to 2^15 bytes on this core. */
const LARGEST_MASK = 15;
const CTRL_WRITABLE = 0x007f_1fff;
/** CPICNT, EXCCNT, SLEEPCNT, LSUCNT, FOLDCNT. */
const EVENT_COUNTERS_END = 0x1c;

const PC_MATCH = 4;
const READ = 5;
const WRITE = 6;
const ACCESS = 7;

export interface DwtHost {
  /** DEMCR.TRCENA. */
  readonly traceEnabled: boolean;
  /** PC for PCSR. */
  readonly pc: number;
  /** A comparator matched: debug event after the present instruction. */
  watchpoint(): void;
  /** Comparators changed: which addresses and accesses are compared. */
  comparatorsChanged(): void;
}

/** Data watchpoint and trace unit (ARMv7-M C1.8): cycle counter and comparators. */
export class Dwt implements PpbBlock, AccessWatcher {
  readonly #scheduler: Scheduler;
  readonly #host: DwtHost;
  readonly #count: number;
  readonly #comp: Uint32Array;
  readonly #mask: Uint32Array;
  readonly #function: Uint32Array;
  #ctrl = 0;
  /** CYCCNT at cycle #since. */
  #cycles = 0;
  #since = 0;
  #counting = false;
  #frozen = false;
  #alarm: Alarm | undefined;

  readonly #ids: ComponentIds;

  constructor(scheduler: Scheduler, comparators: number, ids: ComponentIds, host: DwtHost) {
    this.#ids = ids;
    this.#scheduler = scheduler;
    this.#host = host;
    this.#count = comparators;
    this.#comp = new Uint32Array(comparators);
    this.#mask = new Uint32Array(comparators);
    this.#function = new Uint32Array(comparators);
  }

  powerOn(): void {
    this.#ctrl = 0;
    this.#comp.fill(0);
    this.#mask.fill(0);
    this.#function.fill(0);
    this.update();
    this.#cycles = 0;
    this.#host.comparatorsChanged();
  }

  /** Debug state entered or left: CYCCNT does not count while halted. */
  setFrozen(frozen: boolean): void {
    this.#frozen = frozen;
    this.update();
  }

  /** TRCENA, CYCCNTENA or debug state changed. */
  update(): void {
    this.#cycles = this.cyccnt;
    this.#since = this.#scheduler.cycles;
    this.#counting = this.#host.traceEnabled && (this.#ctrl & CYCCNTENA) !== 0 && !this.#frozen;
    this.#planCycleMatch();
  }

  get cyccnt(): number {
    if (!this.#counting) return this.#cycles;
    return (this.#cycles + this.#scheduler.cycles - this.#since) % 0x1_0000_0000;
  }

  /** Some comparator looks at data accesses. */
  get watchesData(): boolean {
    if (!this.#host.traceEnabled) return false;
    return this.#function.some((value) => isDataFunction(value & FUNCTION) && (value & CYCMATCH) === 0);
  }

  /** Half-word addresses of instructions that a comparator matches. */
  get matchedInstructions(): number[] {
    const found: number[] = [];
    if (!this.#host.traceEnabled) return found;
    for (let index = 0; index < this.#count; index++) {
      if ((this.#function[index] & (FUNCTION | CYCMATCH)) !== PC_MATCH) continue;
      const size = 2 ** this.#mask[index];
      const first = this.#comp[index] - (this.#comp[index] % size);
      for (let address = first; address < first + Math.max(size, 2); address += 2) found.push(address - (address & 1));
    }
    return found;
  }

  /** The instruction at `pc` is about to run and is one of {@link matchedInstructions}. */
  instructionMatched(pc: number): void {
    for (let index = 0; index < this.#count; index++) {
      if ((this.#function[index] & (FUNCTION | CYCMATCH)) !== PC_MATCH) continue;
      const size = 2 ** this.#mask[index];
      if (Math.floor(this.#comp[index] / size) === Math.floor(pc / size)) this.#hit(index);
    }
  }

  accessed(address: number, size: number, value: number, isWrite: boolean): void {
    // The unit's own registers are not watched: reading MATCHED must not match.
    if (address >= 0xe000_0000 && address < 0xe010_0000) return;
    for (let index = 0; index < this.#count; index++) {
      const control = this.#function[index];
      if ((control & CYCMATCH) !== 0) continue;
      const kind = control & FUNCTION;
      if (!(kind === ACCESS || (kind === READ && !isWrite) || (kind === WRITE && isWrite))) continue;
      if ((control & DATAVMATCH) !== 0) {
        if (this.#valueMatches(index, control, address, size, value)) this.#hit(index);
      } else if (!this.#isLinked(index) && this.#covers(index, address, size)) {
        this.#hit(index);
      }
    }
  }

  read(offset: number): number {
    if (!this.#host.traceEnabled) return 0;
    if (offset >= 0xfd0) return readComponentId(this.#ids, offset);
    if (offset === 0) return ((this.#count << 28) | this.#ctrl) >>> 0;
    if (offset === 4) return this.cyccnt;
    if (offset === 0x1c) return this.#host.pc;
    const index = (offset - 0x20) >>> 4;
    if (offset < 0x20 || index >= this.#count) return 0;
    switch (offset & 15) {
      case 0:
        return this.#comp[index];
      case 4:
        return this.#mask[index];
      case 8: {
        const value = this.#function[index];
        this.#function[index] = value & ~MATCHED;
        return value;
      }
      default:
        return 0;
    }
  }

  write(offset: number, value: number, mask: number): void {
    if (!this.#host.traceEnabled) return;
    if (offset === 0) {
      this.#ctrl = merge(this.#ctrl, value, mask) & CTRL_WRITABLE;
      this.update();
      return;
    }
    if (offset === 4) {
      this.#cycles = merge(this.cyccnt, value, mask);
      this.#since = this.#scheduler.cycles;
      this.#planCycleMatch();
      return;
    }
    if (offset <= EVENT_COUNTERS_END) return;
    const index = (offset - 0x20) >>> 4;
    if (index >= this.#count) return;
    if ((offset & 15) === 0) {
      this.#comp[index] = merge(this.#comp[index], value, mask);
    } else if ((offset & 15) === 4) {
      this.#mask[index] = Math.min(merge(this.#mask[index], value, mask) & 31, LARGEST_MASK);
    } else if ((offset & 15) === 8) {
      this.#writeFunction(index, merge(this.#function[index], value, mask));
    }
    this.#planCycleMatch();
    this.#host.comparatorsChanged();
  }

  #writeFunction(index: number, value: number): void {
    let writable = FUNCTION | (1 << 5);
    // Comparator 0 compares cycles, comparator 1 data values.
    if (index === 0) writable |= CYCMATCH;
    if (index === 1) writable |= DATAVMATCH | (3 << 10) | (15 << 12) | (15 << 16);
    this.#function[index] = (value & writable) | (index === 1 ? LNK1ENA : 0) | (this.#function[index] & MATCHED);
  }

  #hit(index: number): void {
    this.#function[index] |= MATCHED;
    this.#host.watchpoint();
  }

  #covers(index: number, address: number, size: number): boolean {
    const span = 2 ** this.#mask[index];
    const first = this.#comp[index] - (this.#comp[index] % span);
    return address < first + span && address + size > first;
  }

  /** Used as the address of comparator 1's value comparison, a comparator does not match on its own. */
  #isLinked(index: number): boolean {
    const value = this.#function[1] ?? 0;
    if ((value & DATAVMATCH) === 0 || (value & FUNCTION) === 0 || index === 1) return false;
    return ((value >>> 12) & 15) === index || ((value >>> 16) & 15) === index;
  }

  /** DATAVMATCH (C1.8.2): the value, replicated in COMP, and the linked comparators' addresses unless they name itself. */
  #valueMatches(index: number, control: number, address: number, size: number, value: number): boolean {
    const width = 1 << ((control >>> 10) & 3);
    if (width > size || width > 4) return false;
    const links = [(control >>> 12) & 15, (control >>> 16) & 15].filter((link) => link !== index && link < this.#count);
    if (links.length > 0 && !links.some((link) => this.#covers(link, address, size))) return false;
    const bits = width === 4 ? 0xffff_ffff : 2 ** (width * 8) - 1;
    const wanted = (this.#comp[index] & bits) >>> 0;
    for (let lane = 0; lane < size; lane += width) {
      if (((value >>> (lane * 8)) & bits) >>> 0 === wanted) return true;
    }
    return false;
  }

  /** Comparator 0 with CYCMATCH: a watchpoint when CYCCNT reaches COMP0. */
  #planCycleMatch(): void {
    if (this.#alarm !== undefined) this.#scheduler.cancel(this.#alarm);
    this.#alarm = undefined;
    const control = this.#function[0] ?? 0;
    if (!this.#counting || (control & CYCMATCH) === 0 || (control & FUNCTION) !== PC_MATCH) return;
    const ahead = (this.#comp[0] - this.cyccnt + 0x1_0000_0000) % 0x1_0000_0000 || 0x1_0000_0000;
    this.#alarm = this.#scheduler.afterCycles(ahead, () => {
      this.#alarm = undefined;
      this.#hit(0);
      this.#planCycleMatch();
    });
  }
}

function isDataFunction(value: number): boolean {
  return value >= READ && value <= ACCESS;
}
