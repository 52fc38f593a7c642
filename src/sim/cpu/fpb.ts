import { type ComponentIds, readComponentId } from "./component-ids.ts";
import { Op } from "./opcodes.ts";
import { merge, type PpbBlock } from "./ppb.ts";

/** Flash patch and breakpoint unit, version 1 (ARMv7-M C1.11): comparators on code below 0x20000000. */
export class Fpb implements PpbBlock {
  readonly #code: number;
  readonly #literal: number;
  readonly #comparators: Uint32Array;
  readonly #onChange: () => void;
  #enabled = false;
  #remap = 0;

  readonly #ids: ComponentIds;

  constructor(code: number, literal: number, ids: ComponentIds, onChange: () => void) {
    this.#ids = ids;
    this.#code = code;
    this.#literal = literal;
    this.#comparators = new Uint32Array(code + literal);
    this.#onChange = onChange;
  }

  powerOn(): void {
    this.#enabled = false;
    this.#remap = 0;
    this.#comparators.fill(0);
    this.#onChange();
  }

  /** Half-word addresses at which the core sees a BKPT. */
  get breakpoints(): Map<number, number> {
    const found = new Map<number, number>();
    if (!this.#enabled) return found;
    for (let index = 0; index < this.#code; index++) {
      const comparator = this.#comparators[index];
      if ((comparator & 1) === 0) continue;
      const address = comparator & 0x1fff_fffc;
      if ((comparator & 0x4000_0000) !== 0) found.set(address, Op.FPB_BREAK);
      if ((comparator & 0x8000_0000) !== 0) found.set(address + 2, Op.FPB_BREAK);
    }
    return found;
  }

  /** Words of code that are read from the remap table instead: address to table entry. */
  get instructionRemaps(): Map<number, number> {
    return this.#remaps(0, this.#code);
  }

  /** The same for literal loads. */
  get literalRemaps(): Map<number, number> {
    return this.#remaps(this.#code, this.#code + this.#literal);
  }

  read(offset: number): number {
    if (offset >= 0xfd0) return readComponentId(this.#ids, offset);
    if (offset === 0) {
      const code = ((this.#code & 0x70) << 8) | ((this.#code & 15) << 4);
      return code | (this.#literal << 8) | (this.#enabled ? 1 : 0);
    }
    if (offset === 4) return (0x2000_0000 | this.#remap) >>> 0;
    return this.#comparators[(offset - 8) >>> 2] ?? 0;
  }

  write(offset: number, value: number, mask: number): void {
    if (offset === 0) {
      // Without KEY the write is ignored.
      if ((value & mask & 2) === 0) return;
      this.#enabled = (value & 1) !== 0;
    } else if (offset === 4) {
      this.#remap = merge(this.#remap, value, mask) & 0x1fff_ffe0;
    } else {
      const index = (offset - 8) >>> 2;
      if (index >= this.#comparators.length) return;
      const writable = index < this.#code ? 0xdfff_fffd : 0x1fff_fffd;
      this.#comparators[index] = merge(this.#comparators[index], value, mask) & writable;
    }
    this.#onChange();
  }

  #remaps(first: number, end: number): Map<number, number> {
    const found = new Map<number, number>();
    if (!this.#enabled) return found;
    for (let index = first; index < end; index++) {
      const comparator = this.#comparators[index];
      // REPLACE of 0 remaps; literal comparators do nothing else.
      if ((comparator & 1) === 0 || (comparator & 0xc000_0000) !== 0) continue;
      found.set(comparator & 0x1fff_fffc, (0x2000_0000 | this.#remap) + index * 4);
    }
    return found;
  }
}
