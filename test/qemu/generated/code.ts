import type { Random } from "../random.ts";

/** Registers that hold data; R4 to R6 count loops, R7 is the program's data, R12 and LR are scratch. */
export const dataRegisters = [0, 1, 2, 3, 8, 9, 10] as const;
export const lowRegisters = [0, 1, 2, 3] as const;
export const DATA = 7;
export const SCRATCH = 12;

/** A place whose low byte can be overwritten and leaves a valid instruction: an immediate value. */
export interface PatchSite {
  readonly address: number;
}

/** Half-words in the making, with their address. */
export class Code {
  readonly base: number;
  /** A division by zero faults. */
  readonly divisionTraps: boolean;
  readonly halfwords: number[] = [];
  readonly sites: PatchSite[] = [];

  constructor(base: number, divisionTraps: boolean) {
    this.base = base;
    this.divisionTraps = divisionTraps;
  }

  get here(): number {
    return this.base + 2 * this.halfwords.length;
  }

  emit(...halfwords: readonly number[]): void {
    this.halfwords.push(...halfwords);
  }

  /** A 32-bit constant by MOVW and MOVT. */
  constant(register: number, value: number): void {
    this.#immediate16(0xf240, register, value & 0xffff);
    this.#immediate16(0xf2c0, register, value >>> 16);
  }

  /** An immediate value that may be overwritten later: MOVS or MOVW. */
  patchable(register: number, value: number, wide: boolean): void {
    if (wide || register > 7) {
      this.sites.push({ address: this.here + 2 });
      this.#immediate16(0xf240, register, value & 0xffff);
      return;
    }
    this.sites.push({ address: this.here });
    this.emit(0x2000 | (register << 8) | (value & 0xff));
  }

  /** ADDW. */
  add(register: number, base: number, offset: number): void {
    this.emit(
      0xf200 | base | (((offset >> 11) & 1) << 10),
      (((offset >> 8) & 7) << 12) | (register << 8) | (offset & 0xff),
    );
  }

  /** B, or B with a condition; the offset is in bytes from this instruction. Short where it reaches unless told. */
  branch(target: number, condition = 14, wide = false): void {
    const offset = target - (this.here + 4);
    if (!wide && condition === 14 && offset >= -2048 && offset < 2048) this.emit(0xe000 | ((offset >> 1) & 0x7ff));
    else if (!wide && condition < 14 && offset >= -256 && offset < 256)
      this.emit(0xd000 | (condition << 8) | ((offset >> 1) & 0xff));
    else this.emit(...(condition === 14 ? far(offset, 0x9000) : farConditional(offset, condition)));
  }

  /** BL. */
  call(target: number): void {
    this.emit(...far(target - (this.here + 4), 0xd000));
  }

  /** Room for a conditional branch forwards, and what fills it in for here. */
  skip(condition: number, random: Random): () => void {
    const at = this.halfwords.length;
    const wide = random.oneIn(4);
    this.emit(...(wide ? [0, 0] : [0]));
    return () => {
      const filled = new Code(this.base + 2 * at, this.divisionTraps);
      filled.branch(this.here, condition, wide);
      // Too far for the short form cannot be: the pieces that are skipped are short.
      if (filled.halfwords.length !== (wide ? 2 : 1)) throw new Error("a skipped piece is too long");
      this.halfwords.splice(at, filled.halfwords.length, ...filled.halfwords);
    };
  }

  #immediate16(opcode: number, register: number, value: number): void {
    this.emit(
      opcode | (value >>> 12) | (((value >>> 11) & 1) << 10),
      (((value >>> 8) & 7) << 12) | (register << 8) | (value & 0xff),
    );
  }
}

function far(offset: number, second: number): number[] {
  const sign = offset < 0 ? 1 : 0;
  const j1 = ((offset >> 23) & 1) ^ sign ^ 1;
  const j2 = ((offset >> 22) & 1) ^ sign ^ 1;
  return [0xf000 | (sign << 10) | ((offset >> 12) & 0x3ff), second | (j1 << 13) | (j2 << 11) | ((offset >> 1) & 0x7ff)];
}

function farConditional(offset: number, condition: number): number[] {
  const sign = offset < 0 ? 1 : 0;
  const j2 = (offset >> 19) & 1;
  const j1 = (offset >> 18) & 1;
  return [
    0xf000 | (sign << 10) | (condition << 6) | ((offset >> 12) & 0x3f),
    0x8000 | (j1 << 13) | (j2 << 11) | ((offset >> 1) & 0x7ff),
  ];
}
