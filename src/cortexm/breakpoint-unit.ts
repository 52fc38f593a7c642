import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { WordOperation } from "../coresight/memory-port.ts";
import { fpb } from "./debug-registers.ts";
import { write } from "./word-operations.ts";

/** A comparator's register that nobody has written since the unit was last known. */
const unknown = -1;

/**
 * The Flash Patch and Breakpoint unit (ARMv7-M C1.11), or its breakpoint-only form of ARMv6-M and ARMv8-M. It keeps what
 * the comparators shall hold apart from what they hold, so that changes travel with the next batch that goes anyway.
 */
export class BreakpointUnit {
  /** Instruction comparators. */
  readonly count: number;
  /** 1: word address and half-word select, code region alone. 2: any half-word address (FP_CTRL.REV). */
  readonly version: 1 | 2;
  readonly #wanted: number[];
  readonly #held: number[];
  #enabled = false;
  /** Comparators that another program has set. */
  readonly #foreign = new Set<number>();

  constructor(control: number) {
    this.count = ((control >>> 4) & 0xf) | ((control >>> 8) & 0x70);
    this.version = control >>> 28 === 0 ? 1 : 2;
    this.#wanted = new Array(this.count).fill(0);
    this.#held = new Array(this.count).fill(unknown);
  }

  /** True when no comparator is wanted. */
  get empty(): boolean {
    return this.#wanted.every((value) => value === 0);
  }

  /** The reads that tell what the comparators hold; pass their values to {@link leaveToOthers}. */
  reads(): WordOperation[] {
    return this.#wanted.map((_, index) => ({ kind: "read", address: fpb.comparator + 4 * index }));
  }

  /** What others have set is neither used nor cleared. */
  leaveToOthers(values: readonly number[]): void {
    this.#foreign.clear();
    values.forEach((value, index) => {
      const ours = this.#wanted[index] !== 0 || (this.#held[index] !== 0 && this.#held[index] !== unknown);
      if (!ours) this.#held[index] = 0;
      if (!ours && (value & 1) !== 0) this.#foreign.add(index);
    });
  }

  /** True when a breakpoint on this half-word is wanted. */
  has(address: number): boolean {
    return this.#find(address) >= 0;
  }

  /** Rejects an address that no comparator can match, and a breakpoint too many. */
  add(address: number): void {
    if (this.has(address)) return;
    if (this.version === 1 && address >= 0x20000000) {
      throw new ProbityError(
        "breakpoint-address-unsupported",
        `A breakpoint comparator of this core reaches no address from 0x20000000 on: ${hex32(address)}.`,
        { facts: { address }, remedy: ["Use a software breakpoint for code in RAM."] },
      );
    }
    if (this.version === 1) {
      // Both half-words of a word fit into one comparator (FP_COMP.REPLACE = 3).
      const shared = this.#wanted.findIndex((value) => value !== 0 && sameWord(value, address));
      if (shared >= 0) {
        this.#wanted[shared] = (this.#wanted[shared] | 0xc0000000) >>> 0;
        return;
      }
    }
    const free = this.#wanted.findIndex((value, index) => value === 0 && !this.#foreign.has(index));
    if (free < 0) {
      const others = this.#foreign.size;
      const whose = others === 0 ? "" : ` (${others} by another program)`;
      throw new ProbityError("breakpoints-used-up", `All ${this.count} breakpoint comparators are in use${whose}.`, {
        facts: { count: this.count, address, ...(others > 0 && { others }) },
        remedy: ["Remove a breakpoint, or move the code into RAM, where breakpoints are instructions."],
      });
    }
    this.#wanted[free] = this.#encode(address);
  }

  remove(address: number): void {
    const index = this.#find(address);
    if (index >= 0) this.#wanted[index] = this.#without(index, address);
  }

  clear(): void {
    this.#wanted.fill(0);
  }

  /** What has to be written so that the unit holds what is wanted. */
  operations(): WordOperation[] {
    const writes: WordOperation[] = [];
    if (!this.#enabled && !this.empty) writes.push(write(fpb.control, fpb.key | fpb.enable));
    this.#wanted.forEach((value, index) => {
      if (value !== this.#held[index]) writes.push(write(fpb.comparator + 4 * index, value));
    });
    return writes;
  }

  /** {@link operations} were carried out. */
  written(): void {
    if (!this.empty) this.#enabled = true;
    this.#wanted.forEach((value, index) => {
      this.#held[index] = value;
    });
  }

  /** The write that switches the breakpoint at `address` off for one step; {@link lifted} after it went. */
  lift(address: number): WordOperation[] {
    const index = this.#find(address);
    if (index < 0) return [];
    return [write(fpb.comparator + 4 * index, this.#without(index, address))];
  }

  lifted(address: number): void {
    const index = this.#find(address);
    if (index >= 0) this.#held[index] = this.#without(index, address);
  }

  /** The unit may have been reset: whatever was ever in use is written again. */
  forget(): void {
    this.#enabled = false;
    this.#wanted.forEach((value, index) => {
      if (value !== 0 || this.#held[index] !== 0) this.#held[index] = unknown;
    });
  }

  #find(address: number): number {
    if (this.version === 2) return this.#wanted.indexOf(this.#encode(address));
    const half = (address & 2) !== 0 ? 0x80000000 : 0x40000000;
    return this.#wanted.findIndex((value) => value !== 0 && sameWord(value, address) && (value & half) !== 0);
  }

  #encode(address: number): number {
    if (this.version === 2) return (address | 1) >>> 0;
    const half = (address & 2) !== 0 ? 0x80000000 : 0x40000000;
    return (half | (address & 0x1ffffffc) | 1) >>> 0;
  }

  #without(index: number, address: number): number {
    if (this.version === 2) return 0;
    const half = (address & 2) !== 0 ? 0x80000000 : 0x40000000;
    const rest = (this.#wanted[index] & ~half) >>> 0;
    return rest >>> 30 === 0 ? 0 : rest;
  }
}

function sameWord(comparator: number, address: number): boolean {
  return (comparator & 0x1ffffffc) === (address & ~3) >>> 0;
}
