/** What OpenOCD does not take before it opens a probe: its own scripts, and its configuration's words, names and order. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const openocd = (version: string) => [`Open On-Chip Debugger ${version}`, "Licensed under GNU GPL v2"];
const started = [
  ...openocd("0.12.0"),
  "Info : auto-selecting first available session transport \"hla_swd\". To override use 'transport select <transport>'.",
  "Info : The selected transport took over low-level target control. The results might differ compared to plain JTAG/SWD",
];

describe("a script of OpenOCD's that it does not find", () => {
  const codes = (version: string, path: string) =>
    found(...openocd(version), `embedded:startup.tcl:28: Error: Can't find ${path}`).map(
      ({ code, certainty }) => `${code} ${certainty}`,
    );

  it("was not installed with it where its release has one of that name", () => {
    expect(codes("0.12.0", "target/stm32f4x.cfg")).toEqual(["file-missing certain"]);
    expect(codes("0.11.0", "interface/stlink.cfg")).toEqual(["file-missing certain"]);
  });

  it("is asked for by a configuration for another release where that one has it", () => {
    const other = ["config-unfit likely", "file-missing possible"];
    // A chip's file that came later is a chip that this release does not know.
    expect(codes("0.12.0", "target/stm32h5x.cfg")).toEqual(["tool-lacks-chip likely", "file-missing possible"]);
    expect(codes("0.11.0", "target/stm32u5x.cfg")[0]).toBe("tool-lacks-chip likely");
    expect(codes("0.10.0", "interface/stlink.cfg")).toEqual(other);
    expect(codes("0.11.0", "target/stm32f4x_stlink.cfg")).toEqual(other);
  });

  it("may be one that a build between releases has, or not", () => {
    expect(codes("0.12.0+dev-00623", "target/stm32h5x.cfg")).toEqual(["file-missing likely", "config-unfit possible"]);
  });

  it("came later than a candidate of the release before it", () => {
    expect(codes("0.11.0-rc2", "target/stm32u5x.cfg")[0]).toBe("tool-lacks-chip likely");
    expect(codes("0.12.0-rc1", "target/stm32u5x.cfg")[0]).toMatch("file-missing");
  });

  it("is an old name, whose new one is told", () => {
    const missed = "embedded:startup.tcl:28: Error: Can't find interface/stlink-v2.cfg";
    const [later] = found(...openocd("0.12.0+dev-00371"), missed);
    expect(later).toMatchObject({ code: "config-unfit", certainty: "likely" });
    expect(later.remedy[0]).toContain("interface/stlink.cfg");
    const [release] = found(...openocd("0.12.0"), missed);
    expect(release).toMatchObject({ code: "file-missing", certainty: "likely" });
    expect(codes("0.10.0", "interface/stlink-v2.cfg")).toEqual(["file-missing certain"]);
  });

  it("is not there where a list has its neighbours and not it", () => {
    const missed = [...openocd("0.12.0"), "embedded:startup.tcl:28: Error: Can't find target/stm32h7x.cfg"];
    const first = (...names: readonly string[]) => found(...missed, ...names)[0].code;
    expect(first("stm32f4x.cfg", "stm32l4x.cfg")).toBe("config-unfit");
    expect(first("stm32f1x.cfg  stm32f4x.cfg  stm32wlx.cfg")).toBe("config-unfit");
    // A part of the list, or one that has it.
    expect(first("stm32f1x.cfg", "stm32f4x.cfg")).toBe("file-missing");
    expect(first("stm32f4x.cfg", "stm32h7x.cfg", "stm32l4x.cfg")).toBe("file-missing");
  });

  it("is misspelt where no release has such a name, and the one that was meant is told", () => {
    expect(codes("0.12.0", "target/stm32f103c8.cfg")).toEqual(["config-unfit likely", "file-missing possible"]);
    const [first] = found(...openocd("0.12.0"), "embedded:startup.tcl:28: Error: Can't find target/stm32f103c8.cfg");
    expect(first.remedy[0]).toContain("target/stm32f1x.cfg");
  });

  it("needs its folder in its name", () => {
    const [first] = found(...openocd("0.12.0"), "embedded:startup.tcl:28: Error: Can't find stm32f4x.cfg");
    expect(first.code).toBe("file-missing");
    expect(first.remedy[0]).toContain("target/stm32f4x.cfg");
  });

  it("is openocd.cfg where no file was named, and then there is no adapter either", () => {
    const none = found(
      ...openocd("0.12.0"),
      "embedded:startup.tcl:28: Error: Can't find openocd.cfg",
      'Error: Debug Adapter has to be specified, see "adapter driver" command',
    );
    expect(none.map(({ code }) => code)).toEqual(["file-missing"]);
  });
});

describe("a configuration that OpenOCD does not take", () => {
  const cause = (...lines: readonly string[]) => {
    const [first] = found(...started, ...lines);
    return first?.code === "config-unfit" ? first.cause : first?.code;
  };

  it.each([
    ['invalid command name "halt"'],
    ["Error: The 'flash probe' command must be used after 'init'."],
    ["flash\n  flash bank bank_id driver_name base_address size_bytes\n  flash banks\nprogram <filename> [address]"],
  ])("has a command of the target's before init: %s", (lines) => {
    expect(cause("$ openocd -f board/x.cfg -c 'flash probe 0'", lines)).toContain("only after `init`");
  });

  it("has a command of the configuration's after init, whatever was reached by then", () => {
    const server = "Info : starting gdb server for stm32f1x.cpu on 3333";
    expect(cause(server, "Error: The 'adapter driver' command must be used before 'init'.")).toContain(
      "only before `init`",
    );
  });

  it.each([
    "target/stm32f1x.cfg:49: Error: Command: stm32f1x.dap Exists",
    "Error: flash bank name 'stm32f1x.flash' already exists",
    "Error: Can't change session's transport after the initial selection was made",
  ])("makes or chooses a thing twice: %s", (line) => {
    expect(cause(line)).toContain("was there already");
  });

  it.each([
    ["Error: Invalid command argument\nkhz option value ('fast') is not valid", "khz fast"],
    ["Unknown RTOS type Foo, try one of: ThreadX, FreeRTOS", "-rtos Foo"],
    ['my.cfg:7: Error: expected integer but got "0x2000O000"', '"0x2000O000"'],
    ["Error: couldn't resolve bindto address: 300.1.1.1", "bindto 300.1.1.1"],
    ["Error: unknown reset_config flag (srst)", "reset_config srst"],
  ])("has a value that it does not take: %s", (lines, value) => {
    expect(cause(lines)).toContain(value);
  });

  it.each(["missing close-brace", 'my.cfg:3: Error: unmatched "["', "missing quote"])("is no Tcl: %s", (line) => {
    expect(cause(line)).toContain("well-formed Tcl");
  });

  it.each([
    "Error: target 'stm32.cpu' not defined",
    'can\'t read "_TARGET": no such variable',
    'can\'t read "env(BOARD)": no such variable',
  ])("has a name that nothing made: %s", (line) => {
    expect(cause(line)).toContain("nothing in its configuration made");
  });

  it("has a name of a flash bank that is not there, which keeps a program from being written", () => {
    const codes = found(
      ...started,
      "Info : starting gdb server for stm32f1x.cpu on 3333",
      "** Programming Started **",
      "Error: flash bank 1 does not exist",
      "** Programming Failed **",
    ).map(({ code }) => code);
    expect(codes).toEqual(["config-unfit"]);
  });

  it("is for JTAG", () => {
    expect(cause('Error: session transport is "hla_swd" but your config requires JTAG')).toContain("command of JTAG");
  });
});

describe("a probe that OpenOCD could not open", () => {
  const codes = (...lines: readonly string[]) => found(...started, ...lines).map(({ code }) => code);

  it.each([
    ["Error: read version failed", "probe-usb-trouble"],
    ["Error: could not get the LANGID", "probe-usb-trouble"],
    ["Error: ERROR, failed to submit transfer 1, error -1", "probe-usb-trouble"],
    ["Error: claim interface failed", "probe-busy"],
    ["Error: the selected device is already used", "probe-busy"],
    ["Error: cannot get the stlink-server version", "probe-shared-server"],
  ])("is told by what failed, not by the end that any failure has: %s", (line, code) => {
    expect(codes(line, "Error: open failed")).toEqual([code]);
  });

  it("has the first reason that was told, and not what fails on the way out as well", () => {
    expect(codes("Error: claim interface failed", "Error: read version failed", "Error: open failed")).toEqual([
      "probe-busy",
    ]);
    expect(codes("Error: read version failed", "Error: claim interface failed")).toEqual(["probe-usb-trouble"]);
  });

  it.each([
    ["Error: could not claim interface: Resource busy", "probe-busy"],
    ["Error: could not open device 0x0d28:0x0204: Access denied (insufficient permissions)", "probe-permission"],
  ])("is another device where a probe answers after all: %s", (line, code) => {
    expect(codes(line, "Error: unable to find a matching CMSIS-DAP device")).toEqual([code]);
    const well = ["Info : CMSIS-DAP: FW Version = 2.0.0", "Info : CMSIS-DAP: Interface ready"];
    const silent = codes(line, ...well, "Error: Error connecting DP: cannot read IDR");
    expect(silent).toContain("wires-open");
    expect(silent).not.toContain(code);
  });

  it("has an older driver for old firmware in builds after 0.12", () => {
    const [first] = found(...started, "Error: The firmware in the ST-Link adapter only supports deprecated HLA.");
    expect(first.code).toBe("probe-firmware-old");
    expect(first.remedy[0]).toContain("interface/stlink-hla.cfg");
  });

  it.each([
    ["Error: No J-Link device found", "J-Link"],
    ["Error: unable to find a matching CMSIS-DAP device", "CMSIS-DAP"],
  ])("may be of another kind than an ST-LINK: %s", (line, kind) => {
    const [first] = found(...started, line);
    expect(first).toMatchObject({ code: "probe-none", cause: expect.stringContaining(kind) });
    expect(first.remedy[0]).toContain("interface/stlink.cfg");
  });
});

describe("an error in Tcl's words", () => {
  const core = ["Info : Target voltage: 3.24", "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected"];

  it.each(['expected integer but got "0x2000000g"', "missing quote", "Error: missing close-brace"])(
    "is the configuration's before a core was examined, and a slip of who types afterwards: %s",
    (text) => {
      expect(found(...started, text)[0]?.code).toBe("config-unfit");
      expect(found(...started, ...core, text).map(({ code }) => code)).not.toContain("config-unfit");
    },
  );

  it("is the configuration's by the file that it names, in whatever words", () => {
    const words = "the wombat is asleep";
    const [first] = found(...openocd("0.11.0"), `embedded:startup.tcl:26: Error: ${words}`);
    expect(first).toMatchObject({ code: "config-unfit", certainty: "likely" });
    expect(first.cause).toContain(words);
    const [later] = found(...started, "Info : Target voltage: 3.24", `embedded:startup.tcl:26: Error: ${words}`);
    expect(later.code).not.toBe("config-unfit");
  });

  it("tells of a target's file that is older than OpenOCD", () => {
    const [first] = found(...openocd("0.11.0"), "Error: target requires -dap parameter instead of -chain-position!");
    expect(first.code).toBe("config-unfit");
  });
});

it("an external flash that gives no ID makes the bank invalid that a download needs", () => {
  const silent = ["Info : No id from flash1", "Info : No id - set flash parameters manually"];
  const core = "Info : [stm32h7x.cpu0] Cortex-M7 r1p1 processor detected";
  const failed = ["Error: Bank is invalid", "** Programming Failed **"];
  const codes = (...lines: readonly string[]) => found(...started, core, ...lines).map(({ code }) => code);
  expect(codes(...silent, ...failed)[0]).toBe("loader-memory-silent");
  expect(codes(...failed)).not.toContain("loader-memory-silent");
  expect(codes(...silent)).not.toContain("loader-memory-silent");
});
