import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sameBytes } from "../../src/base/bytes.ts";
import { systemWallTime } from "../../src/base/wall-time.ts";
import { openStlinkServerLink } from "../../src/link/stlink-server/open.ts";
import { openStlinkProbe } from "../../src/probe/stlink/open.ts";
import { commandName } from "../../src/sim/probe/command-table.ts";
import { startShare } from "../share/share-process.ts";
import { type Bench, FLASH, portClosingProgram, setUpBench } from "./bench.ts";
import { type OpenOcdRun, runOpenOcd, type Transport, transports } from "./openocd.ts";
import { expectSession, hex, image, wholeSession } from "./whole-session.ts";

/** Runs of each transport; PROBITY_SHARE_RUNS=50 for more. */
const runs = Number(process.env.PROBITY_SHARE_RUNS ?? 2);
const clearing = "Error: [stm32f1x.cpu] clearing lockup after double fault";

let folder: string;
let file: string;
let bench: Bench | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "probity-openocd-"));
  file = join(folder, "image.bin");
  writeFileSync(file, image);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

function expectProgrammed(on: Bench): void {
  const flash = on.board.chip.memories.flash.subarray(0, image.length);
  expect(sameBytes(flash, image)).toBe(true);
}

async function attach(
  transport: Transport,
  commands: readonly string[],
  configuration: string[] = [],
): Promise<OpenOcdRun> {
  return runOpenOcd({ transport, port: bench!.port, commands, configuration });
}

for (const transport of transports) {
  describe(`OpenOCD over ${transport}`, () => {
    for (const kind of ["v2", "v2-1", "v3", "v3e"] as const) {
      it(`programs, verifies, resets, breaks and steps through a ${kind}`, async () => {
        const commands = new Set<string>();
        bench = await setUpBench(kind, { onCommand: (block) => commands.add(commandName(block)) });
        expectSession(await attach(transport, wholeSession(file)));
        expectProgrammed(bench);
        // It never needs a command outside the table.
        expect([...commands].filter((name) => /^[0-9A-F]{2}\./.test(name))).toEqual([]);
        expect(commands).toContain(kind.startsWith("v3") ? "GET_VERSION_EX" : "SWD_SET_FREQ");
      });
    }

    it("works with a server of API version 1, which has neither queues nor long transfers", async () => {
      const commands = new Set<string>();
      bench = await setUpBench("v2-1", { apiVersion: 1, onCommand: (block) => commands.add(commandName(block)) });
      expectSession(await attach(transport, wholeSession(file)));
      expect(commands).not.toContain("RW_MISC_OUT");
    });

    it("programs a blank chip, whose core is locked up", async () => {
      bench = await setUpBench("v2-1", { program: new Uint8Array(0) });
      bench.board.chip.advance(1e6);
      expect(bench.board.chip.cpu.lockedUp).toBe(true);
      const run = await attach(transport, wholeSession(file));
      // The driver of the core's own says so, the HLA driver does not look.
      expect(run.output.includes(clearing), run.output).toBe(transport === "dapdirect_swd");
      expectSession({ ...run, output: run.output.replaceAll(clearing, "") });
      expectProgrammed(bench);
    });

    it("works in step with the wall clock, too", async () => {
      bench = await setUpBench("v2-1", { wallTime: systemWallTime });
      expectSession(await attach(transport, wholeSession(file)));
      expectProgrammed(bench);
    });

    it("gets at a program that switches the debug port off, under reset alone", async () => {
      bench = await setUpBench("v2-1", { program: portClosingProgram() });
      bench.board.chip.advance(10e6);
      const refused = await attach(transport, ["init", "mdw 0xE0042000"]);
      expect(refused.code, refused.output).not.toBe(0);
      expect(refused.output).toContain("unable to connect to the target");
      const run = await attach(
        transport,
        ["init", "reset halt", "reg pc", "mdw 0xE0042000", `flash write_image erase ${file} ${hex(FLASH)}`],
        ["reset_config srst_only srst_nogate connect_assert_srst"],
      );
      expect(run.code, run.output).toBe(0);
      expect(run.output).not.toMatch(/^Error/m);
      expect(run.output).toMatch(/pc \(\/32\): 0x08000100/);
      expect(run.output).toContain("0xe0042000: 20036410");
      expectProgrammed(bench);
    });

    it("says so when memory does not answer, and goes on", async () => {
      bench = await setUpBench("v2-1");
      const run = await attach(transport, ["init", "halt", "catch {mdw 0x30000000}", "mdw 0xE0042000", "reg pc"]);
      expect(run.code, run.output).toBe(0);
      expect(run.output).not.toContain("0x30000000: ");
      expect(run.output).toContain("0xe0042000: 20036410");
      expect(run.output).toMatch(/pc \(\/32\): 0x0800010[024]/);
    });

    it(
      `does the whole session ${runs} times in a row through a running probity share`,
      async () => {
        const share = await startShare(["--probe", "sim:bluepill"]);
        try {
          for (let round = 0; round < runs; round++) {
            const run = await runOpenOcd({ transport, port: share.port, commands: wholeSession(file) });
            // The first one meets a blank chip.
            expectSession(round === 0 ? { ...run, output: run.output.replaceAll(clearing, "") } : run);
          }
          const link = await openStlinkServerLink({ host: "127.0.0.1", port: share.port });
          const probe = await openStlinkProbe(link);
          await probe.enterDebug("swd");
          for (let at = 0; at < image.length - 4; at += 1024) {
            const bytes = Math.min(1024, image.length - (image.length % 4) - at);
            expect(sameBytes(await probe.readMemory(0, FLASH + at, bytes, 32), image.subarray(at, at + bytes))).toBe(
              true,
            );
          }
          await probe.close();
        } finally {
          expect(await share.stop()).toBe(0);
        }
      },
      10_000 * runs + 20_000,
    );
  });
}
