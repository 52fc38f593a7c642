/** Failures of programs, command lines and probes, and what a short excerpt says of the target. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("STM32CubeProgrammer that is not found", () => {
  it("is named by any of its names", () => {
    for (const name of ["STM32_Programmer.sh", "STM32_Programmer_CLI", "STM32CubeProgrammer.exe"]) {
      expect(found(`${name} not found.`, "Aborting!")[0], name).toMatchObject({ code: "cubeprogrammer-missing" });
    }
  });

  it("is not certain where the script stands in a folder that has a blank", () => {
    const inFolder = (folder: string) =>
      found(`/home/${folder}/core/tools/upload.sh: line 33: STM32_Programmer_CLI: not found`, "Aborting!")[0];
    expect(inFolder("ann lee")).toMatchObject({ code: "cubeprogrammer-missing", certainty: "likely" });
    expect(inFolder("ann lee").remedy.join("\n")).toContain("blank");
    expect(inFolder("ann")).toMatchObject({ code: "cubeprogrammer-missing", certainty: "certain" });
    expect(inFolder("ann").remedy.join("\n")).not.toContain("has a blank");
  });
});

describe("a probe that may not be opened", () => {
  const refused = "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS";

  it("may be held by another program where the system is not known", () => {
    expect(found(refused)[0]).toMatchObject({ code: "probe-permission", certainty: "likely" });
    const both = found(refused, "Error: ST-LINK error (DEV_CONNECT_ERR)");
    expect(both.map(({ code }) => code)).toEqual(["probe-busy", "probe-permission"]);
  });

  it("lacks the right on Linux, whose error number it is", () => {
    const log = [
      "st-util 1.7.0",
      "libusb: error [get_usbfs_fd] libusb couldn't open USB device /dev/bus/usb/001/004, errno=13",
    ];
    expect(found(...log)[0]).toMatchObject({ code: "probe-permission", certainty: "certain" });
  });

  it("is not said to have old firmware by a text that names two causes", () => {
    const both = found("STM32CubeProgrammer v2.9.0", "Error: Old ST-LINK firmware/ST-LINK already used");
    expect(both.map(({ code, certainty }) => [code, certainty])).toEqual([
      ["probe-busy", "likely"],
      ["probe-firmware-old", "possible"],
    ]);
  });
});

describe("a command of OpenOCD", () => {
  it("with its arguments in one word was escaped once too often", () => {
    const [first] = found(
      'invalid command name "flash write_image erase app.bin 0x08000000"',
      "/opt/bin/openocd -f support/board.cfg -c init -c 'flash\\ write_image\\ erase\\ app.bin\\ 0x08000000'",
    );
    expect(first).toMatchObject({ code: "config-unfit" });
    expect(first.cause).toContain("escaped");
  });

  it("that is unknown by its name alone was not", () => {
    const [first] = found("Open On-Chip Debugger 0.12.0", 'invalid command name "adapter_khz"');
    expect(first.code).toBe("config-unfit");
    expect(first.cause).not.toContain("escaped");
  });
});

describe("st-info's answer to one question", () => {
  it("is a chip that did not answer where its ID is 0", () => {
    expect(found("st-info --flash", "0x0", "st-info --chipid", "0x0")[0]?.code).toBe("target-silent");
    expect(found("st-info --chipid", "0x0410")).toEqual([]);
    expect(found("st-info --flash", "0x0")).toEqual([]);
  });
});

describe("ST's words for a core", () => {
  it("that did not halt are read behind Reason, too", () => {
    const [first] = found("Error in initializing ST-LINK device.", "Reason: Target not halted.");
    expect(first.code).toBe("core-does-not-halt");
  });
});
