/** What whoever gives the text says of clocks and sleep, beside what the tools print. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("a verification that fails", () => {
  const download = [
    "STM32CubeProgrammer v2.15.0",
    "ST-LINK SN  : 0012",
    "ST-LINK FW  : V2J40S7",
    "SWD freq    : 4000 KHz",
    "Device ID   : 0x410",
    "Opening and parsing file: fw.bin",
    "  Address       : 0x08000000",
    "File download complete",
    "Verifying ...",
    "Error: Data mismatch found at address 0x08000C00 (byte = 0xFF instead of 0x12)",
    "Error: Download verification failed",
  ];
  const codeWith = (said: string) => found(...download, said)[0].code;

  it("is the clock's, where a slower one is said to do", () => {
    const [first] = found(...download, "At 950 kHz it works every time, at 4 MHz it does not.");
    expect(first).toMatchObject({ code: "wire-clock-too-fast", certainty: "likely" });
    expect(first.cause).toMatch(/4000 kHz.*950 kHz/);
    expect(codeWith("We tried freq=480 and there it passes.")).toBe("wire-clock-too-fast");
    expect(found("Slowed down to 0.5 MHz all goes through.", ...download)[0].code).toBe("wire-clock-too-fast");
  });

  it("is not, where that clock is as fast, fails as well, is only asked about, or is another clock", () => {
    for (const said of [
      "With freq=8000 it works on the other board.",
      "At 950 kHz it fails too, though the cable is fine.",
      "Would it work at 480 kHz?",
      "It does not work at 480 kHz either.",
      "The core works at 1 MHz from the HSI.",
    ])
      expect([said, codeWith(said)]).toEqual([said, "flash-differs"]);
  });

  it("is not, where it went well at the same clock afterwards", () => {
    const again = [...download, ...download.slice(0, 8), "Verifying ...", "Download verified successfully"];
    const codes = found(...again, "At 480 kHz it works as well.").map(({ code }) => code);
    expect(codes).not.toContain("wire-clock-too-fast");
  });
});

describe("a chip that answers under reset alone", () => {
  const run = (mode: string) => [`> STM32_Programmer_CLI -c port=SWD mode=${mode}`, "STM32CubeProgrammer v2.15.0"];
  const twice = [
    ...run("NORMAL"),
    "Error: Unable to get core ID",
    ...run("UR"),
    "Connect mode: Under Reset",
    "Device ID   : 0x431",
  ];
  const first = (said: string) => found(...twice, said)[0];

  it("sleeps, where its program is said to", () => {
    for (const said of [
      "main() calls HAL_PWR_EnterSTOPMode(PWR_LOWPOWERREGULATOR_ON, PWR_STOPENTRY_WFI) at once. Can I attach without a reset?",
      "It wakes each minute and then goes back into Standby.",
      "The node sits in STOP1 nearly all of the time",
    ])
      expect(first(said)).toMatchObject({ code: "firmware-low-power", certainty: "likely" });
    expect(found("The node sleeps in STOP2.", ...twice)[0].code).toBe("firmware-low-power");
  });

  it("switches SWD off, where nothing is said of sleep, or that it does not", () => {
    for (const said of [
      "The board works otherwise.",
      "HAL_PWR_EnterSTOPMode() is commented out.",
      "It never goes into standby.",
      "My laptop went into standby meanwhile.",
    ])
      expect([said, first(said).code]).toEqual([said, "firmware-disables-swd"]);
  });
});

describe("what is remarked on a log in which nothing failed", () => {
  const log = ["STM32CubeProgrammer v2.16.0", "Device ID   : 0x415", "File download complete", "MCU Reset"];
  const asked = (said: string) => found(...log, "", said).map(({ code }) => code);

  it("is heard with an arrow before it, and in brackets", () => {
    expect(asked("-> but not one byte on the UART afterwards")).toEqual(["not-enough-to-tell"]);
    expect(asked("(my keyboard comes back as another device after each reset)")).toEqual(["not-enough-to-tell"]);
  });

  it("is nothing where it complains of nothing, or a program says it", () => {
    expect(asked("-> and the LED on the board blinks now")).toEqual([]);
    expect(asked("(void)fails_when_not(ready) is never called here")).toEqual([]);
  });
});

it("a question about a build that went well is heard as a question, and is no tool's error", () => {
  const build = [
    "14:30:12 **** Incremental Build of configuration Debug for project motor ****",
    "arm-none-eabi-size  motor.elf",
    "Finished building: default.size.stdout",
    "Build Finished. 0 errors, 0 warnings.",
  ];
  const [first] = found("Is something wrong here? The console names a file that I do not have.", ...build);
  expect(first?.cause ?? "").not.toContain("in words that are not known");
});
