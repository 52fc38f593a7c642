import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { countingProgram, LOOP } from "../openocd/bench.ts";
import { UsbBench } from "./bench.ts";

const BLUEPILL = "sim:bluepill";
const F4 = "sim:stm32469i-eval";
const FLASH = "0x08000000";
const KIB = 1024;

let folder: string;
let bench: UsbBench | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-st-flash-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const open = async (...specs: string[]): Promise<UsbBench> => {
  bench = await UsbBench.open(...specs);
  return bench;
};

/** A file that holds `bytes`. */
function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

describe("st-info 1.7 over USB", () => {
  it.each([
    ["sim:bluepill", "V2J37S27"],
    ["sim:bluepill?probe=v2", "V2J37S7"],
    ["sim:bluepill?probe=v3", "V3J8"],
    ["sim:bluepill?probe=v3e", "V3J8"],
  ])("%s", async (spec, version) => {
    const serial = "0123456789ABCDEF01234567";
    const on = await open(`${spec}${spec.includes("?") ? "&" : "?"}serial=${serial}`);
    const { code, output } = await on.run("st-info", ["--probe"]);
    expect(code, output).toBe(0);
    expect(output).toContain("Found 1 stlink programmers");
    expect(output).toMatch(new RegExp(`version: +${version}`));
    expect(output).toContain(`serial:     ${serial}`);
    expect(output).toMatch(/flash: +65536 \(pagesize: 1024\)/);
    expect(output).toMatch(/sram: +20480/);
    expect(output).toMatch(/chipid: +0x0410/);
    expect(output).toMatch(/descr: +F1xx Medium-density/);
  });

  it("two probes at once, told apart by their serial numbers", async () => {
    const on = await open(`${BLUEPILL}?serial=${"A".repeat(24)}`, `${F4}?serial=${"B".repeat(24)}`);
    const { output } = await on.run("st-info", ["--probe"]);
    expect(output).toMatch(/Found 2 stlink.*A{24}.*chipid: +0x0410.*B{24}.*flash: +2097152.*chipid: +0x0434/s);
    const one = await on.run("st-flash", ["--serial", "B".repeat(24), "reset"]);
    expect(one.output).toContain("F46x/F47x: 256 KiB SRAM, 2048 KiB flash");
  });

  it("nothing is found when another program has the probe, and when it is unplugged", async () => {
    const on = await open(BLUEPILL);
    const holder = on.start("st-util", ["-p", "0"]);
    await holder.waitFor(/Listening at/);
    expect((await on.run("st-info", ["--probe"])).output).toContain("Found 0 stlink programmers");
    await holder.stop();
    expect((await on.run("st-info", ["--probe"])).output).toContain("Found 1 stlink programmers");
    on.only.port.unplug();
    expect((await on.run("st-info", ["--probe"])).output).toContain("Found 0 stlink programmers");
    on.only.port.replug();
    expect((await on.run("st-info", ["--probe"])).output).toContain("Found 1 stlink programmers");
  });
});

describe("st-flash 1.7 on the F103", () => {
  it("--reset write of 64 KiB is verified, runs, reads back, and erase leaves nothing", async () => {
    const on = await open(BLUEPILL);
    const image = countingProgram(64 * KIB);
    const written = await on.runLoader("st-flash", ["--reset", "write", file("image.bin", image), FLASH]);
    expect(written.code, written.output).toBe(0);
    expect(written.output).toContain("Flash written and verified! jolly good!");
    expect(same(on.flash, image)).toBe(true);
    const { cpu } = on.only.board.chip;
    await on.only.probe.sleep(1);
    expect(cpu.halted).toBe(false);
    const pc = cpu.registers().r[15];
    expect([LOOP, LOOP + 2, LOOP + 4]).toContain(pc);

    const back = join(folder, "back.bin");
    const read = await on.run("st-flash", ["read", back, FLASH, "0x10000"]);
    expect(read.code, read.output).toBe(0);
    expect(same(readFileSync(back), image)).toBe(true);

    const erased = await on.run("st-flash", ["erase"]);
    expect(erased.code, erased.output).toBe(0);
    expect(on.flash.every((byte) => byte === 0xff)).toBe(true);
  });

  it("what cannot be written is refused before anything is erased", async () => {
    const on = await open(BLUEPILL);
    on.flash.fill(0x5a);
    for (const [kib, address, why] of [
      [64, "0x08000400", "addr too high"],
      [2, "0x09000000", "Unknown memory region"],
      [2, "0x08000201", "unaligned"],
    ] as const) {
      const image = file("image.bin", countingProgram(kib * KIB));
      const { code, output } = await on.run("st-flash", ["write", image, address]);
      expect(code, output).not.toBe(0);
      expect(output).toContain(why);
    }
    expect(on.flash.every((byte) => byte === 0x5a)).toBe(true);
  });

  it("write-protected pages keep what they have, and the verification tells", async () => {
    const on = await open(`${BLUEPILL}?fault=write-protected`);
    on.flash.fill(0x5a);
    const { code, output } = await on.run("st-flash", ["write", file("two.bin", countingProgram(2 * KIB)), FLASH]);
    expect(code, output).not.toBe(0);
    expect(output).toContain("Flash memory is write protected");
    expect(on.flash.every((byte) => byte === 0x5a)).toBe(true);
  });

  it("a read-protected chip is neither read nor written", async () => {
    const on = await open(`${BLUEPILL}?fault=rdp1`);
    on.flash.fill(0x5a);
    const image = file("two.bin", countingProgram(2 * KIB));
    const { code, output } = await on.run("st-flash", ["write", image, FLASH]);
    expect(code, output).not.toBe(0);
    expect(output).toContain("Flash memory is write protected");
    // A read is answered with something, and st-flash does not ask whether it was true.
    const back = join(folder, "protected.bin");
    await on.run("st-flash", ["read", back, FLASH, "0x400"]);
    expect(readFileSync(back).includes(0x5a)).toBe(false);
    expect(on.flash.every((byte) => byte === 0x5a)).toBe(true);
  });

  it("the cable comes out in the middle of a write; put back, the next write succeeds", async () => {
    const on = await open(BLUEPILL);
    const image = countingProgram(8 * KIB);
    const path = file("eight.bin", image);
    const broken = on.start("st-flash", ["write", path, FLASH]);
    await broken.waitFor(/3\/ +8 pages written/);
    on.only.port.unplug();
    expect(await broken.ended).not.toBe(0);
    on.only.port.replug();
    const { code, output } = await on.runLoader("st-flash", ["write", path, FLASH]);
    expect(code, output).toBe(0);
    expect(same(on.flash.subarray(0, image.length), image)).toBe(true);
  });
});

describe("st-flash 1.7 on the F469", () => {
  it("writes, verifies and reads back; other sectors stay as they were", async () => {
    const on = await open(F4);
    on.flash.fill(0x5a);
    const image = countingProgram(4 * KIB);
    const written = await on.runLoader("st-flash", ["--reset", "write", file("f4.bin", image), FLASH]);
    expect(written.code, written.output).toBe(0);
    expect(written.output).toContain("Flash written and verified! jolly good!");
    expect(same(on.flash.subarray(0, image.length), image)).toBe(true);
    expect(on.flash.subarray(16 * KIB).every((byte) => byte === 0x5a)).toBe(true);
  });

  it("write-protected sectors keep what they have", async () => {
    const on = await open(`${F4}?fault=write-protected`);
    on.flash.fill(0x5a);
    const { code, output } = await on.run("st-flash", ["write", file("f4.bin", countingProgram(KIB)), FLASH]);
    expect(code, output).not.toBe(0);
    expect(on.flash.every((byte) => byte === 0x5a)).toBe(true);
  });
});
