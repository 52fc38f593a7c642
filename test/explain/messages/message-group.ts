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
