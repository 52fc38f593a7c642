import { describe, expect, it, test } from "vitest";
import { diagnoseProject } from "../../src/diagnose/project/diagnose-project.ts";
import type { Sample } from "./build-sample.ts";
import { filesOf, toolProjects } from "./other-tools.ts";
import { both, replaced } from "./project-with.ts";
import { withAttribute } from "./sample-projects.ts";

type Edits = Readonly<Record<string, (text: string) => string>>;
const LAUNCH_JSON = ".vscode/launch.json";
const LAUNCH = "blinky Debug.launch";
const serial = "066DFF535254887767031234";

describe("healthy projects of every kind have no finding", () => {
  it.each(Object.keys(toolProjects) as (keyof typeof toolProjects)[])("%s", (name) => {
    const { findings, summary } = diagnoseProject(filesOf(toolProjects[name]), { probes: [serial] });
    expect(findings).toEqual([]);
    expect(summary.chip?.name).toMatch(/^STM32F103(C8|xB)$/);
  });
});

const offset = (text: string): string => text.replace("0x8000000,", "0x8004000,").replace("64K", "48K");
const large: Sample = {
  script: (text) =>
    text
      .replace("LENGTH = 64K", "LENGTH = 512K")
      .replace("*(.rodata .rodata.*)", "*(.rodata .rodata.*) . = . + 140000; LONG(1)"),
};
const attribute = (key: string, value: string) => (text: string) => withAttribute(text, key, value);
const added = (key: string, value: string) =>
  replaced("</launchConfiguration>", `<stringAttribute key="${key}" value="${value}"/>\n</launchConfiguration>`);

/** Kind of project, fault, edits, how the program is built, code of the first finding, what its evidence begins with. */
const faults: readonly (readonly [
  kind: keyof typeof toolProjects,
  fault: string,
  edits: Edits,
  sample: Sample,
  code: string,
  evidence: RegExp,
])[] = [
  [
    "stm32CubeIde",
    "SYS > Debug off",
    { "blinky.ioc": (text) => text.replace(/PA1[34]\..*\n/g, "") },
    { defines: ["SWJ_OFF"] },
    "ioc-debug-off",
    /^blinky\.ioc: no PA13\.Signal/,
  ],
  [
    "stm32CubeIde",
    "PA13 is an output",
    {
      "blinky.ioc": (text) =>
        text.replace("PA13.Mode=Serial_Wire\nPA13.Signal=SYS_JTMS-SWDIO", "PA13.Signal=GPIO_Output"),
    },
    {},
    "ioc-debug-pin-taken",
    /^blinky\.ioc, line \d+: PA13\.Signal=GPIO_Output/,
  ],
  [
    "stm32CubeIde",
    "a clock beyond 72 MHz",
    { "blinky.ioc": replaced("=72000000", "=96000000") },
    {},
    "ioc-clock-too-fast",
    /^blinky\.ioc, line \d+: RCC\.SYSCLKFreq_VALUE=96000000/,
  ],
  [
    "stm32CubeIde",
    "a stale loader",
    {
      [LAUNCH]: both(
        attribute("enable_external_loader", "true"),
        attribute("external_loader", "512W3A_STM3210E-EVAL.stldr"),
      ),
    },
    {},
    "launch-loader-unfit",
    /^blinky Debug\.launch, line \d+: .*external_loader=512W3A/,
  ],
  [
    "stm32CubeIde",
    "a wrong port",
    { [LAUNCH]: replaced('"61234"', '"612340"') },
    {},
    "launch-value-wrong",
    /^blinky Debug\.launch, line \d+: .*portNumber=612340/,
  ],
  [
    "stm32CubeIde",
    "the serial number of another probe",
    {
      [LAUNCH]: both(
        attribute("stlink_check_serial_number", "true"),
        attribute("stlink_txt_serial_number", "0670FF000000000000000000"),
      ),
    },
    {},
    "launch-value-wrong",
    /^blinky Debug\.launch, line \d+: .*serial_number=0670FF/,
  ],
  [
    "stm32CubeIde",
    "a program that is not there",
    { [LAUNCH]: replaced("Debug/blinky.elf", "Debug/blinky_v2.elf") },
    {},
    "launch-program-missing",
    /^blinky Debug\.launch, line \d+: .*PROGRAM_NAME=Debug\/blinky_v2\.elf/,
  ],
  [
    "stm32CubeIde",
    "the .launch names another chip",
    { [LAUNCH]: added("com.st.stm32cube.ide.mcu.debug.launch.jlink_device", "STM32F407VG") },
    {},
    "project-parts-disagree",
    /^blinky\.ioc, line 5: Mcu\.CPN=STM32F103C8T6/,
  ],
  [
    "cmake",
    "another device in launch.json",
    { [LAUNCH_JSON]: replaced("STM32F103C8T6", "STM32F407VG") },
    {},
    "project-parts-disagree",
    /^blinky\.ioc, line 5/,
  ],
  [
    "cmake",
    "another family's target file",
    { [LAUNCH_JSON]: replaced("stm32f1x.cfg", "stm32f4x.cfg") },
    {},
    "vscode-target-other-family",
    /^\.vscode\/launch\.json, line \d+: configFiles\[1\]=target\/stm32f4x\.cfg/,
  ],
  [
    "cmake",
    "J-Link without a device",
    { [LAUNCH_JSON]: replaced('      "device": "STM32F103C8",\n', "") },
    {},
    "vscode-setting-missing",
    /^\.vscode\/launch\.json, line \d+: this configuration has no device/,
  ],
  [
    "cmake",
    "the serial number of another probe",
    { [LAUNCH_JSON]: replaced('"serialNumber": ""', '"serialNumber": "0670FF"') },
    {},
    "launch-value-wrong",
    /^\.vscode\/launch\.json, line \d+: serialNumber=0670FF/,
  ],
  [
    "cmake",
    "a wrong port",
    { [LAUNCH_JSON]: replaced("localhost:61234", "localhost:612340") },
    {},
    "launch-value-wrong",
    /^\.vscode\/launch\.json, line \d+: gdbTarget=localhost:612340/,
  ],
  [
    "cmake",
    "an SVD file that is not there",
    { [LAUNCH_JSON]: replaced("{workspaceFolder}/STM32F103.svd", "{workspaceFolder}/svd/STM32F103.svd") },
    {},
    "launch-value-wrong",
    /svdFile=\$\{workspaceFolder\}\/svd\/STM32F103\.svd/,
  ],
  [
    "cmake",
    "another chip's SVD file",
    { [LAUNCH_JSON]: replaced('"svdFile": "STM32F103.svd"', '"svdFile": "/opt/svd/STM32F407.svd"') },
    {},
    "project-parts-disagree",
    /^blinky\.ioc/,
  ],
  [
    "cmake",
    "JTAG where SWD alone is kept",
    { [LAUNCH_JSON]: replaced('"interface": "swd"', '"interface": "jtag"') },
    {},
    "launch-jtag",
    /^\.vscode\/launch\.json, line \d+: interface=jtag/,
  ],
  [
    "cmake",
    "a program that is not there",
    { [LAUNCH_JSON]: replaced("./build/Debug", "./build/Release") },
    {},
    "launch-program-missing",
    /^\.vscode\/launch\.json, line \d+: executable=\.\/build\/Release/,
  ],
  [
    "cmake",
    "CMakeLists.txt for another chip than the .ioc",
    { "CMakeLists.txt": replaced("STM32F103xB", "STM32F401xC") },
    {},
    "project-parts-disagree",
    /^blinky\.ioc/,
  ],
  ["platformio", "a program too large", {}, large, "elf-too-large", /^\.pio\/build\/bluepill\/firmware\.elf: /],
  [
    "platformio",
    "an upload protocol that there is not",
    { "platformio.ini": replaced("upload_protocol = stlink", "upload_protocol = st-link") },
    {},
    "launch-value-wrong",
    /^platformio\.ini, line 9: upload_protocol=st-link$/,
  ],
  [
    "platformio",
    "a debug tool that there is not",
    { "platformio.ini": replaced("debug_tool = stlink", "debug_tool = stlinkv2") },
    {},
    "launch-value-wrong",
    /^platformio\.ini, line 10: debug_tool=stlinkv2$/,
  ],
  ["platformio", "a program for Cortex-M4", {}, { cpu: ["-mcpu=cortex-m4"] }, "elf-other-core", /^\.pio\/build/],
  [
    "makefile",
    "a program for Cortex-M4",
    {},
    { cpu: ["-mcpu=cortex-m4"] },
    "elf-other-core",
    /^build\/blinky\.elf: its build attributes/,
  ],
  [
    "makefile",
    "a program behind a boot loader without VTOR",
    { "STM32F103C8Tx_FLASH.ld": offset },
    { script: offset },
    "elf-starts-late",
    /^build\/blinky\.elf: at 0x08004000/,
  ],
  ["makefile", "a program that is too large", {}, large, "elf-too-large", /^build\/blinky\.elf: .* up to 0x080/],
  [
    "zephyr",
    "a program for Cortex-M4",
    {},
    { cpu: ["-mcpu=cortex-m4"] },
    "elf-other-core",
    /^build\/zephyr\/zephyr\.elf/,
  ],
  ["zephyr", "a program that is too large", {}, large, "elf-too-large", /^build\/zephyr\/zephyr\.elf/],
];

test.each(faults)("%s: %s", (kind, _fault, edits, sample, code, evidence) => {
  const { findings } = diagnoseProject(filesOf(toolProjects[kind], edits, sample), { probes: [serial] });
  expect(findings[0]?.code).toBe(code);
  expect(findings[0].evidence[0]).toMatch(evidence);
});

test("behind a boot loader: a note when the program sets VTOR, a warning when nothing does", () => {
  const edits = { "STM32F103C8Tx_FLASH.ld": offset };
  const severity = (more: readonly string[]) =>
    diagnoseProject(filesOf(toolProjects.makefile, edits, { script: offset, more })).findings.map((finding) => [
      finding.code,
      finding.severity,
    ]);
  expect(severity([])).toEqual([["elf-starts-late", "warning"]]);
  expect(severity(["vtor.c"])).toEqual([["elf-starts-late", "note"]]);
});

test("platformio.ini for several chips names the one of default_envs, and none without it", () => {
  const chip = (edit?: (text: string) => string) =>
    diagnoseProject(filesOf(toolProjects.platformio, edit && { "platformio.ini": edit })).summary.chip;
  expect(chip()).toEqual({ name: "STM32F103C8", from: "platformio.ini, line 7: board=bluepill_f103c8" });
  expect(chip(replaced("default_envs = bluepill", "")) ?? "none").toBe("none");
  expect(chip(replaced("bluepill_f103c8", "bluepill_f103c8_128k"))?.name).toBe("STM32F103");
  expect(chip(replaced("board = bluepill_f103c8", "board = x\nboard_build.mcu = stm32f103cbt6"))?.name).toBe(
    "STM32F103CB",
  );
});

test("a J-Link's serial number is not looked for among the ST-LINKs", () => {
  const { findings } = diagnoseProject(filesOf(toolProjects.cmake), { probes: [] });
  expect(findings).toEqual([]);
});
