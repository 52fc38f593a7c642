/** Causes that a chip's, a tool's or a clock's own nature decides, not the words of the error. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("an image larger than a memory limit", () => {
  const download = (id: string, flash: string, size: string) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      "ST-LINK SN  : 0012",
      "ST-LINK FW  : V3J10M3",
      `Device ID   : ${id}`,
      `Flash size  : ${flash}`,
      "Memory Programming ...",
      "Opening and parsing file: fw.elf",
      "  File          : fw.elf",
      `  Size          : ${size}`,
      "  Address       : 0x08000000",
      "Error: Operation exceeds memory limits",
    )[0];

  it("goes over the end of the first bank where a G4 has two", () => {
    const split = download("0x469", "128 KBytes", "90.00 KB");
    expect(split).toMatchObject({ code: "image-outside-flash" });
    expect(split.cause).toMatch(/0x08010000.*64 KiB.*0x08040000/);
    expect(split.remedy[0]).toContain("DBANK");
  });

  it("does not where the banks meet, and where it fits the first", () => {
    expect(download("0x469", "512 KBytes", "300.00 KB").cause).not.toContain("bank");
    expect(download("0x415", "256 KBytes", "200.00 KB").cause).not.toContain("bank");
    expect(download("0x469", "128 KBytes", "40.00 KB").cause).not.toContain("first bank");
  });
});

describe("OpenOCD's wait for a halt", () => {
  const session = [
    "Open On-Chip Debugger 0.12.0",
    "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected",
    "[stm32f1x.cpu] halted due to debug-request, current mode: Thread",
  ];
  const late = "Error: timed out while waiting for target halted";

  it("is for the end of its own work while flash is programmed", () => {
    const [first] = found(...session, "** Programming Started **", late, "** Programming Failed **");
    expect(first.code).toBe("flash-refused");
  });

  it("is for the core before that", () => {
    expect(found(...session, late)[0].code).toBe("core-does-not-halt");
  });
});

describe("a target that is lost under a download", () => {
  const lost = (khz: number) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      "ST-LINK FW  : V3J10M3",
      `SWD freq    : ${khz} KHz`,
      "Device ID   : 0x415",
      "Memory Programming ...",
      "Download in Progress:",
      "Error: ST-LINK error (DEV_TARGET_COMM_ERR)",
    ).map(({ code }) => code);

  it("may be for a clock that somebody set high, and not for the usual one", () => {
    expect(lost(24_000)[0]).toBe("wire-clock-too-fast");
    expect(lost(4_000)).not.toContain("wire-clock-too-fast");
  });
});

describe("files that OpenOCD opens by itself", () => {
  it("are looked for where it was started", () => {
    const [first] = found("Open On-Chip Debugger 0.11.0", "embedded:startup.tcl:26: Error: Can't find openocd.cfg");
    expect(first.code).toBe("file-missing");
    expect(first.remedy[0]).toContain("folder in which it was started");
  });

  it("name one kind of ST-LINK up to 0.10", () => {
    const remedy = (version: string) =>
      found(`Open On-Chip Debugger ${version}`, "Error: open failed", "in procedure 'init'")[0].remedy.join("\n");
    expect(remedy("0.10.0")).toContain("stlink-v2-1.cfg");
    expect(remedy("0.12.0")).not.toContain("stlink-v2-1.cfg");
  });
});

describe("the list of options of ST's server", () => {
  it("tells of JTAG where SWD is off", () => {
    const [first] = found(
      "STMicroelectronics ST-LINK GDB server. Version 5.6.0",
      "Starting server with the following options:",
      "        SWD Debug                  : Disabled",
      "Target unknown MCU target",
    );
    expect(first.code).toBe("jtag-instead-of-swd");
  });
});

describe("a name that SEGGER's list lacks", () => {
  it("is the tool's matter", () => {
    const [first] = found(
      "SEGGER J-Link GDB Server V7.90",
      'The selected device "STM32F4XX7" is unknown to this software version.',
    );
    expect(first.code).toBe("tool-lacks-chip");
  });
});
