import { describe, expect, it } from "vitest";
import { attribute, both, diagnoseWith, loaderFile, only, replaced, told } from "./project-with.ts";

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
