/** Output of ST's tools as they write it, made from facts: what a test wants told goes in, a log comes out. */

export interface Session {
  readonly server: string;
  readonly programmer: string;
  readonly year: number;
  readonly serial: string;
  readonly firmware: string;
  readonly board?: string;
  readonly volts: string;
  readonly khz: number;
  readonly id: number;
  readonly pc: string;
  readonly folder: string;
  readonly port: number;
}

export const bluePill: Session = {
  server: "5.9.1",
  programmer: "2.8.0",
  year: 2021,
  serial: "37FF6D064E56343651301543",
  firmware: "V2J37S7",
  volts: "3.24",
  khz: 4000,
  id: 0x410,
  pc: "0x80021a4",
  folder:
    "C:\\ST\\STM32CubeIDE_1.7.0\\STM32CubeIDE\\plugins\\com.st.stm32cube.ide.mcu.externaltools.cubeprogrammer.win32_2.0.0.202105311346\\tools\\bin",
  port: 61234,
};

export const nucleo: Session = {
  server: "7.8.0",
  programmer: "2.17.0",
  year: 2024,
  serial: "066AFF505055657867134728",
  firmware: "V2J43M28",
  board: "NUCLEO-F446RE",
  volts: "3,27",
  khz: 8000,
  id: 0x421,
  pc: "0x8000bd4",
  folder:
    "/opt/st/stm32cubeide_1.16.0/plugins/com.st.stm32cube.ide.mcu.externaltools.cubeprogrammer.linux64_2.1.400/tools/bin",
  port: 61234,
};

/** The banner of ST-LINK_gdbserver. */
export function banner(
  session: Session,
  options: { readonly swd?: boolean; readonly reset?: boolean; readonly verbose?: boolean } = {},
): string[] {
  const { swd = true, reset = false, verbose = false } = options;
  const row = (label: string, value: string): string => `        ${label.padEnd(27)}: ${value}`;
  return [
    "",
    "",
    `STMicroelectronics ST-LINK GDB server. Version ${session.server}`,
    `Copyright (c) ${session.year}, STMicroelectronics. All rights reserved.`,
    "",
    "Starting server with the following options:",
    row("Persistent Mode", "Disabled"),
    row("Logging Level", verbose ? "31" : "1"),
    row("Listen Port Number", String(session.port)),
    row("Status Refresh Delay", "15s"),
    row("Verbose Mode", verbose ? "Enabled" : "Disabled"),
    ...(swd ? [row("SWD Debug", "Enabled")] : []),
    ...(reset ? [row("InitWhile", "Enabled")] : []),
    "",
  ];
}

/** A verbose start that reaches the chip. */
export function verboseStart(session: Session, mode = "Default"): string[] {
  return [
    `Target connection mode: ${mode}`,
    "Reading ROM table for AP 0 @0xe00fffd0",
    "Hardware watchpoint supported by the target ",
    `COM frequency = ${session.khz} kHz`,
    `ST-LINK Firmware version : ${session.firmware}`,
    `Device ID: 0x${session.id.toString(16)}`,
    `PC: ${session.pc}`,
    "ST-LINK device status: HALT_MODE",
    `ST-LINK detects target voltage = ${session.volts.replace(",", ".")} V`,
    "ST-LINK device status: HALT_MODE",
  ];
}

/** How the server ends when it fails. */
export function failure(reason: string, ...before: string[]): string[] {
  return [...before, "", "Error in initializing ST-LINK device.", `Reason: ${reason}`];
}

/** STM32CubeIDE's dialog for it. */
export function dialog(status: number, text: string): string[] {
  return [
    "Error in final launch sequence:",
    "",
    "Failed to start GDB server",
    "Failed to start GDB server",
    "Error in initializing ST-LINK device.",
    `Reason: (${status}) ${text}`,
  ];
}

export const ready = ["Waiting for debugger connection...", "Debugger connected", "Waiting for debugger connection..."];

/** STM32CubeProgrammer up to the chip's description. */
export function programmer(
  session: Session,
  more: { readonly flash?: string; readonly mode?: string; readonly name?: string; readonly cpu?: string } = {},
): string[] {
  return [
    "      -------------------------------------------------------------------",
    `                       STM32CubeProgrammer v${session.programmer}                  `,
    "      -------------------------------------------------------------------",
    "",
    `ST-LINK SN  : ${session.serial}`,
    `ST-LINK FW  : ${session.firmware}`,
    ...(session.board === undefined ? [] : [`Board       : ${session.board}`]),
    `Voltage     : ${session.volts}V`,
    `SWD freq    : ${session.khz} KHz`,
    `Connect mode: ${more.mode ?? "Under Reset"}`,
    "Reset mode  : Hardware reset",
    `Device ID   : 0x${session.id.toString(16).toUpperCase()}`,
    "Revision ID : Rev X",
    `Device name : ${more.name ?? "STM32F101/F102/F103 Medium-density"}`,
    `Flash size  : ${more.flash ?? "64 KBytes"}`,
    "Device type : MCU",
    `Device CPU  : ${more.cpu ?? "Cortex-M3"}`,
    "BL Version  : --",
    "",
  ];
}

/** STM32CubeProgrammer when it does not reach the chip. */
export function programmerSilent(session: Session, ...errors: string[]): string[] {
  return [
    "      -------------------------------------------------------------------",
    `                       STM32CubeProgrammer v${session.programmer}                  `,
    "      -------------------------------------------------------------------",
    "",
    `ST-LINK SN  : ${session.serial}`,
    `ST-LINK FW  : ${session.firmware}`,
    ...(session.board === undefined ? [] : [`Board       : ${session.board}`]),
    `Voltage     : ${session.volts}V`,
    ...errors,
  ];
}

/** A download, up to where it goes on by itself. */
export const download = [
  "Memory Programming ...",
  "Opening and parsing file: ST-LINK_GDB_server_a07440.srec",
  "  File          : ST-LINK_GDB_server_a07440.srec",
  "  Size          : 9.12 KB ",
  "  Address       : 0x08000000 ",
  "",
  "Erasing memory corresponding to segment 0:",
  "Erasing internal memory sectors [0 9]",
  "Download in Progress:",
];

export const downloaded = [
  "File download complete",
  "Time elapsed during download operation: 00:00:00.714",
  "",
  "Verifying ...",
  "",
  "Download verified successfully ",
  "",
];

/** How the server reports that the programmer failed. */
export function programmerFailed(session: Session): string[] {
  return [
    `Encountered Error when opening ${session.folder}\\STM32_Programmer_CLI.exe`,
    "Error in STM32CubeProgrammer",
    "Debugger connection lost.",
    "Shutting down...",
  ];
}
