import type { Finding } from "../../../src/diagnose/finding.ts";

/**
 * What debug tools print when something fails, as their public sources and manuals have it: each message behind the
 * lines that a session of that tool begins with, and the findings of which the first has to be one.
 */
export interface MessageGroup {
  readonly tool: string;
  /** Lines before the message. */
  readonly before: readonly string[];
  /** `code|code`: any of these is right where the message alone does not tell them apart. */
  readonly messages: readonly (readonly [message: string, codes: string])[];
}

/** What is told of a text for its contents, not for where it stops: the lines before a message stop before an outcome. */
export function forItsContents(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    ({ severity, cause }) => severity !== "note" && !cause.includes("a session that began, and neither"),
  );
}

export const openocdStarted = [
  "Open On-Chip Debugger 0.12.0",
  "Licensed under GNU GPL v2",
  "For bug reports, read",
  "\thttp://openocd.org/doc/doxygen/bugs.html",
];

export const openocdAdapter = [
  ...openocdStarted,
  "Info : auto-selecting first available session transport \"hla_swd\". To override use 'transport select <transport>'.",
  "Info : clock speed 2000 kHz",
  "Info : STLINK V2J39S7 (API v2) VID:PID 0483:3748",
  "Info : Target voltage: 3.253546",
];

export const openocdAttached = [
  ...openocdAdapter,
  "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected",
  "Info : [stm32f4x.cpu] target has 6 breakpoints, 4 watchpoints",
  "Info : starting gdb server for stm32f4x.cpu on 3333",
];
