/** Programs of the computer's that fail by themselves, and what a session's last words tell of where the chip stands. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("the exit status by which Windows ends a program", () => {
  it("names the crash and the program", () => {
    const west = "FATAL ERROR: command exited with status 3221226356: C:/zephyr-sdk/bin/arm-zephyr-eabi-gdb.exe";
    const [first] = found("-- west debug: using runner openocd", west);
    expect(first.code).toBe("not-enough-to-tell");
    expect(first.cause).toMatch(/arm-zephyr-eabi-gdb itself crashed.*heap corruption/);
  });

  it("is a missing library where it says so, and nothing where somebody pressed Ctrl-C", () => {
    const ended = (status: string) =>
      codes("-- west flash: using runner openocd", `command exited with status ${status}`);
    expect(ended("-1073741515: openocd.exe")).toContain("library-missing");
    expect(ended("3221225786: openocd.exe")).not.toContain("library-missing");
  });
});

describe("what runs the tools, and fails before them", () => {
  it("has no such runner for this board", () => {
    const west = (text: string) => codes("-- west flash: rebuilding", text)[0];
    expect(west("FATAL ERROR: board nucleo_f103rb does not support runner jlink")).toBe("option-unknown");
    expect(west("FATAL ERROR: no 'pyocd' runner configured")).toBe("option-unknown");
  });

  it("lacks a module of Python's", () => {
    expect(codes("Uploading .pio/build/lamp/firmware.elf", "ImportError: No module named serial")[0]).toBe(
      "library-missing",
    );
  });

  it("waited for a server that did not listen, in Windows' words for another number, too", () => {
    const gdb = (text: string) => codes("Launching gdb-server: openocd", text)[0];
    expect(
      gdb("Failed to launch GDB: localhost:50000: The system tried to join a drive to a directory on a joined drive."),
    ).toBe("gdb-server-gone");
    expect(gdb("Unable to launch OpenOCD GDB Server: Timeout.")).toBe("gdb-server-gone");
  });
});

describe("a linker script that is not there", () => {
  it("is missing though no tool speaks that works with a chip", () => {
    const cargo = ["error: linking with `rust-lld` failed: exit status: 1", "error: could not compile `led`"];
    const lld = "= note: rust-lld: error: cannot find linker script memory.x";
    expect(found(cargo[0], lld, cargo[1])[0]).toMatchObject({ code: "file-missing", certainty: "certain" });
    expect(found(...cargo)).toEqual([]);
  });
});

describe("an error of Python's in pyOCD", () => {
  const pyocd = (text: string) => codes("0000784:INFO:board:Target type is stm32f401re", text)[0];

  it("is a defect of the tool or of its packages, whatever the names in it", () => {
    expect(pyocd("0000962:ERROR:__main__:uncaught exception: 'Session' object has no attribute 'lamp'")).toBe(
      "tool-defect",
    );
    expect(pyocd("0000962:ERROR:__main__:uncaught exception: open_it() got an unexpected keyword argument 'sn'")).toBe(
      "tool-defect",
    );
    expect(pyocd("0000962:ERROR:__main__:uncaught exception: STLink error (5): No device connected")).toBe(
      "target-silent",
    );
  });

  it("is what comes of a target or probe that did not answer before it", () => {
    const after = "0000990:ERROR:__main__:uncaught exception: 'NoneType' object has no attribute 'halt'";
    const silent = "0000962:ERROR:board: STLink error (5): No device connected";
    expect(codes("0000784:INFO:board:Target type is stm32f401re", silent, after)).not.toContain("tool-defect");
  });
});

describe("a file of Intel HEX that Python's library does not take", () => {
  it("is no program", () => {
    const trace = ["$ pyocd flash -t stm32f103rc app.hex", "Traceback (most recent call last):"];
    for (const error of [
      "RecordLengthError: Record at line 24 has invalid length",
      "RecordChecksumError: Record at line 3 has invalid checksum",
    ])
      expect(found(...trace, `intelhex.${error}`)[0]).toMatchObject({ code: "program-unusable", certainty: "likely" });
  });
});

describe("where the chip stands", () => {
  it("is told by the address at which Eclipse could show no code", () => {
    const at = (address: number) =>
      codes(
        `Failed to execute MI command:\n-data-disassemble -s ${address} -e ${address + 32} -- 2`,
        `Error message from debugger back end:\nCannot access memory at address 0x${address.toString(16)}`,
      )[0];
    expect(at(0x1fffd000)).toBe("boot-not-from-flash");
    expect(at(0x08001234)).not.toBe("boot-not-from-flash");
  });

  it("is no program's place where neither PC nor SP can be one, right after a reset", () => {
    const halted = (pc: string, sp: string) =>
      found(
        "Open On-Chip Debugger 0.10.0",
        "Info : stm32f4x.cpu: hardware has 6 breakpoints, 4 watchpoints",
        "target halted due to debug-request, current mode: Thread",
        `xPSR: 0x00000000 pc: ${pc} msp: ${sp}`,
      )[0];
    expect(halted("0xa029aca0", "0x11748d2c")).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(halted("0xa029aca0", "0x20001ff8").code).toBe("firmware-faults");
  });
});

describe("STM32CubeProgrammer over USB or a UART", () => {
  it("finds no boot loader where its list has none", () => {
    const list = ["STM32CubeProgrammer v2.4.0", "===== DFU Interface =====", "No STM32 device in DFU mode connected"];
    expect(codes(...list)[0]).toBe("boot-loader-silent");
  });

  it("takes the largest size for granted there, which is no fault of the chip's", () => {
    const uart = ["Serial Port COM8 is successfully opened.", "Activating device: OK", "Chip ID: 0x410"];
    const size = "Flash size  : 128 KBytes (default)";
    expect(codes("STM32CubeProgrammer v2.11.0", ...uart, size)).not.toContain("flash-size-wrong");
    const probe = ["ST-LINK SN  : 0671FF", "Device ID   : 0x410"];
    expect(codes("STM32CubeProgrammer v2.11.0", ...probe, size)).toContain("flash-size-wrong");
  });

  it("refuses a later segment for where it lies, not for its length", () => {
    const elf = ["Memory Programming ...", "Opening and parsing file: app.elf", "  Size          : 8040 Bytes"];
    const segment = (n: number) => [
      "  Address       : 0x08000000",
      `Erasing memory corresponding to segment ${n}:`,
      "Error: Operation exceeds memory limits",
    ];
    expect(codes("STM32CubeProgrammer v1.0.0", ...elf, ...segment(1))[0]).toBe("image-outside-flash");
    expect(codes("STM32CubeProgrammer v1.0.0", ...elf, ...segment(0))[0]).toBe("image-too-large");
  });
});

describe("OpenOCD's configuration", () => {
  it("asks for what the chip or the adapter has not", () => {
    const banner = "Open On-Chip Debugger 0.11.0";
    expect(codes(banner, "Error: stm32h7x.tpiu does not support protocol uart")[0]).toBe("config-unfit");
    expect(codes(banner, "Error: BUG: can't assert SRST")[0]).toBe("config-unfit");
  });
});

describe("a traceback of Python's into the USB library", () => {
  const trace = (end: string) => [
    "$ pyocd-flashtool -t stm32f103rc app.bin",
    "INFO:root:DP IDR = 0x1ba01477",
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3/dist-packages/usb/core.py", line 408, in write',
    "    return self.device.write(self, data, timeout)",
    end,
  ];

  it("tells of USB, unless it was the user who broke off; its lines of source tell nothing", () => {
    expect(codes(...trace("usb.core.USBError: [Errno 110] Operation timed out"))[0]).toBe("probe-usb-trouble");
    const stopped = found(...trace("KeyboardInterrupt"));
    expect(stopped.map(({ code }) => code)).not.toContain("probe-usb-trouble");
    expect(stopped.flatMap(({ evidence }) => evidence).join()).not.toContain("self.device.write");
  });
});

it("a file of ST's server that its programmer cannot open is missing, and its path tells why", () => {
  const [first] = found(
    "STM32CubeProgrammer v2.12.0",
    "Device ID   : 0x437",
    "Error: File does not exist: C:\\Users\\Andr\ufffd\\AppData\\Local\\Temp\\ST-LINK_GDB_server_a09944.srec",
    "Encountered Error when running STM32CubeProgrammer",
  );
  expect(first.code).toBe("file-missing");
  expect(first.remedy.join()).toContain("plain Latin letters");
});
