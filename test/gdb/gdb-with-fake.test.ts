import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GdbServer } from "../../src/gdb/gdb-server.ts";
import { FakeSession } from "./fake-session.ts";
import { MiGdb, runGdb } from "./gdb-multiarch.ts";

const elf = new URL("../../firmware/inspect/inspect.elf", import.meta.url).pathname;

let session: FakeSession;
let server: GdbServer;
let port: number;
let packets: string[];

beforeEach(async () => {
  session = new FakeSession();
  packets = [];
  server = new GdbServer(session, {
    port: 0,
    attach: () => session.reset("system", { halt: true }),
    log: (source, text) => void (source === "read" && packets.push(text.replace(/^<\d+> Rx: /, ""))),
  });
  port = await server.listen();
});

afterEach(async () => {
  await server.close();
  await session.close();
});

/** Connects without an ELF file, so that GDB knows of the target only what we told it. */
const connect = (): string[] => [`target extended-remote 127.0.0.1:${port}`];

/** What GDB says of a target without a program file; not of our making. */
const noProgram = /^(warning: No executable has been specified|determining executable automatically).*\n/gm;

describe("gdb-multiarch", () => {
  it("accepts the target description without a warning and shows every register", async () => {
    const { output, status } = await runGdb([
      ...connect(),
      "info registers",
      "info registers system",
      "show osabi",
      "show architecture",
    ]);
    expect(status).toBe(0);
    expect(output.replace(noProgram, "")).not.toMatch(/warning|error|unknown/i);
    for (const row of [
      /^r0 +0x0 /m,
      /^sp +0x20005000 +0x20005000$/m,
      /^lr +0xffffffff /m,
      /^pc +0x8000100 +0x8000100$/m,
      /^xpsr +0x1000000 /m,
      /^msp +0x20005000 +0x20005000$/m,
      /^psp +0x0 /m,
      /^primask +0x0 /m,
      /^basepri +0x0 /m,
      /^faultmask +0x0 /m,
      /^control +0x0 /m,
    ]) {
      expect(output).toMatch(row);
    }
    expect(output).toContain('currently "none"');
    expect(output).toMatch(/architecture is set to "auto" \(currently "arm/);
  });

  it("takes Thumb for granted, asks for no register after a stop and sends few packets for a step", async () => {
    await runGdb([...connect(), "x/2i $pc", "stepi", "echo mark\\n", "stepi", "info registers"]);
    expect(packets.filter((packet) => /^\$[gp]/.test(packet))).toEqual([]);
    const steps = packets
      .map((packet, index) => (packet.startsWith("$vCont;s") ? index : -1))
      .filter((index) => index >= 0);
    expect(steps).toHaveLength(2);
    expect(steps[1] - steps[0]).toBeLessThanOrEqual(6);
  });

  it("writes registers and memory", async () => {
    const { output, status } = await runGdb([
      ...connect(),
      "set $r3 = 0x1234",
      "set $primask = 1",
      "set {int}0x20000010 = 0x12345678",
      "p/x $r3",
      "x/xw 0x20000010",
      "x/2xb 0x20000010",
    ]);
    expect(status).toBe(0);
    expect(session.r[3]).toBe(0x1234);
    expect(session.special.primask).toBe(1);
    expect(output).toContain("0x20000010:\t0x12345678");
    expect(output).toContain("0x20000010:\t0x78\t0x56");
  });

  it("says that memory cannot be read where there is none", async () => {
    const { output, status } = await runGdb([...connect(), "x/xw 0x30000000"]);
    expect(status).toBe(1);
    expect(output).toContain("Cannot access memory at address 0x30000000");
  });

  it("stops at breakpoints in flash and RAM", async () => {
    const { output, status } = await runGdb([
      ...connect(),
      "break *0x8000120",
      "continue",
      "tbreak *0x8000130",
      "continue",
      "info breakpoints",
    ]);
    expect(status).toBe(0);
    expect(output).toContain("Breakpoint 1, 0x08000120 in ?? ()");
    expect(output).toContain("Temporary breakpoint 2, 0x08000130 in ?? ()");
    expect(output).toContain("breakpoint already hit 1 time");
    expect(packets.some((packet) => packet.startsWith("$Z1,8000120,2"))).toBe(true);
  });

  it("says in words that the comparators are used up", async () => {
    const points = Array.from({ length: 7 }, (_, n) => `hbreak *0x80001${n + 1}0`);
    const { output, status } = await runGdb([...connect(), ...points, "continue"]);
    expect(status).toBe(1);
    expect(output).toContain(
      "Cannot insert hardware breakpoint 7:Remote failure reply: All 6 breakpoint comparators are in use.",
    );
  });

  it("loads and compares a program", async () => {
    const { output, status } = await runGdb([`file ${elf}`, ...connect(), "load", "compare-sections", "p $pc"]);
    expect(status).toBe(0);
    expect(output).toMatch(/Transfer rate:/);
    expect(output.match(/matched\./g)?.length).toBeGreaterThanOrEqual(3);
    expect(output).not.toContain("MIS-MATCHED");
    expect(output).toContain("<Reset_Handler>");
    expect(packets.some((packet) => packet.startsWith("$qCRC:"))).toBe(true);
  });

  it("waits for a sum that takes longer than its patience, and is not out of step afterwards", async () => {
    session.slowSum = 7000;
    const { output, status } = await runGdb([`file ${elf}`, ...connect(), "load", "compare-sections .text", "p/x $sp"]);
    expect(status, output).toBe(0);
    expect(output).toMatch(/Section \.text, range .*: matched\./);
    expect(output).not.toMatch(/Ignoring packet error|Timeout|unexpected/i);
    expect(output).toContain("$1 = 0x20005000");
  });

  it("says why a load failed, at the next command that shows text", async () => {
    session.failures.set("flashDone", new Error("The flash is write-protected."));
    const { output } = await runGdb([
      `file ${elf}`,
      ...connect(),
      "python",
      "try: gdb.execute('load')",
      "except gdb.error as error: print('load:', error)",
      "end",
      "monitor halt",
    ]);
    expect(output).toContain("load: Error finishing flash operation");
    expect(output).toContain("The flash is write-protected.");
  });

  it("finds bytes, and lists the thread and the memory", async () => {
    session.ram.set([0xde, 0xad, 0xbe, 0xef], 0x123);
    const { output, status } = await runGdb([
      ...connect(),
      "find /b 0x20000000, 0x20001000, 0xde, 0xad, 0xbe, 0xef",
      "info threads",
      "info mem",
    ]);
    expect(status).toBe(0);
    expect(output).toContain("0x20000123");
    expect(output).toContain("Thread 1 (STM32F103C8, halted)");
    expect(output).toMatch(/0x08000000 0x08010000 flash blocksize 0x400/);
  });

  it("detaches, attaches, kills and runs again over one connection", async () => {
    const { output, status } = await runGdb([
      ...connect(),
      "detach",
      "attach 1",
      "stepi",
      "starti",
      "info registers pc",
      "kill",
      "hbreak *0x8000110",
      "run",
    ]);
    expect(status).toBe(0);
    expect(output).toContain("detached]");
    expect(output).toMatch(/Program stopped.\n0x08000100 in/);
    expect(output).toContain("[Inferior 1 (Remote target) killed]");
    expect(output).toContain("Breakpoint 1, 0x08000110 in ?? ()");
  });

  it("shows the registers of before a monitor reset until they are flushed, and is told so", async () => {
    const { output, status } = await runGdb([
      ...connect(),
      "stepi",
      "monitor reset",
      "p $pc",
      "maintenance flush register-cache",
      "p $pc",
      "stepi",
    ]);
    expect(status).toBe(0);
    // Should a later GDB drop its cache after `monitor` by itself, this is where it shows.
    expect(output).toMatch(/\$1 = .* 0x8000102\n/);
    expect(output).toContain("until 'maintenance flush register-cache' or the next stop");
    expect(output).toMatch(/\$2 = .* 0x8000100\n/);
    expect(output).toMatch(/0x08000102 in \?\? \(\)\n(?!.*0x0800010)/);
  });

  it("needs no flush in a GDB that is told to do it after every monitor command", async () => {
    const { output } = await runGdb([
      "define hookpost-monitor",
      "maintenance flush register-cache",
      "end",
      ...connect(),
      "stepi",
      "monitor reset",
      "p $pc",
    ]);
    expect(output).toMatch(/\$1 = .* 0x8000100\n/);
  });

  it("understands run-length encoded replies", async () => {
    await server.close();
    server = new GdbServer(session, { port: 0, runLength: true });
    port = await server.listen();
    session.ram.fill(0xaa, 0x100, 0x200);
    const { output, status } = await runGdb([...connect(), "x/4xw 0x20000100", "info registers", "info mem"]);
    expect(status).toBe(0);
    expect(output).toContain("0x20000100:\t0xaaaaaaaa\t0xaaaaaaaa\t0xaaaaaaaa\t0xaaaaaaaa");
    expect(output).toMatch(/^control +0x0/m);
  });

  it("joins while another runs the core: sees a PC, reads memory, leaves the core running", async () => {
    const first = new MiGdb();
    try {
      await first.command("-gdb-set mi-async on");
      await first.command(`-target-select extended-remote 127.0.0.1:${port}`);
      first.forget();
      await first.command("-exec-continue");
      await expect.poll(() => session.runState).toBe("running");
      session.ram[0] = 0x42;
      const { output, status } = await runGdb([
        ...connect(),
        "x/xb 0x20000000",
        "info registers r0",
        "set {char}0x20000001 = 7",
      ]);
      expect(status).toBe(0);
      expect(output).toContain("0x20000000:\t0x42");
      expect(output).toMatch(/^r0 +<unavailable>/m);
      expect(session.ram[1]).toBe(7);
      expect(session.runState).toBe("running");
      expect(session.count("halt")).toBe(0);
      await first.command("-exec-interrupt");
      expect(await first.until(/^\*stopped/)).toContain('signal-name="SIGINT"');
    } finally {
      await first.quit();
    }
  });

  it("shows console lines and faults while it waits for the core", async () => {
    const gdb = new MiGdb();
    try {
      await gdb.command(`-target-select extended-remote 127.0.0.1:${port}`);
      await gdb.command("-exec-continue");
      await expect.poll(() => session.runState).toBe("running");
      session.events.emit("user.message", { text: "power is low" });
      expect(await gdb.until(/^@/)).toBe('@"power is low\\n"');
      session.stopWith({ kind: "vector-catch", cause: "hard fault" });
      expect(await gdb.until(/^@/)).toBe('@"The core stopped: hard fault\\n"');
      expect(await gdb.until(/^\*stopped/)).toContain('signal-name="SIGSEGV"');
      await gdb.command("-exec-continue");
      await expect.poll(() => session.runState).toBe("running");
      session.stopWith({ kind: "breakpoint", address: session.r[15], hardware: false });
      expect(await gdb.until(/^\*stopped/)).toContain('signal-name="SIGTRAP"');
    } finally {
      await gdb.quit();
    }
  });
});
