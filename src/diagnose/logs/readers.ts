import { anyTool } from "./any-tool.ts";
import { blackMagic } from "./black-magic.ts";
import { dfuTools } from "./boot-loader/dfu.ts";
import { stm32flash } from "./boot-loader/stm32flash.ts";
import { cortexDebug } from "./cortex-debug.ts";
import { gdb } from "./gdb.ts";
import { jlink } from "./jlink.ts";
import type { LogReader } from "./log-reader.ts";
import { openocd } from "./openocd/openocd.ts";
import { probeRs } from "./probe-rs/probe-rs.ts";
import { pyocd } from "./pyocd/pyocd.ts";
import { pystlink } from "./pystlink.ts";
import { stGdbServer } from "./st-gdbserver.ts";
import { stLinkUtility } from "./st-link-utility.ts";
import { stlinkOrg } from "./stlink-org/stlink-org.ts";
import { stlinkServer } from "./stlink-server.ts";
import { stm32CubeIde } from "./stm32cubeide.ts";
import { stm32CubeProgrammer } from "./stm32cubeprogrammer.ts";
import { system } from "./system.ts";
import { uvision } from "./uvision.ts";

/** Every reader there is. A new tool's is added here. */
export const readers: readonly LogReader[] = [
  stGdbServer,
  stm32CubeProgrammer,
  stLinkUtility,
  stm32CubeIde,
  stlinkServer,
  openocd,
  stlinkOrg,
  pyocd,
  probeRs,
  cortexDebug,
  gdb,
  jlink,
  dfuTools,
  stm32flash,
  blackMagic,
  uvision,
  pystlink,
  system,
  anyTool,
];
