/** What is said of a target that answers nothing, or no more: all that it may be, or what something points at. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const codes = (...lines: readonly string[]) =>
  explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings.map(({ code }) => code);

const openocd = ["Open On-Chip Debugger 0.12.0", "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748"];
const core = [...openocd, "Info : Target voltage: 3.24", "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected"];
const server = ["Waiting for debugger connection...", "Debugger connected"];
const halted = ["(Read)Failed determine breakpoint type", "Error! Failed to read target status"];
const gone = "Target is not responding, retrying...";

describe("a target that is lost", () => {
  it("leaves all open where nothing shows at what it was lost", () => {
    expect(codes(...server, gone)).toEqual([
      "target-lost",
      "firmware-disables-swd",
      "firmware-low-power",
      "wires-open",
    ]);
  });

  it("is laid to its program where that was started, and to the supply where that is gone", () => {
    expect(codes(...server, "Download verified successfully", gone)).not.toContain("target-lost");
    const gdb = codes("GNU gdb (GNU Tools for STM32) 8.1.0", "Continuing.", "Warning: Remote failure reply: E31");
    expect(gdb[0]).toBe("firmware-disables-swd");
    expect(gdb).not.toContain("target-lost");
    // While breakpoints are worked at the core stands still, which has words of its own.
    expect(codes(...server, ...halted)[0]).toBe("not-enough-to-tell");
    expect(codes(...server, ...halted)).not.toContain("target-lost");
    const polling = "Polling target stm32f1x.cpu failed, trying to reexamine";
    // A program that ran before the debugger came did not take the port away at its start.
    expect(codes(...core, polling)[0]).toBe("target-lost");
    const started = ["** Programming Started **", "** Verified OK **", "** Resetting Target **"];
    expect(codes(...core, ...started, polling)).not.toContain("target-lost");
    // Not even beside it: whatever explains open wires settles this one as well.
    expect(codes(...server, gone, "st-link detects target voltage = 0.01V")).toEqual(["target-no-power"]);
    expect(codes(...core, polling, "Info : Target voltage: 0.01")).toEqual(["target-no-power"]);
    expect(
      codes(...server, gone, "ST-LINK device disconnected", "Error: ST-LINK USB communication error"),
    ).not.toContain("target-lost");
  });
});

describe("a target that never answered", () => {
  it("leaves all open over SWD, and not on a JTAG chain, which has reasons of its own", () => {
    expect(codes(...openocd, "Error: init mode failed (unable to connect to the target)")[0]).toBe("target-silent");
    const chain = ["Info : clock speed 1000 kHz", "Error: JTAG scan chain interrogation failed: all ones"];
    expect(codes("Open On-Chip Debugger 0.12.0", ...chain)).not.toContain("target-silent");
  });

  it("is another matter once it answered in an earlier run", () => {
    const again = [...openocd, "Error: init mode failed (unable to connect to the target)"];
    expect(codes(...core, "shutdown command invoked", ...again)).not.toContain("target-silent");
  });
});

describe("a board that is silent under reset", () => {
  const silent = ["ST-LINK SN  : 0034", "ST-LINK FW  : V3J7M3", "Voltage     : 3.28V", "Connect mode: Under Reset"];
  const log = (...words: readonly string[]) =>
    codes(...words, "STM32CubeProgrammer v2.9.0", ...silent, "Error: No STM32 target found!");

  it("has its supply set wrongly, it may be, where whoever asks names a chip with a converter", () => {
    const asked = "The first program went into my NUCLEO-H7A3ZI-Q well, and after unplugging the board is gone.";
    expect(log(asked)[0]).toBe("supply-configuration");
    expect(log(asked.replace("H7A3ZI-Q", "H743ZI"))).not.toContain("supply-configuration");
  });
});
