import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { firmware } from "../gdb/board-server.ts";
import { runGdb } from "../gdb/gdb-multiarch.ts";
import { countingProgram, LOOP } from "../openocd/bench.ts";
import { type Transport, transports } from "../openocd/openocd.ts";
import { freePort } from "../support/server-process.ts";
import { type ToolRun, UsbBench } from "./bench.ts";

const image = countingProgram(3 * 1024 + 6);
let folder: string;
let file: string;
let bench: UsbBench | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-openocd-usb-"));
  file = join(folder, "image.bin");
  writeFileSync(file, image);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const interfaces: Readonly<Record<Transport, string>> = {
  dapdirect_swd: "interface/stlink-dap.cfg",
  hla_swd: "interface/stlink.cfg",
};

/** What starts OpenOCD on the USB probe that it finds, with `commands` one after the other. */
function words(transport: Transport, target: string, commands: readonly string[], ports: readonly string[]): string[] {
  const before = [...ports, `source [find ${interfaces[transport]}]`, `transport select ${transport}`];
  return [...before, `source [find target/${target}.cfg]`, ...commands].flatMap((command) => ["-c", command]);
}

const noPorts = ["gdb_port disabled", "telnet_port disabled", "tcl_port disabled"];

async function run(transport: Transport, commands: readonly string[], target = "stm32f1x"): Promise<ToolRun> {
  return (bench as UsbBench).run("openocd", words(transport, target, [...commands, "exit"], noPorts));
}

/** Everything a debugger does with a chip, once. */
const session = (address: string, breakpoint: number): string[] => [
  ...["init", "reset halt", "flash probe 0"],
  `flash write_image erase ${file} ${address}`,
  `verify_image ${file} ${address}`,
  ...["reset halt", "reg r0 0", "reg r1 0", `bp ${breakpoint} 2 hw`, "resume", "wait_halt 1000", "reg r0"],
  ...[`rbp ${breakpoint}`, "step", "reg r1", "reset run"],
];

/** Each kind of probe, in one of the transports at least. */
const kinds = { hla_swd: ["v2", "v3"], dapdirect_swd: ["v2-1", "v3"] } as const;

for (const transport of transports) {
  describe(`OpenOCD 0.12 over USB, ${transport}`, () => {
    it.each(kinds[transport])("programs, verifies, breaks and steps through a %s", async (probe) => {
      bench = await UsbBench.open(`sim:bluepill?probe=${probe}`);
      const { code, output } = await run(transport, session("0x08000000", LOOP + 2));
      expect(code, output).toBe(0);
      expect(output.replaceAll(/^Error: .* clearing lockup.*$/gm, "")).not.toMatch(/^Error/m);
      expect(output).toMatch(/STLINK V[23]J/);
      expect(output).toContain("flash size = 64 KiB");
      expect(output).toContain(`verified ${image.length} bytes`);
      expect(output).toMatch(/halted due to breakpoint[\s\S]*pc: 0x08000102/);
      expect(output).toMatch(/r0 \(\/32\): 0x00000001/);
      expect(output).toMatch(/r1 \(\/32\): 0x00000002/);
      expect(Buffer.compare(bench.flash.subarray(0, image.length), image)).toBe(0);
    });

    it("programs the F469", async () => {
      bench = await UsbBench.open("sim:stm32469i-eval");
      const { code, output } = await run(transport, session("0x08000000", LOOP + 2), "stm32f4x");
      expect(code, output).toBe(0);
      expect(output).toContain(`verified ${image.length} bytes`);
      expect(output).toMatch(/r1 \(\/32\): 0x00000002/);
      expect(Buffer.compare(bench.flash.subarray(0, image.length), image)).toBe(0);
    });

    it("chooses a probe by its serial number, and says when none has it", async () => {
      bench = await UsbBench.open(
        `sim:stm32469i-eval?serial=${"A".repeat(24)}`,
        `sim:bluepill?probe=v3&serial=${"B".repeat(24)}`,
      );
      const wanted = await run(transport, [`adapter serial ${"B".repeat(24)}`, "init", "mdw 0xE0042000"]);
      expect(wanted.output).toContain("0xe0042000: 20036410");
      const none = await run(transport, [`adapter serial ${"C".repeat(24)}`, "init"]);
      expect(none.code).not.toBe(0);
      expect(none.output).toMatch(/open failed|No adapter|no device found/i);
    });

    it("serves GDB: load, breakpoint, backtrace", async () => {
      bench = await UsbBench.open("sim:bluepill");
      const port = await freePort();
      const openocd = bench.start(
        "openocd",
        words(transport, "stm32f1x", ["init"], ["telnet_port disabled", "tcl_port disabled", `gdb_port ${port}`]),
      );
      await openocd.waitFor(/Listening on port \d+ for gdb/);
      const { status, output } = await runGdb([
        `file ${firmware("inspect")}`,
        `target extended-remote localhost:${port}`,
        "monitor reset halt",
        "load",
        "compare-sections",
        "monitor reset halt",
        "break factorial if n == 3",
        "continue",
        "backtrace",
        "finish",
        "detach",
      ]);
      expect(status, output).toBe(0);
      expect(output.match(/matched\./g)).toHaveLength(3);
      expect(output).toMatch(/#0 +factorial \(n=3\).*#1 .*factorial \(n=4\).*#2 .*factorial \(n=5\).*#3 .*main/s);
      expect(output).toMatch(/Value returned is .* = 6/);
      await openocd.stop();
    });
  });
}
