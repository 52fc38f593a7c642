/** What is said where no tool reports a failure, and whoever gives the text does. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explained = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));

const programmed = [
  "      STM32CubeProgrammer v2.16.0",
  "ST-LINK SN  : 066DFF485550755187121723",
  "ST-LINK FW  : V2J43M28",
  "Voltage     : 3.24V",
  "Device ID   : 0x431",
  "Device name : STM32F411xC/E",
  "Memory Programming ...",
  "Opening and parsing file: meter.elf",
  "Erasing internal memory sector 0",
  "Download in Progress:",
  "File download complete",
  "Download verified successfully",
];

describe("a text in which every tool succeeds", () => {
  it("and a person tells of something else is not passed over", () => {
    const { findings, failure } = explained(
      ...programmed,
      "",
      "Still the display stays dark when I power it from the battery.",
    );
    expect(findings[0]).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(findings[0].cause).toContain("the display stays dark");
    expect(findings[0].remedy.join()).toContain("vector table");
    expect(failure).toBe(false);
  });

  it("whoever speaks, before the tools' first line or behind their last", () => {
    const words = "Display stays dark after that, on the battery.";
    expect(explained(...programmed, words).findings).toHaveLength(1);
    expect(explained(words, ...programmed).findings).toHaveLength(1);
  });

  it.each([
    "But why?",
    "Everything went well, thank you for this great tool and have a nice day.",
    "That is the log of the board with the long cable in the lab upstairs.",
    "arm-none-eabi-size build/meter.elf",
    "Building target meter.elf with the options that are not the default",
  ])("and nobody complains shows nothing wrong: %s", (words) => {
    expect(explained(words, ...programmed).findings).toEqual([]);
  });

  it("names what a trace needs where the trace is what is missing", () => {
    const { findings } = explained(...programmed, "The SWO window never shows any of my characters.");
    expect(findings[0].remedy.join()).toContain("TRACE_IOEN");
  });

  it("asks for the rest where nothing was done yet", () => {
    const { findings } = explained(
      "STMicroelectronics ST-LINK GDB server. Version 7.8.0",
      "ST-LINK device initialization OK",
      "Waiting for debugger connection...",
      "Debugger connected",
      "Then the whole window hangs for me until I kill it.",
    );
    expect(findings[0]).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(findings[0].remedy.join()).toContain("-l 31");
  });
});

describe("a complaint beside a failure that a tool reports", () => {
  it("changes nothing", () => {
    const lines = [
      "Open On-Chip Debugger 0.12.0",
      "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748",
      "Info : Target voltage: 0.012000",
      "Error: target voltage may be too low for reliable debugging",
    ];
    const alone = explained(...lines).findings.map(({ code }) => code);
    const told = explained(...lines, "I do not understand why it never works on my desk.").findings.map(
      ({ code }) => code,
    );
    expect(told).toEqual(alone);
    expect(told[0]).toBe("target-no-power");
  });
});

describe("words between a tool's lines", () => {
  it("are a person's where they say so, and a program's otherwise", () => {
    const between = (words: string) =>
      explained(...programmed.slice(0, 6), words, ...programmed.slice(6)).findings.length;
    expect(between("The second button does nothing on our board here")).toBe(1);
    expect(between("The second stage does nothing on this kind of board")).toBe(0);
  });
});
