/** Failures with a known cause as the tools that are not ST's tell them, and what may be concluded from each. */
import { boards } from "./boards.ts";
import { clients } from "./clients.ts";
import { openocd } from "./openocd.ts";
import { probeRs } from "./probe-rs.ts";
import { pyocd } from "./pyocd.ts";
import type { ToolScenario } from "./scenario.ts";
import { stlinkOrg } from "./stlink-org.ts";

export const toolScenarios: readonly ToolScenario[] = [
  ...boards,
  ...openocd,
  ...stlinkOrg,
  ...pyocd,
  ...probeRs,
  ...clients,
];

/** Sessions in which nothing went wrong. */
