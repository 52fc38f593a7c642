/** Runs that differ in whether the chip was held in reset, and in the clock; and targets that go silent after they answered. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("a chip that answers under reset alone", () => {
  const info = (id: string, option = "") => [
    `$ st-info --probe${option}`,
    "Found 1 stlink programmers",
    "  version:    V2J37S27",
    `  flash:      ${id === "0x0000" ? "0 (pagesize: 0)" : "131072 (pagesize: 1024)"}`,
    `  chipid:     ${id}`,
  ];
  const held = " --connect-under-reset";

  it("has a program that takes the port away, though the last run went well", () => {
    const [first] = found(...info("0x0000"), ...info("0x0410", held));
    expect(first).toMatchObject({ code: "firmware-disables-swd", certainty: "likely" });
    expect(first.cause).toContain("under reset");
  });

  it("is well once it answers without", () => {
    expect(codes(...info("0x0000"), ...info("0x0410", held), ...info("0x0410"))).toEqual([]);
    expect(codes(...info("0x0410", held))).toEqual([]);
  });

  it("is the same by OpenOCD, whose runs come one behind the other", () => {
    const run = (...more: readonly string[]) => [
      "Open On-Chip Debugger 0.12.0",
      ...more.slice(0, -1),
      "Info : STLINK V2J37M27 (API v2) VID:PID 0483:374B",
      "Info : Target voltage: 3.24",
      more.at(-1) ?? "",
    ];
    const silent = run("Error: init mode failed (unable to connect to the target)");
    const works = "Info : device id = 0x20036410";
    const reset = "srst_only separate srst_nogate srst_open_drain connect_assert_srst";
    expect(codes(...silent, ...run(reset, works))[0]).toBe("firmware-disables-swd");
    expect(codes(...silent, ...run(works))).toEqual([]);
  });
});

describe("a run of STM32CubeProgrammer without its banner", () => {
  const run = (options: string, ...lines: readonly string[]) => [
    `$ STM32_Programmer_CLI -c port=SWD ${options}`,
    "ST-LINK SN  : 0673FF343339415043144525",
    "ST-LINK FW  : V2J43M28",
    "Voltage     : 3.21V",
    ...lines,
  ];
  const none = "Error: Unable to get core ID";
  const answers = (clock: string) => [`SWD freq    : ${clock} KHz`, "Connect mode: Under Reset", "Device ID   : 0x427"];

  it("is taken with what its command line asks for: a slower clock alone helps", () => {
    const [first] = found(...run("mode=UR", none), ...run("freq=480 mode=UR", ...answers("480")));
    expect(first).toMatchObject({ code: "wire-clock-too-fast", certainty: "likely" });
    expect(codes(...run("mode=HOTPLUG", none), ...run("freq=480 mode=UR", ...answers("480")))).not.toContain(
      "wire-clock-too-fast",
    );
  });
});

describe("STM32CubeProgrammer's window", () => {
  const probe = ["ST-LINK SN  : 37FF6B064E4E3337", "ST-LINK FW  : V2J37S7", "Voltage     : 3.23V"];

  it("fails under reset and goes well without: NRST is not wired", () => {
    const failed = [
      "UR connection mode is defined with the HWrst reset mode",
      ...probe,
      "Error: Unable to get core ID",
    ];
    const went = [...probe, "SWD freq    : 4000 KHz", "Connect mode: Normal", "Device ID   : 0x444"];
    expect(found(...failed, ...went)[0]).toMatchObject({ code: "nrst-not-wired", certainty: "likely" });
    expect(explainLog(Buffer.from([...failed, ...went].join("\n"))).failure).toBe(true);
    expect(codes(...failed, ...went.map((each) => each.replace("4000", "480")))).not.toContain("nrst-not-wired");
  });

  it("holds the probe when that has told it the target's voltage", () => {
    expect(codes(...probe, "Error: ST-LINK error (DEV_CONNECT_ERR)")[0]).toBe("target-silent");
    expect(codes(...probe.slice(0, 2), "Error: ST-LINK error (DEV_CONNECT_ERR)")[0]).toBe("probe-busy");
  });

  it("lost a target that had answered, before it found none", () => {
    const lost = [
      "Data read successfully",
      "Warning: Connection to device 0x450 is lost",
      "Error: No STM32 target found!",
    ];
    expect(found(...lost)[0]).toMatchObject({ code: "target-lost", certainty: "possible" });
    expect(codes(...probe, lost[2])[0]).toBe("target-silent");
  });
});

describe("a session for a second core", () => {
  const server = (port: string) => [
    `ST-LINK_gdbserver.exe -p 61238 -d -m ${port} -cp C:\\ST`,
    "STMicroelectronics ST-LINK GDB server. Version 7.0.0",
    "Error in initializing ST-LINK device.",
    "Reason: Unknown. Please check power and cabling to target.",
  ];

  it("is possibly one for a core that is not started, where the server tells nothing else", () => {
    expect(found(...server("3"))[0]).toMatchObject({ code: "second-core-off", certainty: "possible" });
    expect(codes(...server("0"))).not.toContain("second-core-off");
    expect(codes(...server("3"), "ST-LINK detects target voltage = 0.3 V")).not.toContain("second-core-off");
  });
});

describe("a core that cannot be halted", () => {
  const openocd = ["Open On-Chip Debugger 0.12.0", "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected"];
  const failed = "TARGET: stm32f1x.cpu - Not halted";

  it("was lost before", () => {
    const log = [...openocd, "Error: Fail reading CTRL/STAT register. Force reconnect", failed];
    expect(codes(...log)).not.toContain("core-does-not-halt");
    expect(codes(...log)[0]).toBe("target-lost");
    expect(codes(...openocd, "timed out while waiting for target halted", failed)).toContain("core-does-not-halt");
  });
});
