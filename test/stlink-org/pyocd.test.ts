import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { countingProgram } from "../openocd/bench.ts";
import { UsbBench } from "./bench.ts";

const image = countingProgram(5 * 1024 + 6);
let folder: string;
let bench: UsbBench | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-pyocd-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

/** It refuses every V3: it compares the J of a V3's firmware with the oldest that it takes of a V2's, 24. */
describe("pyOCD 0.13 over USB", () => {
  it("finds a V2 and a V2-1", async () => {
    const [one, other] = ["A".repeat(24), "B".repeat(24)];
    bench = await UsbBench.open(`sim:bluepill?probe=v2&serial=${one}`, `sim:bluepill?serial=${other}`);
    const { output } = await bench.run("pyocd-tool", ["list"]);
    expect(output).toMatch(new RegExp(`STLinkV2 \\| .*${one}`));
    expect(output).toMatch(new RegExp(`STLinkV2-1 \\| .*${other}`));
  });

  it("finds the core, programs flash that holds something else, and reads it", async () => {
    // stm32f103rc, the only F103 that it knows, has pages of 2 KiB, as this board's chip.
    bench = await UsbBench.open("sim:stm3210e-eval");
    bench.flash.fill(0x5a);
    const file = join(folder, "image.bin");
    writeFileSync(file, image);
    const written = await bench.run("pyocd-flashtool", ["-t", "stm32f103rc", "-a", "0x08000000", file]);
    expect(written.code, written.output).toBe(0);
    expect(written.output).toContain("CPU core is Cortex-M3 r1p1");
    expect(Buffer.compare(bench.flash.subarray(0, image.length), image)).toBe(0);
    const back = join(folder, "back.bin");
    const saved = await bench.run("pyocd-tool", ["-t", "stm32f103rc", "savemem", "0x08000000", "5120", back]);
    expect(saved.code, saved.output).toBe(0);
    expect(Buffer.compare(readFileSync(back), image.subarray(0, 5120))).toBe(0);
  });
});
