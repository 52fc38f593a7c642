import type { ProjectFile } from "../../src/diagnose/project/project-file.ts";
import { buildSample, type Sample } from "./build-sample.ts";
import { sampleProjects } from "./sample-projects.ts";

/** A project of a kind of tool: texts by path, and where its program lies. */
export interface ToolProject {
  readonly texts: Readonly<Record<string, string>>;
  readonly program: string;
}

const { texts: cube } = sampleProjects.healthy;
const script = cube["STM32F103C8TX_FLASH.ld"];

const cortexDebug = (...configurations: readonly string[]): string =>
  `// VS Code\n{\n  "version": "0.2.0",\n  "configurations": [\n${configurations.join("\n")}\n  ],\n}\n`;

/** As STM32CubeMX writes CMake projects, with four ways to debug. */
const cmake: ToolProject = {
  program: "build/Debug/blinky.elf",
  texts: {
    "CMakeLists.txt":
      "cmake_minimum_required(VERSION 3.22)\nproject(blinky C ASM)\n# set(OLD STM32F407xx)\nadd_executable(blinky Core/Src/main.c)\ntarget_compile_definitions(blinky PRIVATE\n  USE_HAL_DRIVER\n  STM32F103xB\n)\n",
    "STM32F103C8TX_FLASH.ld": script,
    "STM32F103.svd": "<device/>",
    "blinky.ioc": cube["blinky.ioc"],
    ".vscode/launch.json": cortexDebug(
      `    {
      "name": "ST-LINK", /* ST's server */
      "type": "cortex-debug",
      "request": "launch",
      "servertype": "stlink",
      "serverpath": "/opt/st/stm32cubeclt/STLink-gdb-server/bin/ST-LINK_gdbserver",
      "stm32cubeprogrammer": "/opt/st/stm32cubeclt/STM32CubeProgrammer/bin",
      "device": "STM32F103C8T6",
      "interface": "swd",
      "serialNumber": "",
      "svdFile": "\${workspaceFolder}/STM32F103.svd",
      "executable": "\${workspaceFolder}/build/Debug/blinky.elf",
    },`,
      `    {
      "name": "OpenOCD",
      "type": "cortex-debug",
      "request": "launch",
      "servertype": "openocd",
      "configFiles": ["interface/stlink.cfg", "target/stm32f1x.cfg"],
      "executable": "./build/Debug/blinky.elf",
      "svdFile": "STM32F103.svd",
    },`,
      `    {
      "name": "st-util",
      "type": "cortex-debug",
      "request": "attach",
      "servertype": "stutil",
      "executable": "build/Debug/blinky.elf",
    },`,
      `    {
      "name": "J-Link",
      "type": "cortex-debug",
      "request": "launch",
      "servertype": "jlink",
      "device": "STM32F103C8",
      "serialNumber": "601012345",
      "executable": "\${workspaceFolder}/build/Debug/blinky.elf",
    },`,
      `    {
      "name": "Running server",
      "type": "cortex-debug",
      "request": "attach",
      "servertype": "external",
      "gdbTarget": "localhost:61234",
      "executable": "\${workspaceFolder}/build/Debug/blinky.elf",
    },`,
    ),
  },
};

const platformio: ToolProject = {
  program: ".pio/build/bluepill/firmware.elf",
  texts: {
    "platformio.ini":
      "; PlatformIO\n[platformio]\ndefault_envs = bluepill\n\n[env:bluepill]\nplatform = ststm32@^17.0.0\nboard = bluepill_f103c8\nframework = stm32cube\nupload_protocol = stlink ; or serial\ndebug_tool = stlink\nbuild_flags =\n  -Os\n  -DUSE_HAL_DRIVER\n\n[env:nucleo]\nplatform = ststm32\nboard = nucleo_f401re\nframework = stm32cube\n",
    ".pio/libdeps/bluepill/Other/CMakeLists.txt": "add_definitions(-DSTM32F407xx)\n",
  },
};

const makefile: ToolProject = {
  program: "build/blinky.elf",
  texts: {
    Makefile:
      "TARGET = blinky\nCPU = -mcpu=cortex-m3\n# C_DEFS = -DSTM32F407xx\nC_DEFS =  \\\n-DUSE_HAL_DRIVER \\\n-DSTM32F103xB\nLDSCRIPT = STM32F103C8Tx_FLASH.ld\n",
    "STM32F103C8Tx_FLASH.ld": script,
    "Drivers/BSP/Makefile": "C_DEFS = -DSTM32F746xx\n",
  },
};

const zephyr: ToolProject = {
  program: "build/zephyr/zephyr.elf",
  texts: {
    "CMakeLists.txt": "find_package(Zephyr REQUIRED)\nproject(blinky)\ntarget_sources(app PRIVATE src/main.c)\n",
    "prj.conf": "CONFIG_GPIO=y\n",
    "build/zephyr/.config":
      'CONFIG_BOARD="stm32_min_dev"\n# CONFIG_SOC_STM32F407XX is not set\nCONFIG_SOC="stm32f103xb"\nCONFIG_FLASH_SIZE=64\n',
  },
};

const stm32CubeIde: ToolProject = { program: "Debug/blinky.elf", texts: cube };

export const toolProjects = { stm32CubeIde, cmake, platformio, makefile, zephyr } as const satisfies Readonly<
  Record<string, ToolProject>
>;

const built = new Map<string, Uint8Array>();

/** The files of a project, with one of its texts changed, and its program built as said. */
export function filesOf(
  { texts, program }: ToolProject,
  edits: Readonly<Record<string, (text: string) => string>> = {},
  sample: Sample = {},
): ProjectFile[] {
  const key = `${JSON.stringify(sample)} ${sample.script}`;
  const bytes = built.get(key) ?? buildSample(sample);
  built.set(key, bytes);
  for (const path of Object.keys(edits)) if (!(path in texts)) throw new Error(`there is no ${path} to be changed`);
  return [
    ...Object.entries(texts).map(([path, text]) => {
      const changed = edits[path]?.(text) ?? text;
      if (path in edits && changed === text) throw new Error(`the change of ${path} changes nothing`);
      return { path, text: changed };
    }),
    { path: program, bytes },
  ];
}
