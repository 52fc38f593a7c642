import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { attribute, both, diagnoseWith, only, replaced, told } from "./project-with.ts";

const KiB = 1024;
const bluePill = {
  deviceId: 0x410,
  name: "STM32F103x8/xB",
  flashBytes: 64 * KiB,
  ramRegions: [{ base: 0x20000000, size: 20 * KiB }],
};

const loaderFile = (name: string, as = name) => ({
  path: `loaders/${as}`,
  bytes: new Uint8Array(readFileSync(fileURLToPath(new URL(`../../firmware/loaders/${name}`, import.meta.url)))),
});

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

describe("external loaders", () => {
  const enabled = (path: string) =>
    both(attribute("enable_external_loader", "true"), attribute("external_loader", path));

  it("one by its file: too many reasons to fit are not guessed from the name", () => {
    const finding = only({
      launch: enabled("nand.stldr"),
      more: [loaderFile("nand512w3a_stm3210e-eval.stldr", "nand.stldr")],
    });
    expect(finding).toMatchObject({ code: "launch-loader-unfit", certainty: "likely" });
    expect(finding.evidence.some((line) => line.startsWith("loaders/nand.stldr: NAND flash"))).toBe(true);
    expect(finding.cause).toContain("FSMC");
  });

  it("one whose name tells nothing, for a program that needs none", () => {
    const finding = only({ launch: enabled("mine.stldr") });
    expect(finding).toMatchObject({ code: "launch-loader-unneeded", certainty: "certain", severity: "warning" });
    expect(finding.evidence.at(-1)).toMatch(/^Debug\/blinky\.elf: it loads to 0x08000000/);
  });

  it("the newer list of loaders", () => {
    const list =
      '[{"fLoaderPath":"C:\\\\ST\\\\M29W128_STM3210E-EVAL.stldr","fInitialize":false,"fIsEnabled":true},{"fLoaderPath":"old.stldr","fIsEnabled":false}]';
    const entry = `    <stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.cubeprog_external_loaders" value="${list.replaceAll('"', "&quot;")}"/>\n</launchConfiguration>`;
    const { findings } = diagnoseWith({ launch: replaced("</launchConfiguration>", entry) });
    expect(findings.map(({ code }) => code)).toEqual(["launch-loader-unfit", "launch-loader-left"]);
    expect(findings[0].evidence[0]).toContain("cubeprog_external_loaders=C:\\ST\\M29W128_STM3210E-EVAL.stldr");
    expect(findings[1].cause).toContain("old.stldr");
  });

  it("a list that cannot be read", () => {
    const entry =
      '<stringAttribute key="com.st.stm32cube.ide.mcu.debug.launch.cubeprog_external_loaders" value="[{"/>\n</launchConfiguration>';
    const finding = only({ launch: replaced("</launchConfiguration>", entry) });
    expect(finding).toMatchObject({ code: "launch-value-wrong", certainty: "certain" });
    expect(finding.cause).toContain("list of external loaders");
  });

  it("one in serverArgs of launch.json", () => {
    const args = '"interface": "swd",\n      "serverArgs": ["--extload", "512W3A_STM3210E-EVAL.stldr"],';
    const finding = only({ vscode: replaced('"interface": "swd",', args) });
    expect(finding.code).toBe("launch-loader-unfit");
    expect(finding.evidence[0]).toBe(".vscode/launch.json, line 13: serverArgs[1]=512W3A_STM3210E-EVAL.stldr");
    expect(finding.remedy[0]).toContain("serverArgs in .vscode/launch.json, line 13");
  });

  it("one that is not in the project at the place the path says", () => {
    expect(told({ launch: enabled("loaders/mine.stldr") })).toContainEqual(["launch-loader-missing", "certain"]);
    expect(told({ launch: enabled("loaders/mine.stldr"), complete: false })).not.toContainEqual([
      "launch-loader-missing",
      "certain",
    ]);
  });

  it("memory that no loader writes, and memory that one does", () => {
    const external = {
      defines: ["EXTERNAL_DATA"],
      cpu: ["-mcpu=cortex-m4"],
      script: (text: string) =>
        text
          .replace("MEMORY\n{", "MEMORY\n{\n  QSPI (r) : ORIGIN = 0x90000000, LENGTH = 1M")
          .replace("  .ARM.exidx", "  .external : { KEEP(*(.external)) } >QSPI\n  .ARM.exidx")
          .replace("LENGTH = 20K", "LENGTH = 128K"),
    };
    const f469 = {
      ioc: both(replaced("STM32F103C8", "STM32F469NI"), replaced("=STM32F1\n", "=STM32F4\n")),
      cproject: replaced("STM32F103", "x"),
      vscode: null,
      program: external,
    };
    const finding = only({ ...f469 });
    expect(finding).toMatchObject({ code: "elf-external-without-loader", certainty: "certain" });
    expect(finding.cause).toContain("256 bytes at 0x90000000");
    const name = "mt25ql512a_stm32469i-eval.stldr";
    expect(told({ ...f469, launch: enabled(name), more: [loaderFile(name)] })).toEqual([]);
    expect(told({ ...f469, launch: enabled("unknown.stldr") })).toEqual([]);
  });
});

describe("values of the debug configuration", () => {
  it.each([
    ["access_port_id", "3", "access port 3 is chosen"],
    ["frequency", "fast", "the frequency fast is none"],
    ["frequency", "50000", "the frequency 50000 is none"],
    ["portNumber", "99999", "99999 is no TCP port"],
  ])("%s=%s", (key, value, words) => {
    const finding = only({ launch: attribute(key, value) });
    expect(finding).toMatchObject({ code: "launch-value-wrong", certainty: "certain" });
    expect(finding.cause).toContain(words);
    expect(finding.evidence[0]).toMatch(new RegExp(`^blinky Debug\\.launch, line \\d+: .*\\.${key}=${value}$`));
  });

  it("a probe that is insisted on: without a number, not attached, attached", () => {
    const insists = attribute("stlink_check_serial_number", "true");
    const serial = both(insists, attribute("stlink_txt_serial_number", "066CFF495652716587091651"));
    expect(only({ launch: insists }).cause).toContain("serial number is left empty");
    expect(only({ launch: serial, probes: ["AA"] }).cause).toContain("it is not attached");
    expect(told({ launch: serial, probes: ["066cff495652716587091651"] })).toEqual([]);
    expect(told({ launch: serial })).toEqual([]);
  });

  it("one port for GDB and SWV", () => {
    expect(told({ launch: attribute("swv_port", "61234") })).toEqual([]);
    expect(only({ launch: both(attribute("swv_port", "61234"), attribute("enable_swv", "true")) }).cause).toContain(
      "the same TCP port",
    );
  });

  it("JTAG where the .ioc keeps SWD alone", () => {
    expect(only({ launch: attribute("swd_mode", "false") })).toMatchObject({
      code: "launch-jtag",
      certainty: "likely",
    });
  });

  it("a program that is not there, while another one is; and nothing built yet", () => {
    const renamed = attribute("PROGRAM_NAME", "Debug\\other.elf");
    const finding = only({ launch: renamed });
    expect(finding).toMatchObject({ code: "launch-program-missing", certainty: "certain" });
    expect(finding.evidence[0]).toBe(
      "blinky Debug.launch, line 20: org.eclipse.cdt.launch.PROGRAM_NAME=Debug\\other.elf",
    );
    expect(told({ launch: renamed, program: null })).toEqual([]);
    expect(told({ launch: attribute("PROGRAM_NAME", "C:\\work\\x.elf") })).toEqual([]);
    expect(told({ launch: attribute("PROGRAM_NAME", `\${ProjDirPath}/Debug/blinky.elf`) })).toEqual([]);
  });
});

describe("launch.json of VS Code", () => {
  it.each([
    ['      "servertype": "stlink",\n', "", "vscode-setting-missing", "which GDB server"],
    ['"servertype": "stlink"', '"servertype": "st-link"', "vscode-server-unknown", '"st-link"'],
    [`"executable": "\${workspaceFolder}/Debug/blinky.elf",`, "", "vscode-setting-missing", "names no program"],
    ["Debug/blinky.elf", "build/app.elf", "launch-program-missing", "build/app.elf"],
    ['"servertype": "stlink"', '"servertype": "openocd"', "vscode-setting-missing", "no configuration files"],
    ['"servertype": "stlink"', '"servertype": "external"', "vscode-setting-missing", "where the server is"],
    ['"interface": "swd"', '"serverArgs": "-m 0"', "vscode-setting-missing", "takes a list"],
    [
      '"servertype": "stlink"',
      '"servertype": "openocd", "configFiles": ["interface/stlink.cfg", "target/stm32f4x.cfg"]',
      "vscode-target-other-family",
      "STM32F4",
    ],
  ])("%s -> %s", (old, by, code, words) => {
    const finding = only({ vscode: replaced(old, by) });
    expect(finding.code).toBe(code);
    expect(finding.cause).toContain(words);
    expect(finding.evidence[0]).toMatch(/^\.vscode\/launch\.json, line \d+: /);
  });

  it("J-Link needs a device", () => {
    const jlink = both(
      replaced('"servertype": "stlink"', '"servertype": "jlink"'),
      replaced('      "device": "STM32F103C8",\n', ""),
    );
    expect(only({ vscode: jlink }).cause).toContain("names no device");
  });

  it("a configuration whose executable only VS Code knows is left alone", () => {
    const known = replaced(`\${workspaceFolder}/Debug/blinky.elf`, `\${command:cmake.launchTargetPath}`);
    expect(told({ vscode: known })).toEqual([]);
    const right = '"servertype": "openocd", "configFiles": ["target/stm32f1x.cfg"]';
    expect(told({ vscode: replaced('"servertype": "stlink"', right) })).toEqual([]);
  });
});

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

describe("a folder with more than the project", () => {
  it("loaders that lie about and linker scripts of other boards are not judged", () => {
    const more = [
      { path: "loaders/junk.stldr", bytes: new Uint8Array([1, 2, 3]) },
      { path: "boards/f407.ld", text: "MEMORY { FLASH : ORIGIN = 0x08000000, LENGTH = 1M }" },
      { path: "f407.ld", text: "MEMORY { FLASH : ORIGIN = 0x08000000, LENGTH = 1M }" },
    ];
    expect(told({ more })).toEqual([]);
    const enabledJunk = both(attribute("enable_external_loader", "true"), attribute("external_loader", "junk.stldr"));
    expect(told({ more, launch: enabledJunk }).map(([code]) => code)).toContain("project-file-broken");
  });

  it("a second project's program is not held against the first one's .ioc", () => {
    const other = { path: "other/other.ioc", text: "Mcu.Family=STM32F1\nMcu.CPN=STM32F103C8T6\n" };
    const { findings, notes } = diagnoseWith({ more: [other] });
    expect(findings.map(({ code, certainty }) => [code, certainty])).toEqual([["ioc-debug-off", "likely"]]);
    expect(findings[0].cause).toContain("other/other.ioc: the generated program switches the debug port off");
    expect(notes).toContain("There are 2 .ioc files here: the folder of one project alone gives surer results.");
  });
});

describe("which program is looked at", () => {
  const bytes = new Uint8Array(readFileSync(fileURLToPath(new URL("healthy/Debug/blinky.elf", import.meta.url))));
  const off = new Uint8Array(readFileSync(fileURLToPath(new URL("debug-off/Debug/blinky.elf", import.meta.url))));

  it("the newest; and it says so", () => {
    const files = [
      { path: "Debug/blinky.elf", bytes, modified: 1000 },
      { path: "Release/blinky.elf", bytes: off, modified: 2000 },
    ];
    const { findings, notes, summary } = diagnoseWith({ program: null, more: files });
    expect(summary.program).toBe("Release/blinky.elf");
    expect(notes[0]).toBe("The program looked at is Release/blinky.elf, the newest of 2.");
    expect(findings.map(({ code }) => code)).toEqual(["elf-switches-debug-off"]);
  });

  it("of equally old ones that which a debug configuration names", () => {
    const files = [
      { path: "Aaa/blinky.elf", bytes: off },
      { path: "Debug/blinky.elf", bytes },
    ];
    const { notes, findings } = diagnoseWith({ program: null, more: files });
    expect(notes[0]).toBe("The program looked at is Debug/blinky.elf, the one that a debug configuration names of 2.");
    expect(findings).toEqual([]);
  });

  it("passes over a program for the PC, and names a damaged one", () => {
    const pc = bytes.slice();
    pc[18] = 62;
    const files = [
      { path: "Debug/tests.elf", bytes: pc, modified: 3000 },
      { path: "Debug/cut.elf", bytes: bytes.slice(0, 3000), modified: 2000 },
      { path: "Debug/blinky.elf", bytes, modified: 1000 },
    ];
    const { notes, findings, summary } = diagnoseWith({ program: null, more: files });
    expect(summary.program).toBe("Debug/blinky.elf");
    expect(notes.some((note) => note.includes("Debug/tests.elf is not a program for a Cortex-M"))).toBe(true);
    expect(findings.map(({ code }) => code)).toEqual(["project-file-broken"]);
    expect(findings[0].cause).toContain("Debug/cut.elf is cut short");
  });

  it("a broken file is named, the others are read", () => {
    const { findings } = diagnoseWith({ ioc: (text) => `${text}broken\n`, program: { defines: ["SWJ_OFF"] } });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["elf-switches-debug-off", undefined],
      ["project-file-broken", "warning"],
    ]);
    expect(findings[1].cause).toBe('blinky.ioc, line 44: "broken" is no key=value.');
  });
});
