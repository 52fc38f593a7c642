import { compatibleVersion } from "./help.ts";
import type { ServerSettings } from "./option-table.ts";

/** The two lines that name the server, as clients look for them. */
export const titleLines = [
  `STMicroelectronics ST-LINK GDB server. Version ${compatibleVersion}`,
  "Copyright (c) 2026, STMicroelectronics. All rights reserved.",
] as const;

/** The banner that opens every run, line by line. */
export function bannerLines(settings: ServerSettings): string[] {
  const onOff = (flag: string): string => (settings.flag(flag) ? "Enabled" : "Disabled");
  const row = (label: string, value: string | number): string => `        ${label.padEnd(27)}: ${value}`;
  const lines = ["", "", ...titleLines, "", "Starting server with the following options:"];
  lines.push(row("Persistent Mode", onOff("persistent")));
  if (settings.given("log-file")) lines.push(row("LogFile Name", settings.text("log-file")));
  lines.push(row("Logging Level", settings.number("log-level")));
  lines.push(row("Listen Port Number", settings.number("port-number")));
  lines.push(row("Status Refresh Delay", `${settings.number("refresh-delay")}s`));
  lines.push(row("Verbose Mode", onOff("verbose")));
  if (settings.flag("swd")) lines.push(row("SWD Debug", "Enabled"));
  if (settings.flag("initialize-reset")) lines.push(row("InitWhile", "Enabled"));
  lines.push("");
  return lines;
}
