/** Words that several kinds of fact share. */

/** Programs whose output is understood. */
export type Tool =
  | "st-link-gdbserver"
  | "stm32cubeprogrammer"
  | "st-link-utility"
  | "stm32cubeide"
  | "stlink-server"
  | "openocd"
  | "st-util"
  | "st-flash"
  | "st-info"
  | "pyocd"
  | "probe-rs"
  | "cortex-debug"
  | "gdb"
  | "jlink-gdbserver"
  | "dfu-util"
  | "dfusecommand"
  | "stm32flash"
  | "stm32loader"
  | "black-magic"
  | "uvision"
  | "pystlink"
  | "system"
  /** A build or upload tool, a script or another program that drives one: known by its failure only. */
  | "other"
  | "probity";

/** How a tool goes about connecting: reset held low, reset (or only halted) after connecting, or left running. */
export type ConnectManner = "under-reset" | "normal" | "attach";

/** How far a session got; in this order. */
export type Stage =
  | "started"
  | "probe-opened"
  | "target-connected"
  | "identified"
  | "loader-run"
  | "server-ready"
  | "client-connected"
  | "erased"
  | "programmed"
  | "verified"
  | "running";
