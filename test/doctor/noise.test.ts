import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { diagnose } from "../../src/diagnose/diagnose.ts";
import { type Fact, type FactKind, type FactValues, fact } from "../../src/diagnose/facts.ts";
import { type BenchRun, runDoctor, runFlash, runLoaderTest, runServer } from "./bench-run.ts";

const program = fileURLToPath(new URL("../../firmware/inspect/inspect.elf", import.meta.url));
const algorithm = fileURLToPath(new URL("../../firmware/loaders/flm/stm32f10x_64.FLM", import.meta.url));

function noisy(rate: number, seed: number): string {
  return `sim:bluepill?pace=fast&fault=noisy-wire&noise-rate=${rate}&noise-seed=${seed}`;
}

/** Noise makes any error: a refused command (seed 17), a bus fault (18), registers that cannot be read. */
describe("a failure on disturbed wires names the wires, whatever error it made", () => {
  it.each([
    [3000, 17],
    [3000, 18],
    [500, 3],
    [500, 35],
    [20_000, 5],
  ])("flash, one bit in %i, seed %i", async (rate, seed) => {
    told(await runFlash(noisy(rate, seed), program));
  });

  it.each([17, 18])("loader test, seed %i", async (seed) => {
    told(await runLoaderTest(noisy(3000, seed), algorithm));
  });

  it("gdbserver", async () => {
    told(await runServer(noisy(3000, 17), ["-d"]));
  });
});

it("one burst of errors and a few clean reads do not make a clock certainly too fast", () => {
  const read = <Kind extends FactKind>(kind: Kind, value: FactValues[Kind]): Fact =>
    fact(kind, value, { from: "target", what: kind }) as Fact;
  const certainty = (bursts: number) =>
    diagnose([
      read("wire-answer", { answer: "ok", manner: "attach", khz: 4000 }),
      read("wire-quality", { khz: 4000, accesses: 240, errors: 60, bursts }),
      read("wire-quality", { khz: 950, accesses: 30, errors: 0 }),
    ]).map(({ code, certainty: how }) => `${code}, ${how}`);
  expect(certainty(2)).toEqual(["wire-clock-too-fast, likely"]);
  expect(certainty(60)).toEqual(["wire-clock-too-fast, certain"]);
});

describe("noise so rare that a clock looks clean by chance", () => {
  it.each([16, 28])("is not taken for a clock that is too fast: seed %i", async (seed) => {
    const { findings } = await runFlash(noisy(20_000, seed), program);
    expect(findings[0]).toMatchObject({ code: "wire-noisy", certainty: "certain" });
  });

  it.each([3, 14, 36])("is found by doctor, and nothing else is certain: seed %i", async (seed) => {
    const { findings } = await runDoctor(noisy(20_000, seed));
    expect(findings[0]).toMatchObject({ code: "wire-noisy", certainty: "certain" });
    expect(findings.filter(({ code, severity }) => code !== "wire-noisy" && severity !== "note")).toEqual([]);
  });
});

function told({ status, out, error, findings }: BenchRun): void {
  expect(status).not.toBe(0);
  expect(findings[0]).toMatchObject({ code: "wire-noisy" });
  expect(out + error).toMatch(/\[wire-noisy\]/);
  expect(findings.filter(({ code, certainty }) => certainty === "certain" && code !== "wire-noisy")).toEqual([]);
}
