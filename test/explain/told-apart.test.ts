/** What two things in one text tell together: a list and a miss, two clocks, a link address and another, work and a key. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("a path without separators", () => {
  const opened = (path: string) =>
    found(
      "Open On-Chip Debugger 0.10.0",
      "Info : Target voltage: 3.26",
      "auto erase enabled",
      `couldn't open ${path}`,
    )[0];

  it("has lost its backslashes on the way to OpenOCD", () => {
    for (const path of ["C:Users", "D:work\bin\tap.img", "C:fwmain.elf"]) {
      const first = opened(path);
      expect([first.code, first.certainty], path).toEqual(["file-missing", "likely"]);
      expect(first.cause, path).toContain("escapes");
      expect(first.remedy[0], path).toContain("braces");
    }
  });

  it("is another matter where it has them", () => {
    expect(opened("C:/fw/main.elf")).toMatchObject({ code: "file-missing", certainty: "certain" });
    expect(opened("C:/fw/main.elf").cause).not.toContain("escapes");
  });
});

describe("OpenOCD's trace port", () => {
  const session = [
    "Open On-Chip Debugger 0.12.0",
    "Info : starting gdb server for stm32l4x.cpu on 3333",
    "Info : accepting 'gdb' connection on tcp/3333",
  ];

  it("is not started without its clocks, while the session goes on", () => {
    for (const [which, option] of [
      ["SWO pin", "-pin-freq"],
      ["Trace clock-in", "-traceclk"],
    ]) {
      for (const log of [
        [...session, `Error: ${which} frequency not set`],
        [session[0], `Error: ${which} frequency not set`, ...session.slice(1), "** Programming Finished **"],
      ]) {
        const [first] = found(...log);
        expect(first).toMatchObject({ code: "config-unfit", severity: "warning" });
        expect(first.cause).toContain(option);
        expect(explainLog(Buffer.from(log.join("\n"))).remarks).toEqual([]);
      }
    }
  });

  it("finds the pin's by itself in other releases", () => {
    expect(
      codes(...session, "Debug: 12 34 SWO pin frequency not set, will be autodetected by the adapter"),
    ).not.toContain("config-unfit");
  });
});

describe("a probe that probe-rs lists", () => {
  const list = [
    "$ probe-rs list",
    "The following debug probes were found:",
    "[0]: STLink V2-1 -- 0483:374b:0672FF51 (ST-LINK)",
  ];
  const missed = (command: string) => [
    `$ ${command}`,
    "Error: Failed to open the debug probe.",
    "Caused by:",
    "    0: Probe could not be created",
    "    1: Probe was not found.",
  ];
  const info = "probe-rs info";

  it("may not be opened, where it is said not to be there then", () => {
    for (const log of [
      [...list, ...missed(info)],
      [...missed(info), ...list],
      [...list, ...missed(`${info} --probe 0483:374b:0672FF51`)],
    ]) {
      expect(found(...log)[0]).toMatchObject({ code: "probe-permission", certainty: "likely" });
    }
  });

  it("is another one, or is held, where rights are not wanting", () => {
    expect(codes(...list, ...missed(`${info} --probe 0483:374b:00AA00BB`))[0]).toBe("probe-serial-missing");
    expect(codes(...list, ...missed(`sudo ${info}`))).not.toContain("probe-permission");
    expect(codes(...missed(info))).not.toContain("probe-permission");
    expect(codes('"os": "windows"', ...list, ...missed(info))).not.toContain("probe-permission");
  });
});

describe("an ST-LINK that the computer lists and stlink does not", () => {
  const asked = (product: string, version: string) =>
    found(
      "$ lsusb",
      "Bus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub",
      `Bus 001 Device 017: ID 0483:${product} STMicroelectronics`,
      "$ sudo st-flash read x.bin 0x8000000 0x100",
      `st-flash ${version}`,
      "2019-09-30T10:05:27 WARN usb.c: Couldn't find any ST-Link/V2 devices",
    )[0];

  it("is of a kind that came after the release", () => {
    for (const [product, version] of [
      ["3752", "1.5.1-97-g8a1d2e0"],
      ["3752", "1.6.0"],
      ["374e", "1.5.1"],
      ["3754", "1.7.0"],
    ]) {
      const first = asked(product, version);
      expect(first, `${product} ${version}`).toMatchObject({ code: "probe-unsupported", certainty: "likely" });
    }
    const kernel = "usb 1-4: New USB device found, idVendor=0483, idProduct=3752, bcdDevice= 1.00";
    expect(codes("st-info 1.5.1", "Found 0 stlink programmers", kernel)[0]).toBe("probe-unsupported");
  });

  it("is not where the release has it, or a build before it may", () => {
    for (const [product, version] of [
      ["3752", "1.6.1"],
      ["3752", "1.6.0-31-gf5d0454"],
      ["3748", "1.5.1"],
      ["374b", "1.5.1"],
      ["3754", "1.8.0"],
    ]) {
      expect(asked(product, version).code, `${product} ${version}`).toBe("probe-none");
    }
  });
});

describe("runs of probe-rs that differ in their clock", () => {
  const bad = (command: string) => [
    `$ ${command}`,
    "Error failed attaching to target",
    "1: Failed to read register DRW at address 0x0000000c",
    "2: Target device did not respond to request.",
  ];
  const good = (command: string) => [`$ ${command}`, "Finished in 1.94s"];
  const flash = "cargo flash --chip STM32F103C8";

  it("lay it at the clock where one that is slow works between two that fail", () => {
    const [first] = found(...bad(flash), ...good(`${flash} --speed 400`), ...bad(flash));
    expect(first).toMatchObject({ code: "wire-clock-too-fast", certainty: "likely" });
    expect(first.remedy[0]).toContain("--speed 400");
    const between = found(...bad(`${flash} --speed 4000`), ...good(`${flash} --speed 400`), ...bad(flash))[0];
    expect(between.cause).toContain("4000 kHz");
  });

  it("do not where more differs, or it works without as well", () => {
    const slow = `${flash} --speed 400`;
    for (const log of [
      [...bad(flash), ...good(`${slow} --connect-under-reset`), ...bad(flash)],
      [...bad(flash), ...good(slow), ...good(flash), ...bad(flash)],
      [...good(slow), ...bad(flash)],
    ]) {
      expect(codes(...log)).not.toContain("wire-clock-too-fast");
    }
  });
});
