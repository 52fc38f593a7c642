import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runGdb } from "../gdb/gdb-multiarch.ts";
import { freePort, startServer } from "../support/server-process.ts";

/** The case that this project started from: a NAND loader for the STM3210E-EVAL, on a Blue Pill. */
const loader = "nand512w3a_stm3210e-eval.stldr";
const blinky = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const recordedLog = new URL("../../../shared/seed/st-link_gdbserver_log.txt", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "probity-seed-"));
const log = join(folder, "LOG");

beforeAll(() => {
  mkdirSync(join(folder, "ExternalLoader"));
  copyFileSync(
    fileURLToPath(new URL(`../../firmware/loaders/${loader}`, import.meta.url)),
    join(folder, "ExternalLoader", loader),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command line of the recorded log, with our loader. */
function words(...more: readonly string[]): string[] {
  const probe = `sim:bluepill?pace=fast&elf=${blinky}`;
  const given = ["-f", log, "-l", "31", "-v", "-s", "-d", "-k", "-m", "0", "--extload", loader, "-cp", folder];
  return [...given, "--probe", probe, ...more];
}

/** ST's lines, in the order of the recorded console. */
const lines = [
  "Target connection mode: Under reset",
  "Hardware watchpoint supported by the target ",
  "COM frequency = 4000 kHz",
  "ST-LINK Firmware version : ",
  "Device ID: 0x410",
  "PC: 0x8",
  "ST-LINK device status: HALT_MODE",
  "ST-LINK detects target voltage = 3.30 V",
  "ST-LINK device status: HALT_MODE",
  "Run external memory initializer",
  "ST-LINK device status: RUN_MODE",
  "Failed to initialize external memory!",
];

/** The lines stand in the text, each behind the one before. Returns what follows the last. */
function afterInOrder(text: string, wanted: readonly string[]): string {
  let rest = text;
  for (const line of wanted) {
    const at = rest.indexOf(`\n${line}`);
    expect(at, `"${line}" in\n${rest}`).toBeGreaterThanOrEqual(0);
    rest = rest.slice(at + 1 + line.length);
  }
  return rest;
}

/** A line of the log without what differs from run to run and chip to chip. */
function shapeOf(line: string): string {
  return line
    .replace(/^\[\d+\.\d{3}\] /, "")
    .replace(/0x[0-9a-f]+/gi, "#")
    .replace(/\d+/g, "#");
}

describe("the NAND loader on a Blue Pill", () => {
  it("is explained under ST's lines, and the session goes on", async () => {
    const server = await startServer(words());
    try {
      await server.waitFor(/^Waiting for debugger connection\.\.\.$/m);
      const shown = server.output();
      const finding = afterInOrder(shown, lines);
      expect(finding).toMatch(
        /^\nCause: {4}Init\(\) of nand512w3a_stm3210e-eval\.stldr did not return: FSMC_NAND_Init\+0x/,
      );
      const flowing = finding.replace(/\n {10,}/g, " ");
      expect(flowing).toMatch(/\(nand512w3a\.c:\d+\) wrote to 0xA0000060: FSMC control/);
      expect(flowing).toMatch(/device ID 0x410, has no FSMC: none of its 20 parts do/);
      expect(flowing).toMatch(/\(certain\) \[loader-needs-fsmc\]/);
      expect(flowing).toMatch(/CFSR = 0x00008200 \(PRECISERR, BFARVALID\).*HFSR = 0x40000000.*BFAR = 0xA0000060/);
      expect(flowing).toMatch(/power and cabling of the chip are not the cause/);
      expect(flowing).toMatch(/enable_external_loader/);
      expect(finding.slice(0, finding.indexOf("Going on without")).split("\n").length).toBeLessThanOrEqual(20);
      expect(shown.split("\n").length).toBeLessThanOrEqual(60);
      expect(shown).not.toMatch(/Error in initializing|check power and cabling/);

      const { output, status } = await runGdb(
        [
          `file ${blinky}`,
          `target extended-remote 127.0.0.1:${server.port}`,
          "load",
          "break report",
          "continue",
          "backtrace",
          "detach",
        ],
        60_000,
      );
      expect(status, output).toBe(0);
      expect(output).toMatch(/#0 {2}report .*\n#1 .* in main \(\)/);
    } finally {
      await server.stop();
    }
  });

  it("is logged in ST's format, with registers that were really read", () => {
    const written = readFileSync(log, "utf8").split("\n");
    for (const line of written) if (line.startsWith("[")) expect(line).toMatch(/^\[\d+\.\d{3}\] \w+\(\): {2}/);
    const own = written.filter((line) => line.includes("] initExternalMemory():"));
    const registers = own.map((line) => / {2}(r\d+|sp|lr|pc|xpsr) +(0x[0-9a-f]+)$/.exec(line)).filter((match) => match);
    expect(registers).toHaveLength(17);
    expect(new Set(registers.map((match) => match?.[2])).size).toBeGreaterThan(8);
    if (!existsSync(recordedLog)) {
      console.warn("shared/seed is not there: the log is not compared with the recorded one");
      return;
    }
    // Everything that ST's server logs of the loader is there in the same order and shape.
    const recorded = readFileSync(recordedLog, "utf8").split(/\r?\n/);
    const wanted = recorded.filter((line) => line.includes("] initExternalMemory():")).map(shapeOf);
    const shapes = own.map(shapeOf);
    let at = 0;
    for (const shape of wanted) {
      // Its loader has two segments, ours perhaps another number.
      if (shape.includes("Writing") && own[at - 1]?.includes("Writing")) continue;
      const words = shape.includes("failed returned") ? /Init\(\) failed/ : undefined;
      const found = shapes.findIndex((own, i) => i >= at && (words === undefined ? own === shape : words.test(own)));
      expect(found, `${shape} in\n${shapes.join("\n")}`).toBeGreaterThanOrEqual(0);
      at = found + 1;
    }
  });

  it("ends the start with --strict-loaders, after the same text", async () => {
    const port = await freePort();
    const server = await startServer(words("--strict-loaders"), port);
    try {
      expect(await server.exited).toBe(13);
      const rest = afterInOrder(server.output(), [
        ...lines,
        "Error in initializing ST-LINK device.",
        "Reason: Unknown. Please check power and cabling to target.",
      ]);
      expect(rest.replace(/\n {10,}/g, " ")).toMatch(/has no FSMC: none of its 20 parts do/);
      expect(rest).not.toContain("Waiting for debugger");
    } finally {
      await server.stop();
    }
  });
});
