import { expect, it, describe as suite } from "vitest";
import { classNames } from "./classes.ts";
import { compareOutcomes, describe } from "./compare.ts";
import { bytesOf, disassemble } from "./disassemble.ts";
import { buildBatch } from "./image.ts";
import { traceDifference } from "./programs.ts";
import { runInVirtualCore } from "./run-batch.ts";

suite("the generator", () => {
  it("draws nothing that objdump takes for undefined or unpredictable", () => {
    const batch = buildBatch(3, 0, 6 * classNames.length);
    // Each case in 64 bytes of its own, the rest filled with NOP.
    const code = batch.cases.flatMap(({ body }) => {
      expect(body.halfwords.length).toBeLessThan(32);
      return [...body.halfwords, ...new Array(32 - body.halfwords.length).fill(0xbf00)];
    });
    const wrong = disassemble(bytesOf(code), 0)
      .filter(({ text }) => /undef|unpred|\.(word|short|inst)|^(cdp|mcr|mrc|ldc|stc|v|udf|svc|bkpt)/i.test(text))
      .map(({ address, text }) => `${batch.cases[address >> 6].body.classes.map(({ name }) => name)}: ${text}`);
    expect(wrong).toEqual([]);
  });

  it("gives the same cases for the same seed, others for another", () => {
    const [one, again, other] = [4, 4, 5].map((seed) => buildBatch(seed, 0, 100));
    const alike = (a: typeof one, b: typeof one): boolean =>
      Buffer.compare(a.codeBytes, b.codeBytes) === 0 && Buffer.compare(a.dataBytes, b.dataBytes) === 0;
    expect(alike(one, again)).toBe(true);
    expect(alike(one, other)).toBe(false);
  });
});

suite("the comparison", () => {
  const batch = buildBatch(6, 0, 20);
  const outcome = runInVirtualCore(batch);

  it("finds equal outcomes equal", () => {
    expect(outcome.failures.size).toBe(0);
    expect(compareOutcomes(batch, outcome, outcome)).toEqual([]);
  });

  it("sees one flipped flag, and tells the case", () => {
    const results = outcome.results.slice();
    results[7 * 0x80 + 59] ^= 0x20; // C of case 7's APSR, or what stands there if it landed elsewhere
    const differences = compareOutcomes(batch, outcome, { ...outcome, results });
    expect(differences.map((difference) => difference.case.index)).toEqual([7]);
    const text = describe(6, differences[0], batch);
    expect(text).toMatch(/case 7 of seed 0x00000006: SUB \(immediate\) T1/);
    expect(text).toMatch(/APSR: 0x[0-9a-f]{8} in QEMU, 0x[0-9a-f]{8} here/);
  });

  it("sees one changed byte of data, and a case that did not end", () => {
    const data = outcome.data.slice();
    data[3 * 0x100 + 0xff] ^= 1;
    const failures = new Map([[5, "exception 3"]]);
    const differences = compareOutcomes(batch, outcome, { ...outcome, data, failures });
    expect(differences.map((difference) => difference.case.index)).toEqual([3, 5]);
  });

  it("sees a trace that is longer, and one with another word", () => {
    expect(traceDifference([1, 2, 3], [1, 2, 3])).toBeUndefined();
    expect(traceDifference([1, 2, 3], [1, 2, 3, 4])).toMatch(/word 3 of 3/);
    expect(traceDifference([1, 2, 3], [1, 7, 3])).toMatch(/word 1 of 3/);
  });
});
