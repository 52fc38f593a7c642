/** What a tool says last or loudest, and what stood behind it. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("an option byte that STM32CubeProgrammer does not know", () => {
  it("comes before a VTref that is not wired", () => {
    const [first] = found(
      "STM32CubeProgrammer v2.16.0",
      "ST-LINK FW  : V3J13M4",
      "Voltage     : 0.00V",
      "Device ID   : 0x448",
      "PROGRAMMING OPTION BYTES AREA ...",
      "Warning: Option Byte: BOR_LEVEL, does not exist",
    );
    expect(first).toMatchObject({ code: "option-unknown" });
    expect(first.cause).toContain('"BOR_LEVEL"');
  });
});

describe("a probe that is on USB", () => {
  const listed = (pid: string) =>
    `libusb: info [winusb_get_device_list] The following device has no driver: 'USB\\VID_0483&PID_${pid}\\5&1'`;
  const none = "2022-01-01T10:00:00 WARN usb.c: Couldn't find any ST-Link devices";

  it("has no driver, by libusb's own list on Windows", () => {
    expect(found("st-flash 1.7.0", listed("374E"), none).map(({ code }) => code)).toEqual(["probe-driver-missing"]);
  });

  it("is not what libusb lists where that is another device", () => {
    expect(found("st-flash 1.7.0", listed("5740"), none)[0].code).toBe("probe-none");
  });

  it("was waited for by pyOCD and came", () => {
    const waited = ["0000300:INFO:eval:pyocd 0.21", "Waiting for a debug probe to be connected..."];
    expect(found(...waited)[0].code).toBe("probe-none");
    const came = found(
      ...waited,
      "0002000:INFO:board:Target type is stm32f407vg",
      "0002100:ERROR:gdb_server:uncaught exception: STLink error (9): Get IDCODE error",
    );
    expect(came.map(({ code }) => code)).not.toContain("probe-none");
    expect(came[0].code).toBe("firmware-disables-swd");
  });
});

describe("an erase that needs a core at rest", () => {
  it("fails for that alone where OpenOCD says that the core was not halted", () => {
    const [first] = found("Error: Target not halted", "Error: failed erasing sectors 0 to 3");
    expect(first).toMatchObject({ code: "core-does-not-halt", certainty: "likely" });
  });

  it("fails for that alone by the number of the error, too", () => {
    expect(found("Error: failed erasing sectors 0 to 3", "Error: flash_erase returned -304")[0].code).toBe(
      "core-does-not-halt",
    );
    expect(found("Error: failed erasing sectors 0 to 3", "Error: flash_erase returned -4")[0].code).toBe(
      "flash-refused",
    );
  });
});

describe("a chain that reads all ones or zeros", () => {
  const scan = (words: string) =>
    found("Open On-Chip Debugger 0.12.0", `Error: JTAG scan chain interrogation failed: ${words}`);

  it("is looked for at JTAG's wires first", () => {
    for (const words of ["all ones", "all zeroes"]) {
      const [first] = scan(words);
      expect(first).toMatchObject({ code: "wires-open", certainty: "possible" });
      expect(first.cause).toContain("TDO");
      expect(first.remedy[0]).toContain("SWD");
    }
  });

  it("says nothing of a target that is silent over SWD", () => {
    const [first] = found("Open On-Chip Debugger 0.12.0", "Error: Error connecting DP: cannot read IDR");
    expect(first.code).toBe("firmware-disables-swd");
  });
});
