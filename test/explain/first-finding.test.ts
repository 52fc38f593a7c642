import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const explain = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`));
const codes = (...lines: readonly string[]) => explain(...lines).findings.map(({ code }) => code);
const first = (...lines: readonly string[]) => explain(...lines).findings[0];

const programmer = [
  "STM32CubeProgrammer v2.14.0",
  "ST-LINK SN  : 0671FF",
  "ST-LINK FW  : V2J40M27",
  "Voltage     : 3.29V",
];
const chip = ["Device ID   : 0x450", "Flash size  : 128 KBytes"];

describe("a file that a programmer only warned of", () => {
  const warned = "Warning: External loader file does not exist: /opt/loaders/board.stldr";
  const done = ["Memory Programming ...", "Address       : 0x08000000", "File download complete"];

  it("is not the cause of what comes after work that was done without it", () => {
    expect(codes(...programmer, warned, ...chip, ...done)).toEqual([]);
    const lockup = first(...programmer, warned, ...chip, ...done, "Warning: The core is locked up");
    expect(lockup?.code).toBe("core-lockup");
  });

  it("is the likely one where nothing was done, and named for what it is", () => {
    const found = first(...programmer, warned, ...chip, "Error: failed to download Segment[0]");
    expect(found).toMatchObject({ code: "file-missing", certainty: "likely" });
    expect(found?.cause).toMatch(/loader/);
  });
});

describe("a download to external memory", () => {
  const failed = ["Download in Progress:", "Error: failed to download Segment[0]"];

  it("that failed without a loader is outside of flash", () => {
    const found = first(...programmer, ...chip, "Memory Programming ...", "Address : 0x70000000", ...failed);
    expect(found).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
  });

  it("is the loader's matter where one worked, and the flash's where the address is in it", () => {
    const loaded = ["Address : 0x70000000", "Erasing external memory sectors [0 3]", ...failed];
    expect(codes(...programmer, ...chip, ...loaded)).not.toContain("image-outside-flash");
    expect(codes(...programmer, ...chip, "Address : 0x08000000", ...failed)).not.toContain("image-outside-flash");
  });
});

describe("a file that the tool found larger than the flash", () => {
  it("is too large, and nothing else", () => {
    const found = explain(
      "09:10:11 : ST-LINK SN : 0671FF",
      "09:10:11 : V2J37S7",
      "09:10:11 : Connected via SWD.",
      "09:10:11 : Device ID:0x412",
      "09:10:11 : Device flash Size : 32KBytes",
      "09:10:20 : [big.hex] opened successfully.",
      "09:10:31 : File size is bigger than the flash memory size.",
    );
    expect(found.findings.map(({ code }) => code)).toEqual(["image-too-large"]);
    expect(found.findings[0].cause).toMatch(/32 KiB/);
    expect(found.failure).toBe(true);
  });
});

describe("old firmware of a probe", () => {
  const old = ["Open On-Chip Debugger 0.12.0", "Info : STLINK V2J17S4 (API v2) VID:PID 0483:3748"];
  const well = "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected";

  it("is a note, not a finding, where nothing failed", () => {
    const { findings, notes, failure } = explain(...old, "Info : Target voltage: 3.21", well);
    expect(findings).toEqual([]);
    expect(failure).toBe(false);
    expect(notes.map(({ code }) => code)).toEqual(["probe-firmware-old"]);
    expect(notes[0].cause).toMatch(/V2J17/);
  });

  it("stands behind what failed", () => {
    const found = codes(
      ...old,
      "Info : Target voltage: 3.21",
      "Error: init mode failed (unable to connect to the target)",
    );
    expect(found[0]).not.toBe("probe-firmware-old");
    expect(found).toContain("probe-firmware-old");
  });
});

describe("a tool that ends without an error of its own", () => {
  it("st-info that counts programmers and lists nothing of them", () => {
    expect(first("$ st-info --probe", "Found 1 stlink programmers")?.code).toBe("not-enough-to-tell");
    const listed = ["  version:    V2J37S7", "  flash:      65536 (pagesize: 1024)", "  chipid:     0x410"];
    expect(codes("$ st-info --probe", "Found 1 stlink programmers", ...listed)).toEqual([]);
    expect(codes("$ st-info --probe", "Found 1 stlink programmers", listed[0])).toEqual([]);
  });

  const server = ["Open On-Chip Debugger 0.12.0", "Info : Listening on port 3333 for gdb connections"];
  const ended = ["SERVER CONSOLE DEBUG: onBackendConnect: gdb-server program closed", "GDB server exited."];

  it("a server that ended before anything debugged through it", () => {
    expect(first(...server, ...ended)?.code).toBe("gdb-server-gone");
    expect(codes(...server, "Info : accepting 'gdb' connection on tcp/3333", ...ended)).toEqual([]);
  });

  it("GDB's machine interface, in words that are not known here", () => {
    const step = ["17-exec-step --thread 1", "-> 17^running", '-> *running,thread-id="all"'];
    const found = first(...step, '-> 18^error,msg="The frob of thread 1 is bent."');
    expect(found?.code).toBe("not-enough-to-tell");
    expect(found?.cause).toContain('"The frob of thread 1 is bent."');
    // What it is asked to watch may be out of scope.
    expect(codes(...step, '-> 19^error,msg="-var-create: unable to create variable object"')).toEqual([]);
  });
});

describe("a chip with two cores", () => {
  const refused = ["Error Connecting to the chip was unsuccessful.", "3: Command failed with status SwdApFault"];

  it("whose port refuses probe-rs", () => {
    const [found, ...others] = codes("probe-rs run --chip STM32WL55CCUx app.elf", ...refused);
    expect(found).toBe("second-core-off");
    expect(others).toContain("core-does-not-halt");
    expect(codes('  "probe-rs",', '  "--chip",', '  "STM32WL54JCIx",', ...refused)[0]).toBe("second-core-off");
  });

  it("is another matter than one with a single core", () => {
    expect(codes("probe-rs run --chip STM32WLE5CCUx app.elf", ...refused)).not.toContain("second-core-off");
  });
});

describe("a target that never answered", () => {
  const server = (...options: readonly string[]): readonly string[] => [
    "STMicroelectronics ST-LINK GDB server. Version 7.5.0",
    "Starting server with the following options:",
    "        SWD Debug                  : Enabled",
    ...options,
    "Target no device found",
    "Error in initializing ST-LINK device.",
    "Reason: No device found on target.",
  ];

  it("names all that it may be and the step that tells, then its program, then the wires, none of them likely", () => {
    const { findings } = explain(...server());
    expect(findings.map(({ code, certainty }) => [code, certainty])).toEqual([
      ["target-silent", "possible"],
      ["firmware-disables-swd", "possible"],
      ["wires-open", "possible"],
      ["firmware-low-power", "possible"],
    ]);
    // The two ways in which a program does that can't be told apart by it.
    expect(findings[0].cause).toMatch(/switches SWD off.*sleeps.*wire is open.*no power/);
  });

  it("has power where its voltage was measured, and jumpers where its probe sits on a board", () => {
    const [measured] = explain("st-link detects target voltage = 3.26V", ...server()).findings;
    expect(measured.code).toBe("target-silent");
    expect(measured.cause).not.toContain("no power");
    expect(measured.cause).not.toContain("jumper");
    const [board] = explain("ST-LINK Firmware version : V2J37M27", ...server()).findings;
    expect(board.cause).toMatch(/jumper.*no power/);
  });

  it("most probably sleeps where its family is one of low power", () => {
    const silent = "Error: init mode failed (unable to connect to the target)";
    const [low, next] = explain("$ openocd -f target/stm32l4x.cfg", "Open On-Chip Debugger 0.12.0", silent).findings;
    expect([low.code, next.code]).toEqual(["target-silent", "firmware-low-power"]);
    expect(low.cause).toMatch(/sleeps.*switches SWD off/);
  });

  it("under reset leads to NRST as well, and says by hand what connect under reset did not do", () => {
    const [all, program, wires] = explain(...server("        InitWhile                  : Enabled")).findings;
    expect(all).toMatchObject({ code: "target-silent", certainty: "possible" });
    expect(program).toMatchObject({ code: "firmware-disables-swd", certainty: "possible" });
    for (const { cause, remedy } of [all, program]) {
      expect(cause).toContain("NRST is not wired");
      expect(remedy[0]).toContain("reset button");
    }
    expect(wires).toMatchObject({ code: "wires-open", certainty: "possible" });
  });

  it("is put down to the supply's choice where the chip is an H7 that has one", () => {
    expect(codes("Open On-Chip Debugger 0.12.0", "Error: init mode failed (unable to connect to the target)")[0]).toBe(
      "target-silent",
    );
    const board = "$ openocd -f board/st_nucleo_h745zi.cfg";
    expect(
      codes(board, "Open On-Chip Debugger 0.12.0", "Error: init mode failed (unable to connect to the target)")[0],
    ).toBe("supply-configuration");
  });
});
