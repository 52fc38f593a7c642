/** Logs of several runs, and runs of several parts: what one of them tells of another, and what it does not. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explain = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));
const findings = (...lines: readonly string[]) => explain(...lines).findings;
const codes = (...lines: readonly string[]) => findings(...lines).map(({ code }) => code);

const programmer = ["STM32CubeProgrammer v2.14.0", "ST-LINK SN  : 0671FF", "Voltage     : 3.29V"];
const chip = ["Device ID   : 0x447", "Flash size  : 192 KBytes"];

describe("parts of one download", () => {
  const bad = ["Downloading 8-bit data...", "Error: Failed to download data!"];
  const good = ["Downloading 8-bit data...", "Downloading 8-bit data done successfully"];
  const verified = ["Verifying ...", "Download verified successfully"];

  it("that failed are not mended by a part that went well", () => {
    const found = explain(...programmer, ...chip, ...bad, ...good, ...verified);
    expect(found.failure).toBe(true);
    expect(found.findings[0].code).toBe("flash-refused");
  });

  it("that failed are over when a later run did all of it", () => {
    const segment = ["Opening and parsing file: app.elf", "Error: failed to download Segment[1]"];
    const again = ["Opening and parsing file: app.elf", "File download complete", ...verified];
    expect(codes(...programmer, ...chip, ...segment, ...again)).toEqual([]);
    expect(codes(...programmer, ...chip, ...bad, ...programmer, ...chip, ...good, ...verified)).toEqual([]);
  });

  it("are compared one by one in GDB, and one that differs stays so", () => {
    const differs = "Section .text, range 0x8000000 -- 0x8000400: MIS-MATCHED!";
    const matches = "Section .data, range 0x8000400 -- 0x8000480: matched.";
    const gdb = ["(gdb) target extended-remote :3333", "(gdb) compare-sections"];
    expect(codes(...gdb, differs, matches)[0]).toBe("flash-differs");
    const load = ["(gdb) load", "Start address 0x08000201, load size 1152", "(gdb) compare-sections"];
    expect(codes(...gdb, differs, matches, ...load, matches)).toEqual([]);
  });
});

describe("a target that answered in an earlier run", () => {
  const probe = ["$ st-info --probe", "Found 1 stlink programmers", "  version:    V2J39S7"];
  const seen = [...probe, "  flash:      65536 (pagesize: 1024)", "  sram:       20480", "  chipid:     0x410"];
  const gone = ["$ st-info --probe", "Failed to enter SWD mode", "Found 1 stlink programmers", "  chipid:     0x000"];

  it("and is silent in a later one has a program that may keep the debugger out; a loose lead comes last", () => {
    const found = findings(...seen, ...gone);
    expect(found.map(({ code }) => code)).toEqual(["firmware-disables-swd", "firmware-low-power", "wires-open"]);
    expect(found.every(({ certainty }) => certainty === "possible")).toBe(true);
  });

  it("is likelier to have one when a program was written in between", () => {
    const wrote = ["$ st-flash write a.bin 0x8000000", "st-flash 1.8.0", "Flash written and verified! jolly good!"];
    expect(findings(...seen, ...wrote, ...gone)[0]).toMatchObject({
      code: "firmware-disables-swd",
      certainty: "likely",
      cause: expect.stringContaining("later run"),
    });
  });

  it("says nothing of its program where option bytes were changed in between", () => {
    const locked = "Option Bytes successfully programmed";
    const later = [...programmer, "Error: No STM32 target found!"];
    expect(codes(...programmer, ...chip, locked, ...later)).not.toContain("firmware-low-power");
    expect(codes(...programmer, ...chip, ...later)[0]).toBe("firmware-disables-swd");
  });

  it("but not one that is lost within one run", () => {
    const run = ["0000245:INFO:board:Target type is stm32h743xx", "0000282:INFO:dap:DP IDR = 0x6ba02477 (v2 rev6)"];
    const lost = "0000299:ERROR:dap:Exception reading AP#0 IDR: STLink error (5): No device connected";
    expect(
      codes("$ pyocd gdbserver", ...run, lost, "0000319:CRITICAL:__main__:No cores were discovered!"),
    ).not.toContain("firmware-disables-swd");
  });
});

describe("a probe of probe-rs that fails after the download", () => {
  const run = "     Running `probe-run --chip STM32F303VCTx target/thumbv7em-none-eabihf/debug/blink`";
  const done = ["  (HOST) INFO  flashing program (3 pages / 3.00 KiB)", "  (HOST) INFO  success!"];
  const lost = ["Error: An error with the usage of the probe occurred", "    1: Command failed with status SwdDpError"];

  it("lost a target whose program runs", () => {
    expect(findings(run, ...done, ...lost)[0]).toMatchObject({
      code: "firmware-disables-swd",
      certainty: "likely",
      cause: expect.stringContaining("once the program ran"),
    });
    expect(findings(run, ...lost)[0]).toMatchObject({ certainty: "possible" });
  });
});

describe("ST's boot loader and a read that fails", () => {
  const either = "Warning: Device is under Read Out Protection or Target is held under reset";
  const unread = "Error: a read operation failed, please check if any memory protection mechanism is active.";
  const banner = "STM32CubeProgrammer v2.19.0";

  it("is no chip in reset: it answers, over USB or a serial port", () => {
    const usb = [banner, "USB speed : Full Speed (12MBit/s)", "DFU protocol: 1.1", "Device ID : unknown"];
    const serial = [banner, "Serial Port COM9 is successfully opened.", "Activating device: OK"];
    for (const log of [
      [...usb, either, unread],
      [...usb, either],
      [...serial, either],
    ]) {
      const found = findings(...log);
      expect(found.map(({ code }) => code)).toEqual(["boot-loader-refuses"]);
      expect(found[0].certainty).toBe("possible");
      expect(found[0].remedy[0].includes("USB port")).toBe(log[1] === usb[1]);
    }
  });

  it("with a probe may be the one or the other, as the tool says", () => {
    const found = findings(...programmer, "Device ID   : unknown", either);
    expect(found.slice(0, 2).map(({ code, certainty }) => `${code} ${certainty}`)).toEqual([
      "read-protected possible",
      "nrst-held-low possible",
    ]);
    expect(findings(...programmer, ...chip, "Address : 0x08000000", unread)[0].code).toBe("read-protected");
  });
});

describe("a list of st-info without sizes", () => {
  const list = (sram: number, page: number) => [
    "$ st-info --probe",
    "Found 1 stlink programmers",
    `  flash:      0 (pagesize: ${page})`,
    `  sram:       ${sram}`,
    "  chipid:     0x460",
    "  dev-type:   STM32G07x_G08x",
  ];

  it("is one of a tool that knows the chip by name alone", () => {
    expect(findings(...list(0, 0))[0]).toMatchObject({ code: "tool-lacks-chip", certainty: "likely" });
    expect(codes(...list(36864, 2048))).not.toContain("tool-lacks-chip");
  });
});

describe("what exceeds the memory for STM32CubeProgrammer", () => {
  const exceeds = "Error: Operation exceeds memory limits";

  it("is the program's length, where it begins with flash, and its place otherwise", () => {
    expect(codes(...programmer, "Address : 0x08000000", exceeds)[0]).toBe("image-too-large");
    expect(codes(...programmer, "Address : 0x08080000", exceeds)[0]).toBe("image-outside-flash");
  });
});

it("a script of OpenOCD's own that is missing leads to its release", () => {
  const missing = (path: string) => findings("Open On-Chip Debugger 0.10.0", `Error: Can't find ${path}`)[0];
  expect(missing("target/stm32g0x.cfg").remedy[0]).toContain("newer OpenOCD");
  expect(missing("tools/lamp.cfg").remedy[0]).not.toContain("newer OpenOCD");
});
