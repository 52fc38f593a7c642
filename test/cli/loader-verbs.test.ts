import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWords } from "../external/build-parts.ts";
import { runServer, type ServerProcess, startServer } from "../support/server-process.ts";

const program = fileURLToPath(new URL("../../dist/probity.js", import.meta.url));
const loaders = fileURLToPath(new URL("../../firmware/loaders/", import.meta.url));
const blinky = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "probity loader verbs "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function probity(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, PROBITY_LOADERS: loaders },
  });
  return { status, out: stdout, err: stderr };
}

const whole = readFileSync(join(loaders, "m29w128_stm3210e-eval.stldr"));
const half = whole.subarray(0, whole.length >> 1);

describe("probity loader info", () => {
  it("says what a loader is, by its name in PROBITY_LOADERS", () => {
    const { status, out } = probity("loader", "info", "nand512w3a_stm3210e-eval.stldr");
    expect(status).toBe(0);
    expect(out).toMatch(/^Memory: +NAND flash "NAND512W3A_STM3210E-EVAL"$/m);
    expect(out).toMatch(/^Address: +0x70000000 to 0x73FFFFFF, 64 MiB/m);
    expect(out).toMatch(/^Sectors: +4096 x 16 KiB$/m);
    expect(out).toMatch(/^RAM: +0x20000004 to/m);
    expect(out.replace(/\n +/g, " ")).toMatch(/Not on: .*\(0x410\).*: no FSMC/);
  });

  it("says the same in JSON", () => {
    const { status, out } = probity("loader", "info", join(loaders, "flm/stm32f10x_64.FLM"), "--json");
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ format: "flm" });
  });

  it.each([
    ["m29w128_stm3210e-eval.stldr", "NOR flash", 0x64000000, 0x20000],
    ["is61wv51216_stm3210e-eval.stldr", "SRAM", 0x68000000, undefined],
    ["nand512w3a_stm3210e-eval.stldr", "NAND flash", 0x70000000, 0x4000],
    ["mt25ql512a_stm32469i-eval.stldr", "SPI flash", 0x90000000, 0x10000],
    ["flm/stm32f10x_64.FLM", "on-chip flash", 0x08000000, 0x400],
  ])("knows %s", (name, kind, start, sector) => {
    const { status, out } = probity("loader", "info", join(loaders, name), "--json");
    expect(status).toBe(0);
    const { memory, chips } = JSON.parse(out);
    expect(memory).toMatchObject({ kind, start });
    expect(memory.sectors[0]?.size).toBe(sector);
    expect(chips.can.length + chips.depends.length).toBeGreaterThan(0);
  });

  it.each([
    ["no ELF", () => writeFileSync(join(folder, "text.stldr"), "hello"), "text.stldr", /not an ELF file/],
    ["an ordinary program", () => copyFileSync(blinky, join(folder, "b.stldr")), "b.stldr", /ordinary program/],
    [
      "half a loader",
      () => writeFileSync(join(folder, "half.stldr"), half),
      "half.stldr",
      /it is cut short: .* ends at byte \d+, and the file at byte \d+/,
    ],
    ["nothing", () => {}, "missing.stldr", /There is no external loader/],
    ["a folder", () => mkdirSync(join(folder, "dir.stldr")), "dir.stldr", /is a folder, not a file/],
  ])("refuses %s with status 1 and the cause", (_, make, name, words) => {
    make();
    const { status, out, err } = probity("loader", "info", join(folder, name));
    expect(status).toBe(1);
    expect(out).toBe("");
    expect(err.replace(/\n +/g, " ")).toMatch(words);
    expect(err).toMatch(/Remedy: /);
    expect(err).not.toMatch(/internal error|at .*\.js/);
  });
});

describe("probity loader test", () => {
  it.each([
    ["is61wv51216_stm3210e-eval.stldr", "stm3210e-eval", ["init", "read", "write", "verify", "restore"]],
    ["mt25ql512a_stm32469i-eval.stldr", "stm32469i-eval", ["init", "read", "erase", "write", "verify", "restore"]],
    ["nand512w3a_stm3210e-eval.stldr", "stm3210e-eval", ["init", "read", "erase", "write", "verify", "restore"]],
    ["flm/stm32f10x_64.FLM", "bluepill", ["init", "read", "erase", "write", "verify", "restore"]],
  ])("%s works on %s", (name, board, steps) => {
    const { status, out, err } = probity("loader", "test", join(loaders, name), "--probe", `sim:${board}?pace=fast`);
    expect(status, out + err).toBe(0);
    expect([...out.matchAll(/^(\w+) +[\d.]+ ms/gm)].map(([, step]) => step)).toEqual(steps);
    expect(out).toMatch(/works, and holds what it held before\.$/m);
  });

  it("ends with 1 and the cause when the loader does not work", () => {
    const words = ["loader", "test", join(loaders, "bad/write-fails.stldr"), "--probe", "sim:bluepill?pace=fast"];
    const { status, err } = probity(...words);
    expect(status).toBe(1);
    expect(err).toMatch(/^Cause: {4}Write\(.*returned 0/m);
  });

  it("refuses an address that is not the memory's", () => {
    const name = join(loaders, "mt25ql512a_stm32469i-eval.stldr");
    const words = ["--probe", "sim:stm32469i-eval?pace=fast", "--address", "0x20000000"];
    const { status, err } = probity("loader", "test", name, ...words);
    expect(status).toBe(1);
    expect(err).toMatch(/0x20000000 is not in the SPI flash/);
  });
});

describe("probity flash", () => {
  it("sends each part of an ELF where it belongs, and verifies", () => {
    const elf = buildWords(folder, "both", [
      [0x08000000, 0x20010000],
      [0x64000000, 0x1234],
    ]);
    const nor = ["--loader", "m29w128_stm3210e-eval.stldr"];
    const target = ["--probe", "sim:stm3210e-eval?pace=fast", "--verify"];
    const { status, out, err } = probity("flash", elf, ...nor, ...target);
    expect(status, err).toBe(0);
    expect(out).toMatch(/^\d+ bytes of .* programmed and verified\.$/m);
    expect(probity("flash", elf, ...target)).toMatchObject({ status: 1, err: expect.stringMatching(/0x64000000/) });
  });

  it("writes what belongs into RAM there, as a debugger's load does", () => {
    const elf = buildWords(folder, "ram", [
      [0x08000000, 0x20005000],
      [0x20000100, 0x1234],
    ]);
    const { status, out, err } = probity("flash", elf, "--verify", "--probe", "sim:bluepill?pace=fast");
    expect(status, err).toBe(0);
    expect(out).toMatch(
      /^4 bytes written to RAM and verified, 0x20000100 to 0x20000103: they last until the power goes\.$/m,
    );
    expect(out).toMatch(/^\d+ bytes of .* programmed and verified\.$/m);
    const alone = buildWords(folder, "ram-alone", [[0x20000100, 0x1234]], 0x20000200);
    const only = probity("flash", alone, "--run", "--probe", "sim:bluepill?pace=fast");
    expect(only.status, only.err).toBe(0);
    expect(only.out).not.toMatch(/programmed/);
  });

  it.each([
    [0x30000000, /Check the addresses in the linker script/],
    [0x20004ffe, /Check the addresses in the linker script/],
    [0x65000000, /--loader FILE/],
  ])("says of an address in no memory what there is", (address, remedy) => {
    const file = join(folder, "data.bin");
    writeFileSync(file, "data");
    const words = ["--address", `0x${address.toString(16)}`, "--probe", "sim:bluepill?pace=fast"];
    const { status, err } = probity("flash", file, ...words);
    expect(status).toBe(1);
    expect(err).toMatch(/in none of the memories that can be/);
    expect(err).toMatch(remedy);
    expect(err).not.toMatch(/--extload|chip's flash is/);
  });

  it("programs with a flash algorithm, Intel HEX and raw binaries too", () => {
    const hex = join(folder, "b.hex");
    const bin = join(folder, "b.bin");
    execFileSync("arm-none-eabi-objcopy", ["-O", "ihex", blinky, hex]);
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", blinky, bin]);
    const rest = ["--loader", join(loaders, "flm/stm32f10x_64.FLM"), "--probe", "sim:bluepill?pace=fast", "--verify"];
    expect(probity("flash", hex, ...rest)).toMatchObject({ status: 0 });
    expect(probity("flash", bin, "--address", "0x08000000", ...rest)).toMatchObject({ status: 0 });
    expect(probity("flash", bin, ...rest)).toMatchObject({ status: 1, err: expect.stringMatching(/needs an address/) });
    expect(probity("flash", bin, "--address", "0x1g", ...rest).status).not.toBe(0);
  });
});

describe("the server's loader options", () => {
  const board = "sim:bluepill?pace=fast";
  let programmer: string;
  beforeAll(() => {
    programmer = join(folder, "CubeProgrammer bin");
    mkdirSync(join(programmer, "ExternalLoader"), { recursive: true });
    for (const name of ["m29w128_stm3210e-eval.stldr", "nand512w3a_stm3210e-eval.stldr"]) {
      copyFileSync(join(loaders, name), join(programmer, "ExternalLoader", name));
    }
    writeFileSync(join(programmer, "ExternalLoader", "broken & <bad>.stldr"), "no loader");
  });

  async function withServer(words: readonly string[], work: (server: ServerProcess) => Promise<void>): Promise<void> {
    const server = await startServer(["-d", "--probe", board, ...words]);
    try {
      await server.waitFor(/^Waiting for debugger connection\.\.\.$/m);
      await work(server);
    } finally {
      await server.stop();
    }
  }

  it("--ext-memory-loaders lists what is there as XML, and names what is no loader", async () => {
    const { status, out, err } = await runServer(["--ext-memory-loaders", "-cp", programmer]);
    expect(status).toBe(0);
    const read = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(out);
    const found = read["ext-memory-loaders"]["ext-memory-loader"];
    expect(found.map(({ name, start }: { name: string; start: string }) => [name, start])).toEqual([
      ["M29W128_STM3210E-EVAL", "0x64000000"],
      ["NAND512W3A_STM3210E-EVAL", "0x70000000"],
    ]);
    expect(found[0]["#text"]).toBe(join(programmer, "ExternalLoader", "m29w128_stm3210e-eval.stldr"));
    expect(found[0].type).toBe("NOR flash");
    expect(err).toMatch(/broken & <bad>\.stldr is left out: .*not an ELF file/);
  });

  it("goes on without a loader that is missing or broken, or ends with --strict-loaders", async () => {
    for (const [name, words] of [
      ["nosuch.stldr", /There is no external loader nosuch\.stldr/],
      ["broken & <bad>.stldr", /not an ELF file/],
    ] as const) {
      const given = ["-el", name, "-cp", programmer];
      await withServer(given, async (server) => {
        const shown = server.output();
        expect(shown).toMatch(/^Failed to initialize external memory!\nCause: /m);
        expect(shown).toMatch(words);
        expect(shown).toMatch(/^Going on without this external memory/m);
      });
      const strict = await runServer(["-d", "--probe", board, "--strict-loaders", ...given]);
      expect(strict.status).toBe(13);
      expect(strict.out).toMatch(
        /Failed to initialize external memory!\n\nError in initializing ST-LINK device\.\nReason: /,
      );
      expect(strict.out).toMatch(words);
    }
  });

  it("ends with ST's status for a loader that cannot be read, with --strict-loaders", async () => {
    const huge = join(folder, "huge.stldr");
    writeFileSync(huge, "");
    truncateSync(huge, 65 * 1024 * 1024);
    const { status, out } = await runServer(["-d", "--probe", board, "--strict-loaders", "-el", huge]);
    expect(status).toBe(13);
    expect(out).toMatch(/Failed to initialize external memory!\n\nError in initializing ST-LINK device\.\nReason: /);
    expect(out).toMatch(/huge\.stldr cannot be read/);
  });

  it("logs them among the options that it starts with", async () => {
    const log = join(folder, "options.log");
    const [one, two] = ["bad/enables-interrupts.stldr", "bad/watchdog-survives.stldr"].map((name) =>
      join(loaders, name),
    );
    const given = ["-el", one, "-el", two, "--external-init", "--loader-timeout", "3", "-cp", programmer];
    await withServer(["-f", log, "-l", "31", ...given], async () => {});
    const dump = readFileSync(log, "utf8").split("\n");
    const option = (name: string): string | undefined =>
      dump
        .find((line) => new RegExp(`initConfigParams\\(\\): {2}[ +]${name} `).test(line))
        ?.replace(/^.*\(\): {2}/, "");
    expect(option("extload")).toBe(`+extload                        "${one}" "${two}"`);
    expect(option("external-init")).toBe("+external-init                  true");
    expect(option("loader-timeout")).toBe("+loader-timeout                 3");
    expect(option("strict-loaders")).toBe(" strict-loaders                 false");
    expect(option("stm32cubeprogrammer-path")).toBe(`+stm32cubeprogrammer-path       "${programmer}"`);
  });

  it("gives a hanging loader no more than --loader-timeout", async () => {
    const hangs = join(loaders, "bad/never-returns.stldr");
    await withServer(["-el", hangs, "--loader-timeout", "1"], async (server) => {
      expect(server.output()).toMatch(/did not return within 1 s/);
    });
    const refused = await runServer(["-d", "--probe", board, "-el", hangs, "--loader-timeout", "0"]);
    expect(refused.status).toBe(1);
    expect(refused.err).toMatch(/loader-timeout 0 is out of range/);
  });

  it("takes the same file under -el and -ei as one loader", async () => {
    const quiet = join(loaders, "bad/enables-interrupts.stldr");
    await withServer(["-v", "-l", "31", "-el", quiet, "-ei", quiet], async (server) => {
      expect(server.output().match(/Run external memory initializer/g)).toHaveLength(1);
      expect(server.output()).not.toMatch(/is not used/);
    });
  });
});
