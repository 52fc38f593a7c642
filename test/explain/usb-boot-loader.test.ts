/** ST's boot loader on USB: what is there in its place, and what keeps a tool from seeing it. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const programmer = "STM32CubeProgrammer API v2.16.0 | Windows-64Bits";

describe("a device of DFU that does not tell its chip", () => {
  const device = (maker: string, product: string) =>
    found(
      programmer,
      "USB speed   : Full Speed (12MBit/s)",
      `Manuf. ID   : ${maker}`,
      `Product ID  : ${product}`,
      "DFU protocol: 1.1",
      "Error: unknown or unsupported device",
    )[0];

  it("is another boot loader where it names another maker", () => {
    const other = device("dapboot project", "DFU Bootloader");
    expect(other).toMatchObject({ code: "boot-loader-silent", certainty: "likely" });
    expect(other.cause).toContain("dapboot project, DFU Bootloader");
  });

  it("may be ST's where it names ST, or nobody", () => {
    expect(device("STMicroelectronics", "DFU in FS Mode").code).toBe("chip-unknown");
    expect(device("--", "--").code).toBe("chip-unknown");
  });
});

describe("the driver of the boot loader in Windows", () => {
  const properties = (service: string) => [
    "STM32  BOOTLOADER",
    "Hardware Ids: USB\\VID_0483&PID_DF11&REV_2200",
    `Service: ${service}`,
  ];
  const demo = "DfuSe Demo (v3.0.5): the list of available devices stays empty.";

  it("is not that of DfuSe, where it is WinUSB, and not the programmer's where it is DfuSe's", () => {
    const [dfuse] = found(demo, ...properties("WinUSB"));
    expect(dfuse).toMatchObject({ code: "probe-driver-missing", certainty: "likely" });
    expect(dfuse.cause).toContain("STTub30");
    const [newer] = found(...properties("STTub30"), programmer, "Error: No DFU device detected");
    expect(newer).toMatchObject({ code: "probe-driver-missing" });
    expect(newer.cause).toMatch(/STTub30.*\(WinUSB\)/);
  });

  it("is none of the trouble where the tool has its own", () => {
    expect(found(demo, ...properties("STTub30")).map(({ code }) => code)).not.toContain("probe-driver-missing");
    const [silent] = found(...properties("WinUSB"), programmer, "No DFU detected");
    expect(silent.code).toBe("boot-loader-silent");
  });
});

describe("no boot loader on USB", () => {
  it("while the system has a device there that gives no descriptor", () => {
    for (const words of [
      "Unknown USB Device (Device Descriptor Request Failed)",
      "USB\\VID_0000&PID_0002\\5&1C2A",
      "usb 1-2: device descriptor read/64, error -71",
    ]) {
      const [mute] = found(words, programmer, "No DFU detected");
      expect(mute).toMatchObject({ code: "boot-loader-silent", certainty: "likely" });
      expect(mute.cause).toContain("does not answer it");
    }
  });

  it("nor any tool that says so: the kernel's lines alone, or before dfu-util's", () => {
    const kernel = [
      "usb 1-2: new full-speed USB device number 24 using xhci_hcd",
      "usb 1-2: Device not responding to setup address.",
      "usb 1-2: device not accepting address 24, error -71",
      "BOOT0 of the STM32 is high.",
    ];
    expect(found(...kernel, "$ dfu-util -l", "dfu-util 0.11")[0]).toMatchObject({
      code: "boot-loader-silent",
      certainty: "likely",
    });
    expect(found(...kernel)[0]).toMatchObject({ code: "boot-loader-silent", certainty: "possible" });
    const probe = ["STM32CubeProgrammer v2.15.0", "ST-LINK SN  : 066DFF485550755187121723", "Device ID   : 0x431"];
    expect(found(...kernel, ...probe)).toEqual([]);
    const none = found(...kernel, "$ st-info --probe", "Found 0 stlink programmers");
    expect(none.map(({ code }) => code)).not.toContain("boot-loader-silent");
  });

  it("is told without that where the system says nothing", () => {
    const [none] = found(programmer, "No DFU detected");
    expect(none.code).toBe("boot-loader-silent");
    expect(none.cause).not.toContain("does not answer it");
  });
});

describe("a part of the file that is for RAM", () => {
  const written = (address: string, ...first: readonly string[]) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      ...first,
      "Memory Programming ...",
      "Opening and parsing file: fw.hex",
      "  Address       : 0x08000000",
      "Download in Progress:",
      `Error: Write memory failed at address ${address}`,
      "Error: failed to download Segment[1]",
    )[0];
  const serial = ["Serial Port COM4 is successfully opened.", "Activating device: OK", "Chip ID: 0x440"];

  it("is refused by the boot loader, which works there", () => {
    const ram = written("0x20000000", ...serial);
    expect(ram.code).toBe("image-outside-flash");
    expect(ram.cause).toMatch(/0x20000000.*RAM/);
  });

  it("is not where flash refuses, or where RAM is written over the debug port", () => {
    expect(written("0x08001000", ...serial).code).not.toBe("image-outside-flash");
    expect(written("0x20000000", "ST-LINK SN  : 0012", "Device ID   : 0x413").code).not.toBe("image-outside-flash");
  });
});

describe("the error state of a boot loader on USB", () => {
  const state =
    "state(10) = dfuERROR, status(10) = Device's firmware is corrupt. It cannot return to run-time operations";
  const start = ["dfu-util 0.11", "Opening DFU capable USB device...", `DFU ${state}`];
  const work = [
    "Downloading element to address = 0x08000000, size = 8192",
    "Download done.",
    "File downloaded successfully",
  ];

  it("is none any more when dfu-util has cleared it", () => {
    const cleared = [...start, "Clearing status", "DFU state(2) = dfuIDLE, status(0) = No error condition is present"];
    expect(found(...cleared, ...work)).toEqual([]);
    expect(found(...cleared, work[0], "dfu-util: unable to read DFU status after completion")[0].code).toBe(
      "probe-usb-trouble",
    );
    expect(found(...start)[0].code).toBe("boot-loader-refuses");
  });

  it("is what failed where it is read behind the transfer, which went over USB", () => {
    const command = 'dfu-util: Error during special command "ERASE_PAGE" get_status';
    const codes = (...lines: readonly string[]) => found(...work.slice(0, 1), ...lines).map(({ code }) => code);
    expect(codes(command, state)).toEqual(["boot-loader-refuses"]);
    expect(codes(command)).toEqual(["probe-usb-trouble"]);
  });
});
