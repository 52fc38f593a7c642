/** A tool whose words contradict what it, or its kind, knows: the fault is its own. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

describe("the firmware of an ST-LINK, compared by pyOCD with the least version that it takes", () => {
  const refused = (current: string) => [
    "$ pyocd flash -t stm32g474re app.hex",
    `0000512:CRITICAL:__main__:uncaught exception: STLink 004B0033 is using an unsupported, older firmware version. Please update to the latest STLink firmware. Current version is ${current}, must be at least version v2J24.`,
  ];

  it.each(["V3J6", "V3 v3J0", "V4J1M2"])("is not old where it is of a later generation: %s", (version) => {
    const findings = found(...refused(version), "0000530:CRITICAL:__main__:STLink error (8): Command error");
    expect(findings.map(({ code }) => code)).toEqual(["tool-defect"]);
    expect(findings[0]).toMatchObject({ certainty: "likely" });
  });

  it("is old where it is of the same", () => {
    expect(found(...refused("V2J17"))[0]).toMatchObject({ code: "probe-firmware-old", certainty: "certain" });
  });
});

describe("a chip that stlink's tools call unknown", () => {
  const unknown = (version: string | undefined, id: string) =>
    found(
      ...(version === undefined ? [] : [`st-flash ${version}`]),
      `2024-03-01T10:00:00 WARN common.c: unknown chip id! ${id}`,
      "Failed to connect to target",
    )[0];

  it.each([
    [undefined, "0x414"],
    ["1.8.0", "0x413"],
    ["1.7.0-186-gc4762e6", "0x466"],
    ["1.6.1", "0x410"],
  ])("and have in their list: the list's files were not found (%s, %s)", (version, id) => {
    expect(unknown(version, id)).toMatchObject({ code: "file-missing", certainty: "likely" });
  });

  it.each([
    ["1.8.0", "0x484"],
    ["1.5.1", "0x466"],
    [undefined, "0x431"],
  ])("and came after them, or may have, is one that they lack (%s, %s)", (version, id) => {
    expect(unknown(version, id).code).toBe("tool-lacks-chip");
  });

  it.each([
    "C:\\Program Files (x86)\\stlink\\config\\chips: No such file or directory",
    "C:/Program Files (x86)/stlink/config/chips: No such file or directory",
    "/usr/share//stlink/chips: No such file or directory",
    "/home/a/viewer/build/chips: No such file or directory",
  ])("because of a folder that is not there, as they say themselves: %s", (told) => {
    const findings = found("st-info 1.8.0", told, "2024-03-01T10:00:00 WARN common.c: unknown chip id! 0x433");
    expect(findings.map(({ code }) => code)).toEqual(["file-missing"]);
    expect(findings[0].remedy[0]).toContain("config/chips");
  });
});

describe("a size or an address that st-flash refuses", () => {
  const write = (chip: string, refused: string) =>
    codes(
      "st-flash 1.4.0",
      chip,
      "2019-03-01T10:00:00 INFO common.c: Attempting to write 9000 (0x2328) bytes to stm32 address: 134217728 (0x8000000)",
      refused,
      "stlink_fwrite_flash() == -1",
    );
  const high = "2019-03-01T10:00:00 ERROR common.c: addr too high";

  it("says nothing of the image where it does not know the chip", () => {
    expect(write("2019-03-01T10:00:00 WARN common.c: unknown chip id! 0", high)).not.toContain("image-outside-flash");
    expect(write("2019-03-01T10:00:00 WARN common.c: unknown chip id! 0x484", high)).toEqual(["tool-lacks-chip"]);
  });

  it("does where it knows it", () => {
    const known = "2019-03-01T10:00:00 INFO common.c: Device connected is: F1 Medium-density device, id 0x20036410";
    expect(write(known, high)[0]).toBe("image-outside-flash");
  });

  it("leaves read protection first, if another tool names that and read which chip it is", () => {
    const utility = ["ST-LINK SN : 53FF6B064980", "Connected via SWD.", "Device ID:0x413", "Cannot read memory!"];
    const advice = "Disable Read Out Protection and retry.";
    const unread = ["st-flash 1.4.0", "2019-03-01T10:00:00 WARN common.c: unknown chip id! 0", high];
    expect(found(...unread, ...utility, advice)[0]).toMatchObject({ code: "read-protected", certainty: "likely" });
    expect(codes(...unread, ...utility)).not.toContain("read-protected");
  });
});

describe("a server's map of the chip's memories in GDB", () => {
  const load = (...regions: readonly string[]) =>
    codes(
      "GNU gdb (GNU Arm Embedded Toolchain) 10.2",
      "Remote debugging using :4242",
      "Loading section .text, size 0x3b8 lma 0x20000000",
      "Load failed",
      "(gdb) info mem",
      "Using memory regions provided by the target.",
      "Num Enb Low Addr   High Addr  Attrs",
      ...regions,
    );

  it.each([
    "1   y  \t0x20000000 0x20000000 rw nocache",
    "2   y   0x08000000 0x08000000 flash blocksize 0x0 nocache",
    "0   y  \t0x08000000 0x08010000 flash blocksize 0x0 nocache",
  ])("has memories of no size where the server does not know the chip: %s", (region) => {
    expect(load(region)[0]).toBe("tool-lacks-chip");
  });

  it("tells nothing of the kind where they have one", () => {
    const sound = [
      "0   y  \t0x08000000 0x08010000 flash blocksize 0x400 nocache",
      "1   y  \t0x20000000 0x20005000 rw nocache",
    ];
    expect(load(...sound, "3   y  \t0x00000000 0x00000000 rw nocache")).not.toContain("tool-lacks-chip");
  });
});

describe("a block that GDB wants to erase", () => {
  const erase = (words: string) =>
    found(
      "st-util 1.3.0",
      "Chip ID is 00000433, Core ID is  2ba01477.",
      "Listening at *:4242...",
      "GDB connected.",
      words,
    )[0];

  it("is unaligned by the server's own fault, since it is of the server's map", () => {
    expect(erase("2016-09-18T20:31:18 ERROR gdb-server.c: flash_add_block: unaligned block")).toMatchObject({
      code: "tool-defect",
      certainty: "likely",
    });
  });

  it("that is out of bounds may be so by the program's", () => {
    expect(erase("flash_add_block: incorrect bounds").code).toBe("image-outside-flash");
  });
});

describe("an exception that ends pyOCD", () => {
  const ended = (file: string, error: string, ...before: readonly string[]) =>
    found(
      "$ pyocd-gdbserver -t stm32f401re",
      "0000894:INFO:board:Target type is stm32f401re",
      ...before,
      "Traceback (most recent call last):",
      '  File "/usr/lib/python2.7/site-packages/pyocd/tools/gdb_server.py", line 327, in run',
      "    with session:",
      `  File "${file}", line 163, in lay_out`,
      "    size = page + 4",
      error,
    )[0];
  const own = "/usr/lib/python2.7/site-packages/pyocd/target/pack/flash_algo.py";

  it.each([
    "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'",
    "TypeError: '<' not supported between instances of 'str' and 'int'",
    "NameError: name 'page' is not defined",
    "UnboundLocalError: local variable 'size' referenced before assignment",
  ])("is its own where its code made it: %s", (error) => {
    expect(ended(own, error).code).toBe("tool-defect");
  });

  it("is not where another's code did, where it says what else is wrong, or where the target did not answer", () => {
    expect(ended("/home/a/tests/measure.py", "TypeError: can only join an iterable").code).not.toBe("tool-defect");
    expect(ended(own, "ValueError: invalid literal for int() with base 10: 'x'").code).not.toBe("tool-defect");
    const silent = "0000912:ERROR:board:SWD/JTAG communication failure (No ACK)";
    expect(ended(own, "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'", silent).code).not.toBe(
      "tool-defect",
    );
  });
});
