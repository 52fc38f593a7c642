import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/diagnose/finding.ts";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const first = (...lines: string[]): Finding | undefined =>
  explainLog(new TextEncoder().encode(lines.join("\n"))).findings[0];

/** Mechanisms that logs of users brought up, in words of our own. */
describe("what logs of users taught", () => {
  it("a loader's path with blanks and no quotes is one path, and a loader of another family explains a failed erase", () => {
    const found = first(
      "STM32_Programmer_CLI.exe -c port=swd -e all -el C:\\Program Files\\ST Tools\\ExternalLoader\\N25Q128A_STM32L476G-DISCO.stldr -v",
      "                       STM32CubeProgrammer v2.14.0",
      "ST-LINK SN  : 0671FF555588494867121000",
      "ST-LINK FW  : V2J40M27",
      "Voltage     : 3.25V",
      "Device ID   : 0x449",
      "Device name : STM32F74x/STM32F75x",
      "Error: Mass erase operation failed.",
    );
    expect(found).toMatchObject({ code: "loader-other-family", certainty: "likely" });
    expect(found?.cause).toContain("N25Q128A_STM32L476G-DISCO.stldr is for");
    expect(found?.evidence.join("\n")).toContain("Mass erase");
  });

  it("OpenOCD without an interface file before the target's", () => {
    const found = first(
      "Open On-Chip Debugger 0.11.0",
      "Error: Debug adapter does not support any transports? Check config file order.",
      "Error: unable to select a session transport. Can't continue.",
    );
    expect(found?.code).toBe("adapter-unfit");
    expect(found?.remedy[0]).toContain("interface/stlink.cfg");
  });

  it("OpenOCD whose driver does not offer the transport", () => {
    const found = first("Open On-Chip Debugger 0.12.0+dev", "Debug adapter doesn't support 'hla_swd' transport");
    expect(found).toMatchObject({ code: "adapter-unfit", certainty: "likely" });
    expect(found?.cause).toContain("hla_swd");
  });

  it("an image that probe-rs finds no flash for", () => {
    const found = first(
      "    Flashing target/thumbv7m-none-eabi/debug/app",
      "     Error failed to flash target/thumbv7m-none-eabi/debug/app",
      "Caused by:",
      "    0: Error while flashing",
      "    1: No flash memory contains the entire requested memory range 0x020000..0x0200A0.",
    );
    expect(found?.code).toBe("image-outside-flash");
  });

  it("an image that was linked for address 0, which GDB could not load", () => {
    const found = first(
      "GNU gdb (GDB) 7.10",
      "Remote debugging using :3333",
      "Loading section .vector_table, size 0x400 lma 0x0",
      "Loading section .text, size 0x2064 lma 0x400",
      "Load failed",
    );
    expect(found).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
  });

  it("a chip ID of 0 is a chip that was not read", () => {
    const found = first(
      "st-util 1.5.1",
      "INFO common.c: Loading device parameters....",
      "Chip ID is 00000000, Core ID is  0bb11477.",
    );
    expect(found?.code).toBe("chip-unknown");
  });

  it("a probe that was not found though nobody named one is no missing serial number", () => {
    const found = first(
      "       Error Failed to open the debug probe.",
      "Caused by:",
      "    0: Probe could not be created",
      "    1: Probe was not found.",
    );
    expect(found).toMatchObject({ code: "probe-none", certainty: "likely" });
  });

  it("a device ID that a tool does not know is no certain cause from its words alone", () => {
    const found = first("st-flash 1.7.0", "2021-05-02T12:00:10 WARN common.c: unknown chip id! 0x5fa0004");
    expect(found?.certainty).not.toBe("certain");
  });
});
