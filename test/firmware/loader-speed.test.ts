import { describe, expect, it } from "vitest";
import { createStm3210eEval } from "../../src/sim/boards/stm3210e-eval.ts";
import { createStm32469iEval } from "../../src/sim/boards/stm32469i-eval.ts";
import { LoaderRig, sample } from "./loader-rig.ts";

const K32 = 32 * 1024;
const data = sample(K32);
const places = { stack: 0x20003000, buffer: 0x20003800 };
const MS = 1e6;

/** Milliseconds of virtual time for 32 KiB, and for Init after another: loosely, what the loaders of firmware/loaders/ take. */
describe("in virtual time", () => {
  /** Calls a function that has to return `expected`; how long it took. */
  const timed = (rig: LoaderRig, expected: number, name: string, ...args: readonly number[]): number => {
    expect(rig.result(name, ...args), name).toBe(expected);
    return rig.duration;
  };

  it("m29w128 writes about as fast as the part, reads faster, and waits for the crystal alone in Init", () => {
    const { chip, nor } = createStm3210eEval();
    const rig = new LoaderRig(chip, "m29w128_stm3210e-eval.stldr", places);
    const start = 0x64000000;
    expect(timed(rig, 1, "Init")).toBeLessThan(3);
    expect(timed(rig, 1, "SectorErase", start, start)).toBeLessThan(501);
    const before = nor.programNanoseconds;
    expect(rig.write(start, data)).toBe(1);
    expect(rig.duration).toBeLessThan((1.25 * (nor.programNanoseconds - before)) / MS);
    expect(timed(rig, 0, "Verify", start, places.buffer, K32 / 4, 0)).toBeLessThan(6);
    expect(
      timed(
        rig,
        data.reduce((sum, byte) => sum + byte),
        "CheckSum",
        start,
        K32,
        0,
      ),
    ).toBeLessThan(6);
  });

  it("is61wv51216 writes and verifies as fast as the processor copies", () => {
    const { chip } = createStm3210eEval();
    const rig = new LoaderRig(chip, "is61wv51216_stm3210e-eval.stldr", places);
    const start = 0x68000000;
    expect(timed(rig, 1, "Init")).toBeLessThan(3);
    expect(rig.write(start, data)).toBe(1);
    expect(rig.duration).toBeLessThan(2);
    expect(timed(rig, 0, "Verify", start, places.buffer, K32 / 4, 0)).toBeLessThan(3);
  });

  it("nand512w3a takes little more than the part, and the bus, for the marks of all blocks and for data", () => {
    const { chip, nand } = createStm3210eEval();
    const rig = new LoaderRig(chip, "nand512w3a_stm3210e-eval.stldr", places);
    const start = 0x70000000;
    const init = nand.readNanoseconds;
    expect(timed(rig, 1, "Init")).toBeLessThan((1.25 * (nand.readNanoseconds - init)) / MS);
    expect(timed(rig, 1, "SectorErase", start, start + 2 * 0x4000 - 1)).toBeLessThan(4.2);
    const before = nand.programNanoseconds;
    expect(rig.write(start, data)).toBe(1);
    expect(rig.duration).toBeLessThan((1.5 * (nand.programNanoseconds - before)) / MS);
    expect(timed(rig, 0, "Verify", start, places.buffer, K32 / 4, 0)).toBeLessThan(9);
    expect(timed(rig, 1, "Read", start, K32, places.buffer)).toBeLessThan(7);
  });

  it("mt25ql512a writes about as fast as the part, and verifies as fast as four lines carry", () => {
    const { chip, qspiFlash } = createStm32469iEval();
    const places = { stack: 0x20004000, buffer: 0x20008000 };
    const rig = new LoaderRig(chip, "mt25ql512a_stm32469i-eval.stldr", places);
    const start = 0x90000000;
    expect(timed(rig, 1, "Init")).toBeLessThan(3);
    expect(timed(rig, 1, "SectorErase", start, start)).toBeLessThan(151);
    const before = qspiFlash.busyNanoseconds.program;
    expect(rig.write(start, data)).toBe(1);
    expect(rig.duration).toBeLessThan((1.25 * (qspiFlash.busyNanoseconds.program - before)) / MS);
    expect(timed(rig, 0, "Verify", start, places.buffer, K32 / 4, 0)).toBeLessThan(1.5);
  });
});
