/** Failures of the computer's own side: programs that crash or cannot be started, files, USB. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explain = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));
const first = (...lines: readonly string[]) => explain(...lines).findings[0];

describe("a program that crashes", () => {
  const openocd = "Open On-Chip Debugger 0.11.0";
  const run = "openocd -f interface/stlink.cfg -f target/stm32f3x.cfg";

  it.each([
    `zsh: segmentation fault  ${run}`,
    `[1]    4711 segmentation fault  ${run}`,
    "Segmentation fault: 11",
    "Segmentation fault (core dumped)",
    "zsh: abort trap  openocd",
    "zsh: bus error  openocd",
    "Process ended with exception 0xc0000005",
  ])("is told to have, and nothing of the board: %s", (crash) => {
    const { findings, failure } = explain(openocd, "Info : clock speed 1000 kHz", crash);
    expect(failure).toBe(true);
    expect(findings).toMatchObject([{ code: "not-enough-to-tell", certainty: "possible" }]);
    expect(findings[0].cause).toMatch(/crashed .*before it told anything of a probe/);
    expect(findings[0].remedy[0]).toContain("libusb");
  });

  it("did so after it had opened the probe, where it had", () => {
    const probe = "Info : STLINK V2J39S7 (API v2) VID:PID 0483:3748";
    expect(first(openocd, probe, "Segmentation fault: 11").cause).toContain("after it had opened the probe");
  });

  it("is over once a later run got through, and is none where the chip's program tells of its own", () => {
    const well = "Info : [stm32f3x.cpu] Cortex-M4 r0p1 processor detected";
    expect(explain(openocd, "Segmentation fault: 11", openocd, well).findings).toEqual([]);
    expect(explain(openocd, well, "firmware: hard fault, bus error").facts.map(({ kind }) => kind)).not.toContain(
      "program-crashed",
    );
  });
});

describe("a program for the chip that is started on the computer", () => {
  const elf = "C:\\work\\lamp\\Debug\\lamp.elf";
  it.each([
    `Cannot run program "${elf}" (in directory "C:\\work\\lamp"): CreateProcess error=193, %1 is not a valid Win32 application`,
    `Error: Program ${elf} is not a valid Win32 application.`,
    `OSError: [WinError 193] %1 is not a valid Win32 application: '${elf}'`,
    "bash: ./build/lamp.elf: cannot execute binary file: Exec format error",
  ])("was launched by a configuration of the wrong kind: %s", (text) => {
    const found = first("Debug of the stm32 project", text);
    expect(found).toMatchObject({ code: "launch-value-wrong", certainty: "likely" });
    expect(found.cause).toContain("lamp.elf");
  });

  it("is not what another program of the wrong kind is", () => {
    const server = 'Cannot run program "/opt/st/openocd": error=193, not a valid Win32 application';
    expect(first("stm32 debug", server).code).toBe("versions-differ");
    expect(first("stm32 debug", "bash: /opt/st/openocd: cannot execute binary file: Exec format error").code).toBe(
      "versions-differ",
    );
  });
});

it("a launch of the wrong kind is over once a debugger got through", () => {
  const refused = "bash: ./build/lamp.elf: cannot execute binary file: Exec format error";
  const well = ["Open On-Chip Debugger 0.12.0", "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected"];
  expect(explain(refused, ...well).findings).toEqual([]);
});

describe("a probe that was opened", () => {
  const at = "2022-01-01T10:00:00";
  it.each([
    `${at} ERROR usb.c: set configuration failed: LIBUSB_ERROR_IO`,
    `${at} WARN usb.c: libusb_set_configuration() failed`,
    `${at} ERROR usb.c: [!] send_recv send request failed: LIBUSB_ERROR_NOT_FOUND`,
  ])("lacks no driver, and no wire is to blame: %s", (text) => {
    expect(first("st-flash 1.7.0", text).code).toBe("probe-usb-trouble");
  });

  it("and fails on macOS in the words of probe-rs' USB library", () => {
    const run = "     Running `probe-rs run --chip STM32F411CEUx app`";
    const failed = "ERROR nusb::platform::macos_iokit: transfer failed: kIOReturnNotResponding";
    expect(first(run, failed, "Error: Failed to open the debug probe.").code).toBe("probe-usb-trouble");
    const held = " WARN nusb::platform::macos_iokit::device: claim of interface 0 failed: e00002c5";
    expect(first("$ probe-rs list", held, "No debug probes were found.").code).toBe("probe-busy");
    expect(first(run, "Caused by:", "    0: An USB error", "    1: endpoint STALL").code).toBe("probe-usb-trouble");
  });
});

it("ST-LINK_CLI that cannot open its file names it missing", () => {
  const log = ["STM32 ST-LINK CLI v3.6.0.0", "STM32 ST-LINK Command Line Interface", "Unable to open file!"];
  expect(first(...log)).toMatchObject({ code: "file-missing" });
});

describe("a target that ST's server loses while a debugger is there", () => {
  const codes = (...lines: readonly string[]) => explain(...lines).findings.map(({ code }) => code);
  const program = ["firmware-disables-swd", "firmware-low-power"];

  it("is asked for its program first of what it may be, in an excerpt that does not show the debugger, too", () => {
    const lost = ["Target is not responding, retrying...", "Error! Failed to read target status", "Shutting down..."];
    expect(codes(...lost).slice(0, 3)).toEqual(["target-lost", ...program]);
    const status = "ST-LINK device status: Failed to get status, Target not responding, retrying...";
    expect(codes("ST-LINK device status: RUN_MODE", status).slice(0, 3)).toEqual(["target-lost", ...program]);
  });

  it("is told to GDB as error 31, once the program was let run", () => {
    const gdb = "GNU gdb (GNU Tools for STM32) 8.1.0";
    const error = "Warning: Remote failure reply: E31";
    expect(codes(gdb, "Continuing.", error).slice(0, 2)).toEqual(program);
    expect(codes(gdb, "Temporary breakpoint 1, main () at ../Src/main.c:70", error).slice(0, 2)).toEqual(program);
    expect(codes(gdb, error)).toEqual(["not-enough-to-tell"]);
  });
});

describe("a debugger that came to ST's server and was gone", () => {
  const server = ["Waiting for debugger connection...", "Debugger connected"];
  const gone = ["Debugger connection lost.", "Shutting down..."];

  it("with a load that failed is asked where that was to go, before flash is suspected", () => {
    const [found, ...others] = explain(...server, ...gone, "(gdb) load", "Load failed").findings;
    expect(found).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(found.remedy[0]).toMatch(/0x90000000.*of which nothing is told here/);
    expect(others).toEqual([]);
    const given = ["ST-LINK_gdbserver -p 61234 -d -el /opt/ExternalLoader/MX25LM51245G_STM32H735G-DK.stldr"];
    const [with_] = explain(...given, ...server, ...gone, "(gdb) load", "Load failed").findings;
    expect([with_.code, with_.certainty]).toEqual(["image-outside-flash", "possible"]);
  });

  it("had a load that flash may have refused where work on flash is told of", () => {
    const erased = "Mass erase successfully achieved";
    const found = explain(...server, "STM32CubeProgrammer v2.14.0", erased, ...gone, "(gdb) load", "Load failed");
    expect(found.findings[0].code).toBe("flash-refused");
  });

  it("lacks a loader where the section is one for external memory", () => {
    const section = "Loading section .text, size 0x400 lma 0x90000000";
    expect(first(...server, ...gone, section, "Load failed").code).toBe("image-outside-flash");
  });

  it("and whose connection is refused later, by Windows' number, left the server ended", () => {
    const found = first(...server, "Shutting down...", "Target disconnected: undocumented errno 10061");
    expect(found.code).toBe("server-left-by-first-client");
    expect(found.remedy.join(" ")).toContain("-m");
  });
});

describe("ST's server that cannot verify the chip", () => {
  const failed = [
    "Error in initializing ST-LINK device.",
    "Reason: (18) Could not verify ST device! Abort connection.",
  ];
  const codes = (...lines: readonly string[]) =>
    explain(...lines).findings.map(({ code, certainty }) => `${code} ${certainty}`);

  it("may have met a copy, and is likely to have where the chip was read", () => {
    expect(codes(...failed)).toEqual(["chip-not-genuine possible"]);
    expect(codes("Vendor = 0x55", ...failed)[0]).toMatch(/^chip-not-genuine (?:likely|certain)$/);
    expect(codes("Device ID: 0x410", ...failed)[0]).toBe("chip-not-genuine likely");
  });

  it("has met ST's own chip behind the probe of a board of ST's, unless its designer was read", () => {
    const probe = "ST-LINK Firmware version : V2J45M31";
    expect(codes(probe, ...failed)).toEqual(["not-enough-to-tell possible", "chip-not-genuine possible"]);
    expect(codes(probe, "Vendor = 0x55", ...failed)[0]).toMatch(/^chip-not-genuine/);
  });

  it("was refused by the second core of a chip that is named as one with two", () => {
    const board = ["STM32CubeProgrammer v2.14.0", "Board       : NUCLEO-WL55JC"];
    expect(codes(...board, ...failed)[0]).toBe("second-core-off likely");
  });
});

describe("a reply that the probe stalls", () => {
  const asked = (...commands: readonly string[]) =>
    explain(
      "st-util 1.5.0",
      ...commands.flatMap((command) => [
        "[!] send_recv read reply failed: LIBUSB_ERROR_PIPE",
        `[!] send_recv STLINK_${command}`,
      ]),
    ).findings.map(({ code }) => code);

  it("is its answer where the command is one to the target", () => {
    expect(asked("JTAG_READDEBUG_32BIT", "DEBUG_READCOREID")).toEqual([
      "target-silent",
      "firmware-disables-swd",
      "wires-open",
      "firmware-low-power",
    ]);
  });

  it("is trouble with the probe where it answers that by itself", () => {
    expect(asked("GET_CURRENT_MODE")).toEqual(["probe-usb-trouble"]);
    expect(asked("JTAG_DRIVE_NRST", "DEBUG_READCOREID")[0]).toBe("probe-usb-trouble");
  });
});

describe("a chip of the stlink tools without a way to write its flash", () => {
  const at = "2022-02-02T12:00:00";
  const invalid = `${at} WARN common.c: Invalid flash type, please check device declaration`;
  const codes = (...lines: readonly string[]) => explain(...lines).findings.map(({ code }) => code);

  it("is one that was not read", () => {
    expect(codes("st-flash 1.5.1", invalid, "Unknown memory region").slice(0, 3)).toEqual([
      "target-silent",
      "firmware-disables-swd",
      "chip-unknown",
    ]);
  });

  it("is one whose ID alone was not, where the debug port answered", () => {
    const port = `${at} DEBUG common.c: core_id = 0x0bc11477`;
    expect(codes("st-util 1.5.0", port, invalid)).toEqual(["chip-unknown"]);
  });

  it("is one of another release's files, where these could not be read", () => {
    const files = `${at} WARN common.c: Failed to parse flash type or unrecognized flash type`;
    const [found] = explain("st-flash 1.7.0", files, invalid, "Failed to connect to target").findings;
    expect(found).toMatchObject({ code: "versions-differ", certainty: "likely" });
    expect(found.cause).toContain("describes the chips");
    const well = `${at} INFO common.c: F4x5/F4x7: 192 KiB SRAM, 1024 KiB flash in at least 16 KiB pages.`;
    // The tool goes on with what it has of the chip, and whatever fails then comes first.
    const [warned] = explain("st-util 1.7.0", files, well, `${at} INFO gdb-server.c: Listening at *:4242...`).findings;
    expect(warned).toMatchObject({ code: "versions-differ", certainty: "possible" });
    const mismatch = `${at} ERROR flash_loader.c: Verification of flash failed at offset: 0`;
    expect(codes("st-flash 1.7.0", files, well, mismatch)[0]).toBe("flash-differs");
  });
});

describe("the registers that st-util reads, as its debug output shows them", () => {
  const read = (value: string, address: string) =>
    `2016-05-05T10:00:00 DEBUG common.c: *** stlink_read_debug32 ${value} is 0x${address}`;
  const run = (...lines: readonly string[]) => explain("st-util 1.4.0", ...lines).findings;

  it("tell of a size of flash that no such chip has, and not for certain: a read that failed gives 0", () => {
    const found = run(read("20036410", "e0042000"), read("0", "1ffff7e0"));
    expect(found.map(({ code }) => code)).toContain("flash-size-wrong");
    expect(found.filter(({ certainty }) => certainty === "certain")).toEqual([]);
  });

  it("tell of nothing where the size is one that is made, or another register was read", () => {
    expect(run(read("20036410", "e0042000"), read("ffff0040", "1ffff7e0"))).toEqual([]);
    expect(run(read("20036410", "e0042000"), read("0", "40022010"))).toEqual([]);
  });
});

describe("cortex-debug, which waits for OpenOCD in vain", () => {
  const waited = (version: string, ...lines: readonly string[]) =>
    first(
      "Cortex-Debug: VSCode debugger extension version 1.4.4",
      `Open On-Chip Debugger ${version}`,
      "Info : stm32f1x.cpu: hardware has 6 breakpoints, 4 watchpoints",
      ...lines,
      "Failed to launch OpenOCD GDB Server: Timeout.",
    );

  it("is too new for it where OpenOCD found the chip and does not say yet that it listens", () => {
    expect(waited("0.10.0")).toMatchObject({ code: "versions-differ", certainty: "likely" });
    expect(waited("0.10.0").cause).toContain("OpenOCD 0.10.0 and cortex-debug");
  });

  it("and is not where OpenOCD is newer", () => {
    expect(waited("0.12.0").code).toBe("gdb-server-gone");
  });
});

describe("a session of probe-rs whose end fails", () => {
  it("had one that answered", () => {
    const end = "Arm(Probe(ProbeSpecific(BoxedProbeError(CommandFailed(SwdDpError)))))";
    const run = [
      "     Running `probe-rs run --chip STM32F446RETx app`",
      ` WARN probe_rs::session: Could not clear all hardware breakpoints: ${end}`,
      ` WARN probe_rs::session: Failed to deconfigure device during shutdown: ${end}`,
    ];
    const { findings } = explain(...run, "Error: An ARM specific error occurred.");
    expect(findings.find(({ code }) => code === "wires-open")?.cause ?? "answered").toContain("answered");
    expect(findings.filter(({ certainty }) => certainty !== "possible")).toEqual([]);
  });
});

describe("GDB's load that fails as it writes to flash", () => {
  const load = "Loading section .text, size 0x4188 lma 0x8000000";

  it("without an erase before, is asked for the map that the server gave", () => {
    const found = first("(gdb) load blinky.elf", load, "Load failed");
    expect(found).toMatchObject({ code: "not-enough-to-tell", certainty: "possible" });
    expect(found.remedy[0]).toContain("info mem");
  });

  it("may have been refused by flash where that was erased or its size was read, or the words are those for an erase", () => {
    const sized = "Info : flash size = 64 KiB";
    for (const lines of [
      ["Open On-Chip Debugger 0.12.0", sized, load, "Load failed"],
      ["(gdb) load blinky.elf", load, "Error erasing flash with vFlashErase packet"],
    ])
      expect(first(...lines).code).toBe("flash-refused");
  });
});

describe("the stlink tools' files that describe the chips", () => {
  it.each(["/usr/local/stlink/chip", "/usr/share//stlink/chips", "C:/Program Files (x86)/stlink/config/chips"])(
    "are what is missing where a chip is unknown without them: %s",
    (folder) => {
      const { findings } = explain(
        "st-flash 1.8.0",
        `${folder}: No such file or directory`,
        "2024-05-05T10:00:00 WARN common.c: unknown chip id! 0x413",
        "Failed to connect to target",
      );
      expect(findings.map(({ code }) => code)).toEqual(["file-missing"]);
      expect(findings[0].cause).toContain(folder);
      expect(findings[0].remedy[0]).toContain("what they know of each chip");
    },
  );
});

describe("GDB that works on no remote target", () => {
  const begun = ["GNU gdb (GDB) 13.1", "Reading symbols from app.elf..."];

  it.each([
    ["(gdb) load", "You can't do that when your target is `exec'"],
    ["(gdb) monitor reset halt", '"monitor" command not supported by this target.'],
    ["(gdb) continue", "The program is not being run.", "(gdb) run", 'Don\'t know how to run.  Try "help target".'],
  ])("was never connected: %s", (...lines) => {
    const found = first(...begun, ...lines);
    expect(found).toMatchObject({ code: "gdb-server-gone", certainty: "likely" });
    expect(found.remedy[0]).toContain("target extended-remote");
  });

  it("after a connection that there was lost it, and for other reasons", () => {
    const lost = ["Remote debugging using :3333", "(gdb) load", "You can't do that when your target is `exec'"];
    expect(first(...begun, ...lost)?.cause ?? "").not.toContain("came before this command");
  });

  it("has no server to blame where the server's own words say more", () => {
    const server = ["Open On-Chip Debugger 0.12.0", "Error: open failed"];
    expect(first(...server, ...begun, "(gdb) load", "You can't do that when your target is `exec'").code).not.toBe(
      "gdb-server-gone",
    );
  });
});

describe("probe-rs that loses a target behind its download", () => {
  const errors = [
    " WARN probe_rs::probe::stlink: send_jtag_command 242 failed: SwdDpError",
    "Command failed with status SwdDpError.",
  ];

  it("suspects the program, also where the end of the download stands behind the bar", () => {
    const bar = "  Programming ✔ 100% [####]  12.00 KiB @  30.00 KiB/s (took 1s)";
    for (const done of [[`${bar}      Finished in 1.50s`], [bar, "     Finished in 1.50s"]]) {
      const lines = ["     Running `probe-rs run --chip STM32H743VITx app`", ...done, ...errors];
      expect(first(...lines)).toMatchObject({ code: "firmware-disables-swd", certainty: "likely" });
    }
  });
});
