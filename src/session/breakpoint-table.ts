import { hex32, sameBytes } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { Core } from "../cortexm/core.ts";
import type { BreakpointKind } from "./debug-session.ts";

/** `BKPT #0` (ARMv7-M A7.7.17). */
const bkpt = new Uint8Array([0x00, 0xbe]);

interface Entry {
  count: number;
  /** The instruction that stood there; undefined when a comparator does the work. */
  readonly original?: Uint8Array;
}

/**
 * Breakpoints of all clients, counted. A software breakpoint in RAM is a BKPT instruction; in flash, and for hardware
 * breakpoints, it is an FPB comparator. RAM contents are shown to clients without our BKPTs.
 */
export class BreakpointTable {
  readonly #core: Core;
  readonly #isRam: (address: number) => boolean;
  readonly #entries = new Map<string, Entry>();
  /** Instructions under breakpoints that nobody wants any more, but that could not be taken out. */
  readonly #leftOver = new Map<number, Uint8Array>();

  constructor(core: Core, isRam: (address: number) => boolean) {
    this.#core = core;
    this.#isRam = isRam;
  }

  /** Rejects with `breakpoints-used-up`, or `breakpoint-unsupported` for an address that nothing can watch. */
  async add(kind: BreakpointKind, address: number): Promise<void> {
    const key = keyOf(kind, address);
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      entry.count++;
      return;
    }
    if (kind === "software" && this.#isRam(address)) {
      const original = await this.#core.port.read(address, 2);
      await this.#core.port.write(address, bkpt);
      if (!sameBytes(await this.#core.port.read(address, 2), bkpt)) {
        throw new ProbityError(
          "breakpoint-not-written",
          `The breakpoint at ${hex32(address)} did not stay in memory.`,
          {
            facts: { address },
            remedy: ["Check that this address is RAM that exists on this chip."],
          },
        );
      }
      this.#entries.set(key, { count: 1, original });
      return;
    }
    if (address >= 0x20000000) {
      throw new ProbityError(
        "breakpoint-unsupported",
        `No breakpoint can be set at ${hex32(address)}: it is not RAM of this chip, and comparators watch addresses below 0x20000000 alone.`,
        { facts: { address }, remedy: ["Set it in flash or RAM."] },
      );
    }
    if (!this.#usesComparator(address)) await this.#core.setBreakpoint(address);
    this.#entries.set(key, { count: 1 });
  }

  async remove(kind: BreakpointKind, address: number): Promise<void> {
    const key = keyOf(kind, address);
    const entry = this.#entries.get(key);
    if (entry === undefined || --entry.count > 0) return;
    this.#entries.delete(key);
    if (entry.original !== undefined) {
      try {
        await this.#restore(address, entry.original);
      } catch (error) {
        this.#leftOver.set(address, entry.original);
        throw error;
      }
    } else if (!this.#usesComparator(address)) {
      await this.#core.clearBreakpoint(address);
    }
  }

  async removeAll(): Promise<void> {
    for (const [key, entry] of [...this.#entries]) {
      entry.count = 1;
      const [kind, address] = key.split("@");
      await this.remove(kind as BreakpointKind, Number(address));
    }
  }

  /** Takes out what could not be taken out while the probe was gone. */
  async removeLeftOver(): Promise<void> {
    for (const [address, original] of [...this.#leftOver]) {
      if (this.originalAt(address) === undefined) await this.#restore(address, original);
      this.#leftOver.delete(address);
    }
  }

  /** Code that was loaded over the breakpoint meanwhile stays. */
  async #restore(address: number, original: Uint8Array): Promise<void> {
    if (sameBytes(await this.#core.port.read(address, 2), bkpt)) await this.#core.port.write(address, original);
  }

  /** A breakpoint of any kind is set at `address`. */
  has(address: number): boolean {
    return this.#entries.has(keyOf("software", address)) || this.#entries.has(keyOf("hardware", address));
  }

  /** The instruction that a BKPT of ours covers at `address`; undefined when none stands there. */
  originalAt(address: number): Uint8Array | undefined {
    return this.#entries.get(keyOf("software", address))?.original;
  }

  /** Puts the original instructions back into bytes read from `address`. */
  hide(address: number, bytes: Uint8Array): Uint8Array {
    for (const [at, original] of this.#software()) {
      for (let i = 0; i < 2; i++) {
        const offset = at + i - address;
        if (offset >= 0 && offset < bytes.length) bytes[offset] = original[i];
      }
    }
    return bytes;
  }

  /**
   * A write by a client covers breakpoints: returns the bytes to write instead, with our BKPTs in place, and remembers
   * the new instructions as the originals.
   */
  keep(address: number, bytes: Uint8Array): Uint8Array {
    const kept = bytes.slice();
    for (const [at, original] of this.#software()) {
      for (let i = 0; i < 2; i++) {
        const offset = at + i - address;
        if (offset < 0 || offset >= bytes.length) continue;
        original[i] = bytes[offset];
        kept[offset] = bkpt[i];
      }
    }
    return kept;
  }

  *#software(): Iterable<[number, Uint8Array]> {
    for (const [key, entry] of this.#entries) {
      if (entry.original !== undefined) yield [Number(key.split("@")[1]), entry.original];
    }
  }

  #usesComparator(address: number): boolean {
    return (["software", "hardware"] as const).some((kind) => {
      const entry = this.#entries.get(keyOf(kind, address));
      return entry !== undefined && entry.original === undefined;
    });
  }
}

function keyOf(kind: BreakpointKind, address: number): string {
  return `${kind}@${address}`;
}
