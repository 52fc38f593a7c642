import { describe, expect, it } from "vitest";
import { Random } from "../qemu/random.ts";
import { difference } from "./lockstep.ts";
import { randomProgram } from "./program.ts";

const mainOffset = 0x200;
const eager = { visits: -1, batch: 1, patience: 1, longest: 1500, instances: 1024 };

/** Runs some instructions for ever, with the vectors and handlers of the random programs. */
function differenceOf(...code: readonly number[]): string | undefined {
  const program = randomProgram(new Random(1));
  const back = 0xe000 | (-(code.length + 2) & 0x7ff);
  [...code, back].forEach((halfWord, index) => {
    program.flash[mainOffset + 2 * index] = halfWord & 0xff;
    program.flash[mainOffset + 2 * index + 1] = halfWord >>> 8;
  });
  return difference(program, "translator", eager, new Random(2), 30_000);
}

describe("what the tests against QEMU have found", () => {
  it("an undefined instruction that is not executed keeps the state of its IT block", () => {
    // MOVS r0, #0; CMP r0, #1; ITTE CS; ADDCS r1, #1; UDFCS; UDFCC
    expect(differenceOf(0x2000, 0x2801, 0xbf26, 0x3101, 0xde01, 0xde02)).toBeUndefined();
    // The same with SVC.
    expect(differenceOf(0x2000, 0x2801, 0xbf26, 0x3101, 0xdf01, 0xdf02)).toBeUndefined();
  });

  it("V stays what ADC made it where another way left it to an older comparison, and C alone was set since", () => {
    // Eight times NOP; MOVS r0, #1; LSLS r0, r0, #31; ADDS r4, #1; LSLS r5, r4, #31; BEQ even; CMP r4, #0; B both
    // even: ADCS r0, r0; NOP; both: LSRS r1, r4, #1
    const nops = Array<number>(8).fill(0xbf00);
    const code = [...nops, 0x2001, 0x07c0, 0x3401, 0x07e5, 0xd001, 0x2c00, 0xe001, 0x4140, 0xbf00, 0x0861];
    expect(differenceOf(...code)).toBeUndefined();
  });

  it("accesses by one register, looked at together, fault where one of them lies behind RAM or askew", () => {
    // MOVS r0, #1; LSLS r0, r0, #29; MOVS r3, #1; LSLS r3, r3, #14; ADDS r0, r0, r3; SUBS r0, #8: the last two words
    const toTheEnd = [0x2001, 0x0740, 0x2301, 0x039b, 0x18c0, 0x3808];
    // STR r3, [r0]; LDR r1, [r0, #4]; the same, and LDR r2, [r0, #8]
    expect(differenceOf(...toTheEnd, 0x6003, 0x6841)).toBeUndefined();
    expect(differenceOf(...toTheEnd, 0x6003, 0x6841, 0x6882)).toBeUndefined();
    // CCR.UNALIGN_TRP; BL to the next, where translated code begins anew; SUBS r0, #6; LDRH r3, [r0]; LDR r1, [r0]; LDR r2, [r0, #4]
    const traps = [0xf64e, 0x5514, 0xf2ce, 0x0500, 0x2608, 0x602e, 0xf000, 0xf800];
    expect(differenceOf(...traps, ...toTheEnd, 0x3806, 0x8803, 0x6801, 0x6842)).toBeUndefined();
  });

  it("IT blocks that only set registers have each set where its condition holds", () => {
    // ADDS r4, #1; LSLS r5, r4, #31; ITTEE EQ: MOV r1, r4; ADD r1, #3; ADD r2, #5; MOV r2, r1
    const twice = [0x3401, 0x07e5, 0xbf07, 0x4621, 0x3103, 0x3205, 0x460a];
    // LSLS r5, r4, #30; ITETE EQ: ADD r1, r1, r4; ADD r2, r2, r4; EOR r1, r2; MVN r3, r2
    const inTurn = [0x07a5, 0xbf0b, 0x1909, 0x1912, 0x4051, 0x43d3];
    expect(differenceOf(...twice)).toBeUndefined();
    expect(differenceOf(...twice, ...inTurn)).toBeUndefined();
  });

  it("calls by register come to the callee that is in the register, whichever was taken into the caller", () => {
    const callees = [
      // ADDS r2, #3; CMP r2, #5; BX lr
      [0x3203, 0x2a05, 0x4770],
      // SUBS r2, #1; LSRS r2, r2, #1; BX lr
      [0x3a01, 0x0852, 0x4770],
      // EORS r2, r4; IT MI; MOVMI r2, r4; BX lr
      [0x4062, 0xbf48, 0x4622, 0x4770],
    ];
    // Two of them in turn, or the third one now and then, or one that changes after a while.
    // LSLS r5, r4, #31; BEQ on; ADDS r0, #6; on:
    const odd = [0x07e5, 0xd000, 0x3006];
    // LSLS r5, r4, #29; BNE on; ADDS r0, #6; on:
    const eighth = [0x0765, 0xd100, 0x3006];
    // LSRS r5, r4, #8; BEQ on; ADDS r0, #6; on:
    const late = [0x0a25, 0xd000, 0x3006];
    for (const choice of [odd, [...odd, ...eighth], late, [...late, ...odd]]) {
      // ADDS r4, #1; MOV r0, pc; ADDS r0, to the first callee; the choice; BLX r0; BCS on; ADDS r1, r1, r2; on: B over
      const toFirst = 2 * (choice.length + 4) + 1;
      const rest = callees.flat().length;
      const code = [0x3401, 0x4678, 0x3000 | toFirst, ...choice, 0x4780, 0xd200, 0x1889, 0xe000 | (rest - 1)];
      expect(differenceOf(...code, ...callees.flat())).toBeUndefined();
    }
  });
});
