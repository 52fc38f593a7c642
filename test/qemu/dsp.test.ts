import { expect, it, describe as suite } from "vitest";
import { hex32 } from "../../src/base/bytes.ts";
import { CortexM3 } from "../../src/sim/cpu/cortex-m3.ts";
import { classesDsp } from "./classes-dsp.ts";
import { compareOutcomes, describe } from "./compare.ts";
import { buildBatch } from "./image.ts";
import { seedOfRun } from "./random.ts";
import { runInQemu, runInVirtualCore } from "./run-batch.ts";
import type { MakeCpu } from "./virtual-core.ts";

/** Cases of the run: every class is the main one of this many. */
const turns = 100;
const seed = seedOfRun();

const withDsp: MakeCpu = (host, config) => new CortexM3(host, { ...config, dsp: true });

suite("random instructions of the DSP extension", () => {
  it("leave the same registers, flags and memory in QEMU's Cortex-M4 and in the virtual one", {
    timeout: 120_000,
  }, async () => {
    const total = turns * classesDsp.length;
    const reports: string[] = [];
    let differences = 0;
    for (let first = 0; first < total; ) {
      const batch = buildBatch(seed ^ 0xd59, first, total - first, classesDsp);
      const expected = await runInQemu(batch, "mps2-an386");
      for (const difference of compareOutcomes(batch, expected, runInVirtualCore(batch, withDsp))) {
        differences++;
        if (reports.length < 10) reports.push(describe(seed, difference, batch));
      }
      first += batch.cases.length;
    }
    expect(reports.join("\n\n"), `${differences} differences, seed ${hex32(seed)}`).toBe("");
  });

  it("are undefined instructions on a Cortex-M3", () => {
    for (const encoding of classesDsp) {
      const batch = buildBatch(seed, 0, 1, [{ ...encoding, it: "never" }]);
      const { failures } = runInVirtualCore(batch);
      // UFSR.UNDEFINSTR; with a drawn SP the stacking may have failed too.
      const cfsr = Number(/CFSR (0x[0-9a-f]+)/.exec([...failures.values()].join())?.[1]);
      expect(cfsr & 0x10000, encoding.name).toBe(0x10000);
    }
  });
});
