import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explain = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));
const first = (...lines: readonly string[]) => explain(...lines).findings[0];

describe("a failure in words that any program may use", () => {
  it.each([
    // Shells and make.
    ["program-missing", ["bash: line 3: /opt/stm32/flash-board.sh: No such file or directory"]],
    ["program-missing", ["Uploading the sketch", "sh: 0: cannot open tools/upload-stm32.sh: No such file"]],
    ["program-missing", ["west flash for the nucleo", "make: *** [Makefile:12: flash] Error 127"]],
    ["program-missing", ["STM32CubeProg.sh not found.", "Please install it or add its bin folder to PATH"]],
    // Runtimes.
    ["program-missing", ["Nucleo upload", 'Cannot run program "stm32CubeProg": CreateProcess error=2, no such file']],
    ["versions-differ", ["Nucleo upload", 'Cannot run program "st-up": error=8, Exec format error']],
    ["program-missing", ["arduino upload error", "fork/exec /home/u/tools/stflash.sh: no such file or directory"]],
    ["program-missing", ["stm32 upload", 'exec: "stm32upload": executable file not found in $PATH']],
    ["program-missing", ["Error: spawn C:ToolsbinopenocdENOENT", "cortex-debug"]],
    [
      "program-missing",
      ["stm32 build", "The CMAKE_C_COMPILER: arm-none-eabi-gcc is not a full path and was not found"],
    ],
    ["file-missing", ["FATAL ERROR: cannot flash stm32: file /b/zephyr/zephyr.hex does not exist"]],
    ["file-missing", ["platformio", "*** [upload] Source `.pio/build/blue/firmware.elf' not found, needed by target"]],
    ["gdb-missing", ["STM32 debug", "Unable to start debugging. The value of miDebuggerPath is invalid."]],
    // USB, in no known tool's words.
    ["probe-permission", ["mytool: could not open ST-Link at 1-2: Access denied (insufficient permissions)"]],
    ["probe-permission", ["stm32prog: libusb_open returned -3"]],
    ["probe-busy", ["flasher for stm32: libusb claim of interface 0 failed: Resource busy"]],
    ["probe-driver-missing", ["stm32prog: libusb_open failed: -12"]],
    ["probe-unplugged", ["stm32prog: usb write failed: No such device (it may have been disconnected)"]],
    ["probe-usb-trouble", ["stm32prog: usb bulk transfer error: Pipe error"]],
    ["probe-permission", ["2019-01-01T10:00:00 WARN src/usb.c: Error -3 opening ST-Link/V2 device 001:004"]],
    // Set up is what was opened before.
    ["probe-usb-trouble", ["2019-01-01T10:00:00 WARN src/usb.c: libusb_set_configuration() failed"]],
    ["probe-none", ["[mbed] ERROR: The target board you compiled for is not connected to your system."]],
  ])("%s: %s", (code, lines) => {
    expect(first(...lines)?.code).toBe(code);
    // Any program may say so of anything: such words alone are never certain, but for an error number of libusb's.
    if (!code.startsWith("probe-")) expect(first(...lines)?.certainty).not.toBe("certain");
  });

  it("is over when the probe answered after it", () => {
    const after = ["Open On-Chip Debugger 0.12.0", "Info : STLINK V2J43S7 (API v2) VID:PID 0483:3748"];
    const target = "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected";
    expect(explain("udev: opening usb device 2-1 failed: Permission denied", ...after, target).findings).toEqual([]);
  });

  it("is not looked for where no embedded target is spoken of", () => {
    expect(
      explain("bash: backup.sh: No such file or directory", "Error: scanner usb open: Access denied").tools,
    ).toEqual([]);
    expect(explain("arm-none-eabi-gcc -c a.c", "a.c:3:1: error: unknown type name 'u9'").tools).toEqual([]);
  });

  it("that is told by number hides no cause that is told by name", () => {
    const symbol = "st-info: symbol lookup error: /usr/lib/libstlink.so.1: undefined symbol: libusb_foo";
    expect(first("st-info 1.8.0", symbol, "make: *** [info] Error 127")?.code).toBe("versions-differ");
  });
});

describe("an error that nobody knows", () => {
  it("is quoted where a known tool spoke, wherever in the line it stands", () => {
    const found = first("st-flash 1.8.0", "2024-01-01T10:00:00 WARN usb.c: the gearbox of the probe could not turn");
    expect(found).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(found?.evidence.join()).toContain("gearbox");
  });

  it("is quoted in a text about a target of which no tool is known", () => {
    const { findings, tools } = explain("Flashing stm32 over SWD ...", "Fatal: the gearbox did not turn");
    expect(tools.map(({ name }) => name)).toEqual(["other"]);
    expect(findings).toMatchObject([{ code: "not-enough-to-tell", cause: expect.stringContaining("gearbox") }]);
  });
});

describe("two attempts in one log of which one worked", () => {
  const cli = (options: string) => [
    `$ STM32_Programmer_CLI -c ${options}`,
    "      STM32CubeProgrammer v2.16.0",
    "ST-LINK SN  : 0670FF3833554B3043123456",
    "ST-LINK FW  : V2J43M28",
    "Voltage     : 3.27V",
  ];
  const failed = "Error: ST-LINK error (DEV_TARGET_CMD_ERR)";
  const worked = (mode: string, khz: number) => [
    `SWD freq    : ${khz} KHz`,
    `Connect mode: ${mode}`,
    "Device ID   : 0x433",
    "Revision ID : Rev Z",
  ];

  it("under reset, and not without: the program", () => {
    const log = [...cli("port=SWD"), failed, ...cli("port=SWD mode=UR"), ...worked("Under Reset", 4000)];
    expect(first(...log)).toMatchObject({ code: "firmware-disables-swd", certainty: "likely" });
    // The same without the command lines, as the window's log has it.
    expect(first(...log.filter((text) => !text.startsWith("$")))?.code).toBe("firmware-disables-swd");
    // A run without mode=UR after one with it is no connect under reset.
    const back = [...cli("port=SWD mode=UR"), ...worked("Under Reset", 4000), ...cli("port=SWD"), failed];
    expect(first(...back)?.code).toBe("firmware-disables-swd");
  });

  it("at a low clock, and not at a high one: the clock", () => {
    const log = [...cli("port=SWD freq=8000"), failed, ...cli("port=SWD freq=950"), ...worked("Normal", 950)];
    expect(first(...log)).toMatchObject({ code: "wire-clock-too-fast", certainty: "likely" });
    expect(first(...log)?.cause).toContain("8000");
    const same = [...cli("port=SWD freq=8000"), failed, ...cli("port=SWD freq=8000"), ...worked("Normal", 8000)];
    expect(first(...same)?.code).not.toBe("wire-clock-too-fast");
  });

  it("by SWD, and not by JTAG: the protocol", () => {
    const log = [...cli("port=JTAG"), failed, ...cli("port=SWD"), ...worked("Normal", 4000)];
    expect(first(...log)).toMatchObject({ code: "jtag-instead-of-swd", certainty: "likely" });
    const alone = ["$ pyocd load -O dap_protocol=jtag a.bin", "0000657 I DP IDR = 0x00000000 (v0 rev0) [dap]"];
    expect(first(...alone)?.code).toBe("jtag-instead-of-swd");
  });
});
