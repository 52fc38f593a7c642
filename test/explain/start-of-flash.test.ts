/** What stands, or does not, at the start of flash; where the stack is; a reset that does not arrive. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const codes = (...lines: readonly string[]) => found(...lines).map(({ code }) => code);

const connected = (manner: string, id = "0x431") => [
  "      STM32CubeProgrammer v2.16.0",
  "ST-LINK SN  : 066DFF485550755187121723",
  "ST-LINK FW  : V2J43M28",
  "Voltage     : 3.24V",
  "SWD freq    : 4000 KHz",
  `Connect mode: ${manner}`,
  `Device ID   : ${id}`,
];
const massErase = ["MASS ERASE ...", "Mass erase successfully achieved"];
const download = (address: string) => [
  "Memory Programming ...",
  "Opening and parsing file: app.hex",
  "  Size          : 40.00 KB",
  `  Address       : ${address}`,
  "File download complete",
  "Download verified successfully",
];
const dead = "Since then my board does nothing at all.";

describe("an image behind the start of flash", () => {
  it("leaves nothing there that a reset could start, after an erase of the whole chip", () => {
    const [first] = found(...connected("Under Reset"), ...massErase, ...download("0x0800C000"), dead);
    expect(first).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(first.cause).toMatch(/begins at 0x0800c000.*start of flash \(0x08000000\)/i);
    const [alone] = found(...connected("Under Reset"), ...massErase, ...download("0x0800C000"));
    expect(alone).toMatchObject({ code: "vector-table-empty", certainty: "possible", severity: "warning" });
  });

  it("is told of whichever tool erased", () => {
    const [first] = found(
      "Open On-Chip Debugger 0.12.0",
      "Info : device id = 0x10006431",
      "stm32x mass erase complete",
      "wrote 16384 bytes from file app.bin in 0.871452s (18.360 KiB/s)",
      dead,
    );
    expect(first.code).not.toBe("vector-table-empty");
    const [flash] = found(
      "st-flash 1.7.0",
      "2024-03-02T10:00:00 INFO common.c: F4xx: 128 KiB SRAM, 512 KiB flash in at least 16 KiB pages.",
      "Mass erase completed successfully.",
      "st-flash 1.7.0",
      "2024-03-02T10:00:00 INFO common.c: Attempting to write 23110 (0x5a46) bytes to stm32 address: 134266880 (0x800c000)",
      "2024-03-02T10:00:01 INFO common.c: Flash written and verified! jolly good!",
      dead,
    );
    expect(flash.code).toBe("vector-table-empty");
  });

  it("is as it should be where the start was programmed, too, or not all was erased", () => {
    const both = [...download("0x08000000"), ...download("0x0800C000")];
    expect(codes(...connected("Under Reset"), ...massErase, ...both, dead)).not.toContain("vector-table-empty");
    expect(codes(...connected("Under Reset"), ...download("0x0800C000"), dead)).not.toContain("vector-table-empty");
    expect(codes(...connected("Under Reset"), ...download("0x0800C000"), ...massErase, dead)).not.toContain(
      "vector-table-empty",
    );
    const open = [...download("0x08000000"), ...massErase, ...download("0x0800C000").slice(0, 4)];
    expect(codes(...connected("Under Reset"), ...open, dead)).not.toContain("vector-table-empty");
    const before = [...download("0x0800C000"), ...massErase, ...download("0x08000000")];
    expect(codes(...connected("Under Reset"), ...before, dead)).not.toContain("vector-table-empty");
  });
});

describe("connecting under reset", () => {
  const failed = (mode: string) => [
    `> STM32_Programmer_CLI -c port=SWD mode=${mode} reset=HWrst`,
    ...connected("").slice(0, 4),
    "Error: Unable to get core ID",
  ];
  const hotPlug = ["> STM32_Programmer_CLI -c port=SWD mode=HotPlug", ...connected("Hot Plug")];

  it("fails where the reset does not reach a chip that answers otherwise", () => {
    const [first] = found(...failed("UR"), ...hotPlug);
    expect(first).toMatchObject({ code: "nrst-not-wired", certainty: "likely" });
    const [other] = found(...hotPlug, ...failed("UR"));
    expect(other.code).toBe("nrst-not-wired");
  });

  it("tells nothing of NRST where it worked once, or a slower clock came in between", () => {
    expect(codes(...failed("UR"), ...connected("Under Reset"), ...hotPlug)).not.toContain("nrst-not-wired");
    const fast = [
      "      STM32CubeProgrammer v2.16.0",
      "ST-LINK SN  : 066DFF485550755187121723",
      "SWD freq    : 8000 KHz",
      "Connect mode: Under Reset",
      "Error: Unable to get core ID",
    ];
    expect(codes(...fast, ...hotPlug)).not.toContain("nrst-not-wired");
  });
});

describe("the end of the stack that the linker script has", () => {
  const locked = ["Program received signal SIGINT, Interrupt.", "0xfffffffe in ?? ()"];

  it.each([
    [["(gdb) p &_estack", "$2 = (uint32_t *) 0x20020000"], "elf-stack-outside-ram"],
    [["(gdb) p &_estack", "$2 = (<data variable, no debug info> *) 0x20018000"], "vector-table-empty"],
    [["(gdb) p &buffer", "$2 = (uint32_t *) 0x20020000"], "vector-table-empty"],
    [["                0x20020000                _estack = (ORIGIN (RAM) + LENGTH (RAM))"], "elf-stack-outside-ram"],
  ])("is compared with the chip's RAM: %s", (lines, code) => {
    const [first] = found(...connected("Under Reset", "0x433"), ...download("0x08000000"), ...locked, ...lines);
    expect(first.code).toBe(code);
  });
});

describe("a linker script that somebody shows beside the log", () => {
  const origin = "  FLASH (rx) : ORIGIN = 0x08004000, LENGTH = 112K";
  const written = (address: string) => [
    `ST-LINK_CLI.exe -c SWD UR -P app.bin ${address} -V -Rst`,
    "STM32 ST-LINK CLI v3.4.0.0",
    "Connected via SWD.",
    "Device ID:0x410",
    "Memory programmed in 1s and 812ms.",
    "Verification...OK",
  ];
  const codes = (...lines: readonly string[]) =>
    explainLog(Buffer.from(lines.join("\n"))).findings.map(({ code, certainty }) => `${code} ${certainty}`);

  it("tells that the raw image went elsewhere than it is linked for, whichever stands first", () => {
    expect(codes(origin, ...written("0x08000000"))[0]).toBe("elf-starts-late likely");
    expect(codes(...written("0x08000000"), origin)[0]).toBe("elf-starts-late likely");
    const programmer = "STM32_Programmer_CLI -c port=SWD -w app.bin 0x08000000 -v";
    expect(codes(origin, programmer, "STM32CubeProgrammer v2.15.0", "File download complete")[0]).toBe(
      "elf-starts-late likely",
    );
  });

  it("fits where the image went to its place", () => {
    expect(codes(origin, ...written("0x08004000"))).toEqual([]);
    expect(codes(origin.replace("4000", "0000"), ...written("0x08000000"))).toEqual([]);
  });
});
