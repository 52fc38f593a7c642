import { describe, expect, it } from "vitest";
import { bluePill, both, diagnoseWith, KiB, only, replaced, told } from "./project-with.ts";

describe("the chip", () => {
  it("a healthy project on its chip has no finding", () => {
    expect(told({ chip: bluePill })).toEqual([]);
  });

  it("another chip on the wires than the project's", () => {
    const { findings } = diagnoseWith({
      chip: { deviceId: 0x413, name: "STM32F407", flashBytes: 1024 * KiB, ramRegions: [] },
    });
    expect(findings[0]).toMatchObject({ code: "project-other-chip", certainty: "certain" });
    expect(findings[0].cause).toBe(
      "The project is for STM32F103C8, but the chip on the wires is STM32F405/F407/F415/F417, device ID 0x413.",
    );
    expect(findings[0].evidence[0]).toBe("blinky.ioc, line 5: Mcu.CPN=STM32F103C8T6");
  });

  it("files that name different chips", () => {
    const finding = only({ cproject: replaced("STM32F103C8Tx", "STM32F407VGTx") });
    expect(finding).toMatchObject({ code: "project-parts-disagree", severity: "warning" });
    expect(finding.evidence[1]).toBe(".cproject, line 9: target_mcu=STM32F407VGTx");
    expect(only({ vscode: replaced("STM32F103C8", "STM32F103ZE") }).evidence[1]).toBe(
      ".vscode/launch.json, line 11: device=STM32F103ZE",
    );
    expect(told({ vscode: replaced("STM32F103C8", "STM32F103CB") })).toEqual([]);
  });

  it("nothing names the chip", () => {
    const without = { ioc: null, cproject: replaced("STM32F103", "LPC17"), vscode: null } as const;
    const { findings, summary } = diagnoseWith(without);
    expect(findings.map(({ code }) => code)).toEqual(["project-chip-unknown"]);
    expect(diagnoseWith({ ...without, program: null }).notes).toContain(
      "Nothing names the chip: what depends on the chip was not checked.",
    );
    expect(summary.chip).toBeUndefined();
  });
});

describe("SYS > Debug in the .ioc", () => {
  const off = (text: string): string => text.replace(/PA1[34]\..*\n/g, "");

  it("is off, and the program was not built: likely", () => {
    const finding = only({ ioc: off, program: null });
    expect(finding).toMatchObject({ code: "ioc-debug-off", certainty: "likely" });
  });

  it("is off, and the program as built does not do it: likely, and said so", () => {
    const finding = only({ ioc: off });
    expect(finding).toMatchObject({ code: "ioc-debug-off", certainty: "likely" });
    expect(finding.cause).toContain("as it was built last");
  });

  it("is off, and the program does it on one way only: likely", () => {
    expect(only({ ioc: off, program: { defines: ["SWJ_OFF_LATER"] } })).toMatchObject({
      code: "ioc-debug-off",
      certainty: "likely",
    });
  });

  it("is off on another family: a note, unless free pins are made analog", () => {
    const f4 = both(off, replaced("STM32F103C8", "STM32F407VG"), replaced("Mcu.Family=STM32F1", "Mcu.Family=STM32F4"));
    const rest = { launch: null, vscode: null, program: null, cproject: replaced("STM32F103", "STM32F407") } as const;
    expect(told({ ioc: f4, ...rest })).toContainEqual(["ioc-debug-unset", "certain"]);
    const analog = both(f4, replaced("FreePins=false", "FreePins=true"));
    const { findings } = diagnoseWith({ ioc: analog, ...rest });
    expect(findings[0]).toMatchObject({ code: "ioc-debug-pins-analog", certainty: "likely" });
    expect(findings[0].evidence[0]).toBe("blinky.ioc, line 28: ProjectManager.FreePins=true");
  });

  it("JTAG signals and names of pins in brackets count as the debug port's", () => {
    const h7 = both(
      replaced("PA13.", "PA13\\ (JTMS/SWDIO)."),
      replaced("PA14.", "PA14\\ (JTCK/SWCLK)."),
      replaced("=SYS_JT", "=DEBUG_JT"),
    );
    expect(told({ ioc: h7 })).toEqual([]);
  });
});

describe("code that takes the debug pins", () => {
  it.each(["-O0", "-O1", "-O2", "-O3", "-Os", "-Og"])(
    "on every way from reset, %s: certain, with function and line",
    (optimization) => {
      const finding = only({ program: { defines: ["SWJ_OFF"], optimization } });
      expect(finding).toMatchObject({ code: "elf-switches-debug-off", certainty: "certain" });
      expect(finding.cause).toMatch(/in (HAL_MspInit|HAL_Init|main|Reset_Handler) \(Src\/msp\.c, line 11\)/);
    },
  );

  it.each(["-O0", "-O2", "-Os"])("behind a condition, %s: likely", (optimization) => {
    expect(only({ program: { defines: ["SWJ_OFF_LATER"], optimization } })).toMatchObject({
      code: "elf-switches-debug-off",
      certainty: "likely",
    });
  });

  it("in a function that nothing calls: possible", () => {
    expect(only({ program: { defines: ["SWJ_OFF_NEVER"] } })).toMatchObject({
      code: "elf-switches-debug-off",
      certainty: "possible",
    });
  });

  it.each(["-O0", "-O2"])("by a library's function that is called with that value, %s", (optimization) => {
    const finding = only({ program: { defines: ["SWJ_BY_LIBRARY"], optimization } });
    expect(finding).toMatchObject({ code: "elf-switches-debug-off", certainty: "certain" });
    expect(finding.evidence[0]).toContain("GPIO_PinRemapConfig(0x00300400, 1)");
  });

  it.each(["-O0", "-O2"])("a remap that keeps SWD, or says nothing of it, is none, %s", (optimization) => {
    expect(told({ program: { optimization } })).toEqual([]);
    expect(told({ program: { optimization, defines: ["OTHER_REMAP"] } })).toEqual([]);
  });

  it.each(["SWJ_OFF_OR", "SWJ_OFF_TWICE"])("set over what is read back, %s: likely", (define) => {
    for (const optimization of ["-O0", "-O2"]) {
      const finding = only({ program: { optimization, defines: [define] } });
      expect(finding).toMatchObject({ code: "elf-switches-debug-off", certainty: "likely" });
      expect(finding.cause).toContain("from reading AFIO_MAPR");
    }
    expect(told({ program: { defines: ["SWJ_NOJTAG_OR"] } })).toEqual([]);
  });

  it("in a function that is called by a pointer, or with another store that keeps SWD: likely", () => {
    for (const define of ["SWJ_OFF_BY_POINTER", "SWJ_OFF_AND_ON"]) {
      expect(told({ program: { defines: [define] } })).toEqual([["elf-switches-debug-off", "likely"]]);
    }
  });

  it("by a store of half a word", () => {
    expect(told({ program: { defines: ["SWJ_HALF_WORD"] } })).toEqual([["elf-switches-debug-off", "certain"]]);
  });

  it("without symbols: still found, by address", () => {
    const finding = only({ program: { defines: ["SWJ_OFF"], optimization: "-O1", strip: true } });
    expect(finding).toMatchObject({ code: "elf-switches-debug-off", certainty: "certain" });
    expect(finding.cause).toMatch(/in 0x08000[0-9A-F]{3}/);
  });

  it("on F4 it is the mode of the pin that counts, and for F4 alone", () => {
    const f4 = {
      deviceId: 0x413,
      name: "STM32F407",
      flashBytes: 1024 * KiB,
      ramRegions: [{ base: 0x20000000, size: 128 * KiB }],
    };
    const { findings } = diagnoseWith({
      chip: f4,
      ioc: null,
      vscode: null,
      cproject: replaced("STM32F103", "x"),
      program: { defines: ["MODER_OUTPUT"] },
    });
    expect(findings.map(({ code, certainty }) => [code, certainty])).toEqual([["elf-switches-debug-off", "certain"]]);
    expect(findings[0].cause).toContain("PA13 (SWDIO) becomes an output");
    expect(told({ program: { defines: ["MODER_OUTPUT"] } })).toEqual([]);
    expect(
      told({
        chip: f4,
        ioc: null,
        vscode: null,
        cproject: replaced("STM32F103", "x"),
        program: { defines: ["SWJ_OFF"] },
      }),
    ).toEqual([]);
  });
});
