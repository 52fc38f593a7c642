import { describe, expect, test } from "vitest";
import { functionFlow } from "./code-flow.ts";

const MAPR = 0x40010004;

/** The flow of a function that begins at 0 and consists of these half-words. */
function flowOf(...halfWords: number[]) {
  const data = new Uint8Array(new Uint16Array(halfWords).buffer);
  return functionFlow({ start: 0, end: data.length }, [{ address: 0, data }]);
}

/** Known bits of what is stored to AFIO_MAPR, as `100` for bits 26:24; `x` is unknown. */
function swjCfg(...halfWords: number[]): string[] {
  return flowOf(...halfWords)
    .stores.filter(({ address }) => address === MAPR)
    .map(({ value }) =>
      [26, 25, 24].map((bit) => ((value.known >>> bit) & 1 ? String((value.bits >>> bit) & 1) : "x")).join(""),
    );
}

describe("instructions (assembled by arm-none-eabi-as)", () => {
  test("BFI of a constant into what was read", () => {
    // ldr r3,=0x40010000; ldr r2,[r3,#4]; movs r1,#4; bfi r2,r1,#24,#3; str r2,[r3,#4]; bx lr
    expect(swjCfg(0x4b02, 0x685a, 0x2104, 0xf361, 0x621a, 0x605a, 0x4770, 0xbf00, 0xbf00, 0xbf00)).toEqual([]);
    expect(swjCfg(0x4b03, 0x685a, 0x2104, 0xf361, 0x621a, 0x605a, 0x4770, 0xbf00, 0x0000, 0x4001)).toEqual(["100"]);
  });

  test("MOVW, MOVT, BFC and ORR", () => {
    expect(swjCfg(0xf240, 0x0300, 0xf2c4, 0x0301, 0x685a, 0xf36f, 0x621a, 0xf042, 0x6280, 0x605a, 0x4770)).toEqual([
      "100",
    ]);
  });

  test("a word on the stack, by the frame pointer, with PUSH and SUB SP", () => {
    const slot = [
      0xb580, 0xb082, 0xaf00, 0x4b05, 0x607b, 0xbf00, 0x687b, 0xf04f, 0x6280, 0x605a, 0x3708, 0x46bd, 0xbd80,
    ];
    expect(swjCfg(...slot, 0xbf00, 0x0000, 0x4001)).toEqual(["100"]);
    // A call in place of the NOP and what follows it: what lies on the stack may have changed.
    const called = slot.with(5, 0x4780);
    expect(swjCfg(...called, 0xbf00, 0x0000, 0x4001)).toEqual([]);
    // Another word is stored over half of it: strh r3,[r7,#6].
    expect(swjCfg(...slot.with(5, 0x80fb), 0xbf00, 0x0000, 0x4001)).toEqual([]);
  });

  test("what ARMv6-M has to make a constant: shifts, sums, MVN, AND, EOR, UXTB; and UBFX", () => {
    const { stores } = flowOf(
      ...[0x2340, 0x061b, 0x2201, 0x0412, 0x189b, 0x2104, 0x0609, 0x43c8, 0x4001, 0x4051, 0xb2c9, 0x6059],
      ...[0xf3c2, 0x4203, 0x601a, 0x4770],
    );
    expect(stores.map(({ address, value }) => [address, value.known, value.bits])).toEqual([
      [MAPR, 0xffffffff, 0],
      [0x40010000, 0xffffffff, 1],
    ]);
  });

  test("ways that meet keep what holds on all of them; a table branch leads to each of its targets", () => {
    const table = [0x2802, 0xd807, 0xe8df, 0xf000, 0x0402, 0x0006, 0x2101, 0xe002, 0x2102, 0xe000, 0x2103];
    const { stores } = flowOf(...table, 0x4b02, 0x6019, 0x020a, 0x605a, 0x4770, 0x0000, 0x4001);
    // r1 is 1, 2 or 3: bits 1:0 are open, all others known to be 0.
    expect(stores.map(({ address, value, avoidable }) => [address, value.known, value.bits, avoidable])).toEqual([
      [0x40010000, 0xfffffffc, 0, false],
      [MAPR, 0xfffffcff, 0, false],
    ]);
  });
});

describe("what can be avoided", () => {
  test("a store behind a loop that waits can't, one behind a return can", () => {
    // 0: ldr r3,[r0]; cmp r3,#0; beq 0; ldr r2,=; str r1,[r2,#4]; bx lr
    const waits = flowOf(0x6803, 0x2b00, 0xd0fc, 0x4a01, 0x6051, 0x4770, 0x0000, 0x4001);
    expect(waits.stores.map(({ address, avoidable }) => [address, avoidable])).toEqual([[MAPR, false]]);
    // cmp r0,#0; beq +2 (to bx lr); ldr; str; bx lr
    const returns = flowOf(0x2800, 0xd001, 0x4a01, 0x6051, 0x4770, 0xbf00, 0x0000, 0x4001);
    expect(returns.stores.map(({ address, avoidable }) => [address, avoidable])).toEqual([[MAPR, true]]);
    // cmp r0,#0; bne over an endless loop to the store
    const endless = flowOf(0x2800, 0xd100, 0xe7fe, 0x4a01, 0x6051, 0x4770, 0x0000, 0x4001);
    expect(endless.stores.map(({ avoidable }) => avoidable)).toEqual([true]);
  });

  test("calls come with their arguments, and branches out of the function are calls", () => {
    // movs r0,#7; bl 0x100; b 0x200
    const { calls } = flowOf(0x2007, 0xf000, 0xf87d, 0xe0fb);
    expect(calls.map(({ target, avoidable }) => [target, avoidable])).toEqual([
      [0x100, false],
      [0x200, false],
    ]);
    expect(calls[0].arguments[0]).toEqual({ known: 0xffffffff, bits: 7 });
    expect(calls[1].arguments[0].known).toBe(0);
  });
});
