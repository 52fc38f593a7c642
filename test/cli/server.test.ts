import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { freePort, runServer, type ServerProcess, startServer } from "../support/server-process.ts";

const board = "sim:bluepill?pace=fast";
const blinky = fileURLToPath(new URL("../../firmware/blinky/blinky.elf", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "probity-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function withServer(words: readonly string[], work: (server: ServerProcess) => Promise<void>): Promise<void> {
  const server = await startServer(words);
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

/** Opens a connection and closes it again, as a readiness probe does. */
function touch(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end());
    socket.on("close", () => resolve());
    socket.on("error", reject);
    socket.resume();
  });
}

describe("a server start", () => {
  it("prints ST's banner and ready line, and ends with 0 on SIGTERM", async () => {
    await withServer(["-d", "--probe", board], async (server) => {
      await server.waitFor(/^Waiting for debugger connection\.\.\.$/m);
      expect(server.output()).toMatch(
        /^\n\nSTMicroelectronics ST-LINK GDB server\. Version 7\.\d+\.\d+\nCopyright .*\n\nStarting server with the following options:\n {8}Persistent Mode {12}: Disabled\n/,
      );
      expect(await server.stop()).toBe(0);
      expect(server.output()).toMatch(/\nShutting down\.\.\.\nExit\.\n$/);
    });
  });

  it("says what it did, in ST's order, with -v -l 31, and logs it in ST's format", async () => {
    const log = join(folder, "server.log");
    await withServer(["-d", "-k", "-v", "-l", "31", "-f", log, "--probe", `${board}&elf=${blinky}`], async (server) => {
      await server.waitFor(/^Waiting for connection on port \d+\.\.\.$/m);
      await server.waitFor(/^Waiting for debugger connection\.\.\.$/m);
      const order = [
        "Target connection mode: Under reset",
        "Hardware watchpoint supported by the target ",
        "COM frequency = 4000 kHz",
        "ST-LINK Firmware version : V2J37M27",
        "Device ID: 0x410",
        "PC: 0x8",
        "ST-LINK device status: HALT_MODE",
        "ST-LINK detects target voltage = 3.30 V",
        "ST-LINK device initialization OK",
        "Waiting for debugger connection...",
      ].map((text) => server.output().indexOf(text));
      expect(
        order.every((at) => at >= 0),
        server.output(),
      ).toBe(true);
      const file = readFileSync(log, "utf8");
      expect(file).toMatch(/^\[\d\.\d{3}\] initConfigParams\(\): {2}Configuration flags start\n/);
      expect(file).toMatch(/\[\d\.\d{3}\] Device_Initialise\(\): {2}Device ID: 0x410\n/);
    });
  });

  it("tells which port it got for -p 0", async () => {
    const server = await startServer(["-d", "-v", "-l", "31", "--probe", board], 0);
    try {
      const [, port] = await server.waitFor(/Attach with: .* localhost:(\d+)"/);
      expect(Number(port)).toBeGreaterThan(0);
      expect(server.output()).toContain(`Waiting for connection on port ${port}...`);
      await touch(Number(port));
      expect(await server.stop()).toBe(0);
      expect(server.output().match(/^Exit\.$/gm)).toHaveLength(1);
    } finally {
      await server.stop();
    }
  });

  it("does not take a plain connect and close for a debugger", async () => {
    await withServer(["-d", "--probe", board], async (server) => {
      await server.waitFor(/Waiting for debugger/);
      await touch(server.port);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(server.output()).not.toContain("Debugger connected");
      expect(server.child.exitCode).toBe(null);
    });
  });

  it("picks SWD without -d where the board has SWD alone, and says so", async () => {
    await withServer(["--probe", board], async (server) => {
      await server.waitFor(/Waiting for debugger/);
      expect(server.output() + server.errors()).toMatch(/SWD/);
    });
  });

  it("names options that have no effect yet", async () => {
    await withServer(["-d", "--probe", board, "--semihosting", "all", "--target-sel", "1"], async (server) => {
      await server.waitFor(/Waiting for debugger/);
      expect(server.errors()).toMatch(/--semihosting has no effect yet/);
      expect(server.errors()).toMatch(/--target-sel has no effect yet/);
    });
  });
});

describe("command lines that end at once", () => {
  it.each([
    [["-h"], 0, /USAGE:/],
    [["--version"], 0, /version: 7\./],
    [["--licenses"], 0, /Apache/],
    [["--memory-map", "0x410"], 0, /0x08000000 - 0x0801ffff {2}flash/],
    [["-q", "-cp", "/nowhere", "--probe", board], 0, /^.*ST-LINK: [0-9A-F]{24}$/m],
  ])("%j", async (words, status, pattern) => {
    const result = await runServer(words);
    expect(result.out).toMatch(pattern);
    expect(result.status).toBe(status);
    expect(result.err).toBe("");
  });

  it("refuses an unknown option as ST's parser does", async () => {
    const result = await runServer(["--no-reset"]);
    expect(result.err).toMatch(/^PARSE ERROR: Argument: --no-reset\n {13}Couldn't find match for argument\n/);
    expect(result.status).toBe(1);
  });
});

describe("what goes wrong is named, with cause, remedy and ST's exit code", () => {
  const fails = async (words: readonly string[], status: number, ...patterns: RegExp[]): Promise<void> => {
    const result = await runServer(words);
    for (const pattern of patterns) expect(result.out + result.err).toMatch(pattern);
    expect(result.out + result.err).toMatch(/^Cause: {4}\S.*$/m);
    expect(result.out + result.err).toMatch(/^Remedy: {3}\S.*$/m);
    expect(result.status).toBe(status);
  };

  it("a port in use", async () => {
    const port = await freePort();
    const holder = createServer().listen(port, "127.0.0.1");
    try {
      await fails(
        ["-d", "-p", String(port), "--probe", board],
        0,
        new RegExp(`Failed to bind to port ${port}`),
        new RegExp(`Failure starting GDB server: TCP port ${port} not available\\.`),
        /Shutting down\.\.\.\nExit\.\n/,
      );
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it("a board that does not exist", () =>
    fails(
      ["-d", "--probe", "sim:nosuch"],
      20,
      /\nError in initializing ST-LINK device\.\nReason: No ST-LINK found\. Please check ST-LINK USB cable\.\n/,
      /nosuch/,
      /bluepill/,
    ));

  it("a probe specification that is none, an unknown key, an unknown fault of a value", async () => {
    await fails(["-d", "--probe", "carrier-pigeon"], 20, /carrier-pigeon/);
    await fails(["-d", "--probe", "sim:bluepill?colour=blue"], 20, /colour/);
    await fails(["-d", "--probe", "sim:bluepill?probe=v9"], 20, /v9/);
    await fails(["-d", "--probe", "sim:bluepill?firmware=banana"], 20, /banana/);
    await fails(["-d", "--probe", "sim:bluepill?eeprom=spi1"], 20, /spi1/);
  });

  it("no probe on USB", () => fails(["-d"], 20, /No ST-LINK found\. Please check ST-LINK USB cable\./));

  it("a serial number that is not there", () =>
    fails(
      ["-d", "--probe", board, "-i", "066CFF000000000000000000"],
      17,
      /ST-LINK: 066CFF000000000000000000 not found\./,
    ));

  it("a truncated and a foreign ELF", async () => {
    const truncated = join(folder, "truncated.elf");
    writeFileSync(truncated, readFileSync(blinky).subarray(0, 700));
    await fails(["-d", "--probe", `sim:bluepill?elf=${truncated}`], 1, /truncated\.elf/);
    await fails(["-d", "--probe", `sim:bluepill?elf=${process.execPath}`], 1, /not a program for a Cortex-M/);
    await fails(["-d", "--probe", "sim:bluepill?elf=/no/such/file.elf"], 1, /no\/such\/file\.elf/);
  });

  it("a config file that cannot be read", () => fails(["-c", "/no/such/config.txt"], 1, /config\.txt/));

  it("a port number out of range", () => fails(["-p", "70000", "--probe", board], 1, /70000/));
});
