import type { FindingKind } from "./finding-kind.ts";

const inCubeMx =
  "STM32CubeMX / STM32CubeIDE: open the .ioc, Pinout & Configuration > System Core > SYS > Debug: Serial Wire (newer families: Trace and Debug > DEBUG); generate the code and build again.";
const underReset =
  "To get the chip back: connect under reset (gdbserver -k; STM32CubeIDE: Debugger tab > Reset behaviour: Connect under reset) with NRST wired, and program the corrected build.";

/** What a project's own files say will go wrong: .ioc, .launch, .cproject, launch.json, linker scripts. */
export const project = [
  {
    code: "project-file-broken",
    title: "A file of the project cannot be read",
    severity: "warning",
    cause: "{message}.",
    how: "The file was read as the tool that owns it would, and the line that breaks it is named. What else it says was not looked at.",
    remedy: ["Undo the edit that broke the file, or take it from version control."],
  },
  {
    code: "project-unreadable",
    title: "Files of the project cannot be read",
    severity: "warning",
    cause: "{what} cannot be read: what is in there was not checked.",
    how: "The system refused to open it (EACCES and EPERM: no permission). What the other files say holds all the same.",
    remedy: [
      "Look at owner and permissions (ls -l; chown -R $USER FOLDER); a build in a container often leaves files that belong to root.",
    ],
  },
  {
    code: "project-empty",
    title: "There is no project in the folder",
    cause:
      "There is no project in this folder that could be checked: no .ioc, .launch, .cproject, .vscode/launch.json, platformio.ini, and no built program (.elf, .axf, .out).",
    how: "The folder and those in it were looked through by file names. Folders of version control and packages (.git, node_modules) are passed over.",
    remedy: ["Give the folder that holds the .ioc, the .launch, the .vscode folder or the platformio.ini."],
  },
  {
    code: "project-chip-unknown",
    title: "Nothing in the project names the chip",
    severity: "warning",
    cause: "Nothing in the project names the chip, so that whether {program} fits it was not checked.",
    how: "The chip is looked for on the wires, in .ioc, .cproject, .launch, .vscode/launch.json and platformio.ini, and in Makefile, CMakeLists.txt and build/zephyr/.config at the top of the project.",
    remedy: [
      "Attach the board: then the program is judged by the chip that is there.",
      "Or give the project's own folder instead of that of its output.",
    ],
  },
  {
    code: "project-other-chip",
    title: "The project is for another chip than the one on the wires",
    cause: "The project is for {part}, but the chip on the wires is {chip}, device ID {id}.",
    how: "The part's name in the project belongs to other device IDs than the one that was read from the chip. Two parts that share a device ID are not told apart by this, but by what fits them.",
    remedy: [
      "Make the project for the chip that is there (STM32CubeMX: new project, File > Import Project takes the settings over), or connect the board it is for.",
    ],
  },
  {
    code: "project-parts-disagree",
    title: "The project's files name different chips",
    severity: "warning",
    cause: "The project's files do not agree on the chip: {first} in {firstFile}, {second} in {secondFile}.",
    how: "The names of parts in the .ioc, the .cproject, its defined symbols and launch.json are compared by the device IDs they can have.",
    remedy: ["Correct the file that is wrong; the .ioc is the one that code is generated from."],
  },
  {
    code: "ioc-debug-off",
    title: "Debug is switched off in the .ioc",
    cause:
      'SYS > Debug is not "Serial Wire" in {file}: the generated program switches the debug port off{when}, and from then on no probe reaches the chip while it runs.',
    variants: {
      notBuilt:
        'SYS > Debug is not "Serial Wire" in {file}. Code generated from it switches the debug port off, but none was found in {program}, as it was built last: it will be there when the code is generated and built again.',
    },
    how: "On F1, STM32CubeMX puts __HAL_AFIO_REMAP_SWJ_DISABLE() into HAL_MspInit() when SYS > Debug is not set, which writes 100 to SWJ_CFG (RM0008 9.4.2); the .ioc then has no debug signal at PA13 and PA14, and newer files VP_SYS_VS_ND.Mode=No_Debug. It is certain when the built program was read and does so on every way from reset; likely from the .ioc alone.",
    remedy: [inCubeMx, underReset],
  },
  {
    code: "ioc-debug-pin-taken",
    title: "The .ioc gives a debug pin to something else",
    cause: "{file} uses {pins}: as soon as the program sets the pin up, the debug port is gone.",
    how: "PA13 is SWDIO and PA14 SWCLK on every STM32 with these pins. The .ioc gives the pin another signal than the debug port's.",
    remedy: [
      "Move the signal to another pin, and set SYS > Debug to Serial Wire.",
      underReset,
      "If the pin can't be spared: have the program wait a second at the start before it takes the pin, so that a probe can connect.",
    ],
  },
  {
    code: "ioc-debug-pins-analog",
    title: "The .ioc makes the unused debug pins analog",
    cause:
      'SYS > Debug is not set in {file}, and "Set all free pins as analog" is: PA13 and PA14 are free pins, so the program takes them from the debug port.',
    how: "ProjectManager.FreePins=true has STM32CubeMX set every pin without a signal to analog mode. Without a debug signal PA13 and PA14 are among them.",
    remedy: [inCubeMx, underReset],
  },
  {
    code: "ioc-debug-unset",
    title: "The .ioc does not reserve the debug pins",
    severity: "note",
    cause:
      "SYS > Debug is not set in {file}. PA13 and PA14 keep their debug function from reset, but nothing reserves them.",
    how: "On this family the pins have the debug port's function after reset, and code generated without SYS > Debug leaves them alone (RM of the family, GPIO chapter).",
    remedy: [inCubeMx],
  },
  {
    code: "ioc-clock-too-fast",
    title: "The .ioc sets a clock beyond what the chip may have",
    severity: "warning",
    cause: "{key} in {file} is {mhz} MHz; {chip} may run at {most} MHz at most.",
    how: "The frequency that STM32CubeMX computed is compared with the highest in the part's datasheet. Beyond it flash reads and peripherals fail now and then, which looks like faults without a cause and like lost debug connections.",
    remedy: [
      "Correct the clock configuration in STM32CubeMX (Clock Configuration tab; it marks wrong values), and check the HSE frequency there against the crystal.",
    ],
  },
  {
    code: "launch-loader-unfit",
    title: "The debug configuration sets an external loader to work that is not for this chip",
    cause: "{configuration} sets the external loader {loader} to work, which is not for {chip}: {reason}{needless}",
    how: "The loader's file, if it was found, tells which controller, RAM and processor it needs; its name tells which board's memory it is for. Both are compared with the chip. Its Init() is run when the server connects: on the wrong chip it does not return, and the session fails with words that do not name it.",
    remedy: ["If your board has external memory, choose the loader made for that board and chip."],
  },
  {
    code: "launch-loader-unneeded",
    title: "The debug configuration sets an external loader to work that the program does not need",
    severity: "warning",
    cause:
      "{configuration} sets the external loader {loader} to work, but no part of {program} lies in external memory.",
    how: "The program's loadable parts all lie in the chip's own memories. The loader's Init() is run all the same when the server connects, and can only do harm: it changes clocks and pins, and the session fails if it fails.",
    remedy: ["Take the external loader out of the debug configuration."],
  },
  {
    code: "launch-loader-left",
    title: "An external loader is left in the debug configuration, switched off",
    severity: "note",
    cause: "{configuration} still names the external loader {loader}, but does not set it to work.",
    how: "The path of a loader stays in the .launch when its box is unticked. It does nothing until the box is ticked again.",
    remedy: [
      "Nothing has to be done; to be rid of it, clear the path in the debug configuration or take the line out of the file.",
    ],
  },
  {
    code: "launch-loader-missing",
    title: "The external loader that the debug configuration names is not there",
    cause: "{configuration} sets the external loader {loader} to work, and there is no such file in the project.",
    how: "The path is relative to the project, whose files were listed in full.",
    remedy: ["Correct the path, or take the loader out of the debug configuration."],
  },
  {
    code: "launch-program-missing",
    title: "The program that the debug configuration names is not there",
    cause: "{configuration} is to load {path}, and there is no such file in the project.",
    how: "The path is relative to the project, whose files were listed in full. Either the program was not built yet, or the project, the build configuration or the folder was renamed.",
    remedy: [
      "Build the project, and look whether the file appears under that name.",
      "Correct the path: STM32CubeIDE, Main tab > C/C++ Application; VS Code, executable in launch.json.",
    ],
  },
  {
    code: "launch-value-wrong",
    title: "A setting of the debug configuration cannot work",
    cause: "{configuration}: {what}.",
    how: "The setting is compared with what the server, the chip or the system can do.",
    remedy: ["{correction}"],
  },
  {
    code: "launch-jtag",
    title: "The debug configuration uses JTAG, the project keeps SWD alone",
    cause:
      "{configuration} connects by JTAG, but {file} keeps only the two SWD pins: the program switches JTAG off when it starts.",
    how: "SYS > Debug: Serial Wire frees PA15, PB3 and PB4; on F1 the generated code writes 010 to SWJ_CFG (JTAG-DP disabled, RM0008 9.4.2).",
    remedy: ['Choose SWD: STM32CubeIDE, Debugger tab > Interface; cortex-debug, "interface": "swd".'],
  },
  {
    code: "vscode-setting-missing",
    title: "A debug configuration of VS Code lacks a setting that it needs",
    cause: "{configuration} {lack}.",
    how: "cortex-debug needs a servertype and a program for every session, a device for J-Link, configuration files for OpenOCD and a target for a server of your own (its debug_attributes.md). In a log the extension says so itself, or a command that it made has the word undefined where a value belongs.",
    remedy: ["{correction}"],
  },
  {
    code: "vscode-server-unknown",
    title: "A debug configuration of VS Code names a server that cortex-debug does not know",
    cause: "{configuration} has servertype {value}; cortex-debug knows {known}.",
    how: "cortex-debug compares servertype with its list, in small letters.",
    remedy: ['Correct servertype; for ST\'s server and for Probity it is "stlink".'],
  },
  {
    code: "vscode-target-other-family",
    title: "A debug configuration of VS Code has OpenOCD's file for another family",
    cause: "{configuration} has OpenOCD read {value}, which is for {family}; the chip is {chip}.",
    how: "OpenOCD's target files carry the family's name. The flash driver and the expected IDCODE come from there: with the wrong one it refuses the chip, or cannot program it.",
    remedy: ["Use target/{right}.cfg in configFiles."],
  },
] as const satisfies readonly FindingKind[];
