import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/diagnose/finding.ts";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explained = (...lines: string[]) => explainLog(new TextEncoder().encode(lines.join("\n")));
const first = (...lines: string[]): Finding | undefined => explained(...lines).findings[0];

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
      "Loading section .vector_table, size 0x1c4 lma 0x0",
      "Loading section .text, size 0x3f18 lma 0x1c4",
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

  it("a GDB for the computer's own processor, in a terminal and through its machine interface", () => {
    const rejected = "warning: Architecture rejected target-supplied description";
    expect(first(rejected, "Truncated register 18 in remote 'g' packet")).toMatchObject({
      code: "gdb-without-arm",
      certainty: "likely",
    });
    const console = [
      "Cortex-Debug: VSCode debugger extension version 1.12.0",
      '-> ~"GNU gdb (Debian 13.1-3) 13.1\\n"',
      `-> &"${rejected}\\n"`,
      "-> 7^error,msg=\"Remote 'g' packet reply is too long (expected 308 bytes, got 168 bytes)\"",
    ];
    expect(first(...console)?.code).toBe("gdb-without-arm");
    // One for ARM has another trouble: it expects other registers than its server sends.
    const arm = [
      'This GDB was configured as "--host=i686-linux-gnu --target=arm-none-eabi".',
      "(gdb) target remote :4242",
    ];
    expect(first("GNU gdb 7.6.0", ...arm, "Remote 'g' packet reply is too long: 00")?.code).toBe("versions-differ");
  });

  it("a configuration for another version of OpenOCD, and one that lost its way later", () => {
    const start = ["Open On-Chip Debugger 0.10.0", "Licensed under GNU GPL v2"];
    const old = 'interface/stlink.cfg:8: Error: invalid command name "adapter"';
    expect(first(...start, old)).toMatchObject({ code: "config-unfit", certainty: "likely" });
    expect(first(...start, "Error: flash driver 'stm32h7y' not found")?.cause).toContain("flash driver stm32h7y");
    const missing = "Error: The specified debug interface was not found (stlink)";
    expect(first(...start, missing)?.cause).toContain("without a driver named stlink");
    const ready = "Info : Listening on port 3333 for gdb connections";
    expect(first(...start, ready, 'invalid command name "reset_halt"')?.code).not.toBe("config-unfit");
  });

  it("a report of probe-rs, whose error stands escaped in JSON", () => {
    const report = (error: string): string[] => [
      "{",
      '  "command": [',
      '    "C:\\\\Users\\\\new\\\\bin\\\\probe-rs.exe",',
      '    "run"',
      "  ],",
      `  "error": "${error}"`,
      "}",
    ];
    const driver = "Failed to open the debug probe.\\n\\nCaused by:\\n    0: The debug probe could not be created.";
    expect(first(...report(`${driver}\\n    1: Could not determine driver for interface`))?.code).toBe(
      "probe-driver-missing",
    );
    const fault = "Connecting to the chip was unsuccessful.\\n\\nCaused by:\\n    0: An ARM specific error occurred.";
    expect(first(...report(`${fault}\\n    1: Command failed with status SwdDpWait`))?.code).toBe("firmware-low-power");
  });

  it("a file larger than the chip's flash, by the sizes that STM32CubeProgrammer prints", () => {
    const session = (size: string, ...end: readonly string[]) =>
      first(
        "      STM32CubeProgrammer v2.14.0",
        "Device ID   : 0x410",
        "Flash size  : 64 KBytes",
        "Memory Programming ...",
        "Opening and parsing file: app.hex",
        "  File          : app.hex",
        `  Size          : ${size} `,
        "  Address       : 0x08000000 ",
        ...end,
      );
    const failed = "Error: failed to download Segment[0]";
    expect(session("80.25 KB", failed)).toMatchObject({ code: "image-too-large", certainty: "likely" });
    expect(session("60.25 KB", failed)?.code).toBe("flash-refused");
    expect(session("80.25 KB", "File download complete")?.code).not.toBe("image-too-large");
  });

  it("a number in place of a chip id that is an address, a value that was sent, or a probe's own", () => {
    for (const id of ["0xe0042000", "0x5fa0004", "0x3748", "0x374b", "0"]) {
      const unknown = `2020-01-01T10:00:00 WARN common.c: unknown chip id! ${id}`;
      // Nothing has answered since the tool wrote that: most often the program's doing; else the tool misreads.
      const alone = explainLog(Buffer.from(`st-flash 1.6.0\n${unknown}\n`)).findings;
      expect([id, alone[0]?.code]).toEqual([id, "target-silent"]);
      expect(alone[0]?.certainty).toBe("possible");
      expect(alone.map(({ code }) => code)).toContain("chip-unknown");
      const silent = first("st-flash 1.6.0", unknown, "Failed to connect to target");
      expect([id, silent?.code]).toEqual([id, "target-silent"]);
    }
    // Of a chip whose ID reads 0 the first releases, which have no connect under reset, tell less.
    const early = first("2012-01-01T10:00:00 WARN src/stlink-common.c: unknown chip id! 0");
    expect(early?.code).toBe("target-silent");
    const old = first("st-flash 1.3.0", "2020-01-01T10:00:00 WARN common.c: unknown chip id! 0x10006463");
    expect(old?.code).toBe("tool-lacks-chip");
  });

  it("an ST-LINK/V1 that gives no reply", () => {
    const lines = [
      "2013-01-01T10:00:00 WARN src/stlink-sg.c: Receiving failed: -9",
      "2013-01-01T10:00:00 WARN src/stlink-common.c: unknown chip id! 0x3744",
      "Chip ID is 00000744, Core ID is  04830002.",
    ];
    expect(first(...lines)?.code).toBe("probe-usb-trouble");
  });

  it("a flash of size 0 on an F103 is read protection before it is a wrong image", () => {
    const f1 = "2017-01-01T10:00:00 INFO src/common.c: Device connected is: F1 Medium-density device, id 0x20036410";
    const size = "SRAM size: 0x5000 bytes (20 KiB), Flash: 0 bytes (0 KiB) in pages of 1024 bytes";
    const found = first(
      "st-flash 1.4.0",
      f1,
      `2017-01-01T10:00:00 INFO src/common.c: ${size}`,
      "Unknown memory region",
    );
    expect(found).toMatchObject({ code: "read-protected", certainty: "likely" });
  });

  const f401 = [
    "10:00:00 : ST-LINK FW  : V2J45S7",
    "10:00:00 : Voltage     : 3.22V",
    "10:00:00 : SWD freq    : 4000 KHz",
    "10:00:00 : Connect mode: Normal",
    "10:00:00 : Device ID   : 0x431",
    "10:00:00 : UPLOADING ...",
    "10:00:00 :   Address       : 0x8000000",
  ];

  it("flash that cannot be read, and flash that can be read and not be erased", () => {
    expect(first(...f401, "10:00:00 : Error: Data read failed")).toMatchObject({
      code: "read-protected",
      certainty: "likely",
    });
    const erase = "10:00:01 : Error: Mass erase operation failed.Please verify flash protection";
    const found = first(...f401, "10:00:00 : Data read successfully", erase);
    expect(found).toMatchObject({ code: "write-protected", certainty: "likely" });
    expect(found?.evidence.join("\n")).toContain("Data read successfully");
    expect(first(...f401.slice(0, 5), erase)?.code).toBe("flash-protected");
    // Without a word of protection other causes are as good.
    expect(first(...f401, "10:00:01 : Error: failed to erase memory")?.code).toBe("flash-refused");
  });

  it("an option byte that did not take", () => {
    const lines = [
      "10:00:00 : OPTION BYTE PROGRAMMING VERIFICATION:",
      '10:00:00 : Error: Expected value for STM32F1 Option Byte "RDP": 0xA5, found: 0x0',
    ];
    expect(first(...lines)?.code).toBe("read-protected");
  });

  it("a core that does not stop when it is told: asleep, not reached by reset, or no original", () => {
    const start = ["Open On-Chip Debugger 0.11.0", "Info : STLINK V2J37S7 (API v2) VID:PID 0483:3748"];
    const seen = "Info : stm32h7x.cpu0: hardware has 8 breakpoints, 4 watchpoints";
    const timeout = "Error: timed out while waiting for target halted";
    const bus = "Error: mem2array: Read @ 0x5c001004, w=4, cnt=1, failed";
    expect(first(...start, seen, bus, timeout)?.code).toBe("firmware-low-power");
    expect(first(...start, seen, timeout)?.code).toBe("core-does-not-halt");
    const ide = "Info : STM32F103C8Tx.cpu: hardware has 6 breakpoints, 4 watchpoints";
    expect(first(...start, ide, timeout)?.code).toBe("nrst-not-wired");
    const copy = ["Info : SWD DPIDR 0x2ba01477", ide, "Info : device id = 0x10010410", timeout];
    expect(explainLog(Buffer.from([...start, ...copy].join("\n"))).findings.map(({ code }) => code)).toContain(
      "chip-not-genuine",
    );
  });

  it("an OpenOCD that is older than the chip", () => {
    const found = first(
      "Open On-Chip Debugger 0.10.0",
      "Info : stm32f7x.cpu: hardware has 8 breakpoints, 4 watchpoints",
      "Info : device id = 0x10006452",
      "Warn : Cannot identify target as a STM32 family.",
      "Error: auto_probe failed",
    );
    expect(found).toMatchObject({ code: "tool-lacks-chip", certainty: "likely" });
  });

  it("a copy by a revision that ST has not made", () => {
    const found = first(
      "st-flash 1.2.0",
      "2016-01-01T10:00:00 INFO src/common.c: Device connected is: F1 Medium-density device, id 0x13030410",
      "2016-01-01T10:00:00 INFO src/common.c: SRAM size: 0x5000 bytes (20 KiB), Flash: 0x104000 bytes (1040 KiB) in pages of 1024 bytes",
      "2016-01-01T10:00:00 ERROR src/flash_loader.c: flash loader run error",
    );
    expect(found).toMatchObject({ code: "chip-not-genuine", certainty: "likely" });
  });

  it("vectors that read as zero in flash that refuses", () => {
    const lines = [
      "Open On-Chip Debugger 0.10.0",
      "target halted due to debug-request, current mode: Thread",
      "xPSR: 00000000 pc: 00000000 msp: 00000000",
      "** Programming Started **",
      "Error: failed erasing sectors 0 to 15",
    ];
    expect(first(...lines)?.code).toBe("read-protected");
  });

  it("the second core of a chip is not the first that was lost, and a low NRST is seen by the adapter", () => {
    const start = ["Open On-Chip Debugger 0.12.0", "Info : Target voltage: 3.29"];
    const first0 = "Info : [stm32h7x.cpu0] Cortex-M7 r1p1 processor detected";
    expect(first(...start, first0, "Warn : target stm32h7x.cpu1 examination failed")?.code).toBe("second-core-off");
    const pins = "Info : SWCLK/TCK = 1 SWDIO/TMS = 1 TDI = 0 TDO = 0 nTRST = 0 nRESET = 0";
    const port = "Info : SWD DPIDR 0x2ba01477";
    const failed = "Warn : target stm32f4x.cpu examination failed";
    expect(first(...start, pins, port, failed)?.code).toBe("nrst-held-low");
    expect(first(...start, pins, port, "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected")).toBeUndefined();
  });

  it("a file of records that is written as raw bytes, and raw bytes without a place", () => {
    const chip =
      "2022-01-01T10:00:00 INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.";
    const write =
      "2022-01-01T10:00:00 INFO common.c: Attempting to write 98304 (0x18000) bytes to stm32 address: 134217728 (0x8000000)";
    const high = "2022-01-01T10:00:00 ERROR common.c: addr too high";
    const hex = first("$ st-flash write build/app.hex 0x8000000", "st-flash 1.7.0", chip, write, high);
    expect(hex?.cause).toContain("app.hex is text with addresses");
    expect(first("$ st-flash write build/app.bin 0x8000000", "st-flash 1.7.0", chip, write, high)?.code).toBe(
      "image-too-large",
    );
  });

  it("a package of pyOCD that is not there", () => {
    expect(
      first(
        "$ pyocd pack install u575",
        "0000741 W No matching devices. Please make sure the pack index is up to date. [pack_cmd]",
      )?.code,
    ).toBe("tool-lacks-chip");
  });

  it("a program file that holds no program, in the words of several tools", () => {
    const openocd = [
      "Open On-Chip Debugger 0.10.0",
      "** Programming Started **",
      "Error: invalid ELF file, no program headers",
    ];
    expect(first(...openocd, "embedded:startup.tcl:476: Error: ** Programming Failed **")?.code).toBe(
      "program-unusable",
    );
    const gdb = '"/home/me/app.elf": not in executable format: file format not recognized';
    expect(first("GNU gdb (GNU Arm Embedded Toolchain) 10.2", gdb)?.cause).toContain("/home/me/app.elf");
    const cargo = "$ probe-rs run --chip STM32F446RETx target/thumbv7em-none-eabihf/debug/app";
    expect(first(cargo, "Error: No loadable ELF sections were found.")?.code).toBe("program-unusable");
  });

  it("a probe that stays silent on USB is not a target that does", () => {
    const found = first(
      "st-flash 1.8.0",
      "2024-01-01T10:00:00 ERROR usb.c: GET_VERSION send request failed: LIBUSB_ERROR_TIMEOUT",
      "Failed to enter SWD mode",
      "Failed to connect to target",
    );
    expect(found?.code).toBe("probe-usb-trouble");
  });

  it("st-flash says of NRST what it did not read where nothing answers, and what it did where the chip does", () => {
    const run = ["$ st-flash --connect-under-reset write app.bin 0x8000000", "st-flash 1.7.0"];
    const open = "2022-01-01T10:00:00 WARN common.c: NRST is not connected";
    const silent =
      "2022-01-01T10:00:01 ERROR common.c: Can not connect to target. Please use 'connect under reset' and try again";
    const chip =
      "2022-01-01T10:00:01 INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.";
    const nothing = explained(...run, open, silent);
    expect(nothing.findings[0]).toMatchObject({ code: "target-silent", certainty: "possible" });
    expect(nothing.findings.map(({ code }) => code)).not.toContain("nrst-not-wired");
    expect(nothing.remarks.map(({ text }) => text).join()).toContain("NRST may be wired");
    const both = explained(...run, open, chip, ...run, open, silent);
    expect(both.findings.find(({ code }) => code === "nrst-not-wired")?.evidence).toEqual([
      `line 3: ${open.slice(20)}`,
    ]);
  });

  it("a read that failed and a session that went well all the same is no failure", () => {
    const found = first(
      "Open On-Chip Debugger 0.11.0",
      "Info : stm32l4x.cpu: hardware has 6 breakpoints, 4 watchpoints",
      "Error: mem2array: Read @ 0xe0042004, w=4, cnt=1, failed",
      "target halted due to debug-request, current mode: Thread",
      "** Programming Finished **",
    );
    expect(found).toBeUndefined();
  });

  it("a flash of size 0 in the words of newer tools, which do not tell the chip's id", () => {
    const found = first(
      "st-flash 1.6.1",
      "2021-01-01T10:00:00 INFO common.c: F1xx Medium-density: 20 KiB SRAM, 0 KiB flash in at least 1 KiB pages.",
      "Mass erasing",
    );
    expect(found).toMatchObject({ code: "read-protected", certainty: "likely" });
  });

  it("OpenOCD at debug level 3, whose lines begin with a number, a time and a place in its source", () => {
    const found = first(
      "Debug: 301 8 hla_layout.c:40 hl_layout_open(): hl_layout_open",
      "Error: 304 71 stlink_usb.c:1672 stlink_usb_open(): open failed",
      "Debug: 306 71 command.c:626 run_command(): Command failed with error code -4",
      "User : 307 71 command.c:687 command_run_line(): in procedure 'init' called at file \"stm32l4.cfg\", line 2",
    );
    expect(found).toMatchObject({ code: "probe-none", certainty: "likely" });
  });

  it("a server that is not there is no missing GDB, and st-util does not take the options of ST's server", () => {
    const start = "Cortex-Debug: VSCode debugger extension version 1.12.0";
    const spawn =
      "Failed to launch ST-LINK GDB Server: Error: spawn c:\\ST\\stlink-gdb-server\\ST-LINK_gdbserver.exe ENOENT";
    const codes = explainLog(Buffer.from([start, spawn].join("\n"))).findings.map(({ code }) => code);
    expect(codes).toEqual(["program-missing"]);
    expect(first(start, "st-util: unrecognized option '--swd'")?.code).toBe("option-unknown");
  });

  it("what the operating system says of a program that it can't start", () => {
    const linux =
      "arm-none-eabi-gdb: error while loading shared libraries: libncurses.so.5: cannot open shared object file";
    expect(first(linux)).toMatchObject({ code: "library-missing", certainty: "certain" });
    expect(first(linux)?.cause).toContain("libncurses.so.5");
    expect(first("dyld[812]: Library not loaded: /opt/lib/libusb-1.0.0.dylib")?.code).toBe("library-missing");
    const symbol = "st-info: symbol lookup error: /usr/lib/libstlink.so.1: undefined symbol: libusb_wrap_sys_device";
    expect(first(symbol)).toMatchObject({ code: "versions-differ" });
    expect(first(symbol)?.cause).toContain("libstlink.so.1");
    expect(first("openocd: /lib/libc.so.6: version `GLIBC_2.38' not found (required by openocd)")?.code).toBe(
      "versions-differ",
    );
  });

  it("a tool that crashed is not taken for one that did well", () => {
    const found = first(
      "Open On-Chip Debugger 0.11.0",
      "Info : clock speed 1000 kHz",
      "Segmentation fault (core dumped)",
    );
    expect(found?.code).toBe("not-enough-to-tell");
    expect(found?.evidence.join()).toContain("Segmentation fault");
  });

  it("a core that OpenOCD's high-level adapter could not examine, with no error line", () => {
    const log = (...lines: string[]) => [
      "Open On-Chip Debugger 0.11.0",
      "Info : The selected transport took over low-level target control. The results might differ",
      "Info : STLINK V2J39M27 (API v2) VID:PID 0483:374B",
      "Info : Target voltage: 3.25",
      ...lines,
    ];
    expect(first(...log("Warn : target stm32f4x.cpu examination failed"))).toMatchObject({
      code: "core-does-not-halt",
      certainty: "likely",
    });
  });

  it("probe-rs that is told to wait again and again, and a report of a probe that is not there", () => {
    const waiting = "WARN probe_rs::probe::stlink: send_jtag_command 242 failed: SwdDpWait";
    expect(first(waiting, waiting, "Error: Connecting to the chip was unsuccessful.")?.code).toBe("firmware-low-power");
    expect(first("{", '"command": ["probe-rs", "run"],', '"error": "Probe not found"', "}")?.code).toBe("probe-none");
  });

  it("the IDE that leaves its OpenOCD after it asked whose chip it is", () => {
    const session = [
      "Open On-Chip Debugger 0.11.0+dev [ST Internal]",
      "Info : SWD DPIDR 0x1ba01477",
      "Info : accepting 'gdb' connection on tcp/3333",
      "O.K.:0xE00FFFD0",
      "Info : dropped 'gdb' connection",
    ];
    expect(first(...session)?.code).toBe("server-not-st");
    expect(first(...session.filter((text) => !text.startsWith("O.K.")))?.code).not.toBe("server-not-st");
    expect(first("Could not verify ST device. Please verify that the latest version is used.")?.code).toBe(
      "server-not-st",
    );
  });

  it("bytes that STM32CubeProgrammer could not write", () => {
    const found = first(
      "STM32CubeProgrammer v2.21.0",
      "Device ID   : 0x482",
      "Error: Downloading 8-bit data failed...",
      "If it's a Flash memory, it may be not erased or protected",
    );
    expect(found?.code).toMatch(/^flash-(refused|protected)$/);
  });
});
