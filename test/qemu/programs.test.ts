import { afterEach, describe, expect, it } from "vitest";
import { assemblePrograms, traceBase, traceDifference, traceSize, traceWords } from "./programs.ts";
import { Qemu } from "./qemu.ts";
import { VirtualCore } from "./virtual-core.ts";

/** What an exception that the program does not expect writes first. */
const unexpected = 0xdead_0000;

describe("directed programs for exceptions", () => {
  let qemu: Qemu | undefined;
  afterEach(() => qemu?.close());

  for (const { name, image, stop } of assemblePrograms()) {
    it(`${name}: the same trace in QEMU's Cortex-M3 and in the virtual one`, async () => {
      const segments = [{ address: 0, bytes: image }];
      qemu = await Qemu.start(segments);
      await qemu.runTo([stop]);
      const { r } = await qemu.stub.registers();
      const expected = traceWords(await qemu.stub.read(traceBase, traceSize), r[11]);
      expect(r[15]).toBe(stop);
      expect(expected.length).toBeGreaterThan(20);
      expect(expected).not.toContain(unexpected);

      const core = new VirtualCore(segments);
      const end = core.runTo([stop], 20_000_000);
      const actual = traceWords(core.memory(traceBase, traceSize), core.cpu.registers().r[11]);
      expect(traceDifference(expected, actual), `${name}.s`).toBeUndefined();
      expect(end).toBe(stop);
    });
  }
});
