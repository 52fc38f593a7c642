import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import type { LoaderTarget } from "../diagnose/loader/loader-facts.ts";
import { ownLoader } from "../diagnose/loader/loader-fixtures.ts";
import type { ExternalMemory } from "../flash/loader/external-memory.ts";
import { LoaderFailed } from "../flash/loader/loader-failed.ts";
import type { ImageSegment } from "../flash/programmer.ts";
import { FindingError } from "../session/finding-error.ts";
import { LoadedMemory } from "../session/loaded-memory.ts";
import { testLoader } from "./loader-test.ts";

const start = 0x90000000;
const sector = 256;
const target: LoaderTarget = { chip: undefined, chipName: "a chip", deviceId: undefined, ram: [] };
const loader = ownLoader("mt25ql512a_stm32469i-eval.stldr");

/** What goes wrong when `step` is done for the time `at`, counted from 0; without an error it is not done, silently. */
interface Trouble {
  readonly step: "read" | "erase" | "program" | "verify";
  readonly at: number;
  readonly error?: Error;
}

/** A memory of four sectors that holds `content`, behind a loader; time is counted in calls. */
function memoryOf(content: Uint8Array, trouble?: Trouble, kind = "SPI flash") {
  const sectors = kind === "SRAM" ? [] : [{ start, size: sector, count: 4 }];
  const calls: string[] = [];
  const counts = new Map<string, number>();
  const does = (step: Trouble["step"]): boolean => {
    const count = counts.get(step) ?? 0;
    counts.set(step, count + 1);
    calls.push(step);
    if (trouble?.step !== step || trouble.at !== count) return true;
    if (trouble.error !== undefined) throw trouble.error;
    return false;
  };
  const memory = {
    loader,
    mapped: true,
    device: { name: "X", kind, start, size: 4 * sector, pageSize: 16, erasedValue: 0xff, sectors },
    contains: (address: number) => address >= start && address < start + 4 * sector,
    init: async () => {
      calls.push("init");
    },
    read: async (address: number, length: number) => {
      does("read");
      return content.slice(address - start, address - start + length);
    },
    erase: async (address: number, length: number) => {
      if (does("erase")) content.fill(0xff, address - start, address - start + length);
    },
    program: async (image: readonly ImageSegment[]) => {
      if (does("program")) for (const { address, data } of image) content.set(data, address - start);
    },
    verify: async ([{ address, data }]: readonly ImageSegment[]) => {
      does("verify");
      expect(Buffer.compare(content.subarray(address - start, address - start + data.length), data)).toBe(0);
    },
  };
  const clock = { now: () => calls.length, sleep: async () => {} };
  return { loaded: new LoadedMemory(memory as unknown as ExternalMemory, target, false), clock, calls };
}

const before = Uint8Array.from({ length: 4 * sector }, (_, i) => (7 * i + 3) & 0xff);

/** The file that an error says the content is in; gone afterwards. */
function keptIn(error: unknown): Uint8Array {
  const path = String((error as { facts: { kept: unknown } }).facts.kept);
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe("the test of a loader", () => {
  it("changes one sector, the last unless another is named, and puts it back", async () => {
    for (const [address, wanted] of [
      [undefined, start + 3 * sector],
      [start + sector + 9, start + sector],
    ] as const) {
      const content = before.slice();
      const { loaded, clock, calls } = memoryOf(content);
      const seen: string[] = [];
      const result = await testLoader(loaded, { clock, address, onStep: ({ step }) => seen.push(step) });
      expect(result.sector).toEqual({ address: wanted, size: sector });
      expect(seen).toEqual(["init", "read", "erase", "write", "verify", "restore"]);
      expect(result.steps.map(({ step, bytes }) => [step, bytes])).toEqual(
        seen.map((step) => [step, step === "init" ? 0 : sector]),
      );
      expect(result.steps.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
      expect(calls).toEqual(["init", "read", "erase", "read", "program", "verify", "program"]);
      expect(content).toEqual(before);
    }
  });

  it("does not erase what needs none", async () => {
    const content = before.slice();
    const { loaded, clock, calls } = memoryOf(content, undefined, "SRAM");
    await testLoader(loaded, { clock });
    expect(calls).toEqual(["init", "read", "program", "verify", "program"]);
    expect(content).toEqual(before);
  });

  it("tries a NAND flash before its end, where bad blocks leave nothing", async () => {
    const { loaded, clock } = memoryOf(before.slice(), undefined, "NAND flash");
    expect((await testLoader(loaded, { clock, address: undefined })).sector.address).toBeLessThanOrEqual(
      start + 0.9 * 4 * sector,
    );
  });

  it("touches nothing for an address elsewhere", async () => {
    const { loaded, clock, calls } = memoryOf(before.slice());
    const outside = testLoader(loaded, { clock, address: start + 4 * sector });
    await expect(outside).rejects.toMatchObject({ code: "loader-test-outside" });
    expect(calls).toEqual([]);
  });

  it("says so when a sector is not erased though success was reported, and puts it back", async () => {
    const content = before.slice();
    const { loaded, clock } = memoryOf(content, { step: "erase", at: 0 });
    await expect(testLoader(loaded, { clock })).rejects.toMatchObject({
      code: "loader-test-not-erased",
      facts: { address: start + 3 * sector, expected: 0xff, found: before[3 * sector] },
      message: expect.stringMatching(/The sector at 0x90000300 was put back: it holds what it held before\.$/),
    });
    expect(content).toEqual(before);
  });

  it.each(["read", "erase", "program", "verify"] as const)("explains a failure of %s and puts back", async (step) => {
    const content = before.slice();
    const error = new LoaderFailed({
      loader,
      function: "Write",
      parameters: [start],
      outcome: "returned",
      returned: 0,
      expected: 1,
      limit: 1000,
      elapsed: 1,
      loadBase: 0,
    } as unknown as ConstructorParameters<typeof LoaderFailed>[0]);
    // The first reading is of what was there before: nothing is to be put back then.
    const { loaded, clock } = memoryOf(content, { step, at: step === "read" ? 1 : 0, error });
    const thrown = await errorOf(testLoader(loaded, { clock }));
    expect(thrown).toBeInstanceOf(FindingError);
    const { cause, evidence } = (thrown as FindingError).finding;
    expect(cause).toMatch(/Write\(.*returned 0/);
    expect(evidence.at(-1)).toMatch(/^The sector at 0x90000300 was put back/);
    expect(content).toEqual(before);
  });

  it("says that nothing was changed when it fails before", async () => {
    const { loaded, clock } = memoryOf(before.slice(), {
      step: "read",
      at: 0,
      error: new ProbityError("memory-fault", "Nothing answers."),
    });
    await expect(testLoader(loaded, { clock })).rejects.toMatchObject({
      code: "memory-fault",
      message: "Nothing answers. Nothing was erased or written.",
    });
  });

  it("keeps the content in a file, and says where, when it cannot be put back", async () => {
    const broken = new Error("worn out");
    // The second programming is that of the old content, whether what came before worked or not.
    for (const more of [undefined, "not erased"]) {
      const content = before.slice();
      const { loaded, clock } = memoryOf(content, { step: "program", at: more === undefined ? 1 : 0, error: broken });
      if (more !== undefined) loaded.memory.erase = async () => {};
      const thrown = await errorOf(testLoader(loaded, { clock }));
      expect(thrown).toMatchObject({
        code: "loader-test-not-restored",
        remedy: [expect.stringMatching(/probity flash.*--address 0x90000300/)],
      });
      expect(Buffer.compare(keptIn(thrown), before.subarray(3 * sector))).toBe(0);
    }
  });

  it("leaves no file behind otherwise", async () => {
    const { loaded, clock } = memoryOf(before.slice());
    let during: string | undefined;
    const program = loaded.memory.program.bind(loaded.memory);
    loaded.memory.program = async (image, options) => {
      during ??= keptPath();
      expect(existsSync(during)).toBe(true);
      return program(image, options);
    };
    await testLoader(loaded, { clock });
    expect(during).toBeDefined();
    expect(existsSync(keptPath())).toBe(false);
  });
});

function keptPath(): string {
  return join(tmpdir(), `probity-sector-${process.pid}-0x90000300.bin`);
}
