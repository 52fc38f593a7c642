import type { Random } from "../qemu/random.ts";

export const flashBase = 0x0800_0000;
export const ramBase = 0x2000_0000;
export const peripheralBase = 0x4000_0000;

/** A program as it lies in memory. */
export interface TestProgram {
  readonly flash: Uint8Array;
  readonly ram: Uint8Array;
}

const handlerOffset = 0x100;
const faultOffset = 0x140;
const pendSvOffset = 0x160;
const svcOffset = 0x170;
const leafOffset = 0x180;
const mainOffset = 0x200;
/** Code in RAM, called by the one in flash, and the instruction of it that is patched. */
const ramCodeOffset = 0x2000;

const handlers = new Map([
  [11, svcOffset],
  [14, pendSvOffset],
  [16, handlerOffset],
]);

/** Condition codes but AL. */
const conditions = 14;

/**
 * A random program of loops, IT blocks, branches, calls, divisions, accesses to RAM, flash and peripherals, faults, and
 * code in RAM that is changed as it goes. R0 to R3 are data, R4 and R5 count loops, R6 is the peripheral, R7 RAM,
 * R8 the system control space, R9 ICSR.PENDSVSET.
 */
export function randomProgram(random: Random): TestProgram {
  const flash = new Uint8Array(0x4000).fill(0xff);
  const ram = new Uint8Array(0x4000);
  for (let index = 0; index < 0x400; index++) ram[index] = random.below(256);
  const vectors = [ramBase + 0x4000, flashBase + mainOffset + 1];
  for (let number = 2; number < 17; number++) vectors.push(flashBase + (handlers.get(number) ?? faultOffset) + 1);
  const view = new DataView(flash.buffer);
  vectors.forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  // IRQ 0: counts, and lets go of the line.
  put(flash, handlerOffset, [0x6bf8, 0x3001, 0x63f8, 0x60b0, 0x4770]);
  // PendSV returns by POP, SVC by BX; both count.
  put(flash, pendSvOffset, [0xb510, 0x6bf8, 0x3001, 0x63f8, 0xbd10]);
  put(flash, svcOffset, [0x6c38, 0x3007, 0x6438, 0x4770]);
  // Any fault: goes on behind the half-word that faulted.
  put(flash, faultOffset, [0x9906, 0x3102, 0x9106, 0x4770]);
  put(flash, leafOffset, [...straight(random, 6), 0x4770]);
  const ramCode = [0x2005, ...straight(random, 4), 0x4770];
  put(ram, ramCodeOffset, ramCode);
  const code = [
    ...[0x2604, 0x0736, 0x2702, 0x073f], // movs r6, #4; lsls r6, #28; movs r7, #2; lsls r7, #28
  ];
  // Interrupt 0 on: NVIC_ISER0 at 0xE000E100.
  code.push(0xf24e, 0x1000, 0xf2ce, 0x0000, 0x2101, 0x6001);
  // PendSV below the interrupt, or beside it: SHPR3 at 0xE000ED20.
  code.push(0xf04f, 0x28e0, 0xf04f, 0x5980); // mov r8, #0xe000e000; mov r9, #1 << 28
  if (random.oneIn(2)) code.push(0xf64e, 0x5020, 0xf2ce, 0x0000, 0xf44f, 0x0180, 0x6001);
  code.push(...movePair(random));
  const body = block(random, 3, mainOffset + code.length * 2);
  code.push(...body);
  const back = -(body.length + 2);
  code.push(0xe000 | (back & 0x7ff));
  put(flash, mainOffset, code);
  return { flash, ram };
}

/** R0 to R3 with something in them. */
function movePair(random: Random): number[] {
  return [0, 1, 2, 3].map((register) => 0x2000 | (register << 8) | random.below(256));
}

/** Instructions that go through. */
function straight(random: Random, count: number): number[] {
  const code: number[] = [];
  for (let index = 0; index < count; index++) code.push(...plain(random));
  return code;
}

function plain(random: Random): number[] {
  const d = random.below(4);
  const m = random.below(4);
  const n = random.below(4);
  switch (random.below(16)) {
    case 0:
    case 1:
      return [0x4000 | (random.below(16) << 6) | (m << 3) | d];
    case 2:
      return [0x2000 | (random.below(4) << 11) | (d << 8) | random.below(256)];
    case 3:
      return [(random.below(3) << 11) | (random.below(32) << 6) | (m << 3) | d];
    case 4:
      return [0x1800 | (random.below(4) << 9) | (n << 6) | (m << 3) | d];
    case 5:
      return [0xb200 | (random.below(4) << 6) | (m << 3) | d];
    case 6:
      // LDR, STR and their like on RAM; words, bytes, half-words.
      return [random.pick([0x6000, 0x6800, 0x7000, 0x7800, 0x8000, 0x8800]) | (random.below(30) << 6) | (7 << 3) | d];
    case 7:
      return random.oneIn(3) ? [0xfbb0 | n, 0xf0f0 | (d << 8) | m] : [0xfb90 | n, 0xf0f0 | (d << 8) | m];
    case 8:
      return d === n
        ? [0xfb00 | m, 0xf000 | (d << 8) | n]
        : [random.pick([0xfba0, 0xfb80, 0xfbe0, 0xfbc0]) | m, (d << 12) | (n << 8) | m];
    case 9:
      // Data processing with a shifted register, with flags or without.
      return [
        0xea00 | (random.pick([0, 1, 2, 3, 4, 8, 10, 11, 13, 14]) << 5) | (random.below(2) << 4) | n,
        (random.below(8) << 12) | (d << 8) | (random.below(16) << 4) | m,
      ];
    case 10:
      return [
        0xf000 | (random.pick([0, 1, 2, 3, 4, 8, 10, 11, 13, 14]) << 5) | (random.below(2) << 4) | n,
        (random.below(8) << 12) | (d << 8) | random.below(256),
      ];
    case 11:
      // LDR with write-back, and its base put right again.
      return [0xf857, (d << 12) | 0xb04, 0x3f04];
    case 12:
      return [0xb40f, 0xbc0f];
    case 13:
      // A look at the time, or at a word of the peripheral.
      return [0x6800 | (random.pick([0, 3, 4]) << 6) | (6 << 3) | d];
    case 14:
      return [0xe9d7, (d << 12) | (((d + 1) & 3) << 8) | random.below(20)];
    default:
      return [0xea4f, (random.below(8) << 12) | (d << 8) | (random.below(16) << 4) | m];
  }
}

function ifThen(random: Random): number[] {
  const length = random.between(1, 4);
  const condition = random.below(conditions);
  const code: number[] = [];
  let mask = 0;
  for (let index = 1; index < length; index++) mask = (mask << 1) | random.below(2);
  mask = ((mask << 1) | 1) << (4 - length);
  code.push(0xbf00 | (condition << 4) | (mask & 15));
  for (let index = 0; index < length; index++) {
    for (;;) {
      const one = plain(random);
      if (one.length > 2 || (one.length === 2 && one[0] === 0xb40f)) continue;
      code.push(...one);
      break;
    }
  }
  return code;
}

/** Code that begins at an offset in flash, with loops inside one another to a depth. */
function block(random: Random, depth: number, start: number): number[] {
  const code: number[] = [];
  const here = (): number => start + code.length * 2;
  const pieces = random.between(3, 8);
  for (let piece = 0; piece < pieces; piece++) {
    switch (random.below(depth > 0 ? 16 : 12)) {
      case 0:
        code.push(...ifThen(random));
        break;
      case 1: {
        const skipped = straight(random, random.between(1, 3));
        code.push(0xd000 | (random.below(conditions) << 8) | ((skipped.length - 1) & 0xff), ...skipped);
        break;
      }
      case 2:
        code.push(...call(here(), leafOffset));
        break;
      case 3:
        // An interrupt after a while.
        code.push(0x6070 | random.below(4));
        break;
      case 4: {
        // The first instruction of the code in RAM becomes another, and it is called.
        const value = 0x2000 | (random.below(4) << 8) | random.below(256);
        code.push(
          0xf240 | ((value >>> 12) & 15) | (((value >>> 11) & 1) << 10),
          ((value & 0x700) << 4) | (3 << 8) | (value & 0xff),
        );
        code.push(0xf507, 0x5200); // add.w r2, r7, #0x2000
        if (random.oneIn(3)) code.push(0x8013); // strh r3, [r2]
        code.push(0x3201, 0x4790); // adds r2, #1; blx r2
        break;
      }
      case 5:
        if (random.oneIn(4))
          code.push(0x2300 | 0x10, 0x061b, 0x6818); // a load from 0x10000000: a fault
        else code.push(...straight(random, 2));
        break;
      case 6:
        code.push(...[0xb672, ...straight(random, 2), 0xb662]); // cpsid i … cpsie i
        break;
      case 7:
        // ICSR.PENDSVSET, with barriers or without.
        code.push(0xf8c8, 0x9d04);
        if (random.oneIn(2)) code.push(0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f);
        break;
      case 8:
        code.push(0xdf00 | random.below(256));
        break;
      case 9:
        // An interrupt at once.
        code.push(0x6170 | random.below(4));
        break;
      case 12:
      case 13:
      case 14:
      case 15: {
        const counter = depth >= 2 ? 4 : 5;
        if (depth < 2 && random.oneIn(2)) {
          code.push(...straight(random, 3));
          break;
        }
        code.push(0x2000 | (counter << 8) | random.between(2, 40));
        const body = block(random, depth >= 2 ? 1 : 0, here());
        if (body.length > 110) break;
        code.push(...body, 0x3801 | (counter << 8));
        code.push(0xd100 | (-(body.length + 3) & 0xff));
        break;
      }
      default:
        code.push(...straight(random, random.between(1, 5)));
    }
  }
  return code;
}

/** BL. */
function call(from: number, to: number): number[] {
  const offset = (to - (from + 4)) >> 1;
  const sign = offset < 0 ? 1 : 0;
  const j1 = ((offset >> 22) & 1) ^ sign ^ 1;
  const j2 = ((offset >> 21) & 1) ^ sign ^ 1;
  return [0xf000 | (sign << 10) | ((offset >> 11) & 0x3ff), 0xd000 | (j1 << 13) | (j2 << 11) | (offset & 0x7ff)];
}

function put(bytes: Uint8Array, offset: number, halfWords: readonly number[]): void {
  halfWords.forEach((halfWord, index) => {
    bytes[offset + index * 2] = halfWord & 0xff;
    bytes[offset + index * 2 + 1] = halfWord >>> 8;
  });
}
