import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { firmware } from "../gdb/board-server.ts";
import { MiGdb, runGdb } from "../gdb/gdb-multiarch.ts";
import { freePort } from "../support/server-process.ts";
import { patiently, type RunningTool, UsbBench } from "./bench.ts";

let bench: UsbBench;
let server: RunningTool;
let port: number;
let gdb: MiGdb | undefined;

/**
 * st-util answers each packet after 40 ms (two small segments on a TCP connection that waits for acknowledgements), and
 * GDB reads code a few bytes at a time unless it may look into the ELF file.
 */
const QUICK = "set trust-readonly-sections on";

async function start(spec: string): Promise<void> {
  bench = await UsbBench.open(spec);
  port = await freePort();
  server = bench.start("st-util", ["-p", String(port), "-m"]);
  await server.waitFor(/Listening at \*:\d+/);
}

beforeEach(() => start("sim:bluepill"));

afterEach(async () => {
  await gdb?.quit();
  gdb = undefined;
  await bench.close();
});

describe("st-util 1.7 over USB with gdb-multiarch", () => {
  it("loads, verifies, stops at breakpoints, steps, shows and changes registers, and serves the next debugger", async () => {
    const attach = [`file ${firmware("inspect")}`, QUICK, `target extended-remote localhost:${port}`];
    const script = [
      ...attach,
      "load",
      "compare-sections",
      "break factorial if n == 3",
      "continue",
      "backtrace",
      "stepi",
      "stepi",
      "set $r7 = 0x12345678",
      "stepi",
      "print/x $r7",
      "set var rounds = 77",
      "print rounds",
      "detach",
    ];
    const first = await patiently(() => runGdb(script));
    expect(first.output).toMatch(/Start address 0x[0-9a-f]+, load size 3516/);
    expect(first.output.match(/matched\./g)).toHaveLength(3);
    expect(first.output).not.toContain("MIS-MATCHED");
    expect(first.output).toMatch(/Breakpoint 1, factorial \(n=3\) at inspect\/main\.c/);
    expect(first.output).toMatch(/#0 +factorial \(n=3\).*#1 .*factorial \(n=4\).*#2 .*factorial \(n=5\).*#3 .*main/s);
    expect(first.output).toMatch(/^\$1 = 0x[0-9a-f]+$/m);
    expect(first.output).toContain("= 77");
    expect(server.output()).toContain("Found 6 hw breakpoint registers");

    const second = await runGdb([...attach, "info registers pc", "print rounds"]);
    expect(second.status, second.output).toBe(0);
    expect(second.output).toMatch(/^pc +0x/m);
  });

  it("Ctrl-C stops a program that runs on, a watchpoint one that writes, a breakpoint one that comes by", async () => {
    gdb = new MiGdb();
    await gdb.command("-gdb-set mi-async on");
    await gdb.command(`-interpreter-exec console "${QUICK}"`);
    await gdb.command(`-file-exec-and-symbols ${firmware("inspect")}`);
    await gdb.command(`-target-select extended-remote localhost:${port}`);
    await gdb.command("-target-download");
    await gdb.command("-break-insert -t -h spin_forever");
    gdb.forget();
    await gdb.command("-exec-continue");
    await gdb.until(/^\*running/);
    await gdb.command("-exec-interrupt");
    expect(await gdb.until(/^\*stopped/)).toMatch(/signal-name="SIG(INT|TRAP)"/);
    // st-util does not tell GDB that it was a watchpoint.
    const watch = await gdb.command("-break-watch watched_total");
    gdb.forget();
    await gdb.command("-exec-continue");
    expect(await gdb.until(/^\*stopped/)).toMatch(/signal-name="SIGTRAP".*func="(accumulate|main)"/);
    await gdb.command(`-break-delete ${/number="(\d+)"/.exec(watch)?.[1]}`);
    await gdb.command('-interpreter-exec console "set var spin_on_demand = 1"');
    gdb.forget();
    await gdb.command("-exec-continue");
    expect(await gdb.until(/^\*stopped/)).toMatch(/func="spin_forever"/);
  });
});
