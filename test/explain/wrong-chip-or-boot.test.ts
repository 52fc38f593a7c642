import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;

const programmer = (board: string): readonly string[] => [
  "STM32CubeProgrammer v2.19.0",
  "ST-LINK SN  : 0031002F",
  "ST-LINK FW  : V3J15M7",
  `Board       : ${board}`,
  "Voltage     : 3.30V",
];

describe("an STM32N6 that keeps the debugger out", () => {
  const silent = "Error: No STM32 target found!";

  it("stands in another boot mode than that for development, by the board's name alone", () => {
    const [first] = found(...programmer("STM32N6570-DK"), silent);
    expect(first).toMatchObject({ code: "access-port-closed", certainty: "likely" });
    expect(first.cause).toContain("boot mode for development");
    expect(first.remedy[0]).toContain("BOOT1");
    expect(found(...programmer("NUCLEO-H753ZI"), silent)[0].code).not.toBe("access-port-closed");
  });

  it("does so by its access port, by a read that a tool makes by itself, and by the server's number", () => {
    const id = "Device ID   : 0x486";
    for (const failed of ["Error: Cannot connect to access port 1!", "Error: Data read failed"]) {
      expect([failed, found(...programmer("board"), id, failed)[0].code]).toEqual([failed, "access-port-closed"]);
    }
    const server = ["ST-LINK FW  : V3J15M7", "Board       : NUCLEO-N657X0-Q", "Target unknown error 32"];
    expect(found(...server, "Error in initializing ST-LINK device.")[0].code).toBe("access-port-closed");
  });

  it("is open where it took a download, and not to blame for flash that it has not", () => {
    const id = "Device ID   : 0x486";
    const done = ["Memory Programming ...", "Address       : 0x70000000", "File download complete"];
    const gone = "Error: Data read failed";
    expect(found(...programmer("NUCLEO-N657X0-Q"), id, ...done, gone)[0]?.code).not.toBe("access-port-closed");
    const write = ["Memory Programming ...", "Address       : 0x08000000", "Error: failed to download Segment[0]"];
    const lost = "Warning: Connection to device 0x486 is lost";
    for (const after of [[], [lost]]) {
      expect(found(...programmer("NUCLEO-N657X0-Q"), id, ...write, ...after)[0].code).toBe("image-outside-flash");
    }
  });
});

describe("a debug port of a smaller or larger core than the tool was told", () => {
  const openocd = (target: string, idcode: string): readonly string[] => [
    `$ openocd -f interface/stlink.cfg -f target/${target}.cfg`,
    "Open On-Chip Debugger 0.12.0",
    `Info : SWD DPIDR ${idcode}`,
    "Error: Could not find MEM-AP to control the core",
  ];

  it("is another chip", () => {
    for (const [target, idcode] of [
      ["stm32f4x", "0x0bb11477"],
      ["stm32f0x", "0x2ba01477"],
    ]) {
      expect(found(...openocd(target, idcode))[0]).toMatchObject({ code: "chip-mismatch", certainty: "likely" });
    }
  });

  it("is none where the family has such a core, or copies change one for the other", () => {
    for (const [target, idcode] of [
      ["stm32f0x", "0x0bb11477"],
      ["stm32g0x", "0x0bb11477"],
      ["stm32f1x", "0x2ba01477"],
      ["stm32wbx", "0x2ba01477"],
    ]) {
      const all = found(...openocd(target, idcode)).map(({ code }) => code);
      expect([target, all.includes("chip-mismatch")]).toEqual([target, false]);
    }
  });

  it("is read where OpenOCD counts the IDs that it did not expect", () => {
    const [first] = found(...openocd("stm32f4x", "0x2ba01477").slice(0, 2), "Warn : UNEXPECTED 1 of 1: 0x0bb11477");
    expect(first.code).toBe("chip-mismatch");
  });
});

describe("a tool that knows one access port of the probe", () => {
  it("finds its firmware too old, or lacks the same itself", () => {
    const [first] = found(
      "$ cargo flash --chip STM32F303",
      "Error: Failed to write register CSW: JTAG does not support multiple APs.",
    );
    expect(first).toMatchObject({ code: "probe-firmware-old", certainty: "possible" });
  });
});

describe("a Rust program whose folder names another core than the chip's", () => {
  const run = (chip: string, triple: string, ...lines: readonly string[]) =>
    found(`Running \`probe-rs run --chip ${chip} target/${triple}/debug/lamp\``, "  Programming ✔ 100%", ...lines);
  const ended = "Firmware exited unexpectedly: Exception";

  it("faults for that", () => {
    const [first, ...others] = run("STM32F072RBTx", "thumbv7m-none-eabi", ended);
    expect(first).toMatchObject({ code: "elf-other-core", certainty: "likely" });
    expect(first.cause).toMatch(/lamp .*ARMv7-M.*Cortex-M0/);
    expect(others.map(({ code }) => code)).not.toContain("firmware-faults");
    expect(run("STM32F103C8", "thumbv7em-none-eabihf", ended)[0].code).toBe("elf-other-core");
    expect(run("STM32F407VG", "thumbv8m.main-none-eabi", ended)[0].code).toBe("elf-other-core");
  });

  it("is warned of where nothing failed yet", () => {
    expect(run("STM32F072RBTx", "thumbv7m-none-eabi")).toMatchObject([{ code: "elf-other-core", severity: "warning" }]);
  });

  it("fits a larger core, and its own", () => {
    for (const [chip, triple] of [
      ["STM32F407VG", "thumbv6m-none-eabi"],
      ["STM32F407VG", "thumbv7m-none-eabi"],
      ["STM32F407VG", "thumbv7em-none-eabihf"],
      ["STM32L552ZE", "thumbv8m.main-none-eabihf"],
      ["STM32F072RB", "thumbv6m-none-eabi"],
    ]) {
      expect([chip, triple, run(chip, triple, ended)[0].code]).toEqual([chip, triple, "firmware-faults"]);
    }
  });
});

describe("a core for which the stlink tools have no way to write flash", () => {
  const unknown = (coreid: string, chipid: string): string =>
    `2022-02-02T10:00:00 ERROR flash_loader.c: unknown coreid, not sure what flash loader to use, aborting! coreid: ${coreid}, chipid: ${chipid}`;

  it("is a copy's where the chip calls itself an F1 and has a later core", () => {
    expect(found("st-flash 1.5.1", unknown("2ba01477", "430"))[0]).toMatchObject({
      code: "chip-not-genuine",
      certainty: "likely",
    });
    expect(found("st-flash 1.5.1", unknown("6ba02477", "450"))[0].code).toBe("tool-lacks-chip");
  });
});

describe("a debug port of an F4's where OpenOCD was told an F1", () => {
  const log = (id: string) => [
    "Open On-Chip Debugger 0.11.0",
    "Warn : UNEXPECTED idcode: 0x2ba01477",
    "Error: expected 1 of 1: 0x1ba01477",
    "Info : stm32f1x.cpu: hardware has 6 breakpoints, 4 watchpoints",
    "target halted due to debug-request, current mode: Thread",
    `Info : device id = ${id}`,
    "Warn : Cannot identify target as a STM32 family.",
    "Error: auto_probe failed",
  ];

  it("is an F4's by its ID, and else may be a copy's", () => {
    const [first, ...others] = found(...log("0x10016433"));
    expect(first).toMatchObject({ code: "chip-mismatch", certainty: "likely" });
    expect(first.cause).toContain("STM32F401");
    expect(others.map(({ code }) => code)).not.toContain("chip-not-genuine");
    expect(found(...log("0x20036410"))[0].code).toBe("chip-not-genuine");
    expect(found(...log("0x00000000"))[0].code).toBe("chip-not-genuine");
  });
});

describe("a debug port of an F4's, of which nothing else was read", () => {
  const log = [
    "Open On-Chip Debugger 0.11.0",
    "Info : STLINK V2J40M27 (API v2) VID:PID 0483:374B",
    "Warn : UNEXPECTED idcode: 0x2ba01477",
    "Error: expected 1 of 1: 0x1ba01477",
  ];

  it("is another chip's than the one that was told, on a board that carries one; else it may be a copy's", () => {
    for (const board of ["Nucleo-F446RE, launch.json from another project.", "My STM32F407G-DISC1 says:"])
      expect(found(board, "", ...log)[0]).toMatchObject({ code: "chip-mismatch", certainty: "likely" });
    for (const board of ["Blue Pill", "NUCLEO-F103RB here.", "$ openocd -f board/st_nucleo_f4.cfg"])
      expect([board, found(board, "", ...log)[0].code]).toEqual([board, "chip-not-genuine"]);
  });
});
