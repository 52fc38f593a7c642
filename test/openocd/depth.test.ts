import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sameBytes, toHex } from "../../src/base/bytes.ts";
import { type Bench, countingProgram, setUpBench } from "./bench.ts";
import { type OpenOcdRun, runOpenOcd, type Transport, transports } from "./openocd.ts";

let folder: string;
let bench: Bench;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-openocd-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(() => bench.close());

async function attach(transport: Transport, commands: readonly string[]): Promise<OpenOcdRun> {
  bench = await setUpBench("v2-1");
  return runOpenOcd({ transport, port: bench.port, commands });
}

for (const transport of transports) {
  describe(`OpenOCD over ${transport}, in depth`, () => {
    it("loads a program into RAM and stops it at a software breakpoint", async () => {
      const program = countingProgram(0x1803);
      const [loaded, dumped] = [join(folder, "loaded.bin"), join(folder, "dumped.bin")];
      writeFileSync(loaded, program);
      const run = await attach(transport, [
        "init",
        "reset init",
        `load_image ${loaded} 0x20002000 bin`,
        `verify_image ${loaded} 0x20002000`,
        `dump_image ${dumped} 0x20002000 ${program.length}`,
        "bp 0x20002102 2",
        "mdh 0x20002102",
        "reg pc 0x20002100",
        "reg r0 41",
        "resume",
        "wait_halt 1000",
        "reg r0",
        "rbp 0x20002102",
        "mdh 0x20002102",
      ]);
      expect(run.code, run.output).toBe(0);
      expect(run.output).not.toMatch(/^Error/m);
      expect(run.output).toContain("verified 6147 bytes");
      expect(sameBytes(readFileSync(dumped), program)).toBe(true);
      expect(run.output).toMatch(/halted due to breakpoint[\s\S]*pc: 0x20002102/);
      expect(run.output).toMatch(/r0 \(\/32\): 0x0000002a/);
      expect(run.output).toMatch(/0x20002102: be11[\s\S]*0x20002102: 3102/);
    });

    it("stops at a watchpoint", async () => {
      const run = await attach(transport, [
        "init",
        "reset halt",
        "wp 0x20000400 4 w",
        "mwh 0x20000200 0x6001", // str r1, [r0]
        "mwh 0x20000202 0xe7fd", // b .-2
        "reg r0 0x20000400",
        "reg r1 0x1234",
        "reg pc 0x20000200",
        "resume",
        "wait_halt 1000",
        "mdw 0x20000400",
      ]);
      expect(run.code, run.output).toBe(0);
      expect(run.output).toMatch(/halted due to (watchpoint|breakpoint)[\s\S]*pc: 0x2000020[02]/);
      expect(run.output).toContain("0x20000400: 00001234");
    });

    it("erases the whole flash, and fills some of it", async () => {
      const run = await attach(transport, [
        "init",
        "reset halt",
        "stm32f1x options_read 0",
        "stm32f1x mass_erase 0",
        "flash erase_check 0",
        "flash fillw 0x08004000 0xdeadbeef 64",
        "mdw 0x080040fc 2",
      ]);
      expect(run.code, run.output).toBe(0);
      expect(run.output).toContain("read protection: off");
      expect(run.output).toContain("Bank is erased");
      expect(run.output).toContain("0x080040fc: deadbeef ffffffff");
    });

    it("meets write protection", async () => {
      const run = await attach(transport, [
        "init",
        "reset halt",
        "flash protect 0 0 3 on",
        "reset halt",
        "flash info 0",
        "catch {flash erase_sector 0 0 0}",
        "mdw 0x08000000",
      ]);
      expect(run.code, run.output).toBe(0);
      expect(run.output).toMatch(/# {2}3: \S+ \(0x1000 4kB\) protected/);
      expect(run.output).toMatch(/# {2}4: \S+ \(0x1000 4kB\) not protected/);
      expect(run.output).toContain("stm32x device protected");
      expect(run.output).toContain("0x08000000: 20005000"); // still there
    });

    it("meets read protection, and erases everything by lifting it", async () => {
      const run = await attach(transport, [
        "init",
        "reset halt",
        "stm32f1x lock 0",
        "reset halt",
        "catch {mdw 0x08000000}",
        "stm32f1x unlock 0",
        "reset halt",
        "mdw 0x08000000",
      ]);
      expect(run.code, run.output).toBe(0);
      expect(run.output).not.toContain("0x08000000: 20005000");
      expect(run.output).toContain("0x08000000: ffffffff");
    });

    it("receives SWO", async () => {
      const file = join(folder, `swo-${transport}.bin`);
      const run = await attach(transport, [
        "init",
        "halt",
        `stm32f1x.tpiu configure -protocol uart -output ${file} -traceclk 8000000 -pin-freq 2000000`,
        "stm32f1x.tpiu enable",
        "itm port 0 on",
        "mww 0xE0000000 0x64636261",
        "mwb 0xE0000000 0x65",
        "sleep 300",
      ]);
      expect(run.code, run.output).toBe(0);
      expect(toHex(readFileSync(file))).toContain("03616263640165");
    });
  });
}

describe("OpenOCD over dapdirect_swd", () => {
  it("walks the ROM table", async () => {
    const run = await attach("dapdirect_swd", ["init", "halt", "dap info"]);
    expect(run.code, run.output).toBe(0);
    expect(run.output).toContain("Designer is 0x020, STMicroelectronics");
    for (const part of ["SCS", "DWT", "FPB", "ITM", "TPIU"]) expect(run.output).toContain(`Cortex-M3 ${part}`);
  });

  it("finds no other access port", async () => {
    const run = await attach("dapdirect_swd", ["init", "halt", "catch {dap info 1}", "mdw 0xE0042000"]);
    expect(run.code, run.output).toBe(0);
    expect(run.output).toContain("0xe0042000: 20036410");
  });
});
