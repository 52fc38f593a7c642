import type { Scenario } from "./scenario.ts";
import {
  banner,
  bluePill,
  download,
  downloaded,
  nucleo,
  programmer,
  programmerSilent,
  ready,
  verboseStart,
} from "./st-logs.ts";

/** Sessions in which nothing is wrong. */
export const healthy: readonly Omit<Scenario, "first">[] = [
  {
    name: "a first attempt that failed, and a second one at a lower clock",
    session: nucleo,
    log: (s) => [
      ...programmerSilent(
        s,
        "Error: ST-LINK error (DEV_TARGET_CMD_ERR)",
        "2nd connect tentative with a lower frequency (8MHz)",
      ),
      ...programmer(s, { name: "STM32F446xx", flash: "512 KBytes", cpu: "Cortex-M4" }).slice(4),
      ...download,
      ...downloaded,
    ],
  },
  {
    name: "a download and a debug session",
    session: nucleo,
    log: (s) => [
      ...banner(s),
      ...ready,
      ...programmer(s, { name: "STM32F446xx", flash: "512 KBytes", cpu: "Cortex-M4" }),
      ...download,
      ...downloaded,
      "Debugger connection lost.",
      "Shutting down...",
      "Exit.",
    ],
  },
  {
    name: "a verbose start",
    session: bluePill,
    log: (s) => [
      ...banner(s, { verbose: true, reset: true }),
      ...verboseStart(s, "Under reset"),
      "ST-LINK device initialization OK",
      "Stm32Device, pollAndNotify running...",
      "SwvSrv state change: 0 -> 1",
      "Waiting for connection on port 61235...",
      "Waiting for debugger connection...",
      "Waiting for connection on port 61234...",
      "Accepted connection on port 61234...",
      "Debugger connected",
    ],
  },
  {
    name: "the programmer alone",
    session: bluePill,
    log: (s) => [
      ...programmer(s),
      ...download,
      ...downloaded,
      "RUNNING Program ... ",
      "  Address:      : 0x8000000",
      "Application is running, Please Hold on...",
      "Start operation achieved successfully",
    ],
  },
];
