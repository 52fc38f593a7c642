/** Parts of logs of the tools that are not ST's, written from what their sources and users' reports have them print. */

/** What differs from user to user. */
export interface Voice {
  readonly openocd: string;
  /** Firmware and product id of the probe. */
  readonly firmware: string;
  readonly product: string;
  readonly volts: string;
  readonly khz: number;
  readonly folder: string;
  readonly serial: string;
}

/** A Blue Pill on a copy of an ST-LINK/V2. */
export const loose: Voice = {
  openocd: "0.12.0",
  firmware: "V2J37S7",
  product: "3748",
  volts: "3.252396",
  khz: 1000,
  folder: "/home/ann/blink",
  serial: "37FF71064E573436DBF81543",
};

/** A Nucleo with its own ST-LINK. */
export const nucleo: Voice = {
  openocd: "0.11.0+dev (2022-09-01-17:58)",
  firmware: "V2J40M27",
  product: "374B",
  volts: "3.269580",
  khz: 2000,
  folder: "C:\\Users\\Bob\\blink",
  serial: "0669FF555185754867211621",
};

export function openocdStart(v: Voice, options: { readonly target?: string; readonly reset?: string } = {}): string[] {
  return [
    `openocd -f interface/stlink.cfg -f target/${options.target ?? "stm32f1x"}.cfg`,
    `Open On-Chip Debugger ${v.openocd}`,
    "Licensed under GNU GPL v2",
    "For bug reports, read",
    "\thttp://openocd.org/doc/doxygen/bugs.html",
    "Info : auto-selecting first available session transport \"hla_swd\". To override use 'transport select <transport>'.",
    "Info : The selected transport took over low-level target control. The results might differ compared to plain JTAG/SWD",
    ...(options.reset === undefined ? [] : [options.reset]),
    "Info : Listening on port 6666 for tcl connections",
    "Info : Listening on port 4444 for telnet connections",
    `Info : clock speed ${v.khz} kHz`,
  ];
}

export function openocdProbe(v: Voice, volts = v.volts): string[] {
  return [`Info : STLINK ${v.firmware} (API v2) VID:PID 0483:${v.product}`, `Info : Target voltage: ${volts}`];
}

export const openocdSilent = "Error: init mode failed (unable to connect to the target)";

export function openocdExamined(target = "stm32f1x", gdb = 3333): string[] {
  return [
    `Info : ${target}.cpu: hardware has 6 breakpoints, 4 watchpoints`,
    `Info : starting gdb server for ${target}.cpu on ${gdb}`,
    `Info : Listening on port ${gdb} for gdb connections`,
  ];
}

export function openocdHalted(pc = "0x08000268", xpsr = "0x01000000", msp = "0x20005000", mode = "Thread"): string[] {
  return [`target halted due to debug-request, current mode: ${mode} `, `xPSR: ${xpsr} pc: ${pc} msp: ${msp}`];
}

export const openocdF1 = ["Info : device id = 0x20036410", "Info : flash size = 64kbytes"];

export function gdbStart(v: Voice, port = 3333): string[] {
  return [
    "GNU gdb (Arm GNU Toolchain 12.2.Rel1 (Build arm-12.24)) 12.1.90.20221210-git",
    "Copyright (C) 2022 Free Software Foundation, Inc.",
    'For help, type "help".',
    `Reading symbols from ${v.folder}/build/firmware.elf...`,
    `(gdb) target extended-remote localhost:${port}`,
  ];
}

export function gdbLoad(): string[] {
  return [
    "(gdb) load",
    "Loading section .isr_vector, size 0x10c lma 0x8000000",
    "Loading section .text, size 0x2a3c lma 0x800010c",
    "Loading section .data, size 0x14 lma 0x8002b48",
  ];
}

export const gdbLoaded = ["Start address 0x08001a90, load size 11100", "Transfer rate: 17 KB/sec, 2775 bytes/write."];

export function stFlash(_: Voice, version = "1.7.0"): string[] {
  return ["st-flash write firmware.bin 0x8000000", `st-flash ${version}`];
}

export const stFlashF1 =
  "2023-03-01T10:11:12 INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.";

export function stFlashErased(): string[] {
  return [
    stFlashF1,
    "file firmware.bin md5 checksum: 5f4dcc3b5aa765d61d8327deb882cf99, stlink checksum: 0x0007a120",
    "2023-03-01T10:11:12 INFO common.c: Attempting to write 11100 (0x2b5c) bytes to stm32 address: 134217728 (0x8000000)",
    "2023-03-01T10:11:12 INFO common.c: Flash page at addr: 0x08000000 erased",
    "2023-03-01T10:11:13 INFO common.c: Finished erasing 11 pages of 1024 (0x400) bytes",
    "2023-03-01T10:11:13 INFO common.c: Starting Flash write for VL/F0/F3/F1_XL",
    "2023-03-01T10:11:13 INFO flash_loader.c: Successfully loaded flash loader in sram",
  ];
}

export function pyocdStart(v: Voice, target = "stm32f103c8"): string[] {
  return [
    `$ pyocd load -t ${target} firmware.elf`,
    `0000511 I Target type is ${target} [board]`,
    `0000530 D STLink probe ${v.serial} firmware version: ${v.firmware} [stlink]`,
  ];
}

export const pyocdConnected = [
  "0000601 I DP IDR = 0x1ba01477 (v1 rev1) [dap]",
  "0000622 I AHB-AP#0 IDR = 0x14770011 (AHB-AP var1 rev1) [discovery]",
  "0000633 I AHB-AP#0 Class 0x1 ROM table #0 @ 0xe00ff000 (designer=020:ST part=410) [rom_table]",
  "0000651 I CPU core #0: Cortex-M3 r1p1, v7.0-M architecture [cortex_m]",
  "0000655 I 4 hardware watchpoints [dwt]",
  "0000658 I 6 hardware breakpoints, 4 literal comparators [fpb]",
];

export function probeRsStart(v: Voice, chip = "STM32F103C8"): string[] {
  return [
    "    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.06s",
    `     Running \`probe-rs run --chip ${chip} ${v.folder}/target/thumbv7m-none-eabi/debug/blinky\``,
  ];
}

export function probeRsFailed(...causes: string[]): string[] {
  return [
    "Error: Connecting to the chip was unsuccessful.",
    "",
    "Caused by:",
    ...causes.map((cause, i) => `    ${i}: ${cause}`),
  ];
}

export function cortexDebug(v: Voice): string[] {
  return [
    "Cortex-Debug: VSCode debugger extension version 1.12.1 git(652d042). Usage info: https://github.com/Marus/cortex-debug#usage",
    `Reading symbols from arm-none-eabi-objdump --syms -C -h -w ${v.folder}/build/firmware.elf`,
    `Launching GDB: arm-none-eabi-gdb -q --interpreter=mi2`,
    `Launching gdb-server: openocd -c "gdb_port 50000" -c "tcl_port 50001" -c "telnet_port 50002" -s ${v.folder} -f interface/stlink.cfg -f target/stm32f1x.cfg`,
    "    Please check TERMINAL tab (gdb-server) for output from openocd",
  ];
}
