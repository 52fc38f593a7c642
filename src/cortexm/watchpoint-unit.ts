import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { WordOperation } from "../coresight/memory-port.ts";
import type { WatchAccess } from "./core.ts";
import type { Architecture } from "./core-name.ts";
import { dwt } from "./debug-registers.ts";
import { write } from "./word-operations.ts";

export interface Watchpoint {
  readonly address: number;
  readonly length: number;
  readonly access: WatchAccess;
}

/** DWT_FUNCTION of ARMv6-M and ARMv7-M (C1.8.17): watchpoint on a data address. */
const function7: Readonly<Record<WatchAccess, number>> = { read: 5, write: 6, access: 7 };
/** DWT_FUNCTION.MATCH of ARMv8-M: data address, for both, writing and reading. */
const match8: Readonly<Record<WatchAccess, number>> = { access: 4, write: 5, read: 6 };

/** Widest mask of a Cortex-M3 and M4: the low 15 bits of the address are ignored. */
const maximumLength7 = 0x8000;

/** The comparators of the Data Watchpoint and Trace unit, as wanted and as written (see BreakpointUnit). */
export class WatchpointUnit {
  readonly count: number;
  readonly #architecture: Architecture;
  readonly #wanted: (Watchpoint | undefined)[];
  readonly #held: (Watchpoint | undefined | "unknown")[];
  /** Comparators that another program has set. */
  readonly #foreign = new Set<number>();

  constructor(control: number, architecture: Architecture) {
    this.count = control >>> 28;
    this.#architecture = architecture;
    this.#wanted = new Array(this.count).fill(undefined);
    this.#held = new Array(this.count).fill("unknown");
  }

  get empty(): boolean {
    return this.#wanted.every((one) => one === undefined);
  }

  /** The reads that tell which comparators are set; pass their values to {@link leaveToOthers}. */
  reads(): WordOperation[] {
    return this.#wanted.map((_, index) => ({ kind: "read", address: base(index) + 8 }));
  }

  /** What others have set is neither used nor cleared. */
  leaveToOthers(values: readonly number[]): void {
    this.#foreign.clear();
    values.forEach((value, index) => {
      const held = this.#held[index];
      const ours = this.#wanted[index] !== undefined || (held !== undefined && held !== "unknown");
      if (!ours) this.#held[index] = undefined;
      if (!ours && (value & 0xf) !== 0) this.#foreign.add(index);
    });
  }

  /** Rejects what the comparators can't express, and a watchpoint too many. */
  add(watchpoint: Watchpoint): void {
    this.#check(watchpoint);
    if (this.#wanted.some((one) => one !== undefined && same(one, watchpoint))) return;
    const free = this.#wanted.findIndex((one, index) => one === undefined && !this.#foreign.has(index));
    if (free < 0) {
      throw new ProbityError("watchpoints-used-up", `All ${this.count} watchpoint comparators are in use.`, {
        facts: { count: this.count, address: watchpoint.address },
        remedy: ["Remove a watchpoint."],
      });
    }
    this.#wanted[free] = watchpoint;
  }

  remove(watchpoint: Watchpoint): void {
    const index = this.#wanted.findIndex((one) => one !== undefined && same(one, watchpoint));
    if (index >= 0) this.#wanted[index] = undefined;
  }

  clear(): void {
    this.#wanted.fill(undefined);
  }

  operations(): WordOperation[] {
    const writes: WordOperation[] = [];
    this.#wanted.forEach((wanted, index) => {
      if (wanted !== this.#held[index]) writes.push(...this.#writes(index, wanted));
    });
    return writes;
  }

  written(): void {
    this.#wanted.forEach((wanted, index) => {
      this.#held[index] = wanted;
    });
  }

  /** The unit may have been reset: whatever was ever in use is written again. */
  forget(): void {
    this.#wanted.forEach((wanted, index) => {
      if (wanted !== undefined || this.#held[index] !== undefined) this.#held[index] = "unknown";
    });
  }

  /** The reads that tell which comparator matched; pass their values to {@link matched}. Reading clears the marks. */
  matchReads(): WordOperation[] {
    return this.#active().map((index) => ({ kind: "read", address: base(index) + 8 }));
  }

  matched(values: readonly number[]): Watchpoint | undefined {
    const position = this.#active().findIndex((_, i) => (values[i] & dwt.matched) !== 0);
    return position < 0 ? undefined : this.#wanted[this.#active()[position]];
  }

  /** The only watchpoint that can have hit, when there is just one. */
  get single(): Watchpoint | undefined {
    const active = this.#active();
    return active.length === 1 ? this.#wanted[active[0]] : undefined;
  }

  #active(): number[] {
    return this.#wanted.flatMap((one, index) => (one === undefined ? [] : [index]));
  }

  #check({ address, length }: Watchpoint): void {
    const most = this.#architecture === "v8-M" ? 4 : maximumLength7;
    const powerOfTwo = length > 0 && (length & (length - 1)) === 0;
    if (powerOfTwo && length <= most && address % length === 0) return;
    const why = !powerOfTwo
      ? `a comparator watches 1, 2, 4 … ${most} bytes, not ${length}`
      : length > most
        ? `a comparator watches at most ${most} bytes, not ${length}`
        : `${length} bytes have to start at a multiple of ${length}`;
    throw new ProbityError("watchpoint-unsupported", `No comparator can watch ${hex32(address)}: ${why}.`, {
      facts: { address, length, maximumLength: most },
      remedy: ["Watch an aligned variable of 1, 2 or 4 bytes, or the larger aligned block around it."],
    });
  }

  #writes(index: number, wanted: Watchpoint | undefined): WordOperation[] {
    const at = base(index);
    if (wanted === undefined) return [write(at + 8, 0)];
    const size = Math.log2(wanted.length);
    if (this.#architecture === "v8-M") {
      // ACTION 1 is a debug event; DATAVSIZE holds the size.
      return [write(at, wanted.address), write(at + 8, (size << 10) | (1 << 4) | match8[wanted.access])];
    }
    // Function last: the comparator must not match with half of its settings.
    return [write(at + 8, 0), write(at, wanted.address), write(at + 4, size), write(at + 8, function7[wanted.access])];
  }
}

function base(index: number): number {
  return dwt.comparator + 16 * index;
}

function same(a: Watchpoint, b: Watchpoint): boolean {
  return a.address === b.address && a.length === b.length && a.access === b.access;
}
