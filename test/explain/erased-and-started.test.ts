/** Downloads that were done, or begun, at a place from which the chip does not start. */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

const found = (...lines: readonly string[]) => explainLog(Buffer.from(`${lines.join("\n")}\n`)).findings;
const programmer = (id: string, size?: string) => [
  "STM32CubeProgrammer v2.13.0",
  "ST-LINK FW  : V2J40M27",
  `Device ID   : ${id}`,
  ...(size === undefined ? [] : [`Flash size  : ${size}`]),
  "Memory Programming ...",
];

describe("sectors that are erased for an image", () => {
  const download = (id: string, address: string, sectors: string, end = "Error: failed to download Segment[0]") =>
    found(
      ...programmer(id, "512 KBytes"),
      "Opening and parsing file: slot.hex",
      "  Size          : 60.00 KB",
      `  Address       : ${address}`,
      "Erasing memory corresponding to segment 0:",
      `Erasing internal memory ${sectors}`,
      "Download in Progress:",
      end,
    )[0];

  it("are others than its own, where the first of them lies elsewhere", () => {
    const wrong = download("0x415", "0x08020000", "sectors [32 46]");
    expect(wrong).toMatchObject({ code: "flash-not-erased", certainty: "likely" });
    expect(wrong.cause).toMatch(/32 to 46.*0x08020000.*sector 64.*2 KiB/);
    expect(download("0x413", "0x08020000", "sector 1").cause).toMatch(/sector 5 .*128 KiB/);
  });

  it("are its own, where the numbers agree, in whichever way the chip may be divided", () => {
    expect(download("0x415", "0x08020000", "sectors [64 93]").code).toBe("flash-refused");
    expect(download("0x413", "0x08020000", "sector 5").code).toBe("flash-refused");
    for (const sector of [1, 2]) expect(download("0x451", "0x08008000", `sector ${sector}`).code).toBe("flash-refused");
  });

  it("are not judged where an option byte sets their size, in a second bank, or where all went well", () => {
    expect(download("0x469", "0x08008000", "sectors [16 30]").code).toBe("flash-refused");
    expect(download("0x415", "0x08060000", "sectors [48 60]").code).toBe("flash-refused");
    expect(download("0x415", "0x08020000", "sectors [32 46]", "File download complete")).toBeUndefined();
  });
});

describe("a core that locks up behind a download that was verified", () => {
  const session = (address: string) =>
    found(
      ...programmer("0x413"),
      "Opening and parsing file: app.srec",
      `  Address       : ${address}`,
      "File download complete",
      "Download verified successfully",
      "Temporary breakpoint 1, main () at main.c:90",
      "Program received signal SIGTRAP, Trace/breakpoint trap.",
      "0xfffffffe in ?? ()",
      'Break at address "0xfffffffe" with no debug information available, or outside of program code.',
      "I had done a full chip erase before, and cannot say what is wrong.",
    );

  it("finds nothing at the start of flash, where the image leaves it to a boot loader", () => {
    const all = session("0x08010000");
    expect(all[0]).toMatchObject({ code: "vector-table-empty", certainty: "likely" });
    expect(all[0].cause).toMatch(/begins at 0x08010000.*boot loader/);
    expect(all.map(({ code }) => code)).not.toContain("flash-refused");
  });

  it("is not for that where the image begins there", () => {
    expect(session("0x08000000")[0].cause).not.toContain("boot loader that should");
  });
});

describe("an image in RAM", () => {
  const load = (id: string, address: string, ...told: readonly string[]) =>
    found(
      ...programmer(id),
      "Opening and parsing file: zephyr.hex",
      `  Address       : ${address}`,
      "File download complete",
      ...told,
    )[0];
  const cycled = "Then I switched the power off and on: the old program runs.";

  it("is gone when the power was switched off", () => {
    expect(load("0x486", "0x34180400", cycled)).toMatchObject({ code: "image-outside-flash", certainty: "likely" });
    expect(load("0x486", "0x34180400", cycled).remedy[0]).toContain("STM32_SigningTool_CLI");
    expect(load("0x413", "0x20000000", cycled).remedy[0]).not.toContain("STM32_SigningTool_CLI");
  });

  it("is where it was put as long as it was not, and flash keeps what it holds", () => {
    expect(load("0x486", "0x34180400")).toBeUndefined();
    expect(load("0x486", "0x34180400", "If the power is switched off and on it is gone.")).toBeUndefined();
    expect(load("0x413", "0x08000000", cycled)).toBeUndefined();
  });
});

describe("an image that is signed for a boot ROM", () => {
  const signed = (id: string, release: string, header: string, align: string) =>
    found(
      `STM32_SigningTool_CLI -bin app.bin -nk -t fsbl -hv ${header}${align} -o app-trusted.bin`,
      `STM32 Signing Tool v${release}`,
      ` Header version ${header} preparation ...`,
      ...programmer(id),
      "Opening and parsing file: app-trusted.bin",
      "  Address       : 0x70000000",
      "Erasing memory corresponding to segment 0:",
      "Erasing external memory sector 0",
      "File download complete",
    );

  it("may not be started, where its header is another than the boot ROM looks for", () => {
    const [first] = signed("0x486", "2.21.0", "2.3", "");
    expect(first).toMatchObject({ code: "boot-stage-not-started", certainty: "possible", severity: "warning" });
    expect(first.cause).toContain("-align");
    expect(signed("0x486", "2.20.0", "2.1", "")[0].cause).toContain("header version 2.1");
  });

  it("is sound, where it was aligned or the release does so unasked, and on other chips", () => {
    expect(signed("0x486", "2.21.0", "2.3", " -align")).toEqual([]);
    expect(signed("0x486", "2.20.0", "2.3", "")).toEqual([]);
    expect(signed("0x485", "2.21.0", "2.3", "")).toEqual([]);
  });
});
