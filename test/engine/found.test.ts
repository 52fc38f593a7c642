import { describe, expect, it } from "vitest";
import { Random } from "../qemu/random.ts";
import { difference } from "./lockstep.ts";
import { randomProgram } from "./program.ts";

const mainOffset = 0x200;
const eager = { visits: -1, batch: 1, patience: 1, longest: 1500 };

/** Runs some instructions for ever, with the vectors and handlers of the random programs. */
function differenceOf(...code: readonly number[]): string | undefined {
  const program = randomProgram(new Random(1));
  const back = 0xe000 | (-(code.length + 2) & 0x7ff);
  [...code, back].forEach((halfWord, index) => {
    program.flash[mainOffset + 2 * index] = halfWord & 0xff;
    program.flash[mainOffset + 2 * index + 1] = halfWord >>> 8;
  });
  return difference(program, "translator", eager, new Random(2), 3000);
}

describe("what the tests against QEMU have found", () => {
  it("an undefined instruction that is not executed keeps the state of its IT block", () => {
    // MOVS r0, #0; CMP r0, #1; ITTE CS; ADDCS r1, #1; UDFCS; UDFCC
    expect(differenceOf(0x2000, 0x2801, 0xbf26, 0x3101, 0xde01, 0xde02)).toBeUndefined();
    // The same with SVC.
    expect(differenceOf(0x2000, 0x2801, 0xbf26, 0x3101, 0xdf01, 0xdf02)).toBeUndefined();
  });
});
