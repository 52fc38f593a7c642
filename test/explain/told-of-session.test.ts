/** What whoever gives the text tells of the session: the system, what else was open, an option byte that was set. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const codes = (...lines: readonly string[]) =>
  explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings.map(({ code, certainty }) => `${code} ${certainty}`);

describe("a device in DFU mode that dfu-util cannot open", () => {
  const run = ["dfu-util 0.9", "Cannot open DFU device 0483:df11", "No DFU capable USB device available"];
  it("has another driver on Windows, is another user's on Linux, and may be either where no system is told", () => {
    expect(codes(...run, "My laptop has Windows 11.")).toEqual(["probe-driver-missing likely"]);
    expect(codes("Ubuntu 22.04 here.", ...run)).toEqual(["probe-permission likely"]);
    expect(codes(...run)).toEqual(["probe-driver-missing possible", "probe-permission possible"]);
    expect(codes("On Windows it works, on Linux I get:", ...run)).toHaveLength(2);
  });

  it("is not for want of rights where root ran it", () => {
    expect(codes("$ sudo dfu-util -l", ...run)).toEqual(["probe-driver-missing possible"]);
  });
});

describe("a probe to which a tool cannot talk", () => {
  const failed = ["STM32CubeProgrammer v2.12.0", "Error: ST-LINK error (DEV_USB_COMM_ERR)"];
  const first = (said: string) => codes(said, ...failed)[0];
  it("is held by what is said to be open meanwhile", () => {
    expect(first("OpenOCD is still running in another terminal.")).toBe("probe-busy likely");
    expect(first("I have a debugging session open in the IDE.")).toBe("probe-busy likely");
  });

  it("is not, where that was closed, is the tool itself, or only advised", () => {
    for (const said of [
      "OpenOCD is not running any more.",
      "No debug session is open.",
      "I have STM32CubeProgrammer open.",
      "Should a debug session be open at the same time?",
      "I opened the housing of the board.",
    ])
      expect([said, first(said)]).toEqual([said, "probe-usb-trouble likely"]);
  });
});

describe("a chip that answers nothing", () => {
  const silent = [
    "STM32CubeProgrammer v2.16.0",
    "ST-LINK FW  : V3J13M4",
    "Voltage     : 3.29V",
    "Error: Unable to get core ID",
  ];
  it("was closed by the product state that is said to have been set", () => {
    expect(codes("I set PRODUCT_STATE to Closed on my board.", ...silent)[0]).toBe("option-bytes-wrong likely");
    expect(codes(...silent, "Yesterday the product state was changed from 0xED to 0x5C.")[0]).toBe(
      "option-bytes-wrong likely",
    );
  });

  it("was not, by a state that leaves it open, or that nobody has set", () => {
    for (const said of [
      "I changed PRODUCT_STATE from 0x72 to 0xED.",
      "I never set PRODUCT_STATE to 0x72.",
      "How to set PRODUCT_STATE to Closed?",
    ])
      expect([said, codes(said, ...silent)[0]]).toEqual([said, "target-silent possible"]);
    const answers = ["STM32CubeProgrammer v2.16.0", "Device ID   : 0x484"];
    expect(codes("I set PRODUCT_STATE to 0x72 and opened it again.", ...answers)).toEqual([]);
  });
});

describe("a supply that somebody measured", () => {
  const server = [
    "STMicroelectronics ST-LINK GDB server. Version 7.10.0",
    "Target unknown error 32",
    "Error in initializing ST-LINK device.",
    "Reason: Unknown. Please check power and cabling to target.",
  ];
  const first = (said: string, ...lines: readonly string[]) =>
    explainLog(Buffer.from([said, "", ...server, ...lines].join("\n"))).findings[0];

  it("is none, where it is next to nothing and no probe measured it", () => {
    for (const said of ["Between VDD and GND my multimeter shows 0.2 V.", "The 3.3V rail is at 0,4 V only."])
      expect(first(said)).toMatchObject({ code: "target-no-power", certainty: "likely" });
  });

  it("is good, or better known by the probe", () => {
    expect(first("VDD is 3.3 V, I measured it.").code).not.toBe("target-no-power");
    expect(first("Between VDD and GND it shows 0.2 V.", "ST-LINK detects target voltage = 3.26 V").code).not.toBe(
      "target-no-power",
    );
  });
});

describe("a board whose chip has product states", () => {
  const log = (board: string, ...more: readonly string[]) => [
    "STM32CubeProgrammer API v2.16.0",
    ...more,
    "ST-LINK SN  : 004F00343532510831333430",
    "ST-LINK FW  : V3J14M6",
    `Board       : ${board}`,
    "Voltage     : 3.28V",
    "Error: No STM32 target found!",
  ];
  const held = "UR connection mode is defined with the HWrst reset mode";
  const said = "Since I played with OEMiROT provisioning the board does not let me in any more";
  const first = (...lines: readonly string[]) => explainLog(Buffer.from(lines.join("\n"))).findings[0];

  it("may be closed when it is silent under reset, the more so where somebody speaks of such work", () => {
    expect(first(...log("NUCLEO-H563ZI", held))).toMatchObject({ code: "access-port-closed", certainty: "possible" });
    expect(first(said, ...log("NUCLEO-H563ZI", held))).toMatchObject({
      code: "access-port-closed",
      certainty: "likely",
    });
    expect(first(said, ...log("STM32H573I-DK"))).toMatchObject({ code: "access-port-closed", certainty: "likely" });
  });

  it("is any other board without a reset, and other chips have none", () => {
    expect(first(...log("NUCLEO-H563ZI")).code).toBe("target-silent");
    expect(first(...log("NUCLEO-F446RE", held))).toMatchObject({ code: "board-jumpers-off", certainty: "likely" });
    expect(first(...log("NUCLEO-H743ZI", held)).code).not.toBe("access-port-closed");
  });
});
