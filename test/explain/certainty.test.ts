/** What has to be read before a finding from a log may be certain. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: string[]) => explainLog(Buffer.from(lines.join("\n"))).findings;

describe("read protection in a log", () => {
  const set = "Device Security Bit Set";
  const openocd = "Open On-Chip Debugger 0.12.0";

  it("is certain of a chip that is known to have the register that was read", () => {
    const [first] = found(openocd, "Info : device id = 0x20036410", "Info : flash size = 64 KiB", set);
    expect(first).toMatchObject({ code: "read-protected", certainty: "certain" });
  });

  it("is not of a chip that nothing identified", () => {
    const [first] = found(openocd, "Info : [stm32f1x.cpu] Cortex-M3 r1p1 processor detected", set);
    expect(first).toMatchObject({ code: "read-protected", certainty: "likely" });
  });

  it("comes behind a chip that the flash driver does not know", () => {
    const all = found(openocd, "device id = 0x10036415", "Cannot identify target as a STM32 family.", set);
    expect(all.filter(({ certainty }) => certainty === "certain")).toEqual([]);
    expect(all[0].code).not.toBe("read-protected");
  });

  it("comes behind a chip of another maker, known by its ID", () => {
    const all = found(openocd, "device id = 0x70050347", "flash size = 1024 KiB", set);
    expect(all[0]).toMatchObject({ code: "chip-not-genuine", certainty: "likely" });
    expect(all[0].cause).toContain("AT32");
    expect(all.filter(({ certainty }) => certainty === "certain")).toEqual([]);
  });

  it("is not where the tool was told another family than answers", () => {
    const all = found(
      `$ openocd -f interface/stlink.cfg -f target/stm32f1x.cfg`,
      openocd,
      "device id = 0x10006413",
      set,
    );
    expect(all.find(({ code }) => code === "read-protected")?.certainty).toBe("possible");
  });
});

describe("a probe's old firmware", () => {
  it("is a note that never claims to be the cause where the tool got on with it", () => {
    const all = found(
      "Open On-Chip Debugger 0.12.0",
      "Info : STLINK V2J29S7 (API v2) VID:PID 0483:3748",
      "Info : Target voltage: 3.2",
      "Error: init mode failed (unable to connect to the target)",
    );
    const [note] = all.filter(({ code }) => code === "probe-firmware-old");
    expect(note).toMatchObject({ severity: "note", certainty: "possible" });
    expect(all[0]).not.toBe(note);
  });
});

describe("pages that are write-protected", () => {
  it("are a certain fact, and no certain cause of an erase that failed elsewhere, for all the log tells", () => {
    const device = [
      "STM32CubeProgrammer v2.15.0",
      "Device ID   : 0x410",
      "Device name : STM32F101/F102/F103 Medium-density",
    ];
    const rows = ["Write Protection:", "  nWRP0 : 0x0 (Write protection active)"];
    const all = found(...device, ...rows, "Error: failed to erase memory");
    expect(all.filter(({ certainty, code }) => certainty === "certain" && code === "write-protected")).toEqual([]);
  });
});

describe("a device that left USB", () => {
  it("may have been lost by other means than a pulled cable", () => {
    const all = found(
      "dfu-util 0.11",
      "Found DFU: [0483:df11] ver=2200",
      "Error during download get_status (LIBUSB_ERROR_NO_DEVICE)",
    );
    expect(all[0]).toMatchObject({ code: "probe-unplugged", certainty: "likely" });
  });

  it("may be held by another program, or want a driver, where systems give users no rights to USB", () => {
    const all = found(
      "probe-rs 0.24.0",
      '"os": "windows"',
      "Error: Failed to open probe: Permission denied (os error 13)",
    );
    expect(all.filter(({ certainty }) => certainty === "certain")).toEqual([]);
  });
});

describe("a boot loader that was told to start the program", () => {
  it("does not answer because the program runs, whatever the tool calls that", () => {
    const all = found(
      "10:47:17:298 : Serial Port COM7 is successfully opened.",
      "10:47:17:311 : Activating device: OK",
      "10:47:19:311 : Download verified successfully",
      "10:47:19:311 : Start operation achieved successfully",
      "10:47:20:311 : Error: GETID command not acknowledged!",
    );
    expect(all[0]).toMatchObject({ code: "boot-loader-silent", certainty: "likely" });
    expect(all[0].cause).toContain("started the program");
  });
});

describe("a path that lost its backslashes", () => {
  it("is a file that is missing, with the reason why as its first remedy", () => {
    const [first] = found(
      "Open On-Chip Debugger 0.12.0",
      "Error: couldn't open C:UsersmeDesktopmain.hex",
      "** Programming Failed **",
    );
    expect(first.code).toBe("file-missing");
    expect(first.remedy[0]).toContain("backslashes");
    const [whole] = found("Open On-Chip Debugger 0.12.0", "Error: couldn't open C:/Users/me/main.hex");
    expect(whole.remedy[0]).not.toContain("backslashes");
  });
});

describe("an H7 whose debug unit cannot be set up", () => {
  const session = ["Open On-Chip Debugger 0.12.0", "Info : stm32h7x.cpu0: hardware has 8 breakpoints, 4 watchpoints"];
  const failed = "Error: mem2array: Read @ 0x5c001004, w=4, cnt=1, failed";

  it("answers at its debug port and not behind it", () => {
    expect(found(...session, failed)[0].code).toBe("firmware-low-power");
  });

  it("is at work all the same once it halted", () => {
    const all = found(...session, failed, "target halted due to debug-request, current mode: Thread");
    expect(all.map(({ code }) => code)).not.toContain("firmware-low-power");
  });
});
