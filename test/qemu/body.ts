import { type Encoding, encode, type Fields, randomFields, registersOf } from "./encoding.ts";
import { dataSize } from "./layout.ts";
import type { Random } from "./random.ts";

/** Thrown when the drawn values do not go together; the case is drawn again. */
export class Retry extends Error {}

/** The code memory around a case: where a branch may go. */
export interface Surroundings {
  /** First byte that may hold a landing before the case, and the first byte of the case's own code. */
  readonly back: number;
  readonly start: number;
  /** Reserves 8 bytes at `address`, far away from any case; false when they are not free. */
  reserveFar(address: number): boolean;
  /** Draws a far address. */
  randomFar(random: Random): number;
}

/**
 * The instructions of one case while they are drawn, with the register values and the memory that they need. A value
 * can be given to a register only while no earlier instruction of the body has written it.
 */
export class Body {
  readonly random: Random;
  readonly surroundings: Surroundings;
  readonly firstAddress: number;
  readonly dataAddress: number;
  readonly data = new Uint8Array(dataSize);
  readonly halfwords: number[] = [];
  /** Names of the classes drawn, and the index of the half-word where each begins. */
  readonly classes: { readonly name: string; readonly at: number }[] = [];
  /** R0 to R12, SP, LR before the body; undefined: anything. */
  readonly values: (number | undefined)[] = new Array(15).fill(undefined);
  /** Registers that some instruction names. */
  readonly used = new Set<number>([13, 15]);
  /** Addresses where branches may arrive, the instruction behind the body not counted. */
  readonly landings: number[] = [];
  /** Bytes placed in the code behind the body, for a branch table. */
  readonly tables: { readonly address: number; readonly bytes: readonly number[] }[] = [];
  #written = 0;
  #allocated: number;
  #size = 0;

  constructor(random: Random, surroundings: Surroundings, firstAddress: number, dataAddress: number) {
    this.random = random;
    this.surroundings = surroundings;
    this.firstAddress = firstAddress;
    this.dataAddress = dataAddress;
    for (let i = 0; i < dataSize; i++) this.data[i] = random.word();
    this.#allocated = random.below(32);
  }

  /** Address of the instruction being drawn. */
  get address(): number {
    return this.firstAddress + 2 * this.halfwords.length;
  }

  /** What the instruction being drawn reads as PC (ARMv7-M A5.1.2). */
  get pc(): number {
    return this.address + 4;
  }

  /** Word-aligned PC, the base of literals. */
  get literalBase(): number {
    return (this.pc & ~3) >>> 0;
  }

  /** Address of the instruction behind the one being drawn. */
  get next(): number {
    return this.address + this.#size;
  }

  /** Draws one instruction of the class and appends it. */
  add(encoding: Encoding): void {
    const f = randomFields(encoding, this.random);
    for (const register of registersOf(encoding, f)) this.used.add(register);
    this.#size = encoding.bits.replaceAll(" ", "").length / 8;
    encoding.prepare?.(this, f);
    this.classes.push({ name: encoding.name, at: this.halfwords.length });
    this.halfwords.push(...encode(encoding, f));
    for (const letter of encoding.writes ?? "d") {
      if (f[letter] !== undefined && encoding.bits.includes(letter)) this.wrote(f[letter]);
    }
    encoding.after?.(this, f);
  }

  /** Appends a fixed instruction before or behind the drawn one. */
  emit(...halfwords: number[]): void {
    this.halfwords.push(...halfwords);
  }

  /** Appends an instruction of a class with given fields. */
  emitEncoding(encoding: Encoding, f: Fields): void {
    for (const register of registersOf(encoding, f)) this.used.add(register);
    this.emit(...encode(encoding, f));
    for (const letter of encoding.writes ?? "d") if (f[letter] !== undefined) this.wrote(f[letter]);
  }

  /** Notes that a register is named beside the fields. */
  uses(register: number): void {
    this.used.add(register);
  }

  /** Notes that the body writes a register from here on. */
  wrote(register: number): void {
    this.used.add(register);
    this.#written |= 1 << register;
  }

  /** Fixes the value that a register has before the body. */
  set(register: number, value: number): void {
    const present = this.values[register];
    if (register > 14 || (this.#written >> register) & 1 || (present !== undefined && present !== value >>> 0)) {
      throw new Retry();
    }
    if (register === 13 && value % 4 !== 0) throw new Retry();
    this.values[register] = value >>> 0;
  }

  /** Gives a register a value if nothing else has fixed it. */
  prefer(register: number, value: number): void {
    if (register < 13 && this.values[register] === undefined) this.values[register] = value >>> 0;
  }

  /** The value that a register has before the body, drawn now if it was free; for an operand that must be known. */
  value(register: number): number {
    if (register > 14 || (this.#written >> register) & 1) throw new Retry();
    return (this.values[register] ??= register === 13 ? (this.random.value() & ~3) >>> 0 : this.random.value());
  }

  /** The address of `size` bytes of the case's data that no other instruction of it uses. */
  allocate(size: number, align = 1): number {
    const start = Math.ceil(this.#allocated / align) * align;
    if (start + size > dataSize) throw new Retry();
    this.#allocated = start + size + this.random.below(24);
    return this.dataAddress + start;
  }

  /** Makes `base` + `offset` the address of `size` bytes of data; returns that address. */
  locate(base: number, offset: number, size: number, align = 1): number {
    if (base !== 13) {
      const address = this.allocate(size, align);
      this.set(base, address - offset);
      return address;
    }
    // SP is a multiple of 4, so the offset decides the alignment.
    if (align > 1 && offset % align !== 0) throw new Retry();
    const address = this.allocate(size + 4, 4) + (((offset % 4) + 4) % 4);
    this.set(13, address - offset);
    return address;
  }

  /** Sets a word of data, for example one that is to be loaded into PC. */
  poke(address: number, value: number): void {
    for (let i = 0; i < 4; i++) this.data[address - this.dataAddress + i] = value >>> (8 * i);
  }

  pokeByte(address: number, value: number): void {
    this.data[address - this.dataAddress] = value;
  }

  /** A landing whose distance from the PC lies within the bounds: nearby before or behind the case, or far away. */
  land(low: number, high: number): number {
    for (let attempt = 0; attempt < 60; attempt++) {
      const target = this.#candidate(low, high);
      const distance = target - this.pc;
      if (distance < low || distance > high) continue;
      if (target === this.next) return target;
      if (this.#reserve(target)) {
        this.landings.push(target);
        return target;
      }
    }
    throw new Retry();
  }

  /** Room for two bytes of a branch table behind the body; {@link fillTable} gives them. */
  placeTable(): number {
    return this.next + 4 + this.random.below(40);
  }

  fillTable(address: number, bytes: readonly number[]): void {
    for (const landing of this.landings) if (Math.abs(landing - address) < 10) throw new Retry();
    this.tables.push({ address, bytes });
  }

  /** A landing for a branch that can go anywhere. */
  landAnywhere(): number {
    return this.land(-0x100_0000, 0x100_0000);
  }

  #candidate(low: number, high: number): number {
    const { random, surroundings } = this;
    const behind = this.next + 4;
    switch (random.below(8)) {
      case 0:
        return this.next;
      case 1:
      case 2:
        return behind + 2 * random.below(1 + Math.min(0x400, Math.max(0, high)) / 2);
      case 3:
      case 4:
        if (low < 0 && surroundings.start - surroundings.back >= 8) {
          return surroundings.back + 2 * random.below((surroundings.start - surroundings.back - 6) / 2);
        }
        return behind + 2 * random.below(64);
      case 5:
        return behind + 2 * random.below(8);
      default:
        return surroundings.randomFar(random);
    }
  }

  #reserve(target: number): boolean {
    const { back, start } = this.surroundings;
    for (const landing of this.landings) if (Math.abs(landing - target) < 8) return false;
    if (target >= back && target + 8 <= start) return true;
    if (target >= this.next + 4 && target < this.next + 0x1_0000) return true;
    return this.surroundings.reserveFar(target);
  }
}
