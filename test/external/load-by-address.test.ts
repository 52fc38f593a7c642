import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runGdb } from "../gdb/gdb-multiarch.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { buildParts, buildWords } from "./build-parts.ts";

const folder = mkdtempSync(join(tmpdir(), "probity-external-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const loader = (name: string): string => fileURLToPath(new URL(`../../firmware/loaders/${name}`, import.meta.url));
const nor = loader("m29w128_stm3210e-eval.stldr");
const nand = loader("nand512w3a_stm3210e-eval.stldr");
const sram = loader("is61wv51216_stm3210e-eval.stldr");

async function withServer(words: readonly string[], work: (server: ServerProcess) => Promise<void>): Promise<void> {
  const server = await startServer(["-d", "-k", ...words]);
  try {
    await server.waitFor(/Waiting for debugger connection\.\.\./, 30_000);
    await work(server);
  } finally {
    await server.stop();
  }
}

async function gdb(server: ServerProcess, ...commands: readonly string[]): Promise<string> {
  const { output, status } = await runGdb(
    [`target extended-remote 127.0.0.1:${server.port}`, ...commands, "detach"],
    120_000,
  );
  expect(status, output).toBe(0);
  return output;
}

/** Section names that `compare-sections` found equal. */
function matched(output: string): string[] {
  return [...output.matchAll(/^Section (\S+), range .*: matched\.$/gm)].map(([, name]) => name);
}

describe("one ELF with parts in internal flash, NOR and NAND", () => {
  it("is loaded part by part, a changed one too, and the bytes beside it survive", async () => {
    const first = buildParts(folder, "first", "first", 1);
    const second = buildParts(folder, "second", "second", 3);
    const words = ["-e", "-s", "-el", nor, "-el", nand, "--probe", "sim:stm3210e-eval?pace=fast"];
    await withServer(words, async (server) => {
      // What stands in the same block of each, before and behind the image.
      const neighbours = [0x64020000, 0x64021220, 0x6403fff8, 0x70010000, 0x70010140, 0x70017ff8];
      const before = buildWords(
        folder,
        "neighbours",
        neighbours.map((address, i) => [address, 0xc0de0 + i]),
      );
      const map = await gdb(server, `file ${before}`, "load", "info mem");
      expect(map).toMatch(/0x64000000 0x65000000 flash blocksize 0x20000/);
      expect(map).toMatch(/0x70000000 0x74000000 flash blocksize 0x4000/);

      const shown = neighbours.map((address) => `x/xw 0x${address.toString(16)}`);
      for (const [elf, greeting] of [
        [first, "first"],
        [second, "second"],
      ]) {
        const look = ["print nor_text", "print nand_text", "print/x nor_table[4095]", ...shown];
        const output = await gdb(server, `file ${elf}`, "load", "compare-sections", ...look);
        expect(matched(output).sort()).toEqual([".nand", ".nor", ".text", ".vectors"]);
        expect(output).not.toMatch(/MIS-MATCHED/);
        expect(output).toContain(`"NOR ${greeting}"`);
        expect(output).toContain(`"NAND ${greeting}"`);
        for (const [i, address] of neighbours.entries()) {
          expect(output).toMatch(new RegExp(`0x${address.toString(16)}.*:\\s+0x0*c0de${i}`));
        }
      }
      // Both memories at once, and the program runs.
      const run = await gdb(server, `file ${second}`, "break Reset_Handler", "continue", "print rounds");
      expect(run).toMatch(/Breakpoint 1, .*Reset_Handler/);
    });
  });

  it("is loaded but for the part whose loader fails, and the cause is on the console", async () => {
    const bad = loader("bad/write-fails.stldr");
    const elf = buildWords(folder, "partly", [
      [0x08000000, 0x1111],
      [0x64000000, 0x2222],
      [0x70020000, 0x3333],
    ]);
    await withServer(["-e", "-el", bad, "-el", nand, "--probe", "sim:stm3210e-eval?pace=fast"], async (server) => {
      const target = `target extended-remote 127.0.0.1:${server.port}`;
      const { output, status } = await runGdb([`file ${elf}`, target, "load"], 60_000);
      expect(status, output).not.toBe(0);
      expect(output).not.toMatch(/Transfer rate/);
      await server.waitFor(/^Cause: {4}Write\(0x64000000.*returned 0/m);
      expect(server.output()).toMatch(/What belongs into internal flash and NAND flash \S+ was loaded/);
      const after = await gdb(server, "x/xw 0x08000000", "x/xw 0x70020000");
      expect(after).toMatch(/0x8000000:\s+0x00001111/);
      expect(after).toMatch(/0x70020000:\s+0x00003333/);
    });
  });

  it("fails with the cause for the part whose loader's Init() fails", async () => {
    const bad = loader("bad/faults-undefined.stldr");
    const elf = buildWords(folder, "init", [
      [0x08000000, 0x4444],
      [0x64000000, 0x5555],
    ]);
    await withServer(["-e", "-el", bad, "--probe", "sim:stm3210e-eval?pace=fast"], async (server) => {
      expect(server.output()).toMatch(/Failed to initialize external memory!\nCause: {4}Init\(\) of faults-undefined/);
      const target = `target extended-remote 127.0.0.1:${server.port}`;
      const { output, status } = await runGdb([`file ${elf}`, target, "load"], 60_000);
      expect(status, output).not.toBe(0);
      await server.waitFor(/was loaded; only the rest was not/);
      expect(server.output().match(/Init\(\) of faults-undefined/g)).toHaveLength(2);
      expect(await gdb(server, "x/xw 0x08000000")).toMatch(/0x8000000:\s+0x00004444/);
    });
  });
});

describe("memory behind a loader", () => {
  it("is RAM to GDB where it is RAM, and is there again after a reset with --external-init", async () => {
    const words = ["-e", "--external-init", "-el", sram, "--probe", "sim:stm3210e-eval?pace=fast"];
    await withServer(words, async (server) => {
      const output = await gdb(
        server,
        "info mem",
        "set var *(unsigned *)0x68000010 = 0x12345678",
        "monitor reset",
        "x/xw 0x68000010",
        "monitor reset hardware",
        "x/xw 0x68000010",
      );
      expect(output).toMatch(/0x68000000 0x68100000 rw/);
      expect(output.match(/0x68000010:\s+0x12345678/g)).toHaveLength(2);
    });
  });

  it("that only the loader can read is read through it, while the core is halted", async () => {
    const words = ["-ei", nand, "--probe", "sim:stm3210e-eval?pace=fast"];
    await withServer(words, async (server) => {
      const elf = buildWords(folder, "in-nand", [[0x70000204, 0xcafe]]);
      const output = await gdb(server, "x/2xw 0x70000000", `file ${elf}`, "load", "x/2xw 0x70000200");
      expect(output).toMatch(/0x70000000:\s+0xffffffff\s+0xffffffff/);
      expect(output).toMatch(/0x70000200:\s+0xffffffff\s+0x0000cafe/);
    });
  });

  it("of a Quad-SPI flash on another chip is loaded and read", async () => {
    const quad = loader("mt25ql512a_stm32469i-eval.stldr");
    const words = ["-s", "-el", quad, "--probe", "sim:stm32469i-eval?pace=fast"];
    await withServer(words, async (server) => {
      const elf = buildWords(folder, "in-quad", [[0x90000100, 0x600dcafe]], 0x20000400);
      const look = "x/2xw 0x900000fc";
      const output = await gdb(server, `file ${elf}`, "load", look, "monitor reset", look);
      expect(output.match(/0x900000fc.*:\s+0xffffffff\s+0x600dcafe/g), output).toHaveLength(2);
    });
  });
});
