/** A probe that is not found: what the computer, another tool or another Python shows beside the tool that says so. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const none = ["$ pyocd list", "No available debug probes are connected"];

describe("a probe on the bus whose node belongs to root", () => {
  const hub = "Bus 003 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub";
  const probe = "Bus 003 Device 007: ID 0483:374b STMicroelectronics ST-LINK/V2.1";
  const node = (mode: string, group = "root", path = "/dev/bus/usb/003/007") =>
    `${mode} 1 root ${group} 189, 262 Mar  1 09:12 ${path}`;
  const first = (list: string, ...rest: readonly string[]) => found(hub, probe, ...rest, list)[0].code;

  it("may be opened by root alone", () => {
    expect(first(node("crw-rw-r--"), ...none)).toBe("probe-permission");
    expect(first(node("crw-------"), "st-info 1.8.0", "Found 0 stlink programmers")).toBe("probe-permission");
  });

  it.each([
    ["a list of users is behind the mode", node("crw-rw-r--+")],
    ["a group may write", node("crw-rw-r--", "plugdev")],
    ["all may", node("crw-rw-rw-")],
    ["it is another device's", node("crw-rw-r--", "root", "/dev/bus/usb/003/008")],
  ])("is not known to be where %s", (_, list) => {
    expect(first(list, ...none)).toBe("probe-none");
  });

  it("may be so as well where root is the one who sees it, whatever the tool", () => {
    const row = "  0   STM32 STLink  34FF6D065250343857190943   n/a";
    const opened = ["Open On-Chip Debugger 0.12.0", "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748"];
    expect(found(...none, "$ sudo openocd -f board.cfg", ...opened)[0].code).toBe("probe-permission");
    expect(found(...none, "$ openocd -f board.cfg", ...opened, row)[0]?.code).not.toBe("probe-permission");
  });

  it("stands in root's way no more", () => {
    expect(first(node("crw-rw-r--"), "$ sudo st-info --probe", "Found 0 stlink programmers")).toBe("probe-none");
  });
});

describe("a server that runs while another finds no probe", () => {
  const miss = ["st-util 1.7.0", "2021-10-02T18:22:47 WARN usb.c: Couldn't find any ST-Link devices"];
  const held = (...lines: readonly string[]) => found(...miss, ...lines)[0].code;

  it.each([
    " 5121   ??  S      0:03.11 st-util -p 50000 -v --no-reset",
    "anna      5121  0.3  0.1  71234  5120 pts/1    Sl   10:02   0:03 /usr/bin/openocd -f board.cfg",
    "st-util.exe                   5121 Console                    1      6,124 K",
    "ST-LINK_gdbserver.exe         5121 Console                    1     16,124 K",
  ])("has it: %s", (process) => {
    expect(held(process)).toBe("probe-busy");
  });

  it.each([
    " 5390 s002  S+     0:00.00 grep st-util",
    " 5121 pts/1    Z+     0:03 [st-util] <defunct>",
    " 5121   ??  S      0:03.11 vim st-util.md",
  ])("is none, or has it no longer: %s", (process) => {
    expect(held(process)).toBe("probe-none");
  });

  it("has it no longer once it was ended, and is not the one that waits for it", () => {
    const process = " 5121   ??  S      0:03.11 st-util -p 50000";
    expect(found(process, "kill 5121", ...miss)[0].code).toBe("probe-none");
    // What was found later was not held by then.
    const later = ["st-flash 1.7.0", "2021-10-02T18:23:47 INFO common.c: Flash written and verified! jolly good!"];
    expect(found(...miss, ...later, process).map(({ code }) => code)).not.toContain("probe-busy");
    expect(
      found(...none, "Waiting for a debug probe to be connected...", " 77 ?  S  0:01 pyocd gdbserver")[0].code,
    ).toBe("probe-none");
  });
});

describe("an ST-LINK that pyOCD does not see", () => {
  const row = "  0   STM32 STLink  34FF6D065250343857190943   n/a";
  const openocd = [
    "Open On-Chip Debugger 0.12.0",
    "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748",
    "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected",
    "shutdown command invoked",
  ];

  it("is there for the pyOCD of another Python: this one lacks libusb", () => {
    expect(found(...none, "> py -3.11 -m pyocd list", row)[0]).toMatchObject({
      code: "library-missing",
      certainty: "likely",
      cause: expect.stringContaining("py -3.11"),
    });
    expect(found("$ /opt/venv/bin/pyocd list", none[1], "$ pyocd list", row)[0].code).toBe("library-missing");
  });

  it("was plugged in meanwhile, where it is the same one that sees it", () => {
    expect(found(...none, "$ pyocd list", row).map(({ code }) => code)).not.toContain("library-missing");
    expect(found(...none, "$ python -m pyocd list", row).map(({ code }) => code)).not.toContain("library-missing");
  });

  it("is there for OpenOCD, which reaches it alike", () => {
    expect(found(...openocd, ...none)[0]).toMatchObject({ code: "library-missing", certainty: "possible" });
  });

  it("may be hidden otherwise where OpenOCD had other rights, or the tool is another", () => {
    expect(found("$ sudo openocd -f board.cfg", ...openocd, ...none)[0]?.code).not.toBe("library-missing");
    expect(found(...openocd, "st-info 1.8.0", "Found 0 stlink programmers")[0].code).toBe("probe-none");
    expect(found(...none)[0].code).toBe("probe-none");
    // Busy, or had by the same pyOCD before: its library is there.
    const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);
    const busy = "libusb: error [get_usbfs_fd] libusb couldn't open USB device, errno=16 (LIBUSB_ERROR_BUSY)";
    expect(codes(...openocd, busy, ...none)).not.toContain("library-missing");
    const had = ["0000571 I Target type is stm32f407vg [board]", "0000592 I DP IDR = 0x2ba01477 (v1 rev2) [dap]"];
    expect(codes(...openocd, "$ pyocd flash app.hex", ...had, ...none)).not.toContain("library-missing");
  });
});

describe("a chip that pyOCD's index of packs lacks", () => {
  const failed = "download of https://www.keil.com/pack/Keil.STM32H7xx_DFP.pdsc failed: unexpected end of file";
  const session = (...lines: readonly string[]) =>
    found(
      "$ pyocd pack update",
      ...lines,
      "$ pyocd gdbserver -t cortex_m",
      "0000424:INFO:board:Target type is cortex_m",
      "0000461:INFO:dap:DP IDR = 0x6ba02477 (v2 rev6)",
      "0000502:CRITICAL:__main__:No cores were discovered!",
    )[0];

  it.each(["pack --find stm32h7", "pack find stm32h743", "pack install stm32h743zitx"])(
    "because its family's description did not come: %s",
    (search) => {
      const first = session(failed, `$ pyocd ${search}`, "  Part   Vendor   Pack   Version", "--------");
      expect(first).toMatchObject({ code: "tool-lacks-chip", certainty: "likely" });
      expect(first.cause).toContain("stm32h7");
    },
  );

  it("is not lacking where it was found, is another family's, or all descriptions came", () => {
    const table = "  STM32H743ZI   STMicroelectronics   Keil.STM32H7xx_DFP   3.1.1";
    expect(session(failed, "$ pyocd pack --find stm32h7", table).code).not.toBe("tool-lacks-chip");
    expect(session(failed, "$ pyocd pack --find stm32f4").code).not.toBe("tool-lacks-chip");
    expect(session("$ pyocd pack --find stm32h7").code).not.toBe("tool-lacks-chip");
  });
});

describe("STM32CubeProgrammer's error of USB", () => {
  const run = (command: string, ...lines: readonly string[]) => [
    `$ ${command} -c port=SWD`,
    "      STM32CubeProgrammer v2.14.0",
    ...lines,
  ];
  const error = "Error: ST-LINK error (DEV_USB_COMM_ERR)";
  const opened = ["ST-LINK SN  : 066DFF485550755187121723", "Voltage     : 3.24V", "Device ID   : 0x440"];

  it("is a matter of rights where root gets on", () => {
    const [first, ...others] = found(
      ...run("STM32_Programmer_CLI", error),
      ...run("sudo STM32_Programmer_CLI", ...opened),
    );
    expect(first).toMatchObject({ code: "probe-permission", certainty: "likely" });
    expect(others).toEqual([]);
  });

  it("is none where root has it as well, or a second try without root goes well", () => {
    const both = found(...run("STM32_Programmer_CLI", error), ...run("sudo STM32_Programmer_CLI", error));
    expect(both.map(({ code }) => code)).toEqual(["probe-usb-trouble"]);
    const again = found(...run("STM32_Programmer_CLI", error), ...run("STM32_Programmer_CLI", ...opened));
    expect(again.map(({ code }) => code)).not.toContain("probe-permission");
  });

  it("is of another kind where another tool has it: that tells rights by their name", () => {
    const told = found(
      "$ probe-rs info",
      "Error: USB Communication Error",
      "Caused by:",
      "    Operation timed out",
      "$ sudo probe-rs info",
      "Probing target via SWD",
      "$ sudo st-info --probe",
      "Found 1 stlink programmers",
      "  serial:     066DFF485550755187121723",
    );
    expect(told.map(({ code }) => code)).not.toContain("probe-permission");
  });

  it("or of a driver, where Windows says that it has none", () => {
    const [first] = found(
      "ST-LINK Utility v4.3.0",
      "10:55:10 : No ST-LINK detected",
      "STM32 STLink: The drivers for this device are not installed. (Code 28)",
    );
    expect(first).toMatchObject({ code: "probe-driver-missing", certainty: "likely" });
  });
});
