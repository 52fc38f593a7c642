import type { Tool } from "./facts.ts";

/** How each tool writes its own name. */
export const toolNames: Readonly<Record<Tool, string>> = {
  "st-link-gdbserver": "ST-LINK_gdbserver",
  stm32cubeprogrammer: "STM32CubeProgrammer",
  "st-link-utility": "ST-LINK Utility",
  stm32cubeide: "STM32CubeIDE",
  "stlink-server": "stlink-server",
  openocd: "OpenOCD",
  "st-util": "st-util",
  "st-flash": "st-flash",
  "st-info": "st-info",
  pyocd: "pyOCD",
  "probe-rs": "probe-rs",
  "cortex-debug": "cortex-debug",
  gdb: "GDB",
  "jlink-gdbserver": "J-Link GDB server",
  "dfu-util": "dfu-util",
  dfusecommand: "DfuSeCommand",
  stm32flash: "stm32flash",
  stm32loader: "stm32loader",
  "black-magic": "Black Magic Probe",
  uvision: "uVision",
  pystlink: "pystlink",
  system: "the operating system",
  other: "a build or upload tool",
  probity: "Probity",
};
