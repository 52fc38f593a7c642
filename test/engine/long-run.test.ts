import { afterEach, expect, it, vi } from "vitest";
import { createBluePill } from "../../src/sim/boards/bluepill.ts";
import { TranslatedRun } from "../../src/sim/cpu/translator/translated-run.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("a run without an event for seconds stays in translated code, though it looks up now and then", () => {
  // ADDS r0, #1; B to it.
  const flash = [0x00, 0x50, 0x00, 0x20, 0x09, 0x00, 0x00, 0x08, 0x01, 0x30, 0xfd, 0xe7];
  const { chip } = createBluePill({
    flash: [{ address: 0x0800_0000, data: Uint8Array.from(flash) }],
    engine: "translator",
  });
  let translated = 0;
  const run = TranslatedRun.prototype.run;
  vi.spyOn(TranslatedRun.prototype, "run").mockImplementation(function (this: TranslatedRun, engine, weight) {
    const before = engine.retired;
    const outcome = run.call(this, engine, weight);
    translated += engine.retired - before;
    return outcome;
  });
  const before = chip.cpu.retired;
  chip.advance(1e9);
  const retired = chip.cpu.retired - before;
  expect(retired).toBeGreaterThan(4_000_000);
  expect(retired - translated).toBeLessThan(retired / 50);
});
