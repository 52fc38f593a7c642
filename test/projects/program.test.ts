import { describe, expect, it } from "vitest";
import { bluePill, both, diagnoseWith, KiB, only, replaced, told } from "./project-with.ts";

describe("the program", () => {
  it("does not fit flash: of the part, of the specimen", () => {
    const big = {
      program: { defines: ["BIG=70000"], script: (text: string) => text.replace("LENGTH = 64K", "LENGTH = 128K") },
    };
    const finding = only(big);
    expect(finding).toMatchObject({ code: "elf-too-large", certainty: "certain" });
    expect(finding.cause).toContain("flash, which ends at 0x08010000 on STM32F103C8");
    expect(told({ ...big, chip: { ...bluePill, flashBytes: 128 * KiB } })).toEqual([]);
  });

  it("does not fit RAM", () => {
    const finding = only({
      program: {
        defines: ["BIG_RAM=30000"],
        script: (text: string) => text.replace("+ LENGTH(RAM)", "+ 20K").replace("LENGTH = 20K", "LENGTH = 64K"),
      },
    });
    expect(finding).toMatchObject({ code: "elf-too-large", certainty: "certain" });
    expect(finding.cause).toContain("RAM, which ends at 0x20005000");
    expect(finding.evidence[0]).toContain("section .bss");
  });

  it("lies where the chip has nothing", () => {
    const ccm = {
      defines: ["EXTERNAL_DATA"],
      script: (text: string) =>
        text
          .replace("MEMORY\n{", "MEMORY\n{\n  X (r) : ORIGIN = 0x60000000, LENGTH = 1M")
          .replace("  .ARM.exidx", "  .external : { KEEP(*(.external)) } >X\n  .ARM.exidx"),
    };
    const { findings } = diagnoseWith({ program: ccm, launch: null, vscode: null });
    expect(findings.map(({ code, certainty }) => [code, certainty])).toEqual([["elf-outside-memory", "certain"]]);
    expect(findings[0].cause).toContain("0x60000000");
  });

  it("has its stack outside of RAM, a reset vector that is none, no vector table", () => {
    expect(only({ program: { defines: ["STACK_TOP=0x20010000"] } })).toMatchObject({
      code: "elf-stack-outside-ram",
      certainty: "certain",
    });
    const even = only({ program: { defines: ["RESET=0x08000100"] } });
    expect(even).toMatchObject({ code: "elf-reset-vector-wrong", certainty: "certain" });
    expect(even.cause).toContain("bit 0 is clear");
    expect(only({ program: { defines: ["RESET=0x08008001"] } }).cause).toContain("no code of the program");
    const none = only({
      program: {
        script: (text: string) =>
          text
            .replace(/ {2}\.isr_vector .*\n/, "")
            .replace("*(.text .text.*)", "*(.text .text.*) KEEP(*(.isr_vector))"),
      },
    });
    expect(none).toMatchObject({ code: "elf-no-vector-table", certainty: "certain" });
    expect(none.cause).toContain("0x08000000");
  });

  it("begins behind a boot loader: a note", () => {
    const late = only({
      program: {
        more: ["vtor.c"],
        script: (text: string) => text.replace("0x8000000,", "0x8004000,").replace("64K", "48K"),
      },
    });
    expect(late).toMatchObject({ code: "elf-starts-late", severity: "note" });
  });

  it("is compiled for another core or an FPU", () => {
    expect(only({ program: { cpu: ["-mcpu=cortex-m4"] } })).toMatchObject({
      code: "elf-other-core",
      certainty: "certain",
    });
    const soft = { program: { cpu: ["-mcpu=cortex-m0"] }, chip: bluePill };
    expect(told(soft)).toEqual([]);
    const fpu = {
      ioc: both(replaced("STM32F103C8", "STM32L152RE"), replaced("Mcu.Family=STM32F1", "Mcu.Family=STM32L1")),
    };
    expect(
      told({ ...fpu, vscode: null, cproject: replaced("STM32F103", "x"), program: { cpu: ["-mcpu=cortex-m4"] } }).map(
        ([code]) => code,
      ),
    ).toContain("elf-other-core");
  });

  it("keeps an EEPROM beyond flash, under itself, or beside itself", () => {
    const eeprom = (address: string, script?: (text: string) => string) => ({
      program: { more: ["eeprom.c"], defines: [`EEPROM_START_ADDRESS=${address}u`], ...(script && { script }) },
    });
    expect(only(eeprom("0x08010000"))).toMatchObject({ code: "eeprom-outside-flash", certainty: "likely" });
    expect(only(eeprom("0x08000000"))).toMatchObject({ code: "eeprom-kept" });
    const late = (text: string): string => text.replace("0x8000000,", "0x8004000,").replace("64K", "48K");
    expect(
      told(eeprom("0x08000400", late))
        .map(([code]) => code)
        .sort(),
    ).toEqual(["eeprom-kept", "elf-starts-late"]);
    expect(only(eeprom("0x0800F800"))).toMatchObject({ code: "eeprom-kept", severity: "note" });
    const low = (text: string): string =>
      text.replace("*(.rodata .rodata.*)", "*(.rodata .rodata.*) . = . + 4096; LONG(1)");
    expect(only(eeprom("0x08000400", low))).toMatchObject({
      code: "eeprom-in-program",
      severity: "warning",
      certainty: "likely",
    });
  });

  it("has an EEPROM section that is loaded with it", () => {
    const script = (text: string) =>
      text.replace("  .ARM.exidx", "  .eeprom 0x0800F800 : { LONG(1) } >FLASH\n  .ARM.exidx");
    const finding = only({ program: { script } });
    expect(finding).toMatchObject({ code: "eeprom-in-program", certainty: "certain" });
    expect(finding.evidence[0]).toContain("section .eeprom");
  });

  it("a linker script that gives more than there is", () => {
    const finding = only({ script: replaced("LENGTH = 64K", "LENGTH = 128K") });
    expect(finding).toMatchObject({ code: "linker-script-too-large", severity: "warning", certainty: "certain" });
    expect(finding.evidence[0]).toBe("STM32F103C8TX_FLASH.ld, line 9: FLASH=ORIGIN 0x08000000, LENGTH 128 KiB");
    expect(
      told({ script: replaced("LENGTH = 64K", "LENGTH = 128K"), chip: { ...bluePill, flashBytes: 128 * KiB } }),
    ).toEqual([]);
  });
});

describe("memory of its own kind", () => {
  const l0 = {
    ioc: both(
      replaced("STM32F103C8", "STM32L053R8"),
      replaced("Mcu.Family=STM32F1", "Mcu.Family=STM32L0"),
      replaced("=72000000", "=32000000"),
      replaced("=SYS_JTMS-", "=SYS_"),
      replaced("=SYS_JTCK-", "=SYS_"),
    ),
    cproject: replaced("STM32F103", "x"),
    vscode: null,
    launch: null,
  };

  it("the data EEPROM of an L0 is no flash, and what lies in it is not too large", () => {
    const eeprom = (text: string): string =>
      text
        .replace("MEMORY\n{", "MEMORY\n{\n  EEPROM (rw) : ORIGIN = 0x08080000, LENGTH = 2K")
        .replace("LENGTH = 20K", "LENGTH = 8K")
        .replace("  .ARM.exidx", "  .eeprom : { LONG(1) } >EEPROM\n  .ARM.exidx");
    const program = { cpu: ["-mcpu=cortex-m0plus"], script: eeprom };
    expect(told({ ...l0, program, script: eeprom })).toEqual([]);
  });

  it("neighbouring RAMs count as one, and RAM that is not known is not judged", () => {
    const f407 = {
      ioc: both(replaced("STM32F103C8", "STM32F407VG"), replaced("Mcu.Family=STM32F1", "Mcu.Family=STM32F4")),
      cproject: replaced("STM32F103", "x"),
      vscode: null,
      launch: null,
      script: replaced("LENGTH = 20K", "LENGTH = 128K"),
    };
    const script = (text: string): string => text.replace("LENGTH = 20K", "LENGTH = 128K");
    expect(told({ ...f407, program: { defines: ["BIG_RAM=120000"], script } })).toEqual([]);
    const secure = (text: string): string => script(text).replace("0x20000000", "0x30000000");
    expect(told({ ...f407, script: secure, program: { script: secure } })).toEqual([]);
  });
});
