/** What a debugger or its server was told, and the chip or the project has otherwise. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("an access port that is asked for", () => {
  const server = (device: string, port: number) =>
    found(
      "Cortex-Debug: VSCode debugger extension version 1.12.1",
      `    "device": "${device}",`,
      `ST-LINK_gdbserver -p 50000 --swd -m ${port}`,
      "STMicroelectronics ST-LINK GDB server. Version 7.0.0",
      "Target unknown error 19",
      "Error in initializing ST-LINK device.",
    )[0];

  it("has no core behind it, where the chip's one core stands behind the first", () => {
    expect(server("STM32H723ZG", 1)).toMatchObject({ code: "access-port-wrong", certainty: "likely" });
    expect(server("STM32H743ZI", 3).code).toBe("access-port-wrong");
    expect(server("STM32F407VG", 1).cause).toContain("access port 0");
  });

  it("has none on a chip of one core that has its ID in common with those of two", () => {
    const read = (device: string) =>
      found(
        "Cortex-Debug: VSCode debugger extension version 1.12.1",
        `    "device": "${device}",`,
        "ST-LINK_gdbserver -p 50000 --swd -m 3",
        "STMicroelectronics ST-LINK GDB server. Version 7.0.0",
        "Device ID: 0x450",
        "Target unknown error 19",
      )[0].code;
    expect(read("STM32H743ZI")).toBe("access-port-wrong");
    expect(read("STM32H755ZI")).toBe("second-core-off");
  });

  it("is a second core's, or of a chip of which that is not known", () => {
    expect(server("STM32H745ZI", 3).code).toBe("second-core-off");
    expect(server("STM32H563ZI", 1).code).toBe("second-core-off");
    expect(server("STM32", 1).code).toBe("second-core-off");
  });
});

describe("an access port in the server's banner", () => {
  const session = (...rows: readonly string[]) =>
    found(
      "STMicroelectronics ST-LINK GDB server. Version 7.1.0",
      "Starting server with the following options:",
      "        Persistent Mode            : Disabled",
      "        SWD Debug                  : Enabled",
      ...rows,
      "Target unknown error 19",
      "Error in initializing ST-LINK device.",
    )[0];

  it("other than the first is that of a second core, which is off or asleep", () => {
    const off = session("        Access Port                : 3");
    expect(off).toMatchObject({ code: "second-core-off", certainty: "likely" });
    expect(off.cause).toContain("access port 3");
  });

  it("is no second core's where it is the first, or none is named", () => {
    expect(session("        Access Port                : 0").code).not.toBe("second-core-off");
    expect(session().code).not.toBe("second-core-off");
  });
});

describe("a project's .gdbinit", () => {
  const start = [
    "GNU gdb (Arm GNU Toolchain 12.2) 12.1",
    "Reading symbols from target/app...",
    'warning: File "/home/me/app/.gdbinit" auto-loading has been declined by your `auto-load safe-path\' set to "$debugdir:$datadir/auto-load".',
  ];
  const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

  it("that GDB does not trust was not run", () => {
    const [first] = found(...start, "(gdb)");
    expect(first).toMatchObject({ code: "gdb-auto-load-declined", certainty: "likely" });
    expect(first.remedy[0]).toContain("add-auto-load-safe-path /home/me/app/.gdbinit");
  });

  it("is no matter where GDB was connected all the same, and other files never are", () => {
    expect(codes(...start, "Remote debugging using :3333")).not.toContain("gdb-auto-load-declined");
    expect(codes(...start.map((each) => each.replace(".gdbinit", "libstdc++.so.6-gdb.py")))).toEqual([]);
  });
});

describe("a trace by SWO", () => {
  const trace = (told: string, clock: number) =>
    found("SWV ITM Data Console, Port 0", "Hq.p~", told, `SystemCoreClock is ${clock}`);

  it("that is set up for another clock than the core's comes as junk", () => {
    const [first] = trace("  Core Clock (MHz): 64.0", 170_000_000);
    expect(first).toMatchObject({ code: "launch-value-wrong", certainty: "likely" });
    expect(first.cause).toMatch(/64 MHz.*170 MHz/);
    const cortex = found(
      "Cortex-Debug: VSCode debugger extension version 1.12.1",
      '  "cpuFrequency": 72000000,',
      "SystemCoreClock = 8000000",
    );
    expect(cortex[0].code).toBe("launch-value-wrong");
  });

  it("that is set up for the core's clock is not what is wrong", () => {
    expect(trace("  Core Clock: 170 MHz", 170_000_000)).toEqual([]);
    expect(trace("  Core Clock: 168000 kHz", 168_000_000)).toEqual([]);
  });
});
