/** Causes that a chip's, a tool's or a clock's own nature decides, not the words of the error. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

describe("an image larger than a memory limit", () => {
  const download = (id: string, flash: string, size: string) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      "ST-LINK SN  : 0012",
      "ST-LINK FW  : V3J10M3",
      `Device ID   : ${id}`,
      `Flash size  : ${flash}`,
      "Memory Programming ...",
      "Opening and parsing file: fw.elf",
      "  File          : fw.elf",
      `  Size          : ${size}`,
      "  Address       : 0x08000000",
      "Error: Operation exceeds memory limits",
    )[0];

  it("goes over the end of the first bank where a G4 has two", () => {
    const split = download("0x469", "128 KBytes", "90.00 KB");
    expect(split).toMatchObject({ code: "image-outside-flash" });
    expect(split.cause).toMatch(/0x08010000.*64 KiB.*0x08040000/);
    expect(split.remedy[0]).toContain("DBANK");
  });

  it("does not where the banks meet, and where it fits the first", () => {
    expect(download("0x469", "512 KBytes", "300.00 KB").cause).not.toContain("bank");
    expect(download("0x415", "256 KBytes", "200.00 KB").cause).not.toContain("bank");
    expect(download("0x469", "128 KBytes", "40.00 KB").cause).not.toContain("first bank");
  });
});

describe("OpenOCD's driver for flash that does not take the chip", () => {
  const families = "Warn : Cannot identify target as an STM32G0/G4/L4/L4+/L5/WB/WL family device.";
  const refused = (target: string, words: string) =>
    found(
      "Open On-Chip Debugger 0.12.0",
      `[${target}.cpu] halted due to debug-request, current mode: Thread`,
      words,
      "Error: auto_probe failed",
    )[0];

  it("is older than the family where it does not list it, and for no other maker's", () => {
    expect(refused("stm32h5x", families)).toMatchObject({ code: "tool-lacks-chip", certainty: "likely" });
    expect(refused("gd32f4x", "Error: Cannot identify target as a stm32x").code).toBe("tool-lacks-chip");
  });

  it("is not where it lists it, or names no family at all", () => {
    expect(refused("stm32l4x", families).code).toBe("chip-mismatch");
    expect(refused("stm32f4x", "Warn : Cannot identify target as a STM32 family.").code).toBe("chip-mismatch");
  });
});

describe("a core of which OpenOCD reads zeros", () => {
  const log = ["Open On-Chip Debugger 0.10.0", "Info : stm32f2x.cpu: hardware has 0 breakpoints, 0 watchpoints"];
  const highLevel = "Info : The selected transport took over low-level target control. The results might differ";
  it("lies behind a debug port that answers, where the adapter would have told otherwise", () => {
    expect(found(log[0], highLevel, log[1])[0].code).toBe("firmware-low-power");
    expect(found(...log)[0].code).toBe("target-silent");
  });
});

describe("an IDE that drops OpenOCD over the chip's maker", () => {
  it("has met a copy, where the debug port is not that of the family", () => {
    const codes = found(
      "Open On-Chip Debugger 0.11.0",
      "Info : SWD DPIDR 0x2ba01477",
      "Info : device id = 0x20036410",
      "O.K.:0xE00FFFD0",
      "Info : dropped 'gdb' connection",
    ).map(({ code }) => code);
    expect(codes[0]).toBe("chip-not-genuine");
    expect(codes).not.toContain("server-not-st");
  });
});

describe("a target that is lost in a session of ST's server", () => {
  const lost = ["Debugger connected", "Target is not responding, retrying..."];
  it("after its core had halted is not laid at the program's door first", () => {
    const codes = found("Waiting for debugger connection...", lost[0], "NVIC_DFSR_REG = 0x00000009", lost[1]);
    expect(codes.slice(0, 2).map(({ code }) => code)).toEqual(["not-enough-to-tell", "firmware-disables-swd"]);
    expect(found("Waiting for debugger connection...", ...lost)[0].code).toBe("target-lost");
  });
});

describe("a core that locks up behind work on flash", () => {
  const chip = ["STM32CubeProgrammer v2.15.0", "ST-LINK FW  : V3J10M3", "Device ID   : 0x450"];
  const failed = "Error: Data mismatch found at address 0x08000000 (byte = 0x00 instead of 0x20)";
  const lockup = "Warning: The core is locked up";
  it("does so for what flash does not hold, if that failed", () => {
    const [first, second] = found(...chip, failed, lockup);
    expect([first.code, second.code, second.severity]).toEqual(["flash-differs", "core-lockup", "warning"]);
  });

  it("and by itself if that went well, or was not there yet", () => {
    expect(found(...chip, failed, "Download verified successfully", lockup)[0].code).toBe("core-lockup");
    expect(found(...chip, lockup, failed)[0].code).toBe("core-lockup");
  });
});

describe("a ROM table that pyOCD cannot read", () => {
  const pyocd = (...lines: string[]) => found("0000812 I DP IDR = 0x0bc11477 (v1 MINDP rev0) [dap]", ...lines)[0];
  const fault = "Memory transfer fault (read) @ 0xf0000fd0-0xf000102f [ap]";

  it("is the second core's behind a further port, where it stands at the address of a Cortex-M0+'s", () => {
    expect(pyocd(`0000901 E Transfer error while reading AHB-AP#1 ROM table: ${fault}`).code).toBe("second-core-off");
    expect(pyocd(`0000901 E Transfer error while reading AP#0 ROM table: ${fault}`).code).toBe("firmware-low-power");
  });

  it("is of a core asleep where it reads as nonsense, and of any that is not reached where it is not read", () => {
    const none = "0000950 C No cores were discovered! [__main__]";
    const nonsense = "0000940 W Invalid coresight component, cidr=0x5c5c5c5c [rom_table]";
    expect(pyocd(nonsense, none).code).toBe("firmware-low-power");
    expect(pyocd(none).code).toBe("core-does-not-halt");
  });
});

describe("OpenOCD's handler behind an examination", () => {
  const handler = "Error executing event examine-end on target stm32g4x.cpu:";
  it("that cannot read DBGMCU shows a core without a clock, in whatever order it is told", () => {
    const read = "Error: mem2array: Read @ 0xe0042004, w=4, cnt=1, failed";
    expect(found(read, handler)[0].code).toBe("firmware-low-power");
    expect(found(handler, read)[0].code).toBe("firmware-low-power");
    expect(found("Error: mem2array: Read @ 0x20000000, w=4, cnt=1, failed", handler)[0].code).toBe(
      "not-enough-to-tell",
    );
  });
});

describe("a core that stands in ST's boot loader", () => {
  const session = [
    "Open On-Chip Debugger 0.12.0",
    "Info : [stm32l4x.cpu] Cortex-M4 r0p1 processor detected",
    "[stm32l4x.cpu] halted due to debug-request, current mode: Thread",
    "xPSR: 0x01000000 pc: 0x1fff3a10 msp: 0x20001400",
  ];
  it("is not what makes work on flash fail", () => {
    expect(found(...session)[0]).toMatchObject({ code: "boot-not-from-flash" });
    const [first, second] = found(...session, "** Programming Started **", "Error: block write failed");
    expect([first.code, second.code, second.severity]).toEqual(["flash-refused", "boot-not-from-flash", "warning"]);
  });
});

describe("a probe whose version is erased bytes", () => {
  const silent = (version: string) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      "ST-LINK SN  : 0012",
      `ST-LINK FW  : ${version}`,
      "Error: No STM32 target found!",
    );
  it("has no whole firmware", () => {
    expect(silent("V255J255S255").map(({ code }) => code)).toEqual(["probe-in-update-mode"]);
    expect(silent("V2J45S7")[0].code).not.toBe("probe-in-update-mode");
  });
});

describe("ST's boot loader that does not take an address", () => {
  const refused = (address: string) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      "Response received from device: NACK",
      `Error: Write address not acknowledged: ${address}`,
      "Error: failed to download Segment[0]",
    )[0];
  it("refuses, and the secure alias is told as what it is", () => {
    expect(refused("0x8000000").code).toBe("boot-loader-refuses");
    expect(refused("0x8000000").remedy[0]).not.toContain("secure");
    expect(refused("0xC000000").remedy[0]).toContain("secure");
  });
});

describe("OpenOCD's wait for a halt", () => {
  const session = [
    "Open On-Chip Debugger 0.12.0",
    "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected",
    "[stm32f1x.cpu] halted due to debug-request, current mode: Thread",
  ];
  const late = "Error: timed out while waiting for target halted";

  it("is for the end of its own work while flash is programmed", () => {
    const [first] = found(...session, "** Programming Started **", late, "** Programming Failed **");
    expect(first.code).toBe("flash-refused");
  });

  it("is for the core before that", () => {
    expect(found(...session, late)[0].code).toBe("core-does-not-halt");
  });
});

describe("a target that is lost under a download", () => {
  const lost = (khz: number) =>
    found(
      "STM32CubeProgrammer v2.15.0",
      "ST-LINK FW  : V3J10M3",
      `SWD freq    : ${khz} KHz`,
      "Device ID   : 0x415",
      "Memory Programming ...",
      "Download in Progress:",
      "Error: ST-LINK error (DEV_TARGET_COMM_ERR)",
    ).map(({ code }) => code);

  it("may be for a clock that somebody set high, and not for the usual one", () => {
    expect(lost(24_000)[0]).toBe("wire-clock-too-fast");
    expect(lost(4_000)).not.toContain("wire-clock-too-fast");
  });
});

describe("files that OpenOCD opens by itself", () => {
  it("are looked for where it was started", () => {
    const [first] = found("Open On-Chip Debugger 0.11.0", "embedded:startup.tcl:26: Error: Can't find openocd.cfg");
    expect(first.code).toBe("file-missing");
    expect(first.remedy[0]).toContain("folder in which it was started");
  });

  it("name one kind of ST-LINK up to 0.10", () => {
    const remedy = (version: string) =>
      found(`Open On-Chip Debugger ${version}`, "Error: open failed", "in procedure 'init'")[0].remedy.join("\n");
    expect(remedy("0.10.0")).toContain("stlink-v2-1.cfg");
    expect(remedy("0.12.0")).not.toContain("stlink-v2-1.cfg");
  });
});

describe("the list of options of ST's server", () => {
  it("tells of JTAG where SWD is off", () => {
    const [first] = found(
      "STMicroelectronics ST-LINK GDB server. Version 5.6.0",
      "Starting server with the following options:",
      "        SWD Debug                  : Disabled",
      "Target unknown MCU target",
    );
    expect(first.code).toBe("jtag-instead-of-swd");
  });
});

describe("a name that SEGGER's list lacks", () => {
  it("is the tool's matter", () => {
    const [first] = found(
      "SEGGER J-Link GDB Server V7.90",
      'The selected device "STM32F4XX7" is unknown to this software version.',
    );
    expect(first.code).toBe("tool-lacks-chip");
  });
});

describe("a Rust program's panic", () => {
  const run = "     Running `probe-rs run --chip STM32G071RB target/thumbv6m-none-eabi/debug/app`";
  const fault = "Frame 0: HardFault @ 0x08000b1c";

  it("is what the HardFault at its end comes from", () => {
    const both = found(run, "ERROR panicked at src/bin/app.rs:9:5: out of samples", fault);
    expect(both.map(({ code, certainty }) => [code, certainty])).toEqual([["program-gave-up", "likely"]]);
  });

  it("is not one of the tool's, nor of a program that printed none", () => {
    const tool = found(run, "thread 'main' panicked at probe-rs/src/session.rs:10:5:", "Error: ended");
    expect(tool.map(({ code }) => code)).not.toContain("program-gave-up");
    expect(found(run, fault)[0].code).toBe("firmware-faults");
  });
});

describe("probe-rs' chain of errors", () => {
  it("is read by its deepest level, and by no other tool's words", () => {
    const [first] = found(
      "Error: Connecting to the chip was unsuccessful.",
      "Caused by:",
      "    0: An ARM specific error occurred.",
      "    1: Failed to read register DRW at address 0xd0c",
      "    2: Target device did not respond to request.",
    );
    expect(first.code).toBe("target-silent");
  });
});

describe("a flash size that is the device ID over again", () => {
  it("shows that reads do not arrive, and that what is said of protection does not count", () => {
    const log = (size: number) => [
      "Found 1 stlink programmers",
      `  flash:      ${1024 * size} (pagesize: 1024)`,
      "  chipid:     0x0410",
      "2021-01-02T03:04:05 WARN common.c: Failed to unlock flash!",
    ];
    expect(found(...log(0x410)).map(({ code }) => code)).toEqual(["flash-size-wrong"]);
    expect(found(...log(64)).map(({ code }) => code)).toEqual(["flash-protected"]);
  });
});

describe("answers that come garbled", () => {
  it("leave nothing to be said of a read that failed after them", () => {
    const log = (...between: readonly string[]) =>
      found(
        "Open On-Chip Debugger 0.12.0",
        "Info : clock speed 10000 kHz",
        ...between,
        "Error: Failed to read memory at 0xe000ed00",
      );
    const parity = "Error: SWD Read data parity mismatch";
    expect(log(parity, parity).map(({ code }) => code)).toEqual(["wire-clock-too-fast", "wire-noisy"]);
    expect(log()[0].code).toBe("firmware-low-power");
  });
});

describe("an updater that finds the probe in the wrong mode", () => {
  it("has lost it between two modes: it is to be plugged in again", () => {
    const all = found("ST-Link is not in the DFU mode. Please restart it.");
    expect(all[0]).toMatchObject({ code: "probe-usb-trouble", certainty: "likely" });
    expect(all[0].cause).toContain("update mode");
    expect(all[0].remedy[0]).toContain("plug it in again");
    expect(all[1]).toMatchObject({ code: "probe-clone", certainty: "possible" });
  });
});

describe("OpenOCD's name for the core", () => {
  it("tells the family that the target's file is for", () => {
    const [first] = found(
      "Open On-Chip Debugger 0.12.0",
      "Info : [stm32f0x.cpu] Cortex-M3 r1p1 processor detected",
      "** Programming Started **",
      "Info : device id = 0x10036414",
      "Warn : Cannot identify target as a STM32 family.",
      "Error: auto_probe failed",
    );
    expect(first.code).toBe("chip-mismatch");
  });
});

describe("an image whose parts overlap", () => {
  it("is the file's matter, not the flash's", () => {
    const all = found(
      "Open On-Chip Debugger 0.12.0",
      "** Programming Started **",
      "Error: Section at 0x08004000 overlaps section ending at 0x08004200",
      "Error: Flash write aborted.",
      "** Programming Failed **",
    );
    expect(all.map(({ code }) => code)).toEqual(["program-unusable"]);
    expect(all[0].cause).toContain("same addresses");
    const twice = "Error: File corrupted. Two or more segments defines the same memory zone";
    expect(found("STM32CubeProgrammer v2.15.0", "Opening and parsing file: both.hex", twice)[0].cause).toContain(
      "same addresses",
    );
  });
});

describe("ST-LINK_CLI's word for flash", () => {
  it("is memory", () => {
    const log = ["STM32 ST-LINK CLI v3.6.0", "Connected via SWD.", "Device ID:0x410", "Loading file..."];
    expect(found(...log, "Error occured during memory programming!")[0].code).toBe("flash-refused");
  });
});

describe("a part of an image that is for RAM", () => {
  it("is what a verification fails at there, in CCM as well", () => {
    const log = ["STM32CubeProgrammer v2.18.0", "Opening and parsing file: app.hex", "Verifying ..."];
    const mismatch = (at: string) => `Error: Data mismatch found at address ${at} (byte = 0x12 instead of 0x00)`;
    for (const at of ["0x10000000", "0x20000400"]) {
      const all = found(...log, mismatch(at), "Error: Download verification failed");
      expect(all.map(({ code }) => code)).toEqual(["image-outside-flash"]);
      expect(all[0].cause).toContain("which is RAM");
    }
    expect(found(...log, mismatch("0x08000400"), "Error: Download verification failed")[0].code).toBe("flash-differs");
  });

  it("is not concluded of a chip that the tool never read", () => {
    const log = [
      "st-flash 1.5.1",
      "2024-05-06T07:08:09 WARN common.c: Invalid flash type, please check device declaration",
      "Unknown memory region",
    ];
    expect(found(...log).map(({ code }) => code)).not.toContain("image-outside-flash");
  });
});

describe("cortex-debug's servertype", () => {
  const launched = (line: string) => found(`Launching gdb-server: ${line}`, "GDB Server Quit Unexpectedly.");
  it.each([
    ["/opt/st/bin/st-util -p 50000 -cp /opt/cubeprg/bin --swd --halt", "stutil"],
    ["C:\\tools\\openocd\\bin\\openocd.exe -p 50000 -cp C:\\cubeprg\\bin --swd", "openocd"],
    ['"/opt/st/ST-LINK_gdbserver" "-c" "gdb_port 50000" "-c" "tcl_port 50001" "-f" "board.cfg"', "stlink"],
    ["/usr/bin/st-util -singlerun -nogui -if swd -port 50000 -device STM32F407VG", "stutil"],
  ])("decides the options, which another kind of server does not take: %s", (line, fits) => {
    const [first] = launched(line);
    expect(first).toMatchObject({ code: "option-unknown", certainty: "likely" });
    expect(first.remedy[0]).toContain(`"servertype": "${fits}"`);
  });

  it.each([
    "/opt/st/ST-LINK_gdbserver -p 50000 -cp /opt/cubeprg/bin --swd --halt",
    '/usr/bin/openocd -c "gdb_port 50000" -f interface/stlink.cfg',
    "/home/me/my-server -p 50000 -cp x --swd",
  ])("fits, or nobody knows: %s", (line) => {
    expect(launched(line).map(({ code }) => code)).not.toContain("option-unknown");
  });
});

describe("a core that stlink's tools read and have no way to its flash for", () => {
  const at = "2013-03-04T05:06:07 WARN src/stlink-common.c:";
  const known = (words: string) => found("st-flash 0.5", `${at} ${words}`, "stlink_fwrite_flash() == -1")[0];
  it("is of a family that came later", () => {
    for (const words of ["unknown coreid: bc11477", "unknown coreid bc11477, page erase failed"]) {
      expect(known(words)).toMatchObject({ code: "tool-lacks-chip" });
      expect(known(words).cause).toContain("read which core");
    }
  });

  it("is none where what was read is no core's", () => {
    expect(known("unknown coreid: 0").code).not.toBe("tool-lacks-chip");
    expect(known("unknown coreid: 20036410").code).not.toBe("tool-lacks-chip");
  });
});

describe("option bytes that st-flash takes as a whole alone", () => {
  const refused = "2023-02-03T04:05:06 WARN option_bytes.c: Only full write of option bytes area is supported";
  const failed = [
    "2023-02-03T04:05:06 ERROR option_bytes.c: Flash option write failed!",
    "stlink_write_option_bytes32() == -1",
  ];
  it("are refused by the tool, not by the chip", () => {
    expect(found("st-flash 1.8.0", refused, ...failed).map(({ code }) => code)).toEqual(["option-unknown"]);
    expect(found("st-flash 1.8.0", ...failed)[0].code).toBe("option-bytes-wrong");
  });
});

describe("what ST's boot loader sends behind an acknowledge", () => {
  const got = (byte: string) => `Received response from target: ${byte}`;
  const session = [
    "STM32CubeProgrammer v2.12.0",
    "Serial Port COM7 is successfully opened.",
    "Activating device: OK",
    "Sending Get command and its XOR:",
    got("0x79"),
    got("0x0b"),
  ];
  it("is data, and no garbled answer", () => {
    const refused = "Error: READ command not acknowledged at address: 0x1FFFF800";
    expect(found(...session, got("0x3100010211213143637382 92"), refused)[0].code).toBe("boot-loader-refuses");
    expect(found(...session).map(({ code }) => code)).not.toContain("boot-loader-garbled");
  });

  it("is garbled in place of the acknowledge", () => {
    expect(found(...session.slice(0, 4), got("0x0b"))[0].code).toBe("boot-loader-garbled");
    expect(found(...session, "Sending Get Version command and its XOR:", got("0x4b"))[0].code).toBe(
      "boot-loader-garbled",
    );
  });
});

describe("a lockup that a report quotes by one line", () => {
  it("is OpenOCD's word for it", () => {
    expect(found("2. Error: `[stm32g4x.cpu] clearing lockup after double fault`")[0].code).toBe("core-lockup");
  });
});
