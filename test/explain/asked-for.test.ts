/** What was asked for, on a command line or in option bytes, and what came of it. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);
const cli = (options: string) => `STM32_Programmer_CLI -c port=SWD ${options}`;
const chip = ["STM32CubeProgrammer v2.17.0", "ST-LINK FW  : V2J43M28", "Device ID   : 0x415"];
const failed = ["Error: failed to download Segment[0]", "Error: failed to download the File"];
const image = (address: string) => ["Memory Programming ...", `  Address       : ${address}`];

describe("STM32CubeProgrammer is told", () => {
  it("to skip the erase, and flash does not take what it is given", () => {
    expect(codes(cli("-w a.bin 0x08000000 --skipErase"), ...chip, ...failed)[0]).toBe("flash-not-erased");
    expect(codes(cli("-w a.bin 0x08000000"), ...chip, ...failed)).not.toContain("flash-not-erased");
    const erased = "Mass erase successfully achieved";
    expect(codes(cli("-e all -w a.bin 0x08000000 --skipErase"), ...chip, erased, ...failed)).not.toContain(
      "flash-not-erased",
    );
  });

  it("an address that has lost a digit", () => {
    const [told] = found(cli("-w a.bin 0x0800000"), ...chip, ...image("0x00800000"), ...failed);
    expect(told.code).toBe("image-outside-flash");
    expect(told.cause).toContain("no STM32 has anything");
    expect(codes(cli("-w a.bin 0x08000000"), ...chip, ...image("0x08000000"), ...failed)).not.toContain(
      "image-outside-flash",
    );
  });

  it("to close the chip, which it does not say that it did", () => {
    const silent = [
      "STM32CubeProgrammer v2.17.0",
      "ST-LINK FW  : V2J43M28",
      "Error: Unable to get core ID",
      "Error: No STM32 target found!",
    ];
    const [told] = found(cli("-w a.hex -ob RDP=0xCC"), ...chip, "Download verified successfully", cli(""), ...silent);
    expect(told).toMatchObject({ code: "option-bytes-wrong", certainty: "likely" });
    expect(
      codes(cli("-w a.hex -ob RDP=0xBB"), ...chip, "Download verified successfully", cli(""), ...silent),
    ).not.toContain("option-bytes-wrong");
  });

  it("to do without root, and finds with root what it had not", () => {
    const none = ["STM32CubeProgrammer v2.17.0", "Error: No debug probe detected."];
    const there = ["STM32CubeProgrammer v2.17.0", "ST-LINK SN  : 0029", "ST-LINK FW  : V3J13M4"];
    expect(codes(cli("-l"), ...none, `sudo ${cli("-l")}`, ...there)[0]).toBe("probe-permission");
    expect(codes(cli("-l"), ...none, cli("-l"), ...there)).not.toContain("probe-permission");
    const loader = ["STM32CubeProgrammer v2.17.0", "No STM32 device in DFU mode connected"];
    const listed = [
      "STM32CubeProgrammer v2.17.0",
      "  Product ID             : STM32  BOOTLOADER",
      "  Device ID              : 0x0431",
    ];
    expect(codes(cli("-l usb"), ...loader, `sudo ${cli("-l usb")}`, ...listed)[0]).toBe("probe-permission");
  });
});

describe("option bytes that are listed", () => {
  const rows = (...lines: readonly string[]) => [
    ...chip,
    "OPTION BYTES BANK: 0",
    ...lines.map((line) => `     ${line}`),
  ];

  it("lead a reset to system memory by address, or by the option in place of the pin", () => {
    expect(found(...rows("BOOT_ADD0    : 0x40  (0x100000)"))[0]).toMatchObject({
      code: "boot-not-from-flash",
      certainty: "likely",
    });
    expect(codes(...rows("BOOT_CM7_ADD0 : 0x1FF0"))[0]).toBe("boot-not-from-flash");
    expect(codes(...rows("nSWBOOT0     : 0x0 (BOOT0 taken from the option bit nBOOT0)", "nBOOT0       : 0x0"))[0]).toBe(
      "boot-not-from-flash",
    );
    expect(
      codes(...rows("nBOOT_SEL    : 0x1 (BOOT0 signal is defined by nBOOT0 option bit)", "nBOOT0       : 0x0"))[0],
    ).toBe("boot-not-from-flash");
  });

  it("lead it to flash otherwise", () => {
    for (const row of ["BOOT_ADD0    : 0x80  (0x200000)", "BOOT_CM7_ADD0 : 0x800", "nBOOT0       : 0x0"])
      expect(codes(...rows(row)), row).toEqual([]);
    expect(codes(...rows("nSWBOOT0     : 0x1", "nBOOT0       : 0x0"))).toEqual([]);
    expect(codes(...rows("nBOOT_SEL    : 0x0", "nBOOT0       : 0x0"))).toEqual([]);
    // What an earlier list had is no half of this one.
    expect(
      codes(...rows("nBOOT_SEL    : 0x1", "nBOOT0       : 0x1", "nBOOT_SEL    : 0x0", "nBOOT0       : 0x0")),
    ).toEqual([]);
  });
});

describe("a session is for another core or chip", () => {
  it("whose access port it names, and whose jumpers are not asked for", () => {
    const server = (port: string) => [
      `ST-LINK_gdbserver.exe -p 61244 -d -m ${port} -s -cp C:\\cp`,
      "STMicroelectronics ST-LINK GDB server. Version 7.2.0",
      "Target unknown error 19",
    ];
    expect(codes(...server("3"), "NUCLEO-H745ZI-Q")[0]).toBe("second-core-off");
    expect(codes(...server("0"), "NUCLEO-F446RE")).not.toContain("second-core-off");
  });

  it("than the IDs of its JTAG chain tell", () => {
    const tap = (id: string, name: string) =>
      `Info : JTAG tap: stm32f1x.${name} tap/device found: 0x${id} (mfg: 0x020)`;
    const openocd = (boundary: string) => [
      "Open On-Chip Debugger 0.12.0",
      tap("4ba00477", "cpu"),
      tap(boundary, "bs"),
      "Info : [stm32f1x.cpu] Cortex-M4 r0p1 processor detected",
    ];
    expect(codes(...openocd("06413041"))[0]).toBe("chip-mismatch");
    expect(codes(...openocd("06414041"))).not.toContain("chip-mismatch");
    expect(codes(...openocd("06413123"))).not.toContain("chip-mismatch");
    expect(codes(...openocd("05413041"))).not.toContain("chip-mismatch");
  });

  it("whose program's file GDB does not find", () => {
    const lost =
      'Failed to launch GDB: /home/x/build/a.elf: No such file or directory. (from file-exec-and-symbols "/home/x/build/a.elf")';
    const [told] = found(lost, "openocd itself is well:", "Info : STLINK V3J13M4 (API v3) VID:PID 0483:374E");
    expect(told.code).toBe("file-missing");
    expect(told.cause).toContain("/home/x/build/a.elf");
    const well = ["Info : STLINK V3J13M4 (API v3) VID:PID 0483:374E", "Info : Target voltage: 3.268293"];
    const core = "Info : [stm32u5x.cpu] Cortex-M33 r0p4 processor detected";
    const served = "Info : starting gdb server for stm32u5x.cpu on 50000";
    const ports = [50001, 50002, 50003].map((port) => `Info : Listening on port ${port} for gdb connections`);
    expect(codes("it says", lost, "", "openocd is well:", ...well, core, served, ...ports)[0]).toBe("file-missing");
  });
});

describe("a low-power chip that a hot plug session loses", () => {
  it("is first asked whether it sleeps", () => {
    const session = (board: string) => [
      "STM32CubeProgrammer v2.16.0",
      "ST-LINK FW  : V3J13M4",
      `Board       : ${board}`,
      "Connect mode: Hot Plug",
      "Device ID   : 0x497",
      "Warning: Connection to device 0x497 is lost",
    ];
    expect(codes(...session("NUCLEO-WL55JC"))[0]).toBe("firmware-low-power");
    expect(codes(...session("STLINK-V3SET"))[0]).not.toBe("firmware-low-power");
  });
});

describe("areas that are write-protected by sector", () => {
  it("are told where an erase failed before they were listed", () => {
    const rows = ["OPTION BYTES BANK: 0", "     nWRP0        : 0x0 (Write protection active on this sector)"];
    expect(
      codes(
        "Erasing internal memory sectors [0 5]",
        "Error: failed to erase memory",
        "option bytes (-ob displ):",
        ...rows,
      )[0],
    ).toBe("write-protected");
  });
});

describe("a device that the system lists and the tool does not", () => {
  const none = ["STM32CubeProgrammer v2.6.0", "No STM32 device in DFU mode connected"];

  it("lacks its driver on Windows, and a rule for its user elsewhere", () => {
    const seen = 'device manager shows "STM Device in DFU Mode"';
    expect(codes(seen, "C:\\bin>STM32_Programmer_CLI.exe -l usb", ...none)[0]).toBe("probe-driver-missing");
    const listed = "Bus 001 Device 031: ID 0483:df11 STMicroelectronics STM Device in DFU Mode";
    expect(codes(listed, "$ STM32_Programmer_CLI -l usb", ...none)[0]).toBe("probe-permission");
    expect(codes("$ STM32_Programmer_CLI -l usb", ...none)[0]).toBe("boot-loader-silent");
  });
});

describe("a loader that is named behind a shell's backslash", () => {
  it("is that of the session", () => {
    const failure = ["Erasing external memory sectors [0 22]", "Error: failed to erase memory"];
    const named = [
      "$ STM32_Programmer_CLI -c port=SWD \\",
      "  -el $CP/ExternalLoader/MX25LM51245G_STM32L4R9I-EVAL.stldr -w a.bin 0x90000000",
    ];
    expect(codes(...named, ...chip.slice(0, 2), "Device ID   : 0x482", ...failure)[0]).toBe("loader-other-family");
  });
});

describe("a driver of OpenOCD's that read an ID and does not have it", () => {
  const openocd = (...lines: readonly string[]) => [
    "Open On-Chip Debugger 0.11.0",
    "Info : stm32l1.cpu: hardware has 6 breakpoints, 4 watchpoints",
    ...lines,
    "Error: Cannot identify target as an STM32 L0 or L1 family device.",
  ];
  const halted = [
    "target halted due to debug-request, current mode: Thread ",
    "xPSR: 0x01000000 pc: 0x08000394 msp: 0x20005000",
  ];

  it("is for another family where the core stood still, and perhaps so otherwise", () => {
    expect(found(...openocd(...halted))[0]).toMatchObject({ code: "chip-mismatch", certainty: "likely" });
    expect(found(...openocd())[0]).toMatchObject({ code: "chip-mismatch", certainty: "possible" });
  });
});

describe("OpenOCD at two clocks", () => {
  const work = ["** Programming Started **", "Info : device id = 0x10036414"];
  const bad = ["Error: error writing to flash at address 0x08000000 at offset 0x00000000", "** Programming Failed **"];
  const good = ["** Programming Finished **", "** Verified OK **"];

  it("shows that the faster one was too fast, also where it stands in somebody's words", () => {
    const slow = ["Open On-Chip Debugger 0.12.0", "Info : clock speed 240 kHz"];
    expect(codes('with "adapter speed 4000":', ...work, ...bad, "slower:", ...slow, ...work, ...good)[0]).toBe(
      "wire-clock-too-fast",
    );
    expect(codes(...work, ...bad, "slower:", ...slow, ...work, ...good)).not.toContain("wire-clock-too-fast");
  });
});

describe("cortex-debug that asks for a setting", () => {
  it("has its name and what to write", () => {
    const [told] = found("VS Code says At least one OpenOCD Configuration File must be specified.");
    expect(told).toMatchObject({ code: "vscode-setting-missing", certainty: "certain" });
    expect(told.cause).toContain('"configFiles"');
    expect(told.remedy[0]).toContain("interface/stlink.cfg");
  });
});

describe("the host's own trouble", () => {
  it("is a page that an address does not begin", () => {
    const told = [
      "st-flash 1.5.1",
      "2024-05-06T07:08:09 ERROR common.c: addr not a multiple of pagesize, not supported",
    ];
    expect(codes(...told)[0]).toBe("programmer-alignment");
  });

  it("is a library that pyOCD lacks", () => {
    const told =
      "0000412:WARNING:common:STLink and CMSIS-DAPv2 probes are not supported because no libusb library was found.";
    expect(codes("$ pyocd list", told, "No available debug probes are connected")[0]).toBe("library-missing");
  });

  it("is a linker script that is not found, or RAM that a program overflows", () => {
    const lld = (rest: string) => [
      "error: linking with `rust-lld` failed: exit status: 1",
      `  = note: rust-lld: error: ${rest}`,
    ];
    expect(
      codes("$ cargo flash --chip STM32L476RGTx", ...lld("out/link.x:23: cannot find linker script memory.x"))[0],
    ).toBe("file-missing");
    expect(codes(...lld("section '.bss' will not fit in region 'RAM': overflowed by 96 bytes"))[0]).toBe(
      "program-does-not-fit",
    );
  });
});

describe("what a second try showed", () => {
  it("pyOCD reached at a slower clock only", () => {
    const run = (clock: string, ...rest: readonly string[]) => [
      `$ pyocd flash -t stm32g431kbtx -f ${clock} a.hex`,
      ...rest,
    ];
    const none = "0001411 C No ACK received [__main__]";
    const done =
      "0007114 I Erased 61440 bytes (30 sectors), programmed 61440 bytes (30 pages), skipped 0 bytes (0 pages) at 10.54 kB/s [loader]";
    expect(codes(...run("10m", none), ...run("500000", done), ...run("4000000", none))[0]).toBe("wire-clock-too-fast");
    expect(codes(...run("500000", none), ...run("10m", done))).not.toContain("wire-clock-too-fast");
    // Connect under reset differs, too.
    expect(codes(...run("10m", none), ...run("500000 -M under-reset", done))).not.toContain("wire-clock-too-fast");
  });

  it("probe-rs sees as root alone", () => {
    const list = [
      "The following debug probes were found:",
      "[0]: STLink V2-1 (VID: 0483, PID: 374b, Serial: 0670FF, StLink)",
    ];
    const none = "No debug probes were found.";
    expect(codes("$ probe-rs list", none, "$ sudo ~/.cargo/bin/probe-rs list", ...list)[0]).toBe("probe-permission");
    expect(codes("$ probe-rs list", none, "$ probe-rs list", ...list)).not.toContain("probe-permission");
  });

  it("OpenOCD loses and finds again and again", () => {
    const lost = [
      "Polling target stm32f1x.cpu failed, trying to reexamine",
      "Examination failed, GDB will be halted. Polling again in 100ms",
    ];
    const back = "Info : stm32f1x.cpu: hardware has 6 breakpoints, 4 watchpoints";
    const begun = ["Open On-Chip Debugger 0.11.0", back];
    expect(codes(...begun, ...lost, back, ...lost, back)[0]).toBe("target-lost");
    expect(codes(...begun, ...lost, back)).not.toContain("target-lost");
  });
});

describe("what stands before any debugging", () => {
  it("is a program that PlatformIO finds too large, or a package that Python lacks", () => {
    const size = "Error: The program size (71252 bytes) is greater than maximum allowed (65536 bytes)";
    const [told] = found("*** PlatformIO ***", "Linking .pio/build/disco_f030r8/firmware.elf", size);
    expect(told.code).toBe("program-does-not-fit");
    expect(told.cause).toContain("5716 bytes");
    expect(codes("$ python3 -m pyocd flash a.hex", "/usr/bin/python3: No module named pyocd")[0]).toBe(
      "program-missing",
    );
    expect(codes("$ python3 -m pyocd flash a.hex", "ModuleNotFoundError: No module named 'usb'")[0]).toBe(
      "library-missing",
    );
  });

  it("is ST's server, which ended without a reason: the IDE's complaint of it is none", () => {
    const server = ["STMicroelectronics ST-LINK GDB server. Version 5.9.0", "Error in initializing ST-LINK device."];
    const all = [
      ...server,
      "Reason: Unknown. Please check power and cabling to target.",
      "Error in final launch sequence:",
      "Failed to start GDB server",
    ];
    expect(codes(...all)).not.toContain("gdb-server-gone");
    expect(codes("Error in final launch sequence:", "Failed to start GDB server")).toContain("gdb-server-gone");
  });
});
