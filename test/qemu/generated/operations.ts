import { classes } from "../classes.ts";
import { type Encoding, encode, randomFields, registersOf } from "../encoding.ts";
import type { Random } from "../random.ts";
import { type Code, DATA, dataRegisters, lowRegisters, SCRATCH } from "./code.ts";
import { nowhere, scratchSize } from "./layout.ts";

/** Classes that work on registers alone. */
const registerClasses: readonly Encoding[] = classes.filter(
  ({ name, it, after }) =>
    it !== "never" &&
    it !== "last" &&
    after === undefined &&
    !/SP|PC|LDR|STR|LDM|STM|PUSH|POP|PLD|PLI|TBB|TBH|CLREX|CPS|MRS|MSR|WFE|YIELD|SEV|hint|DSB|DMB|ISB|^B|^CB/.test(
      name,
    ),
);
const narrowClasses = registerClasses.filter(({ bits }) => bits.replaceAll(" ", "").length === 16);

const allowed = new Set<number>(dataRegisters);

/** One data-processing instruction on the data registers. */
export function operation(code: Code, random: Random): void {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const encoding = random.pick(random.oneIn(2) ? narrowClasses : registerClasses);
    if (code.divisionTraps && /DIV/.test(encoding.name)) continue;
    const fields = randomFields(encoding, random);
    if (!registersOf(encoding, fields).every((register) => allowed.has(register))) continue;
    code.emit(...encode(encoding, fields));
    return;
  }
  throw new Error("no instruction found");
}

/** An offset of `size` bytes in the program's data, now and then not a multiple of the size. */
function place(random: Random, size: number, aligned: boolean): number {
  const at = random.below(scratchSize - 64 - size);
  return aligned || random.below(6) > 0 ? at & -size : at;
}

const data = (random: Random): number => random.pick(dataRegisters);
const low = (random: Random): number => random.pick(lowRegisters);

/** Two different data registers. */
function pair(random: Random): [number, number] {
  const first = data(random);
  for (;;) {
    const second = data(random);
    if (second !== first) return [first, second];
  }
}

function list(random: Random, least: number): number {
  for (;;) {
    let mask = 0;
    for (const register of dataRegisters) if (random.oneIn(2)) mask |= 1 << register;
    if ([...dataRegisters].filter((register) => (mask >> register) & 1).length >= least) return mask;
  }
}

/** Loads and stores of one register: opcode with a 12-bit offset, size. */
const accesses = [
  [0xf8d0, 4],
  [0xf8b0, 2],
  [0xf890, 1],
  [0xf9b0, 2],
  [0xf990, 1],
  [0xf8c0, 4],
  [0xf8a0, 2],
  [0xf880, 1],
] as const;
const narrowAccesses = [
  [0x6800, 4],
  [0x8800, 2],
  [0x7800, 1],
  [0x6000, 4],
  [0x8000, 2],
  [0x7000, 1],
] as const;

/** One access to the program's data, or a few that belong together. It does not fit into an IT block. */
export function memoryAccess(code: Code, random: Random): void {
  switch (random.below(11)) {
    case 0:
    case 1:
      narrowAccess(code, random);
      break;
    case 2:
    case 3: {
      const [opcode, size] = random.pick(accesses);
      code.emit(opcode | DATA, (data(random) << 12) | place(random, size, false));
      break;
    }
    case 4: {
      // An index from a register.
      const [opcode] = random.pick(accesses);
      code.emit(0xf000 | data(random), (SCRATCH << 8) | random.pick([0xf8, 0xfc, 0xff])); // AND r12, …
      code.emit((opcode & ~0x80) | DATA, (data(random) << 12) | (random.below(2) << 4) | SCRATCH);
      break;
    }
    case 5: {
      // Before or behind the access the base changes: P U W are 1U1 or 0U1.
      const [opcode, size] = random.pick(accesses);
      code.add(SCRATCH, DATA, 0x100 + place(random, size, true) / 2);
      const mode = random.pick([0x900, 0xb00, 0xd00, 0xf00]);
      code.emit((opcode & ~0x80) | SCRATCH, (data(random) << 12) | mode | (random.below(64) & -size));
      if (random.oneIn(2)) code.emit(0xeba0 | SCRATCH, (SCRATCH << 8) | DATA, 0x4460 | low(random)); // what became of the base
      break;
    }
    case 6: {
      const [first, second] = pair(random);
      code.emit(
        0xe9c0 | (random.below(2) << 4) | DATA,
        (first << 12) | (second << 8) | ((place(random, 4, true) >> 2) % 192),
      );
      break;
    }
    case 7: {
      code.add(SCRATCH, DATA, 0x40 + (random.below(0x300) & ~3));
      const load = random.below(2) << 4;
      code.emit((random.oneIn(2) ? 0xe880 : 0xe900) | load | (random.below(2) << 5) | SCRATCH, list(random, 2));
      break;
    }
    case 8:
      stackAccess(code, random);
      break;
    case 9: {
      // A bit of the first words, through its alias.
      const [opcode] = random.pick(accesses.filter(([, size]) => size === 4));
      code.emit(0xea4f, 0x1c40 | DATA, 0xf04c, 0x5c08); // LSL r12, r7, #5; ORR r12, r12, #0x22000000
      code.emit(opcode | SCRATCH, (data(random) << 12) | (random.below(0x400) & ~3));
      break;
    }
    default: {
      // Read, change, write until nobody came in between.
      const [value, state] = pair(random);
      code.add(SCRATCH, DATA, place(random, 4, true));
      code.emit(0xe850 | SCRATCH, (value << 12) | 0xf00);
      code.emit(0xf100 | value, (value << 8) | random.below(256));
      code.emit(0xe840 | SCRATCH, (value << 12) | (state << 8));
      code.emit(0xf1b0 | state, 0x0f00, 0xd1f6); // CMP.W state, #0; BNE
    }
  }
}

/** A load or store of 16 bits, which fits into an IT block, too. */
export function narrowAccess(code: Code, random: Random): void {
  const [opcode] = random.pick(narrowAccesses);
  code.emit(opcode | (random.below(32) << 6) | (DATA << 3) | low(random));
}

function stackAccess(code: Code, random: Random): void {
  const registers = list(random, 2);
  if (random.oneIn(2)) {
    code.emit(0xe92d, registers, 0xe8bd, registers); // PUSH.W, POP.W
    return;
  }
  // SUB sp, #8; STR, STR, LDR; ADD sp, #8: what lies there before depends on interrupts.
  code.emit(0xb082, 0x9000 | (low(random) << 8), 0x9001 | (low(random) << 8));
  code.emit(0x9800 | (low(random) << 8) | random.below(2), 0xb002);
}

/** An instruction that faults, always or by what the registers hold. DSB behind it: a store's fault comes in time. */
export function faulting(code: Code, random: Random): void {
  const target = data(random);
  const dsb = [0xf3bf, 0x8f4f];
  switch (random.below(8)) {
    case 0: {
      code.constant(SCRATCH, nowhere + (random.below(0x1000) & ~3));
      const [opcode] = random.pick(accesses);
      code.emit(opcode | SCRATCH, (target << 12) | (random.below(64) & ~3), ...dsb);
      break;
    }
    case 1:
      code.constant(SCRATCH, nowhere + (random.below(0x1000) & ~3));
      code.emit(0xe890 | (random.below(2) << 5) | SCRATCH, list(random, 2), ...dsb);
      break;
    case 2:
      code.emit(0xde00 | random.below(256));
      break;
    case 3:
      code.emit(0xf7f0 | random.below(16), 0xa000 | random.below(4096));
      break;
    case 4:
      code.add(SCRATCH, DATA, (place(random, 4, true) & ~3) + random.between(1, 3));
      code.emit(random.oneIn(2) ? 0xe89c : 0xe88c, list(random, 2));
      break;
    case 5: {
      // To ARM state, and on behind it.
      if ((code.here & 2) !== 0) code.emit(0xbf00);
      code.constant(SCRATCH, code.here + 12);
      code.emit(random.oneIn(2) ? 0x4760 : 0x47e0, 0xbf00);
      break;
    }
    case 6:
      code.emit(0xee10, 0x0f10); // MRC p15
      break;
    default:
      // QEMU stacks what the registers held when it came to this block of code: the ISB begins one.
      code.emit(0xf04f, SCRATCH << 8, 0xf3bf, 0x8f6f); // MOV r12, #0; ISB
      code.emit(random.pick([0xfb90, 0xfbb0]) | data(random), 0xf0f0 | (target << 8) | SCRATCH);
  }
}
