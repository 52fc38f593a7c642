import { afterEach, expect, it, vi } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import { TranslatedRun } from "../../src/sim/cpu/translator/translated-run.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Instructions that a program of half-words at 0x08000008 executes in a second, and how many of them translated. */
function run(code: readonly number[]): { readonly retired: number; readonly translated: number } {
  const data = Uint8Array.from([0x5000, 0x2000, 0x0009, 0x0800, ...code].flatMap((half) => [half & 0xff, half >> 8]));
  const { chip } = createBluePill({ flash: [{ address: 0x0800_0000, data }], engine: "translator" });
  let translated = 0;
  const original = TranslatedRun.prototype.run;
  vi.spyOn(TranslatedRun.prototype, "run").mockImplementation(function (this: TranslatedRun, engine, weight) {
    const before = engine.retired;
    const outcome = original.call(this, engine, weight);
    translated += engine.retired - before;
    return outcome;
  });
  const before = chip.cpu.retired;
  chip.advance(1e9);
  return { retired: chip.cpu.retired - before, translated };
}

it("a run without an event for seconds stays in translated code, though it looks up now and then", () => {
  // ADDS r0, #1; B to it.
  const { retired, translated } = run([0x3001, 0xe7fd]);
  expect(retired).toBeGreaterThan(4_000_000);
  expect(retired - translated).toBeLessThan(retired / 50);
});

it("a call by register whose callee changes stays in translated code", () => {
  // ADDS r4, #1; MOV r0, pc; ADDS r0, to the first callee; by bits 0 and 1 of r4 to those behind; BLX r0; B to the start.
  const caller = [0x3401, 0x4678, 0x3011, 0x07e5, 0xd000, 0x3006, 0x07a5, 0xd500, 0x3006, 0x4780, 0xe7f4];
  // ADDS r2, #3; CMP r2, #5; BX lr. SUBS r2, #1; LSRS r2, r2, #1; BX lr. EORS r2, r4; NOP; BX lr.
  const callees = [0x3203, 0x2a05, 0x4770, 0x3a01, 0x0852, 0x4770, 0x4062, 0xbf00, 0x4770];
  const { retired, translated } = run([...caller, ...callees]);
  expect(retired).toBeGreaterThan(2_000_000);
  expect(retired - translated).toBeLessThan(retired / 50);
});
