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
    const served = "Info : starting gdb server for stm32u5x.cpu on 50000";
    expect(codes("it says", lost, "", "openocd is well:", ...well, served)[0]).toBe("file-missing");
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
