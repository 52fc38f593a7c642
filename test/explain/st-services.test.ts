/** What ST's tools print of option bytes, secure services, external loaders and partitions: which of two causes it is. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) =>
  explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings.filter(({ severity }) => severity !== "note");

const probe = ["STM32CubeProgrammer v2.17.0", "ST-LINK SN  : 0041", "ST-LINK FW  : V3J15M7", "Voltage     : 3.28V"];
const chip = (id: string, name: string) => [
  ...probe,
  "SWD freq    : 8000 KHz",
  "Connect mode: Hot Plug",
  `Device ID   : ${id}`,
  `Device name : ${name}`,
];
const h5 = chip("0x484", "STM32H56x/573");
const h7 = chip("0x450", "STM32H7xx");
const f4 = chip("0x413", "STM32F405xx/F407xx/F415xx/F417xx");

describe("debug authentication", () => {
  const begun = ["Start Debug Authentication Sequence", "Open SDM Lib", "SDMOpen : 700 : open : SDM API v1.0"];
  const there = [
    "open_comms : 560 : open : Communication with the target established successfully",
    "discovery: target ID.......................:0x484",
  ];

  it("that gets no answer is about NRST first", () => {
    const [first] = found(...probe, ...begun, "Error: Failed to communicate with target !");
    expect(first).toMatchObject({ code: "debug-authentication-fails", certainty: "likely" });
    expect(first.cause).toContain("NRST is not wired");
  });

  it("at which the text ends is no more than possibly unanswered", () => {
    expect(found(...probe, ...begun)[0]).toMatchObject({ code: "debug-authentication-fails", certainty: "possible" });
  });

  it("that failed after discovery was answered is about what was provisioned", () => {
    const [first] = found(...h5, ...begun, ...there, "Error: Debug Authentication Failed");
    expect(first.cause).toMatch(/does not grant .*provisioned/);
    expect(first.cause).not.toContain("NRST");
  });

  it("of which only the failure is told claims no answer of the chip's", () => {
    expect(found(...probe, "Error: Debug Authentication Failed")[0].cause).toContain("does not answer");
    expect(found(...probe, "Error: Debug Authentication: wrong password")[0].cause).toContain("does not grant");
  });

  it("that went well is no failure", () => {
    expect(found(...h5, ...begun, ...there, "Debug Authentication Success")).toEqual([]);
  });
});

describe("a secure service", () => {
  it.each([
    ["Error: RSSLIB_SETOBKEY_BAD_SIZE", "another member of the family"],
    ["Error: Failed to get RSSe Status!\nError: Cannot launch RSSe...", "SFSP"],
    ["Error: SFI command is not supported for the current device configuration using STLINK interfaces !", "SFSP"],
    ["Error: HSM: no card reader found", "No licence came"],
    [
      "Error: SECURITY State Fail\nError: RSS internal system error or License is invalid !",
      "licence is for another chip",
    ],
  ])("fails by its own word: %s", (words, cause) => {
    const [first] = found(...h5, words);
    expect(first).toMatchObject({ code: "secure-install-fails", certainty: "likely" });
    expect(first.cause).toContain(cause);
  });
});

describe("option bytes", () => {
  const back = (name: string, wanted: string, there: string) =>
    `Error: Expected value for Option Byte "${name}": ${wanted}, found: ${there}`;

  it("that a chip did not take, which still answers, did not lose it", () => {
    const [first] = found(...f4, back("nSWBOOT0", "0x0", "0x1"), "Error: Option Byte Programming failed");
    expect(first).toMatchObject({ code: "option-bytes-wrong", certainty: "possible" });
    expect(first.cause).toMatch(/nSWBOOT0.* were not changed/);
    expect(first.cause).not.toContain("was lost");
  });

  it("of secret areas go with read protection alone", () => {
    const [first] = found(...h7, back("DMEP1", "0x0", "0x1"), back("PROT_AREA_END1", "0x0", "0x7F"));
    expect(first.cause).toContain("level 1 back to level 0");
  });

  it("after whose writing the chip is not reached again are the first suspect", () => {
    const [first] = found(...f4, "PROGRAMMING OPTION BYTES AREA ...", "Error: failed to reconnect after reset !");
    expect(first).toMatchObject({ code: "option-bytes-wrong", certainty: "likely" });
    expect(first.cause).toContain("was lost");
  });

  it.each([
    ["-ob PRODUCT_STATE=0x72", "PRODUCT_STATE=0X72", "Debug authentication opens"],
    ["-ob RDP=0xCC", "RDP=0XCC", "final"],
  ])("that shut debuggers out did what they do: %s", (command, setting, remedy) => {
    const [first] = found(
      ...h5,
      `Option byte command : ${command}`,
      "PROGRAMMING OPTION BYTES AREA ...",
      "Error: failed to reconnect after reset !",
    );
    expect(first.cause).toContain(`since ${setting} was written`);
    expect(first.remedy[0]).toContain(remedy);
  });

  it("with a value that they cannot have are a slip on the command line", () => {
    const [first] = found(...f4, "Error: Input value: 0x33D00 for Option Byte: SBRV, is not valid");
    expect(first).toMatchObject({ code: "option-unknown", cause: expect.stringContaining("SBRV (0x33D00)") });
  });
});

describe("an external loader", () => {
  const internal = ["Erasing memory corresponding to segment 0:", "Erasing internal memory sector 0"];
  const external = ["Erasing memory corresponding to segment 1:", "Erasing external memory sectors [0 3]"];
  const opened = ["Opening and parsing file: app.hex", "  Address       : 0x08000000"];

  it("whose segment failed is what failed", () => {
    const log = [...opened, ...internal, ...external, "Download in Progress:", "Error: failed to download Segment[1]"];
    expect(found(...h7, ...log)[0]).toMatchObject({ code: "loader-reports-failure", certainty: "likely" });
  });

  it("beside an internal segment that failed is no more than suspected", () => {
    const log = [...opened, ...internal, ...external, "Download in Progress:", "Error: failed to download Segment[0]"];
    expect(found(...h7, ...log)[0]).toMatchObject({ code: "loader-reports-failure", certainty: "possible" });
    expect(found(...h7, ...opened, ...internal, "Error: failed to download Segment[0]")[0].code).toBe("flash-refused");
  });

  it("may wait for interrupts before 2.7.0, and is not suspected there", () => {
    const log = [...opened, ...internal, ...external, "Download in Progress:", "Error: failed to download Segment[0]"];
    const by = (version: string) => found(`STM32CubeProgrammer v${version}`, ...h7.slice(1), ...log)[0].code;
    expect(["1.4.0", "2.6.0"].map(by)).toEqual(["flash-refused", "flash-refused"]);
    expect(by("2.7.0")).toBe("loader-reports-failure");
  });

  it("has nothing to do with the next file", () => {
    const failed = ["Download in Progress:", "Error: failed to download Segment[1]"];
    const log = [...opened, ...internal, ...external, ...opened, ...internal];
    expect(found(...h7, ...log, ...failed)[0].certainty).toBe("possible");
    expect(found(...h7, ...log, "Error: failed to erase memory")[0].code).toBe("flash-refused");
  });

  it("is not blamed on protection for what it did not write", () => {
    const mismatch = (at: string) => `Error: Data mismatch found at address ${at} (byte = 0xFF instead of 0x5D)`;
    const cause = (at: string) => found(...h7, ...opened, ...external, mismatch(at))[0].cause;
    expect(cause("0x90000000")).toContain("external loader did not write it");
    expect(cause("0x08000004")).not.toContain("external");
  });

  it("whose path has a blank is told with it", () => {
    const cut = "Error: External loader c:\\program cannot be loaded.";
    const [first] = found(...probe, cut, "Device ID   : 0x434");
    expect(first).toMatchObject({
      code: "file-missing",
      remedy: [expect.stringContaining("blank"), expect.anything()],
    });
  });

  it("of the tool's own lies beside the tool", () => {
    const missing = "Error: flash loader cannot be loaded. FlashLoaderPath = /opt/prog/FlashLoader/0x";
    expect(found(...f4, missing)[0].remedy[0]).toContain("FlashLoader beside its program");
    expect(found(...f4, "Error: Flash loader cannot be loaded")[0].code).toBe("flash-refused");
  });
});

describe("an MP1 that is programmed over USB", () => {
  const mpu = [
    "STM32CubeProgrammer v2.17.0",
    "USB speed   : High Speed (480MBit/s)",
    "Product ID  : DFU in HS Mode @Device ID /0x500, @Revision ID /0x0000",
    "Device ID   : 0x0500",
    "Start Embedded Flashing service",
  ];
  const failed = [
    "Download in Progress:",
    "Error: failed to download Segment[0]",
    "Error: failed to download the File",
  ];
  it.each([
    ["0x01", "USB breaks off"],
    ["0x11", "SD card"],
  ])("has partitions and no protected flash: %s", (partition, cause) => {
    const [first] = found(...mpu, `  Partition ID  : ${partition}`, ...failed);
    expect(first).toMatchObject({ code: "boot-stage-not-started", cause: expect.stringContaining(cause) });
  });

  it("comes anew on USB with its second stage, where a virtual machine may take it", () => {
    const words = "Error: unable to get the associate alternate setting of partition ID: 0xf1";
    expect(found(...mpu, "PartID: :0x03", words)[0].cause).toMatch(/0x03.*virtual machine/);
  });
});

describe("a program that was to be started by ST's boot loader", () => {
  const dfu = ["STM32CubeProgrammer v2.17.0", "USB speed   : Full Speed (12MBit/s)", "Device ID   : 0x0441"];
  const start = ["RUNNING Program ...", "Error: Start operation failed"];
  it("and was written is refused its start; one that was not has the earlier cause", () => {
    expect(found(...dfu, ...start)[0]).toMatchObject({ code: "boot-loader-refuses" });
    const write = ["Error: Write failed at address: 0x8000000", "Error: failed to download Segment[0]"];
    expect(found(...dfu, ...write, ...start)[0].cause).toContain("Write Memory");
  });
});

describe("a command line of ST's server", () => {
  const refused = (...lines: readonly string[]) =>
    found("STMicroelectronics ST-LINK GDB server. Version 7.8.0", ...lines)[0];
  it("with a value that is none is not one with an unknown option", () => {
    const first = refused(
      "PARSE ERROR: Argument: -p (--port-number)",
      "             Couldn't read argument value from string 'abc'",
    );
    expect(first.cause).toMatch(/given for --port-number is no value/);
    expect(refused("PARSE ERROR: Argument: --foo", "             Couldn't find match for argument").cause).toContain(
      "does not know --foo",
    );
  });

  it("that lacks an option is told which", () => {
    const first = refused("PARSE ERROR:  ", "             Required argument missing: stm32cubeprogrammer-path");
    expect(first.cause).toContain("--stm32cubeprogrammer-path is not there");
  });
});

it("a sentence of the programmer's about its command line is no more than likely about it", () => {
  expect(found(...probe, "Error: Wrong number of arguments")[0]).toMatchObject({
    code: "option-unknown",
    certainty: "likely",
  });
});

describe("a chip that was reached and goes silent", () => {
  const read = [
    "Data read successfully",
    "Error: Unable to get core ID",
    "Warning: Connection to device 0x413 is lost",
  ];
  const normal = f4.map((each) => each.replace("Hot Plug", "Normal"));
  it("ran its program where the tool came to it running, or reset it", () => {
    expect(found(...f4, ...read)[0].code).toBe("firmware-disables-swd");
    const [lost] = found(...normal, ...read);
    expect(lost.code).toBe("target-lost");
    expect(lost.cause).toMatch(/its program, which ran on.*bad contact/);
    expect(found(...normal, "Software reset is performed", ...read)[0].code).toBe("firmware-disables-swd");
  });
});

describe("a core that is told to be not halted", () => {
  const words = "Error: ST-LINK error (DEV_TARGET_NOT_HALTED)";
  it("hangs or crashed, and is not said to sleep", () => {
    const [first] = found(...probe, words);
    expect(first).toMatchObject({ code: "core-does-not-halt", certainty: "likely" });
    expect(first.cause).toContain("hangs in an access");
    expect(first.remedy[0]).toContain("BOOT0");
  });

  it("under reset is one that was not reset", () => {
    const apart = probe.map((each) => each.replace("V3J15M7", "V2J43S7"));
    expect(found(...apart, "Connect mode: Under Reset", words)[0].code).toBe("nrst-not-wired");
    // A board's own probe has NRST as a track.
    expect(found(...probe, "Connect mode: Under Reset", words)[0].code).toBe("core-does-not-halt");
  });
});

describe("a voltage between nothing and enough", () => {
  const at = (volts: string, ...lines: readonly string[]) =>
    found(...f4.map((each) => each.replace("3.28V", volts)), ...lines);
  it("is the supply's, where flash refuses to be changed", () => {
    expect(at("0.52V", "Error: failed to erase memory")[0]).toMatchObject({ code: "target-voltage-low" });
    expect(at("0.01V", "Error: failed to erase memory")[0].code).toBe("flash-refused");
    expect(at("0.52V").map(({ code }) => code)).not.toContain("target-voltage-low");
  });
});

describe("a programming error at an address", () => {
  const utility = ["STM32 ST-LINK Utility v4.5.0", "Connected via SWD.", "Device ID:0x410"];
  const cause = (...lines: readonly string[]) => found(...utility, ...lines)[0].cause;
  it("behind the image's start is not that of protection", () => {
    expect(cause("Programming error @ 0x0800344C!")).toContain("up to 0x0800344C and not further");
    expect(cause("Programming error @ 0x08000000!")).not.toContain("not further");
    // An image that begins there.
    expect(cause("Programming error @ 0x08004000!")).not.toContain("not further");
  });
});

describe("a chip without flash of its own", () => {
  const n6 = chip("0x486", "STM32N6xx");
  it("has its loader fail, whatever the tool says of protection", () => {
    const words = "Error: Mass erase operation failed. Please verify flash protection";
    const findings = found(...n6, words);
    expect(findings.map(({ code }) => code)).toEqual(["loader-reports-failure"]);
    expect(findings[0].remedy[0]).toContain("development boot");
    expect(found(...f4, words)[0].code).toBe("flash-protected");
  });
});

describe("the tool that signs images", () => {
  const signed = (...lines: readonly string[]) => found("STM32 Signing Tool v2.21.0", ...lines)[0];
  it("says what it does not align", () => {
    const warning = "Warning: payload is not aligned to 0x400, use the align option";
    expect(signed(warning)).toMatchObject({ code: "program-unusable", certainty: "possible" });
    expect(signed(warning).remedy[0]).toContain("-align");
    expect(found(...probe, warning)[0]?.cause ?? "").not.toContain("boot ROM");
  });

  it("refuses values and misses files", () => {
    expect(signed("Error: Wrong password").cause).toContain("-pwd");
    expect(signed("Error: Header version 7 is not supported").cause).toContain("-hv");
    expect(signed("Error: Input file does not exist: app.bin").code).toBe("file-missing");
  });
});

describe("a download that went well", () => {
  it("whose program does not start has the core held in reset, if the tool says so", () => {
    const well = [...f4, "Download in Progress:", "File download complete", "RUNNING Program ..."];
    const kept = ["Warning: failed to run application!", "Warning: The core is kept under Reset!"];
    expect(found(...well, "Start operation achieved successfully")).toEqual([]);
    expect(found(...well, ...kept, "Start operation achieved successfully")[0]).toMatchObject({
      code: "nrst-held-low",
    });
  });
});

describe("a read for the programmer's window", () => {
  const read = (address: string) => [
    "08:10:00 : UPLOADING ...",
    "08:10:00 : Size : 4096 Bytes",
    `08:10:00 : Address : ${address}`,
    "08:10:00 : Read progress:",
    "08:10:05 : Error: Data read failed",
  ];

  it("of external memory is its loader's, said once or again and again", () => {
    for (const lines of [read("0x90000000"), [...read("0x90000000"), ...read("0x90000000"), ...read("0x90000000")]]) {
      expect(found(...lines)[0]).toMatchObject({ code: "loader-memory-silent", certainty: "possible" });
    }
    expect(found(...read("0x90000000"))[0].remedy[0]).toContain("-el");
    expect(found(...read("0x08000000")).map(({ code }) => code)).not.toContain("loader-memory-silent");
  });
});

describe("an installation of firmware by the secure service", () => {
  it("fails with the option byte that it begins with", () => {
    expect(found(...h7, "Starting Firmware Install operation...", "Error: Activating security Failure")[0].code).toBe(
      "secure-install-fails",
    );
  });
});

describe("programming at address 0", () => {
  const utility = ["STM32 ST-LINK Utility v4.5.0", "Connected via SWD.", "Device ID:0x448", "Device family :STM32F07x"];

  it("is of a file that is linked there", () => {
    const [first] = found(...utility, "Error occured during program operation!", "Programming error @: 0x00000000");
    expect(first).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(first.cause).toContain("0x08000000");
  });

  it("is not meant by an address in flash", () => {
    const codes = found(...utility, "Programming error @ 0x08000800!").map(({ code }) => code);
    expect(codes).not.toContain("image-outside-flash");
    expect(codes.length).toBeGreaterThan(0);
  });
});

describe("an interface that STM32CubeProgrammer does not know by this name", () => {
  it("is taken for a serial port, not for a probe that is held", () => {
    const error = "Error: Cannot open port USBX, it may be used by another application or port name is invalid.";
    expect(found("STM32CubeProgrammer v1.4.0", error).map(({ code }) => code)).toEqual(["serial-port-unavailable"]);
  });
});

describe("a secure installation of which two lines failed", () => {
  it("is told by the step that failed, not by the whole", () => {
    const license = "Error: Failed to get the license from the HSM";
    const whole = "Error: SFI install operation failed";
    const alone = found(...h7, license)[0];
    expect(alone.code).toBe("secure-install-fails");
    expect(found(...h7, license, whole)[0].cause).toBe(alone.cause);
    expect(found(...h7, whole)[0].cause).not.toBe(alone.cause);
  });
});

describe("the interface that Arduino's script chose", () => {
  const warned = "Warning: Device is under Read Out Protection or Target is held under reset";
  const failed = "Error: a read Operation failed, please check if any memory protection mechanism is active.";

  it("tells that ST's boot loader was read, which a chip in reset does not run", () => {
    for (const way of ["dfu", "serial"]) {
      const codes = found(`Selected interface: ${way}`, warned, failed).map(({ code }) => code);
      expect([way, codes]).toEqual([way, ["boot-loader-refuses"]]);
    }
    const codes = found("Selected interface: swd", warned, failed).map(({ code }) => code);
    expect(codes).toContain("nrst-held-low");
  });
});
