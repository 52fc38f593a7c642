import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runGdb } from "../gdb/gdb-multiarch.ts";
import { freePort, type ServerProcess, startServer } from "../support/server-process.ts";

const elf = (name: string): string => fileURLToPath(new URL(`../../firmware/${name}/${name}.elf`, import.meta.url));
const board = (program: string): string => `sim:bluepill?pace=fast&elf=${elf(program)}`;

async function withServer(words: readonly string[], work: (server: ServerProcess) => Promise<void>): Promise<void> {
  const server = await startServer(["-d", ...words]);
  try {
    await server.waitFor(/Waiting for debugger connection\.\.\./);
    await work(server);
  } finally {
    await server.stop();
  }
}

async function gdb(server: ServerProcess, program: string, ...commands: readonly string[]): Promise<string> {
  const script = [`file ${elf(program)}`, `target extended-remote 127.0.0.1:${server.port}`, ...commands];
  const { output, status } = await runGdb(script, 60_000);
  expect(status, output).toBe(0);
  return output;
}

describe("the server as a process, with a real GDB", () => {
  it("announces the debugger, waits for another, and ends with 0 when it leaves", async () => {
    await withServer(["--probe", board("inspect")], async (server) => {
      await gdb(server, "inspect", "break main", "continue", "detach");
      expect(await server.exited).toBe(0);
      const lines = server.output().split("\n");
      expect(lines.slice(lines.indexOf("Debugger connected"))).toEqual([
        "Debugger connected",
        "Waiting for debugger connection...",
        "Shutting down...",
        "Exit.",
        "",
      ]);
    });
  });

  it("stays with -e, and the next debugger finds the core at its reset handler again", async () => {
    await withServer(["-e", "--probe", board("inspect")], async (server) => {
      for (let visit = 0; visit < 2; visit++) {
        const output = await gdb(server, "inspect", "print $pc", "break main", "continue", "detach");
        expect(output).toMatch(/Reset_Handler \(\)/);
        expect(output).toMatch(/Breakpoint 1, main/);
      }
      expect(server.child.exitCode).toBe(null);
      expect(server.output().match(/Debugger connected/g)).toHaveLength(2);
      expect(await server.stop()).toBe(0);
    });
  });

  it("attaches with -g where the program is", async () => {
    await withServer(["-g", "--probe", board("blinky")], async (server) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const output = await gdb(server, "blinky", "backtrace", "print milliseconds > 0", "detach");
      expect(output).not.toMatch(/Reset_Handler/);
      expect(output).toContain("$1 = 1");
    });
  });

  it("verifies with -s, skips what is there already with --incremental, erases with --erase-all", async () => {
    await withServer(["-s", "--incremental", "--probe", board("inspect")], async (server) => {
      await gdb(server, "inspect", "load", "compare-sections", "detach");
      await server.exited;
      expect(server.errors()).toContain("Verifying");
      expect(server.errors()).not.toContain("Erasing");
    });
    await withServer(["--erase-all", "--probe", board("inspect")], async (server) => {
      const output = await gdb(server, "inspect", "x/2xw 0x08000000", "detach");
      expect(output).toMatch(/0x8000000.*0xffffffff\s+0xffffffff/);
    });
  });

  it("shows a USART on the console and on a port", async () => {
    const words = ["-g", "--probe", board("blinky"), "--uart", "usart1"];
    await withServer(words, async (server) => {
      await server.waitFor(/Probity blinky: tick 2\s/, 30_000);
    });
    const port = await freePort();
    await withServer(["-g", "--probe", board("blinky"), "--uart", `usart1:${port}`], async () => {
      await new Promise((resolve) => setTimeout(resolve, 300)); // what was sent before is not lost
      const socket = connect(port, "127.0.0.1");
      let received = "";
      socket.on("data", (bytes) => {
        received += bytes.toString("latin1");
      });
      await expect
        .poll(() => received, { timeout: 20_000 })
        .toMatch(/^Probity blinky: started at 72000000 Hz\s+Probity blinky: tick 1\s/);
      socket.destroy();
    });
  });

  it("serves what the target sends on SWO, on the next port", async () => {
    await withServer(["-e", "-a", "8000000", "-b", "128", "--probe", board("inspect")], async (server) => {
      let received = Buffer.alloc(0);
      const socket = connect(server.port + 1, "127.0.0.1");
      socket.on("data", (bytes) => {
        received = Buffer.concat([received, bytes]);
      });
      await new Promise((resolve) => socket.once("connect", resolve));
      await gdb(
        server,
        "inspect",
        "set var *(unsigned *)0xE000EDFC |= 0x01000000", // DEMCR.TRCENA
        "set var *(unsigned *)0xE0042004 |= 0x20", // DBGMCU_CR.TRACE_IOEN
        "set var *(unsigned *)0xE0040010 = 127", // TPIU_ACPR: 8 MHz / 128
        "set var *(unsigned *)0xE00400F0 = 2", // TPIU_SPPR: NRZ
        "set var *(unsigned *)0xE0040304 = 0x100", // TPIU_FFCR: no formatter
        "set var *(unsigned *)0xE0000FB0 = 0xC5ACCE55", // ITM_LAR
        "set var *(unsigned *)0xE0000E80 = 0x00010001", // ITM_TCR: ITMENA
        "set var *(unsigned *)0xE0000E00 = 1", // ITM_TER: port 0
        "set var *(unsigned char *)0xE0000000 = 'P'",
        "tbreak main",
        "continue",
        "detach",
      );
      await expect.poll(() => received.toString("latin1"), { timeout: 10_000 }).toContain("\x01P");
      socket.destroy();
    });
  });
});
