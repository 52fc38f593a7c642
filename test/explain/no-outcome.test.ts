import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explained = (lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));

const serverStart = [
  "STMicroelectronics ST-LINK GDB server. Version 7.8.0",
  "Starting server with the following options:",
  "        Logging Level              : 1",
  "        Listen Port Number         : 61234",
  "        SWD Debug                  : Enabled",
];
const openocdStart = [
  "Open On-Chip Debugger 0.12.0",
  "adapter speed: 2000 kHz",
  "Info : STLINK V2J39S7 (API v2) VID:PID 0483:3748",
  "Info : Target voltage: 3.253546",
];

describe("a text that stops before an outcome", () => {
  it.each([
    ["ST's server, at its options", serverStart],
    ["OpenOCD, at the voltage", openocdStart],
    [
      "cortex-debug, when GDB is started",
      [
        "Cortex-Debug: VSCode debugger extension version 1.12.1",
        "Launching GDB: arm-none-eabi-gdb -q --interpreter=mi2",
      ],
    ],
    [
      "ST's server, which ended with a debugger that did nothing",
      [...serverStart, "Waiting for debugger connection...", "Debugger connected", "Shutting down...", "Exit."],
    ],
  ])("is told as one, with what to do next: %s", (_, lines) => {
    const { findings, failure } = explained(lines);
    expect(findings[0]).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(findings[0].cause).toMatch(/^This text shows a session that began/);
    expect(findings[0].evidence.length).toBeGreaterThan(0);
    expect(findings[0].remedy.join("")).not.toBe("");
    // What was not seen to fail excludes nothing.
    expect(failure).toBe(false);
  });

  it.each([
    ["ST's server that waits", [...serverStart, "Waiting for debugger connection..."]],
    ["ST's server in use", [...serverStart, "Waiting for debugger connection...", "Debugger connected"]],
    [
      "a core that was found",
      [...openocdStart, "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected", "shutdown command invoked"],
    ],
    [
      "a list of probes",
      ["$ probe-rs list", "The following debug probes were found:", "[0]: STLink V2 -- 0483:3748:38FF"],
    ],
    ["a version", ["Open On-Chip Debugger 0.12.0", "Licensed under GNU GPL v2"]],
    [
      "a download that went well",
      [
        ...serverStart,
        "Waiting for debugger connection...",
        "Debugger connected",
        "File download complete",
        "Debugger connection lost.",
        "Shutting down...",
      ],
    ],
  ])("is not: %s", (_, lines) => {
    expect(explained(lines).findings.filter(({ severity }) => severity !== "note")).toEqual([]);
  });
});

describe("a download of which no more is told than the chip that was found", () => {
  const server = [
    "STMicroelectronics ST-LINK GDB server. Version 6.1.0",
    "Waiting for debugger connection...",
    "Debugger connected",
  ];
  const programmer = [
    "STM32CubeProgrammer v2.10.0",
    "ST-LINK FW  : V3J9M3",
    "SWD freq    : 12000 KHz",
    "Device ID   : 0x497",
  ];

  it("hangs there or was cut off", () => {
    const [first] = explainLog(Buffer.from([...server, ...programmer].join("\n"))).findings;
    expect(first).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(first.cause).toContain("ends at the chip's name");
    const work = ["Memory Programming ...", "Address : 0x08000000", "File download complete"];
    expect(explainLog(Buffer.from([...server, ...programmer, ...work].join("\n"))).findings).toEqual([]);
    expect(explainLog(Buffer.from(programmer.join("\n"))).findings).toEqual([]);
  });
});
