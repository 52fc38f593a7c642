/** What a log of cortex-debug tells of the editor's settings, and of a GDB that says nothing. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("a server that the system refuses to run", () => {
  const refused = "Failed to launch OpenOCD GDB Server: Error: spawn EACCES";
  const setting = (path: string) => `"cortex-debug.openocdPath": "${path}",`;
  it("is a folder where the setting names no program", () => {
    for (const lines of [
      [setting("/opt/openocd/bin"), refused],
      [refused, setting("/opt/openocd/bin/")],
    ]) {
      const [first] = found("Cortex-Debug: VSCode debugger extension version 1.12.0", ...lines);
      expect(first).toMatchObject({ code: "program-missing", certainty: "likely" });
      expect(first.cause).toContain("cortex-debug.openocdPath");
    }
  });

  it("is a file without the right to be run where it names one, and either where none is known", () => {
    const [named] = found(setting("/opt/openocd/bin/openocd"), refused);
    expect(named.code).toBe("program-missing");
    expect(named.cause).not.toContain("By its name");
    expect(named.remedy[0]).toContain("chmod");
    expect(found(refused)[0].code).toBe("program-missing");
  });
});

describe("a GDB that was asked for its version", () => {
  const launched = [
    "Cortex-Debug: VSCode debugger extension version 1.12.0",
    "Launching GDB: /opt/arm/bin/arm-none-eabi-gdb -q --interpreter=mi2",
    "1-gdb-version",
  ];
  const waited = "Finished reading symbols from objdump: Time: 44 ms";
  it("and has not answered while other things went on may not run at all", () => {
    const [first] = found(...launched, waited);
    expect(first).toMatchObject({ code: "gdb-missing", certainty: "possible" });
    expect(first.cause).toContain("/opt/arm/bin/arm-none-eabi-gdb");
  });

  it("runs where it answered, and is not told of where the text ends there", () => {
    const codes = (...lines: string[]) => found(...lines).map(({ code }) => code);
    expect(codes(...launched, '~"GNU gdb (GNU Arm Embedded Toolchain) 12.1\\n"', "1^done", waited)).not.toContain(
      "gdb-missing",
    );
    expect(codes(...launched)).not.toContain("gdb-missing");
  });
});

describe("a session that stands at the reset handler", () => {
  const launched = 'Launching server: "/opt/SEGGER/JLink/JLinkGDBServer" "-if" "swd" "-device" "STM32F407VG"';
  const stop = ["Reset_Handler () at startup_stm32f407xx.s:64", "64\t  ldr   sp, =_estack"];
  const unnamed = "Not implemented stop reason (assuming exception): undefined";
  it("stands where a reset leads, and nothing failed", () => {
    const { findings, failure } = explainLog(Buffer.from([launched, ...stop, unnamed].join("\n")));
    expect(failure).toBe(false);
    expect(findings[0]).toMatchObject({ code: "vscode-setting-missing", certainty: "possible", severity: "warning" });
    expect(findings[0].cause).toContain("runToEntryPoint");
  });

  it("is not silent, whatever is asked about it", () => {
    const asked = "It stops there, the probe says connected to target. What exception is that?";
    expect(found(launched, ...stop, unnamed, asked).map(({ code }) => code)).not.toContain("target-silent");
  });

  it("lacks nothing where it was told to run on, or did", () => {
    const told = [
      ...found(launched, '"runToEntryPoint": "main",', ...stop),
      ...found(launched, ...stop, "Temporary breakpoint 1, main () at main.c:80"),
    ];
    expect(told.map(({ code }) => code)).not.toContain("vscode-setting-missing");
  });
});

describe("live watch without values", () => {
  const configuration = (...more: string[]) => [
    '"type": "cortex-debug",',
    '"servertype": "openocd",',
    '"configFiles": ["interface/stlink.cfg", "target/stm32f4x.cfg"],',
    ...more,
    "Open On-Chip Debugger 0.12.0",
    "Info : accepting 'gdb' connection on tcp/50000",
  ];
  const asked = "The LIVE WATCH view shows uwTick without a value.";
  it("is off where the configuration that is shown does not turn it on", () => {
    const [first] = found(...configuration(), asked);
    expect(first).toMatchObject({ code: "vscode-setting-missing", certainty: "likely", severity: "warning" });
    expect(first.cause).toContain("liveWatch");
  });

  it("has another reason where it does, and where no configuration is shown", () => {
    expect(found(...configuration('"liveWatch": { "enabled": true },'), asked)).toEqual([]);
    expect(found(...configuration().slice(3), asked)).toEqual([]);
    expect(found(...configuration())).toEqual([]);
  });
});

describe("a configuration that has OpenOCD started", () => {
  const shown = (...more: readonly string[]) => [
    '"type": "cortex-debug",',
    '"request": "launch",',
    '"executable": "./build/a.elf",',
    '"servertype": "openocd",',
    ...more,
  ];
  const says = "A box comes up: OpenOCD Configuration Files are required.";
  it("lacks the files that it is to be given, as it shows or the extension says", () => {
    expect(found(...shown())[0]).toMatchObject({ code: "vscode-setting-missing", certainty: "likely" });
    const [first] = found(says, ...shown());
    expect(first).toMatchObject({ code: "vscode-setting-missing", certainty: "certain" });
    expect(first.cause).toContain("configFiles");
  });

  it("does not, where it has them, is shown in part, or OpenOCD ran", () => {
    const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);
    for (const lines of [
      shown('"configFiles": ["interface/stlink.cfg"],'),
      shown().slice(2),
      [...shown(), "Open On-Chip Debugger 0.12.0"],
    ])
      expect(codes(...lines)).not.toContain("vscode-setting-missing");
  });
});
