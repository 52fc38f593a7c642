import { writeU16, writeU32 } from "../../../src/base/bytes.ts";
import { Random } from "../random.ts";
import { Code, DATA, dataRegisters, lowRegisters, SCRATCH } from "./code.ts";
import {
  codeBase,
  codeSize,
  dataBase,
  dataSize,
  ramCode,
  registersOffset,
  resultsOffset,
  scratchSize,
} from "./layout.ts";
import { faulting, memoryAccess, narrowAccess, operation } from "./operations.ts";

/** A program of its own: loops, IT blocks, calls, interrupts, faults, and code that is changed while it runs. */
export interface GeneratedProgram {
  readonly index: number;
  readonly slot: number;
  readonly entry: number;
  readonly code: Uint8Array;
  readonly data: Uint8Array;
  /** CCR: STKALIGN, and perhaps the traps for division by zero and unaligned access. */
  readonly ccr: number;
  /** CONTROL: main or process stack. */
  readonly control: number;
  /** SysTick's reload value; 0: not used. */
  readonly reload: number;
  /** Nothing stores to its code in the lower memory: that may be flash. */
  readonly fixed: boolean;
}

/** Room that the longest piece may need behind the limit. */
const limit = codeSize - 0x800;
const counters = [4, 5, 6] as const;
/** How often a loop goes round, by how deep it lies. */
const rounds = [
  [4, 20],
  [2, 16],
  [2, 6],
] as const;

interface Callee {
  readonly address: number;
  readonly depth: number;
}

/** Draws program number `index` of a seed for a place among others. `next`: where it goes at its end. */
export function generate(seed: number, index: number, slot: number, next: number): GeneratedProgram {
  const random = new Random(seed ^ 0x6e6e, index);
  return new Generator(random, index, slot, next).program();
}

class Generator {
  readonly #random: Random;
  readonly #index: number;
  readonly #slot: number;
  readonly #next: number;
  readonly #data = new Uint8Array(dataSize);
  readonly #code: Code;
  readonly #fixed: boolean;
  readonly #divisionTraps: boolean;
  /** Places in RAM and, unless the code is fixed, in the lower memory that may be patched. */
  #sites: number[] = [];
  #functions: Callee[] = [];
  /** Interrupts are masked by PRIMASK here: no SVC. */
  #masked = false;

  constructor(random: Random, index: number, slot: number, next: number) {
    this.#random = random;
    this.#index = index;
    this.#slot = slot;
    this.#next = next;
    this.#fixed = random.oneIn(2);
    this.#divisionTraps = random.oneIn(3);
    this.#code = new Code(codeBase(slot), this.#divisionTraps);
  }

  program(): GeneratedProgram {
    const random = this.#random;
    for (let at = 0; at < scratchSize; at++) this.#data[at] = random.word();
    for (let register = 0; register < 12; register++) {
      writeU32(this.#data, registersOffset + 4 * register, register === DATA ? this.#base : random.value());
    }
    for (let number = 0; number < ramCode.count; number++) this.#ramFunction(number);
    const templates = [0, 1].map(() => this.#template());
    for (let number = 0; number < 4; number++) this.#function(number % 2);
    const code = this.#code;
    if (random.oneIn(2)) code.emit(0xbf00); // loops begin at every alignment
    const entry = code.here;
    this.#loop(code, 0, templates);
    this.#end(code);
    if (code.halfwords.length * 2 > codeSize) throw new Error(`program ${this.#index} is too long`);
    const bytes = new Uint8Array(codeSize);
    code.halfwords.forEach((halfword, at) => {
      writeU16(bytes, 2 * at, halfword);
    });
    return {
      index: this.#index,
      slot: this.#slot,
      entry,
      code: bytes,
      data: this.#data,
      ccr: 0x200 | (this.#divisionTraps ? 0x10 : 0) | (random.oneIn(4) ? 8 : 0),
      control: random.oneIn(2) ? 2 : 0,
      reload: random.oneIn(4) ? 0 : random.between(800, 6000),
      fixed: this.#fixed,
    };
  }

  get #base(): number {
    return dataBase(this.#slot);
  }

  #ramAddress(number: number): number {
    return this.#base + ramCode.offset + number * ramCode.size;
  }

  /** A short function in RAM that may be patched, or patches itself. */
  #ramFunction(number: number): void {
    const random = this.#random;
    const code = new Code(this.#ramAddress(number), this.#divisionTraps);
    code.patchable(random.pick(dataRegisters), random.word(), random.oneIn(2));
    this.#straight(code, random.between(1, 4));
    if (random.oneIn(3)) this.#patchAhead(code);
    code.patchable(random.pick(dataRegisters), random.word(), random.oneIn(2));
    this.#straight(code, random.between(1, 3));
    code.emit(0x4770);
    this.#putRam(code);
    // The last one is copied over.
    if (number < ramCode.count - 1) this.#sites.push(...code.sites.map(({ address }) => address));
  }

  /** Code that is copied to the last function's place in RAM. */
  #template(): number {
    const random = this.#random;
    const code = this.#code;
    while ((code.here & 3) !== 0) code.emit(0xbf00);
    const at = code.here;
    code.patchable(random.pick(dataRegisters), random.word(), random.oneIn(2));
    for (let left = 8; left > 0; left--) operation(code, random);
    code.emit(0x4770);
    code.sites.length = 0;
    while (code.here < at + 0x40) code.emit(0xbf00);
    return at;
  }

  /** A function of its own registers for loops; one of depth 1 calls the others. */
  #function(depth: number): void {
    const random = this.#random;
    const code = this.#code;
    const callee = { address: code.here, depth };
    code.emit(0xb560); // PUSH {r5, r6, lr}
    this.#block(code, 2, random.between(1, 4), depth);
    if (random.oneIn(3)) {
      const skip = code.skip(random.below(14), random);
      this.#straight(code, 1);
      code.emit(0xbd60);
      skip();
    }
    this.#straight(code, random.between(1, 3));
    if (random.oneIn(2)) code.emit(0xbd60);
    else code.emit(0xe8bd, 0x4060, 0x4770); // POP {r5, r6, lr}; BX lr
    this.#functions.push(callee);
  }

  /** Pieces with loops at a depth and deeper; calls go to functions below `calls` alone. */
  #block(code: Code, depth: number, pieces: number, calls: number): void {
    for (let piece = 0; piece < pieces && code.here < code.base + limit; piece++) this.#piece(code, depth, calls);
  }

  #loop(code: Code, depth: number, templates: readonly number[] = []): void {
    const random = this.#random;
    const counter = counters[depth];
    const [least, most] = rounds[depth];
    code.emit(0x2000 | (counter << 8) | random.between(least, most));
    const top = code.here;
    this.#block(code, depth + 1, depth === 0 ? random.between(6, 14) : random.between(2, 5), 2);
    if (depth === 0 && random.oneIn(2)) this.#copy(code, random.pick(templates));
    code.emit(0x3801 | (counter << 8));
    code.branch(top, 1, random.oneIn(3));
  }

  #piece(code: Code, depth: number, calls: number): void {
    const random = this.#random;
    switch (random.below(20)) {
      case 0:
      case 1:
        ifThen(code, random);
        break;
      case 2: {
        const skip = code.skip(random.below(14), random);
        this.#straight(code, random.between(1, 4));
        skip();
        break;
      }
      case 3: {
        // CBZ or CBNZ over something.
        const at = code.halfwords.length;
        code.emit(0);
        this.#straight(code, random.between(1, 4));
        const distance = code.halfwords.length - at - 2;
        code.halfwords[at] =
          0xb100 |
          (random.below(2) << 11) |
          ((distance >> 5) << 9) |
          ((distance & 31) << 3) |
          random.pick(lowRegisters);
        break;
      }
      case 4:
        this.#table(code);
        break;
      case 5:
      case 6:
        this.#call(code, calls);
        break;
      case 7:
        this.#callRam(code);
        break;
      case 8:
        this.#patch(code);
        break;
      case 9:
        this.#interrupt(code);
        break;
      case 10:
        if (random.oneIn(2)) faulting(code, random);
        else if (!this.#masked) code.emit(0xdf00 | random.below(256)); // SVC
        break;
      case 11:
        this.#special(code);
        break;
      case 12:
        if (!this.#fixed) {
          code.patchable(random.pick(dataRegisters), random.word(), random.oneIn(2));
          this.#sites.push(...code.sites.splice(0).map(({ address }) => address));
        }
        break;
      case 13:
      case 14:
        if (depth < rounds.length) this.#loop(code, depth);
        else this.#straight(code, 2);
        break;
      default:
        this.#straight(code, random.between(2, 6));
    }
  }

  #straight(code: Code, count: number): void {
    const random = this.#random;
    for (let left = count; left > 0; left--) {
      if (random.oneIn(4)) memoryAccess(code, random);
      else operation(code, random);
    }
  }

  /** TBB or TBH over four pieces. */
  #table(code: Code): void {
    const random = this.#random;
    const wide = random.below(2);
    code.emit(0xf000 | random.pick(dataRegisters), (SCRATCH << 8) | 3); // AND r12, …, #3
    code.emit(0xe8df, 0xf000 | (wide << 4) | SCRATCH);
    const table = code.halfwords.length;
    code.emit(...new Array(wide === 1 ? 4 : 2).fill(0));
    const entries: number[] = [];
    const ends: number[] = [];
    for (let entry = 0; entry < 4; entry++) {
      entries.push(code.halfwords.length - table);
      this.#straight(code, random.between(1, 2));
      ends.push(code.halfwords.length);
      code.emit(0);
    }
    for (const at of ends) code.halfwords[at] = 0xe000 | ((code.halfwords.length - at - 2) & 0x7ff);
    entries.forEach((entry, index) => {
      if (wide === 1) code.halfwords[table + index] = entry;
      else code.halfwords[table + (index >> 1)] |= entry << (8 * (index & 1));
    });
  }

  #call(code: Code, calls: number): void {
    const random = this.#random;
    const below = this.#functions.filter(({ depth }) => depth < calls);
    if (below.length === 0) {
      this.#straight(code, 1);
      return;
    }
    const { address } = random.pick(below);
    if (random.below(3) > 0) code.call(address);
    else {
      code.constant(SCRATCH, address + 1);
      code.emit(0x47e0); // BLX r12
    }
  }

  #callRam(code: Code): void {
    code.constant(SCRATCH, this.#ramAddress(this.#random.below(ramCode.count)) + 1);
    code.emit(0x47e0);
  }

  /** Another immediate value into an instruction, drawn or from a register; now and then without barriers, before a call. */
  #patch(code: Code): void {
    const random = this.#random;
    const inRam = random.oneIn(2);
    const first = this.#ramAddress(0);
    const sites = this.#sites.filter((address) => address >= first === inRam);
    if (sites.length === 0) {
      this.#callRam(code);
      return;
    }
    const register = random.pick(lowRegisters);
    if (random.oneIn(2)) code.emit(0x2000 | (register << 8) | random.below(256));
    code.constant(SCRATCH, random.pick(sites));
    code.emit(0xf880 | SCRATCH, register << 12); // STRB
    if (inRam && random.oneIn(2)) this.#callRam(code);
    else code.emit(0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f); // DSB, ISB
  }

  /** Code patches the instruction behind its own barriers. */
  #patchAhead(code: Code): void {
    const random = this.#random;
    const register = random.pick(lowRegisters);
    code.constant(SCRATCH, code.here + 20);
    code.emit(0xf880 | SCRATCH, register << 12);
    code.emit(0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f);
    code.patchable(random.pick(lowRegisters), 0, false);
  }

  /** A template over the last function in RAM, by LDM and STM. */
  #copy(code: Code, template: number): void {
    code.constant(14, template);
    code.constant(SCRATCH, this.#ramAddress(ramCode.count - 1));
    for (let part = 0; part < 4; part++) code.emit(0xe8be, 0x000f, 0xe8ac, 0x000f); // R0 to R3
    code.emit(0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f);
  }

  /** Makes interrupts pending, by ISPR or STIR, at once or behind a mask. */
  #interrupt(code: Code): void {
    const random = this.#random;
    const barriers = [0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f, 0xbf00];
    const masked = !this.#masked && random.oneIn(3);
    if (masked) code.emit(0xb672); // CPSID i
    const register = random.pick(lowRegisters);
    if (random.oneIn(2)) {
      code.constant(SCRATCH, 0xe000_e200);
      code.emit(0x2000 | (register << 8) | (masked ? random.between(1, 255) : 1 << random.below(8)));
    } else {
      code.constant(SCRATCH, 0xe000_ef00);
      code.emit(0x2000 | (register << 8) | random.below(8));
    }
    code.emit(0xf8c0 | SCRATCH, register << 12);
    if (!masked) {
      code.emit(...barriers);
      return;
    }
    this.#masked = true;
    this.#straight(code, random.between(1, 3));
    if (random.oneIn(4)) faulting(code, random);
    this.#masked = false;
    code.emit(0xb662, ...barriers.slice(2)); // CPSIE i
  }

  /** MRS and MSR, which translated code leaves to the core. */
  #special(code: Code): void {
    const random = this.#random;
    const register = random.pick(lowRegisters);
    switch (random.below(5)) {
      case 0:
        code.emit(0xf3ef, 0x8000 | (register << 8)); // MRS APSR
        break;
      case 1:
        code.emit(0xf380 | register, 0x8800); // MSR APSR
        break;
      case 2:
        code.emit(0xf3ef, 0x8010 | (register << 8)); // PRIMASK
        break;
      case 3:
        // BASEPRI holds nothing back that is due.
        code.emit(0xf04f, 0x0c00 | 0xf0, 0xf380 | SCRATCH, 0x8811, 0xf3ef, 0x8011 | (register << 8));
        break;
      default:
        code.emit(random.pick([0xbf00, 0xbf40, 0xb662])); // NOP, SEV, CPSIE i
    }
  }

  /** Everything into the results, and on. */
  #end(code: Code): void {
    code.add(SCRATCH, DATA, resultsOffset);
    code.emit(0xe88c, 0x4fff); // STM r12, {r0-r11, lr}
    code.emit(0xf3ef, 0x8000, 0xf8cc, 0x0034, 0xf8cc, 0xd038); // APSR, SP
    code.constant(SCRATCH, this.#next + 1);
    code.emit(0x4760);
  }

  #putRam(code: Code): void {
    if (code.halfwords.length * 2 > ramCode.size) throw new Error("the function does not fit");
    code.halfwords.forEach((halfword, index) => {
      writeU16(this.#data, code.base - this.#base + 2 * index, halfword);
    });
  }
}

function ifThen(code: Code, random: Random): void {
  const length = random.between(1, 4);
  const condition = random.below(14);
  let mask = 1;
  for (let index = 1; index < length; index++) mask = (mask << 1) | (random.oneIn(2) ? condition & 1 : ~condition & 1);
  mask = (((mask << 1) | 1) << (4 - length)) & 0xf;
  code.emit(0xbf00 | (condition << 4) | mask);
  for (let index = 0; index < length; index++) {
    if (random.oneIn(4)) narrowAccess(code, random);
    else if (random.oneIn(12)) code.emit(0xde00 | random.below(256));
    else operation(code, random);
  }
}
