/** What real tools printed at virtual boards with a known fault, and had been taken for something else; in words and numbers of our own. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const first = (...lines: readonly string[]) => found(...lines)[0];
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

const openocd = [
  "Open On-Chip Debugger 0.12.0",
  "Info : STLINK V2J37M27 (API v2) VID:PID 0483:374B",
  "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected",
];
const gdb = ["Reading symbols from app.elf...", "Remote debugging using :3333", "Continuing."];
const tooMany = (...numbers: readonly number[]) => [
  ...gdb,
  "Warning:",
  ...numbers.map((number) => `Cannot insert hardware breakpoint ${number}.`),
  "Could not insert hardware breakpoints:",
  "You may have requested too many hardware breakpoints/watchpoints.",
];

describe("breakpoints that a server refuses", () => {
  it("are too many where there are more than one, and not where it is the first", () => {
    expect(first(...tooMany(7, 8)).code).toBe("comparators-used-up");
    expect(codes(...tooMany(1))).not.toContain("comparators-used-up");
  });

  it("are refused by a target that was lost in the work before", () => {
    const lost = [
      "Error: failed erasing sectors 0 to 1",
      "Error: [stm32f1x.cpu] Failed to enable the FPB",
      "Polling target stm32f1x.cpu failed, trying to reexamine",
    ];
    expect(first(...openocd, "** Programming Started **", ...lost, ...tooMany(1)).code).toBe("target-lost");
    expect(first(...openocd, "** Programming Started **", ...lost.slice(0, 2), ...tooMany(1)).code).toBe("target-lost");
    const back = "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected";
    expect(first(...openocd, "** Programming Started **", ...lost, back).code).toBe("target-lost");
    const again = ["** Programming Started **", "** Programming Finished **", "** Verified OK **"];
    expect(codes(...openocd, "** Programming Started **", ...lost, back, ...again)).not.toContain("target-lost");
  });
});

describe("GDB's own text beside a server", () => {
  const refused = "Error erasing flash with vFlashErase packet";
  const zeros = ["pc             0x0                 0x0", "sp             0x0                 0x0"];

  it("has the server's line of a core that did not halt, whose registers are then zeros", () => {
    const long = Array.from({ length: 70 }, (_, at) => `(gdb) next\n${at + 20}\t    step(${at});`);
    const told = first(...gdb, ...long, "timed out while waiting for target halted", refused, ...zeros);
    expect(told.code).toBe("core-does-not-halt");
    expect(first(...gdb, refused, ...zeros).code).toBe("read-protected");
  });
});

describe("the stlink tools' loader that did not run", () => {
  const at = "2026-01-02T03:04:05";
  const begun = [
    "st-flash 1.7.0",
    `${at} INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.`,
  ];
  const locked = `${at} WARN common.c: Failed to unlock flash!`;
  const failed = (dhcsr: string) => [
    `${at} ERROR flash_loader.c: Flash loader run error`,
    `${at} WARN flash_loader.c: MCU state: DHCSR ${dhcsr} DFSR 0x0 CFSR 0x0 HFSR 0x0`,
    `${at} ERROR common.c: stlink_flash_loader_run(0x8000400) failed! == -1`,
  ];

  it("stands in reset where S_RESET_ST is set and flash took no key", () => {
    expect(first(...begun, locked, ...failed("0x2010009")).code).toBe("nrst-held-low");
    expect(first(...begun, locked, ...failed("0x1010009")).code).toBe("flash-protected");
    expect(codes(...begun, ...failed("0x2010009"))).not.toContain("nrst-held-low");
  });

  it("is lost with its core where nothing of DHCSR is left", () => {
    expect(first(...begun, ...failed("0x0")).code).toBe("target-lost");
    expect(codes(...begun, ...failed("0x1010009"))).not.toContain("target-lost");
    // Asleep: the program runs in place of the loader.
    expect(first(...begun, ...failed("0x50001")).code).toBe("target-lost");
  });
});

describe("pyOCD 0.13", () => {
  const begun = ["0000351:INFO:board:Target type is stm32f103rc", "0000393:INFO:cortex_m:CPU core is Cortex-M3 r1p1"];

  it("is told to be older than its Python, and the server that ends by it is not asked for", () => {
    const dead = [...begun, "AttributeError: 'GDBServer' object has no attribute 'isAlive'", ...gdb.slice(0, 1)];
    const [defect, ...rest] = found(...dead, ":3333: Connection refused.");
    expect(defect).toMatchObject({ code: "tool-defect", certainty: "likely" });
    expect(defect.cause).toContain("since 3.9");
    expect(rest.map(({ code }) => code)).not.toContain("gdb-server-gone");
    const other = first(...begun, "AttributeError: 'NoneType' object has no attribute 'flush'");
    expect(other).toMatchObject({ code: "tool-defect", certainty: "possible" });
    const gone = first(
      "pyocd flash app.elf",
      "0000210 I Loading app.elf [load_cmd]",
      "ModuleNotFoundError: No module named 'imp'",
    );
    expect(gone.cause).toContain("since 3.12");
  });

  it("may not read flash that is protected", () => {
    const fault = (at: string) => `pyocd.core.exceptions.TransferFaultError: SWD/JTAG Transfer Fault @ ${at}`;
    expect(first(...begun, fault("0x08000800-0x08000fff")).code).toBe("read-protected");
    expect(codes(...begun, fault("0x60000000-0x600007ff"))).not.toContain("read-protected");
  });
});

describe("one program run twice", () => {
  const run = (khz: number, ...rest: readonly string[]) => [
    `STM32_Programmer_CLI -c port=swd freq=${khz} -w app.hex`,
    "ST-LINK FW  : V3J13M4",
    `SWD freq    : ${khz} KHz`,
    "Device ID   : 0x449",
    ...rest,
  ];
  const bad = ["Error: failed to download Segment[0]", "Error: failed to download the File"];
  const good = ["File download complete", "Download verified successfully"];

  it("had too fast a clock where the same went well at a slower one, and not at a faster", () => {
    const told = first(...run(24000, ...bad), ...run(1000, ...good));
    expect(told).toMatchObject({ code: "wire-clock-too-fast", certainty: "likely" });
    expect(told.cause).toContain("24000 kHz");
    expect(codes(...run(24000, ...bad), ...run(21000, ...good))).not.toContain("wire-clock-too-fast");
    expect(codes(...run(1000, ...bad), ...run(24000, ...good))).not.toContain("wire-clock-too-fast");
    expect(codes(...run(24000, ...good), ...run(24000, ...bad), ...run(1000, ...good))).not.toContain(
      "wire-clock-too-fast",
    );
  });
});

describe("STM32CubeProgrammer", () => {
  const begun = ["STM32CubeProgrammer v2.17.0", "ST-LINK FW  : V2J43M28", "Device ID   : 0x435"];
  const refused = "Error: failed to erase memory";
  const area = (first: string, last: string) => [
    `WRP1A_STRT   : ${first}  (0x8000000)`,
    `WRP1A_END    : ${last}  (0x8007800)`,
  ];

  it("lists areas that are write-protected, by their first and last page", () => {
    expect(first(...begun, ...area("0x0", "0xF"), refused)).toMatchObject({
      code: "write-protected",
      certainty: "likely",
    });
    expect(codes(...begun, ...area("0x7F", "0x0"), refused)).not.toContain("write-protected");
  });

  it("had the probe a moment ago, whoever holds it when nothing was connected before", () => {
    const held = "Error: ST-LINK error (DEV_CONNECT_ERR)";
    expect(first("STM32CubeProgrammer v2.17.0", held).code).toBe("probe-busy");
    expect(codes(...begun, "Disconnected from device.", held)).not.toContain("probe-busy");
  });

  it("is not there for the server that starts it, unless it told of its work", () => {
    const server = ["STMicroelectronics ST-LINK GDB server. Version 7.1.0", "Device ID: 0x468"];
    const unopened = "Encountered Error when opening C:\\ST\\cp\\bin\\STM32_Programmer_CLI.exe";
    const ended = ["Error in STM32CubeProgrammer", "Shutting down..."];
    expect(first(...server, unopened, ...ended)).toMatchObject({ code: "cubeprogrammer-missing", certainty: "likely" });
    expect(codes(...server, refused, unopened, ...ended)).not.toContain("cubeprogrammer-missing");
  });
});

describe("a probe that may not be opened", () => {
  const refused = "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS";

  it("is held by another program on Windows, and a matter of rights elsewhere", () => {
    expect(first("C:\\tools> openocd.exe -f board.cfg", openocd[0], refused, "Error: open failed").code).toBe(
      "probe-busy",
    );
    expect(first("$ openocd -f board.cfg", openocd[0], refused, "Error: open failed").code).toBe("probe-permission");
  });
});

describe("a probe that sits on a board", () => {
  const silent = ["Error: Unable to get core ID", "Error: No STM32 target found!"];
  const board = (name: string) => [
    "STM32CubeProgrammer v2.18.0",
    `Board       : ${name}`,
    "Voltage     : 3.29V",
    "Connect mode: Under Reset",
  ];

  it("is first asked for the supply of a chip whose program can cut it, and for its jumpers otherwise", () => {
    expect(first(...board("NUCLEO-H755ZI-Q"), ...silent).code).toBe("supply-configuration");
    expect(first(...board("NUCLEO-F446RE"), ...silent)).toMatchObject({
      code: "board-jumpers-off",
      certainty: "likely",
    });
  });

  it("may serve another board where only its kind is known", () => {
    const reset = "srst_only separate srst_nogate srst_open_drain connect_assert_srst";
    const all = found(
      ...openocd.slice(0, 2),
      reset,
      "Info : Target voltage: 3.25",
      "Error: init mode failed (unable to connect to the target)",
    );
    expect(all[0]).toMatchObject({ code: "board-jumpers-off", certainty: "possible" });
    expect(all.map(({ code }) => code)).toContain("target-silent");
  });
});

describe("a chip that probe-rs does not know", () => {
  it("is told by the sentence that has its name in the middle", () => {
    const told = first(
      "cargo flash --chip STM32F103ZZZ",
      "Error The requested chip 'STM32F103ZZZ' was not found in the list of known targets.",
    );
    expect(told.code).toBe("tool-lacks-chip");
    expect(told.cause).toContain("STM32F103ZZZ");
  });
});

describe("a core that locks up behind a good load", () => {
  const begun = ["Reading symbols from app.elf...", "Remote debugging using :3333"];
  const load = ["Start address 0x08000234, load size 1684", "Transfer rate: 6 KB/sec, 561 bytes/write."];
  const main = "Temporary breakpoint 1, main () at src/main.c:52";
  const locked = ["pc             0xfffffffe          0xfffffffe", "sp             0x20000f78          0x20000f78"];
  const system = "0x1ffff008 in ?? ()";

  it("took a vector from system memory where a reset had led there", () => {
    const told = first(...begun, system, ...load, main, ...locked);
    expect(told).toMatchObject({ code: "boot-not-from-flash", certainty: "likely" });
    expect(told.cause).toContain("GDB started the program");
    expect(codes(...begun, ...load, main, ...locked)).not.toContain("boot-not-from-flash");
  });

  it("has a table where its stack is one, and none where that is nonsense", () => {
    expect(codes(...begun, ...load, main, ...locked)).not.toContain("vector-table-empty");
    const empty = ["pc             0xfffffffe          0xfffffffe", "sp             0xfffffffc          0xfffffffc"];
    expect(first(...begun, ...empty).code).toBe("vector-table-empty");
  });

  it("is no longer in the fault of the program that was there before", () => {
    const fault = "[stm32f1x.cpu] halted due to debug-request, current mode: Handler HardFault";
    expect(first(...openocd, fault).code).toBe("firmware-faults");
    const stands = "[stm32f1x.cpu] halted due to debug-request, current mode: Thread ";
    expect(codes(...openocd, fault, stands, ...begun, ...load, main)).not.toContain("firmware-faults");
    const [handler, ...rest] = [...begun, "#0  HardFault_Handler () at src/it.c:80", ...load, main];
    expect(codes(handler, ...rest)).not.toContain("firmware-faults");
    // A server's text in front of GDB's may be the later one.
    expect(first(...openocd, stands, fault, ...begun, ...load, main).code).toBe("firmware-faults");
    expect(first(...openocd, ...begun, ...load, main, fault).code).toBe("firmware-faults");
  });
});
