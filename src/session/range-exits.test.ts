import { expect, it } from "vitest";
import { rangeExits } from "./range-exits.ts";

const start = 0x08000100;

/** The exits of half-words of code that stand at `start`; the range ends behind them. */
function exits(halfWords: readonly number[], pc = start) {
  const code = new Uint8Array(Uint16Array.from(halfWords).buffer);
  return rangeExits(code, start, start + code.length, pc);
}

it("straight code leaves behind its end", () => {
  // MOVS r0, #1; STR r0, [r1]; NOP
  expect(exits([0x2001, 0x6008, 0xbf00])).toEqual({ outside: [start + 6], inside: [], instructions: 3, stores: 1 });
});

it("a conditional branch leads to both sides, and one back is a loop whose stores are not counted", () => {
  // STR r0, [r1]; BNE start; BEQ start+0x20
  const found = exits([0x6008, 0xd1fd, 0xd00c]);
  expect(found?.outside.toSorted()).toEqual([start + 6, start + 0x20]);
  expect(found?.stores).toBe(Number.POSITIVE_INFINITY);
});

it("an unconditional branch is not followed by what stands behind it", () => {
  // B start+0x20; UDF
  expect(exits([0xe00e, 0xde00])).toMatchObject({ outside: [start + 0x20], inside: [], instructions: 1 });
});

it("under IT it is, because it may not be taken", () => {
  // IT EQ; B start+0x20; NOP
  expect(exits([0xbf08, 0xe00d, 0xbf00])?.outside.toSorted()).toEqual([start + 6, start + 0x20]);
});

it("a call leads to its target alone: whoever steps over it sees it there", () => {
  // BL start+0x40; NOP
  expect(exits([0xf000, 0xf81e, 0xbf00])).toMatchObject({ outside: [start + 0x40], instructions: 1 });
});

it.each([
  ["BX lr", [0x4770]],
  ["POP {pc}", [0xbd00]],
  ["MOV pc, r0", [0x4687]],
  ["LDR.W pc, [r0]", [0xf8d0, 0xf000]],
  ["TBB [pc, r0]", [0xe8df, 0xf000]],
  ["BLX r3", [0x4798]],
  ["SVC 0", [0xdf00]],
  ["WFI", [0xbf30]],
  ["BKPT 0", [0xbe00]],
  ["CPSIE i", [0xb662]],
  ["MSR PRIMASK, r0", [0xf380, 0x8810]],
])("%s has to be stepped", (_, halfWords) => {
  expect(exits([0x2001, ...halfWords])).toMatchObject({ outside: [], inside: [start + 2] });
});

it("counts a store of several registers for many", () => {
  // STMIA r1!, {r0, r2}
  expect(exits([0xc105])?.stores).toBeGreaterThanOrEqual(5);
});

it("judges nothing outside of the range", () => {
  expect(exits([0xbf00], start + 2)).toBeUndefined();
});
