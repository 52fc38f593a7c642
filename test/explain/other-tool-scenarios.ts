/** Failures with a known cause as the tools that are not ST's tell them, and what may be concluded from each. */
import {
  cortexDebug,
  gdbLoad,
  gdbLoaded,
  gdbStart,
  loose,
  nucleo,
  openocdExamined,
  openocdF1,
  openocdHalted,
  openocdProbe,
  openocdSilent,
  openocdStart,
  probeRsFailed,
  probeRsStart,
  pyocdConnected,
  pyocdStart,
  stFlash,
  stFlashErased,
  stFlashF1,
  type Voice,
} from "./other-tool-logs.ts";

export interface ToolScenario {
  readonly name: string;
  /** Row of the catalogue of failures that it stands for. */
  readonly row?: number;
  readonly voice: Voice;
  readonly log: (voice: Voice) => readonly string[];
  /** Codes of which the first finding must be one. */
  readonly first: readonly string[];
  /** Other codes that may be told as certain as well. */
  readonly alsoCertain?: readonly string[];
}

/** What a chip that does not answer may have, and no log tells apart. */
const silent = ["target-silent", "wires-open", "firmware-disables-swd", "firmware-low-power", "board-jumpers-off"];
const lostAfterStart = ["firmware-disables-swd", "firmware-low-power"];

function scenario(
  name: string,
  first: readonly string[],
  log: ToolScenario["log"],
  more: Partial<ToolScenario> = {},
): ToolScenario {
  return { name, first, log, voice: loose, ...more };
}

const openocd: readonly ToolScenario[] = [
  scenario(
    "OpenOCD, no power",
    ["target-no-power"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v, "0.003112"),
      "Error: target voltage may be too low for reliable debugging",
      openocdSilent,
    ],
    { row: 20 },
  ),
  scenario("OpenOCD, low voltage whose line is cut off", ["target-no-power"], () => [
    "Info : auto-selecting first available session transport \"hla_swd\". To override use 'transport select <transport>'.",
    "Error: target voltage may be too low for reliable debugging",
    openocdSilent,
  ]),
  scenario("OpenOCD, silent", silent, (v) => [...openocdStart(v), ...openocdProbe(v), openocdSilent], { row: 5 }),
  scenario(
    "OpenOCD, silent on a Nucleo",
    silent,
    (v) => [...openocdStart(v, { target: "stm32f4x" }), ...openocdProbe(v), openocdSilent],
    { row: 7, voice: nucleo },
  ),
  scenario(
    "OpenOCD, silent on a Nucleo under reset",
    ["board-jumpers-off"],
    (v) => [
      ...openocdStart(v, {
        target: "stm32f4x",
        reset: "srst_only separate srst_nogate srst_open_drain connect_assert_srst",
      }),
      ...openocdProbe(v),
      openocdSilent,
    ],
    { row: 7, voice: nucleo },
  ),
  scenario(
    "OpenOCD 0.10, a copy of the F1",
    ["chip-not-genuine"],
    (v) => [
      "Open On-Chip Debugger 0.10.0",
      "Licensed under GNU GPL v2",
      "adapter speed: 1000 kHz",
      "none separate",
      "Info : Unable to match requested speed 1000 kHz, using 950 kHz",
      "Info : STLINK v2 JTAG v34 API v2 SWIM v7 VID 0x0483 PID 0x3748",
      "Info : using stlink api v2",
      `Info : Target voltage: ${v.volts}`,
      "Warn : UNEXPECTED idcode: 0x2ba01477",
      "Error: expected 1 of 1: 0x1ba01477",
      "in procedure 'init' ",
    ],
    { row: 3 },
  ),
  scenario(
    "OpenOCD, a target file for another core",
    ["chip-mismatch"],
    (v) => [
      ...openocdStart(v, { target: "stm32f0x" }),
      ...openocdProbe(v),
      "Warn : UNEXPECTED idcode: 0x0bc11477",
      "Error: expected 1 of 1: 0x0bb11477",
    ],
    { row: 33 },
  ),
  scenario(
    "OpenOCD, a target file for another family",
    ["chip-mismatch"],
    (v) => [
      ...openocdStart(v, { target: "stm32f4x" }),
      ...openocdProbe(v),
      ...openocdExamined("stm32f4x"),
      ...openocdHalted(),
      "Info : device id = 0x20036410",
      "Warn : Cannot identify target as a STM32 family.",
      "Error: auto_probe failed",
    ],
    { row: 33 },
  ),
  scenario(
    "OpenOCD, protected flash",
    ["flash-protected"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      ...openocdHalted(),
      "** Programming Started **",
      ...openocdF1,
      "Error: stm32x device protected",
      "Error: failed erasing sectors 0 to 9",
      "embedded:startup.tcl:1516: Error: ** Programming Failed **",
    ],
    { row: 37 },
  ),
  scenario(
    "OpenOCD, lost once the program runs",
    lostAfterStart,
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      ...openocdHalted(),
      "** Programming Started **",
      ...openocdF1,
      "** Programming Finished **",
      "** Verify Started **",
      "** Verified OK **",
      "** Resetting Target **",
      "Error: jtag status contains invalid mode value - communication failure",
      "Polling target stm32f1x.cpu failed, trying to reexamine",
      "Examination failed, GDB will be halted. Polling again in 100ms",
    ],
    { row: 10 },
  ),
  scenario(
    "OpenOCD, lost on an H745 with the wrong supply",
    ["supply-configuration"],
    (v) => [
      ...openocdStart(v, { target: "stm32h7x" }),
      ...openocdProbe(v),
      ...openocdExamined("stm32h7x"),
      ...openocdHalted(),
      "** Programming Started **",
      "Info : Device: STM32H74x/75x",
      `wrote 131072 bytes from file ${v.folder}/nucleo_H745ZI-Q/fw.elf in 2.5s (51.2 KiB/s)`,
      "** Programming Finished **",
      "** Resetting Target **",
      "Error: jtag status contains invalid mode value - communication failure",
      "Polling target stm32h7x.cpu failed, trying to reexamine",
    ],
    { row: 8, voice: nucleo },
  ),
  scenario(
    "OpenOCD, a core without a program",
    ["vector-table-empty"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      "Error: stm32f1x.cpu -- clearing lockup after double fault",
      "Polling target stm32f1x.cpu failed, trying to reexamine",
      ...openocdHalted("0xfffffffe", "0x01000003", "0xffffffd8", "Handler HardFault"),
    ],
    { row: 46, alsoCertain: ["core-lockup", "firmware-faults"] },
  ),
  scenario("OpenOCD, a program that faults", ["firmware-faults"], (v) => [
    ...openocdStart(v),
    ...openocdProbe(v),
    ...openocdExamined(),
    ...openocdHalted("0x080001f2", "0x81000003", "0x20004fb8", "Handler HardFault"),
  ]),
  scenario(
    "OpenOCD, a lockup with a program",
    ["core-lockup"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      "Error: stm32f1x.cpu -- clearing lockup after double fault",
      ...openocdHalted("0x08000f24", "0x01000003", "0x1ffffff8", "Handler HardFault"),
    ],
    { alsoCertain: ["firmware-faults"] },
  ),
  scenario(
    "OpenOCD, in the boot loader",
    ["boot-not-from-flash"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      ...openocdHalted("0x1ffff3b8", "0x61000000", "0x20001268"),
    ],
    { row: 5 },
  ),
  scenario(
    "OpenOCD, reset line held",
    ["core-does-not-halt", "nrst-held-low"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      "Error: timed out while waiting for target halted",
      "TARGET: stm32f1x.cpu - Not halted",
    ],
    { row: 44 },
  ),
  scenario("OpenOCD and GDB, a reset that does not arrive", ["core-does-not-halt", "nrst-not-wired"], (v) => [
    ...openocdStart(v),
    ...openocdProbe(v),
    "Info : SWD DPIDR 0x1ba01477",
    "Info : STM32F103C8Tx.cpu: hardware has 6 breakpoints, 4 watchpoints",
    "Info : STM32F103C8Tx.cpu: external reset detected",
    "Info : accepting 'gdb' connection on tcp/3333",
    "Error: timed out while waiting for target halted",
    "Error executing event gdb-attach on target STM32F103C8Tx.cpu:",
    "TARGET: STM32F103C8Tx.cpu - Not halted",
    ...openocdF1,
    "Error: Target not halted",
    "Error: failed erasing sectors 0 to 5",
    "Error: flash_erase returned -304",
  ]),
  scenario(
    "OpenOCD, a core that sleeps",
    ["firmware-low-power"],
    (v) => [
      ...openocdStart(v, { target: "stm32f3x" }),
      ...openocdProbe(v),
      "Warn : target stm32f3x.cpu examination failed",
      "Error: jtag status contains invalid mode value - communication failure",
      "Polling target stm32f3x.cpu failed, trying to reexamine",
      "Examination failed, GDB will be halted. Polling again in 100ms",
      "Info : Previous state query failed, trying to reconnect",
    ],
    { row: 11 },
  ),
  scenario("OpenOCD, no probe", ["probe-none"], (v) => [...openocdStart(v), "Error: open failed"], { row: 29 }),
  scenario(
    "OpenOCD, no permission",
    ["probe-permission"],
    (v) => [...openocdStart(v), "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS", "Error: open failed"],
    { row: 31 },
  ),
  scenario(
    "OpenOCD, probe in use",
    ["probe-busy"],
    (v) => [...openocdStart(v), "Error: libusb_claim_interface() failed with LIBUSB_ERROR_BUSY", "Error: open failed"],
    { row: 25 },
  ),
  scenario("OpenOCD, no driver on Windows", ["probe-driver-missing"], (v) => [
    ...openocdStart(v),
    "Error: libusb_open() failed with LIBUSB_ERROR_NOT_SUPPORTED",
    "Error: open failed",
  ]),
  scenario(
    "OpenOCD, port in use",
    ["port-taken"],
    (v) => [...openocdStart(v).slice(0, 7), "Error: couldn't bind tcl to socket on port 6666: Address already in use"],
    { row: 22 },
  ),
  scenario(
    "OpenOCD, configuration of another version",
    ["config-unfit"],
    (v) => [
      ...openocdStart(v).slice(0, 5),
      "embedded:startup.tcl:28: Error: Can't find interface/stlinkv2.cfg",
      "in procedure 'script' ",
      'at file "embedded:startup.tcl", line 28',
    ],
    { row: 52 },
  ),
  scenario(
    "OpenOCD, external flash without a bank",
    ["image-outside-flash"],
    (v) => [
      ...openocdStart(v, { target: "stm32h7x" }),
      ...openocdProbe(v),
      ...openocdExamined("stm32h7x"),
      ...openocdHalted(),
      "** Programming Started **",
      "Warn : no flash bank found for address 0x90000000",
      "embedded:startup.tcl:1516: Error: ** Programming Failed **",
    ],
    { voice: nucleo },
  ),
  scenario("OpenOCD, verification differs", ["flash-differs"], (v) => [
    ...openocdStart(v),
    ...openocdProbe(v),
    ...openocdExamined(),
    ...openocdHalted(),
    "** Programming Started **",
    ...openocdF1,
    "** Programming Finished **",
    "** Verify Started **",
    "Error: checksum mismatch - attempting binary compare",
    "diff 0 address 0x08000400. Was 0xff instead of 0x4b",
    "embedded:startup.tcl:1516: Error: ** Verify Failed **",
  ]),
  scenario("OpenOCD, flash was not erased", ["flash-not-erased"], (v) => [
    ...openocdStart(v),
    ...openocdProbe(v),
    ...openocdExamined(),
    ...openocdHalted(),
    ...openocdF1,
    "Error: stm32x device programming failed / flash not erased",
    "Error: flash write failed just before address 0x8000002",
    "Error: error writing to flash at address 0x08000000 at offset 0x00000000",
  ]),
];

const stlinkOrg: readonly ToolScenario[] = [
  scenario(
    "st-flash 1.4, id not read",
    ["chip-unknown", ...silent],
    () => [
      "st-flash 1.4.0",
      "2018-02-18T15:12:37 INFO src/common.c: Loading device parameters....",
      "2018-02-18T15:12:37 WARN src/common.c: unknown chip id! 0xe0042000",
    ],
    { row: 5 },
  ),
  scenario(
    "st-flash 1.6, id is the probe's",
    silent,
    (v) => [
      ...stFlash(v, "1.6.1"),
      "2020-12-27T11:16:13 WARN common.c: unknown chip id! 0x3748",
      "Failed to connect to target",
    ],
    { row: 5 },
  ),
  scenario(
    "st-flash 1.7, silent",
    silent,
    (v) => [...stFlash(v), "Failed to enter SWD mode", "Failed to connect to target"],
    { row: 5 },
  ),
  scenario("st-info, silent", silent, (v) => [
    "$ st-info --probe",
    "Failed to enter SWD mode",
    "Found 1 stlink programmers",
    `  version:    ${v.firmware}`,
    `  serial:     ${v.serial}`,
    "  flash:      0 (pagesize: 0)",
    "  sram:       0",
    "  chipid:     0x000",
    "  dev-type:   unknown",
  ]),
  scenario("st-info, no probe", ["probe-none"], () => ["$ st-info --probe", "Found 0 stlink programmers"], { row: 29 }),
  scenario("st-flash, no probe", ["probe-none"], (v) => [...stFlash(v, "1.8.0"), "Couldn't find any ST-Link devices"], {
    row: 29,
  }),
  scenario(
    "st-flash, no permission",
    ["probe-permission"],
    (v) => [
      ...stFlash(v),
      "2023-03-01T10:11:12 ERROR usb.c: Could not open USB device 0x0483:0x3748, access error.",
      "2023-03-01T10:11:12 WARN usb.c: Couldn't find any ST-Link devices",
    ],
    { row: 31 },
  ),
  scenario(
    "st-util, probe in use",
    ["probe-busy"],
    () => [
      "st-util 1.7.0",
      "2023-03-01T10:11:12 ERROR usb.c: Stlink usb device found, but unable to claim (probably already in use?)",
    ],
    { row: 25 },
  ),
  scenario("st-flash, a chip that came after it", ["tool-lacks-chip"], () => [
    "st-flash 1.3.0",
    "2019-03-24T20:10:32 INFO common.c: Loading device parameters....",
    "2019-03-24T20:10:32 WARN common.c: unknown chip id! 0x10006463",
  ]),
  scenario("st-flash, loader does not run", ["flash-refused"], (v) => [
    ...stFlash(v),
    ...stFlashErased(),
    "size: 32768",
    "2023-03-01T10:11:53 ERROR flash_loader.c: Flash loader run error",
    "2023-03-01T10:11:53 ERROR common_flash.c: stlink_flash_loader_run(0x8000000) failed! == -1",
    "stlink_fwrite_flash() == -1",
  ]),
  scenario("st-flash, write-protected", ["flash-protected"], (v) => [
    ...stFlash(v),
    stFlashF1,
    "2023-03-01T10:11:12 ERROR common_flash.c: Flash memory is write protected",
    "2023-03-01T10:11:12 ERROR common_flash.c: Failed to erase_flash_page(0x8000000) == -1",
    "stlink_fwrite_flash() == -1",
  ]),
  scenario("st-flash, verification fails", ["flash-differs"], (v) => [
    ...stFlash(v),
    ...stFlashErased(),
    "2023-03-01T10:11:14 INFO common.c: Starting verification of write complete",
    "2023-03-01T10:11:14 ERROR common.c: Verification of flash failed at offset: 0",
    "stlink_fwrite_flash() == -1",
  ]),
  scenario("st-util, port in use", ["port-taken"], () => ["st-util 1.7.0", stFlashF1, "bind: Address already in use"], {
    row: 22,
  }),
  scenario(
    "st-flash, USB trouble",
    ["probe-usb-trouble"],
    (v) => [...stFlash(v), "2023-03-01T10:11:12 ERROR usb.c: [!] send_recv send request failed: LIBUSB_ERROR_TIMEOUT"],
    { row: 27 },
  ),
];

const pyocd: readonly ToolScenario[] = [
  scenario(
    "pyOCD, no acknowledge",
    silent,
    (v) => [
      ...pyocdStart(v),
      "0000630 C SWD/JTAG communication failure (No ACK) [__main__]",
      "Traceback (most recent call last):",
      "pyocd.core.exceptions.TransferError: SWD/JTAG communication failure (No ACK)",
    ],
    { row: 5 },
  ),
  scenario(
    "pyOCD 0.25, ST-LINK says no ID",
    silent,
    () => [
      "0000298:INFO:board:Target type is stm32f103c8",
      "0000364:CRITICAL:__main__:STLink error (9): Get IDCODE error",
      "pyocd.core.exceptions.ProbeError: STLink error (9): Get IDCODE error",
    ],
    { row: 5 },
  ),
  scenario(
    "pyOCD, a core that sleeps",
    ["firmware-low-power"],
    (v) => [
      ...pyocdStart(v, "stm32l475xg"),
      "0000600 C Memory transfer fault (AP fault) @ 0xe000edf0-0xe000edf3 [__main__]",
    ],
    { row: 11 },
  ),
  scenario("pyOCD, flash that cannot be read", ["read-protected"], (v) => [
    ...pyocdStart(v),
    ...pyocdConnected,
    "0000900 C Memory transfer fault (AP fault) @ 0x08000000-0x080003ff [__main__]",
  ]),
  scenario("pyOCD, no probe", ["probe-none"], () => ["$ pyocd list", "No available debug probes are connected"], {
    row: 29,
  }),
  scenario("pyOCD, waits for a serial number", ["probe-serial-missing"], (v) => [
    `$ pyocd gdbserver -u ${v.serial}`,
    `Waiting for a debug probe matching unique ID '${v.serial}' to be connected...`,
  ]),
  scenario(
    "pyOCD, no permission",
    ["probe-permission"],
    (v) => [
      ...pyocdStart(v).slice(0, 2),
      "0000700 C [Errno 13] Access denied (insufficient permissions) [__main__]",
      "usb.core.USBError: [Errno 13] Access denied (insufficient permissions)",
    ],
    { row: 31 },
  ),
  scenario(
    "pyOCD, old firmware",
    ["probe-firmware-old"],
    (v) => [
      ...pyocdStart(v).slice(0, 2),
      `0000530 C STLink ${v.serial} is using an unsupported, older firmware version, V2J20. Please update to the latest STLink firmware. [__main__]`,
    ],
    { row: 21 },
  ),
  scenario("pyOCD, unknown target", ["tool-lacks-chip"], () => [
    "$ pyocd load -t stm32h735ig fw.elf",
    "0000420 C Target type stm32h735ig not recognized. Use 'pyocd list --targets' to see currently available target types. [__main__]",
  ]),
  scenario(
    "pyOCD, erase fails",
    ["flash-refused"],
    (v) => [
      ...pyocdStart(v),
      ...pyocdConnected,
      "0000800 I Loading firmware.elf [load_cmd]",
      "0001200 C flash erase sector failure (address 0x08000000; result code 0x1) [__main__]",
      "pyocd.core.exceptions.FlashEraseFailure: flash erase sector failure (address 0x08000000; result code 0x1)",
    ],
    { row: 37 },
  ),
  scenario("pyOCD, image in external flash", ["image-outside-flash"], (v) => [
    ...pyocdStart(v),
    ...pyocdConnected,
    "0000800 I Loading firmware.elf [load_cmd]",
    "0000900 C no memory region defined for address 0x90000000 [__main__]",
  ]),
  scenario(
    "pyOCD, port in use",
    ["port-taken"],
    (v) => [...pyocdStart(v), ...pyocdConnected, "0000700 C [Errno 98] Address already in use [__main__]"],
    { row: 22 },
  ),
];

const probeRs: readonly ToolScenario[] = [
  scenario(
    "probe-rs, no response",
    silent,
    (v) => [
      ...probeRsStart(v),
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "An error occurred in the communication with an access port or debug port.",
        "Target device did not respond to request.",
      ),
    ],
    { row: 5 },
  ),
  scenario(
    "probe-rs 0.2x, no device",
    silent,
    (v) => [
      ...probeRsStart(v),
      ...probeRsFailed(
        "An error with the usage of the probe occurred",
        "An error which is specific to the debug probe in use occurred.",
        "Command failed with status JtagNoDeviceConnected",
      ),
    ],
    { row: 5 },
  ),
  scenario(
    "probe-rs, no power",
    ["target-no-power"],
    (v) => [
      ...probeRsStart(v),
      " WARN probe_rs::probe::stlink: Target voltage (VAPP) is 0.01 V. Is your target device powered?",
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "The debug probe encountered an error.",
        "Command failed with status JtagGetIdcodeError",
      ),
    ],
    { row: 20 },
  ),
  scenario(
    "probe-rs, core asleep",
    ["core-does-not-halt", "firmware-low-power"],
    (v) => [
      ...probeRsStart(v, "STM32WLE5JC"),
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "The debug probe encountered an error.",
        "An error which is specific to the debug probe in use occurred.",
        "Command failed with status SwdApFault",
      ),
    ],
    { row: 11 },
  ),
  scenario(
    "probe-rs, one of two cores not started or asleep",
    ["second-core-off", "core-does-not-halt"],
    (v) => [
      ...probeRsStart(v, "STM32WL55JC"),
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "The debug probe encountered an error.",
        "An error which is specific to the debug probe in use occurred.",
        "Command failed with status SwdApFault",
      ),
    ],
    { row: 11 },
  ),
  scenario("probe-rs, NRST not wired", ["nrst-not-wired", "core-does-not-halt"], (v) => [
    probeRsStart(v)[0],
    `     Running \`probe-rs run --chip STM32F103C8 --connect-under-reset ${v.folder}/blinky\``,
    "Error: Connecting to the chip was unsuccessful.",
    "",
    "Caused by:",
    "    Timeout while attaching to target under reset. This can happen if the target is not responding to the reset sequence. Ensure the chip's reset pin is connected, or try attaching without reset (`connectUnderReset = false` for DAP Clients, or remove `connect-under-reset` option from CLI options.).",
  ]),
  scenario(
    "probe-rs, no probe",
    ["probe-none"],
    (v) => [...probeRsStart(v), "Error: No connected probes were found."],
    { row: 29 },
  ),
  scenario(
    "cargo-flash, probe cannot be opened",
    ["probe-permission", "probe-busy"],
    () => [
      "$ cargo flash --release --chip STM32F103C8",
      "       Error Failed to open the debug probe.",
      "",
      "        Hint This could be a permission issue. Check our guide on how to make all probes work properly on your system",
    ],
    { row: 31 },
  ),
  scenario(
    "probe-rs, old firmware",
    ["probe-firmware-old"],
    (v) => [
      ...probeRsStart(v),
      "Error: Failed to open probe: The firmware on the probe is outdated, and not supported by probe-rs.",
    ],
    { row: 21 },
  ),
  scenario("probe-rs, unknown chip", ["tool-lacks-chip"], (v) => [
    ...probeRsStart(v, "STM32F103C9"),
    "Error: The chip 'STM32F103C9' was not found in the database.",
  ]),
  scenario("probe-rs, page write fails", ["flash-refused"], (v) => [
    ...probeRsStart(v),
    "      Erasing \u2714 100% [####################]  15.00 KiB @  46.78 KiB/s (took 0s)",
    "Error: Failed to flash",
    "",
    "Caused by:",
    "    0: The page write of the page at address 0x08000000 failed.",
    "    1: The execution of 'program_page' failed with code 1. This might indicate a problem with the flash algorithm.",
  ]),
  scenario("probe-rs, image outside of flash", ["image-outside-flash"], (v) => [
    ...probeRsStart(v),
    "Error: Failed to flash",
    "",
    "Caused by:",
    "    No flash memory contains the entire requested memory range: 0x08010000..0x08012000.",
  ]),
  scenario("probe-rs, a panic in HardFault", ["firmware-faults"], (v) => [
    ...probeRsStart(v),
    "    Finished in 1.23s",
    "WARN  probe_rs::cmd::run: Core 0 halted: exception",
    "Frame 0: HardFault @ 0x08000a12",
  ]),
];

const clients: readonly ToolScenario[] = [
  scenario("GDB, no server", ["gdb-server-gone"], (v) => [...gdbStart(v), "localhost:3333: Connection refused."]),
  scenario("GDB, the server went away", ["gdb-server-gone"], (v) => [
    ...gdbStart(v),
    "Remote debugging using localhost:3333",
    "0x08000268 in Reset_Handler ()",
    "(gdb) continue",
    "Continuing.",
    "Remote connection closed",
  ]),
  scenario(
    "GDB, load refused",
    ["flash-refused"],
    (v) => [
      ...gdbStart(v, 61234),
      "Remote debugging using localhost:61234",
      "0x08000268 in Reset_Handler ()",
      ...gdbLoad().slice(0, 2),
      "Error finishing flash operation",
    ],
    { row: 37 },
  ),
  scenario("GDB, a section in external memory", ["image-outside-flash"], (v) => [
    ...gdbStart(v),
    "Remote debugging using localhost:3333",
    "0x08000268 in Reset_Handler ()",
    ...gdbLoad(),
    "Loading section .extflash, size 0x4000 lma 0x90000000",
    "Load failed",
  ]),
  scenario("GDB, in the fault handler", ["firmware-faults"], (v) => [
    ...gdbStart(v),
    "Remote debugging using localhost:3333",
    ...gdbLoad(),
    ...gdbLoaded,
    "(gdb) continue",
    "Continuing.",
    "^C",
    "Program received signal SIGINT, Interrupt.",
    "HardFault_Handler () at ../Core/Src/stm32f1xx_it.c:90",
    "90\t  while (1)",
  ]),
  scenario("GDB, no handler", ["unhandled-interrupt"], (v) => [
    ...gdbStart(v),
    "Remote debugging using localhost:3333",
    ...gdbLoad(),
    ...gdbLoaded,
    "(gdb) continue",
    "Continuing.",
    "^C",
    "Program received signal SIGINT, Interrupt.",
    "Default_Handler () at startup_stm32f103c8tx.s:100",
    "100\t  b Infinite_Loop",
  ]),
  scenario(
    "GDB, nothing in flash",
    ["vector-table-empty"],
    (v) => [...gdbStart(v), "Remote debugging using localhost:3333", "0xfffffffe in ?? ()"],
    { row: 46 },
  ),
  scenario("GDB, comparators used up", ["comparators-used-up"], (v) => [
    ...gdbStart(v),
    "Remote debugging using localhost:3333",
    "0x08000268 in Reset_Handler ()",
    "(gdb) continue",
    "Continuing.",
    "Warning:",
    "Cannot insert hardware breakpoint 7.",
    "Could not insert hardware breakpoints:",
    "You may have requested too many hardware breakpoints/watchpoints.",
  ]),
  scenario("cortex-debug, OpenOCD is not installed", ["program-missing"], (v) => [
    ...cortexDebug(v),
    "Failed to launch OpenOCD GDB Server: Error: spawn openocd ENOENT",
  ]),
  scenario("cortex-debug, server did not start, no reason", ["gdb-server-gone"], (v) => [
    ...cortexDebug(v),
    "Failed to launch OpenOCD GDB Server: Timeout.",
  ]),
  scenario(
    "cortex-debug and OpenOCD, silent",
    silent,
    (v) => [
      ...cortexDebug(v),
      "SERVER CONSOLE DEBUG: onBackendConnect: gdb-server session connected",
      ...openocdStart(v),
      ...openocdProbe(v),
      openocdSilent,
      "[2023-06-26T19:37:37.428Z] SERVER CONSOLE DEBUG: onBackendConnect: gdb-server session closed",
      "OpenOCD: GDB Server Quit Unexpectedly. See gdb-server output in TERMINAL tab for more details.",
    ],
    { row: 5 },
  ),
  scenario("cortex-debug and OpenOCD, configuration of another version", ["config-unfit"], (v) => [
    ...cortexDebug(v),
    ...openocdStart(v).slice(1, 5),
    "embedded:startup.tcl:26: Error: Can't find target/stm32f4xx.cfg",
    "Failed to launch OpenOCD GDB Server: Timeout.",
  ]),
  scenario(
    "OpenOCD and GDB, protected",
    ["flash-protected"],
    (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      "Info : accepting 'gdb' connection on tcp/3333",
      ...openocdHalted(),
      ...openocdF1,
      ...gdbStart(v),
      "Remote debugging using localhost:3333",
      ...gdbLoad().slice(0, 1),
      "Error: stm32x device protected",
      "Error: failed erasing sectors 0 to 63",
      "Error: flash_erase returned -304",
      "Error erasing flash with vFlashErase packet",
    ],
    { row: 37 },
  ),
  scenario(
    "J-Link, silent",
    silent,
    () => [
      "SEGGER J-Link GDB Server V7.88j Command Line Version",
      "Connecting to J-Link...",
      "J-Link is connected.",
      "Firmware: J-Link V9 compiled May  7 2021 16:26:12",
      "Checking target voltage...",
      "Target voltage: 3.29 V",
      "Listening on TCP/IP port 2331",
      "Connecting to target...",
      "ERROR: Could not connect to target.",
      "Target connection failed. GDBServer will be closed...",
    ],
    { row: 5 },
  ),
  scenario("J-Link, device not told", ["tool-lacks-chip"], () => [
    "Connecting to J-Link...",
    "J-Link is connected.",
    "Failed to get index for device name 'Unspecified'.GDBServer will be closed...",
    "Could not connect to target.",
    "Please check power, connection and settings.",
  ]),
];

/** What boards and chips do that a program of ST's shows as well. */
function programmerStart(v: Voice, board: string): string[] {
  return [
    "                       STM32CubeProgrammer v2.17.0                  ",
    `ST-LINK SN  : ${v.serial}`,
    "ST-LINK FW  : V3J13M4",
    `Board       : ${board}`,
    "Voltage     : 3.29V",
  ];
}
const noTarget =
  "Error: No STM32 target found! If your product embeds Debug Authentication, please perform a discovery using Debug Authentication";

const boards: readonly ToolScenario[] = [
  scenario(
    "an H7A3 that does not answer",
    ["supply-configuration", "firmware-low-power"],
    (v) => [...programmerStart(v, "NUCLEO-H7A3ZI-Q"), noTarget],
    { row: 9 },
  ),
  scenario(
    "a chip that resets again and again",
    ["resets-again-and-again", "watchdog-resets"],
    (v) => [
      ...openocdStart(v, { target: "stm32h7x" }),
      ...openocdProbe(v),
      ...openocdExamined("stm32h7x"),
      ...Array.from({ length: 5 }, () => "Info : stm32h7x.cpu: external reset detected"),
    ],
    { row: 40, voice: nucleo },
  ),
  scenario(
    "a WB that is gone after its option bytes were written",
    ["option-bytes-wrong"],
    (v) => [
      ...programmerStart(v, "NUCLEO-WB55RG"),
      "Device ID   : 0x495",
      "Device name : STM32WB5x",
      "OPTION BYTE PROGRAMMING VERIFICATION:",
      "Option Bytes successfully programmed",
      ...programmerStart(v, "NUCLEO-WB55RG"),
      "Error: No STM32 target found!",
    ],
    { row: 41 },
  ),
  scenario(
    "a WBA whose boot jumper is wrong",
    ["board-jumpers-off"],
    (v) => [...programmerStart(v, "NUCLEO-WBA55CG"), noTarget],
    { row: 42 },
  ),
];

export const toolScenarios: readonly ToolScenario[] = [
  ...boards,
  ...openocd,
  ...stlinkOrg,
  ...pyocd,
  ...probeRs,
  ...clients,
];

/** Sessions in which nothing went wrong. */
export const healthyTools: readonly Pick<ToolScenario, "name" | "voice" | "log">[] = [
  {
    name: "OpenOCD programs",
    voice: loose,
    log: (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      ...openocdHalted(),
      "** Programming Started **",
      ...openocdF1,
      "** Programming Finished **",
      "** Verify Started **",
      "** Verified OK **",
      "** Resetting Target **",
      "shutdown command invoked",
    ],
  },
  {
    name: "OpenOCD with a second device that has no driver",
    voice: nucleo,
    log: (v) => [
      ...openocdStart(v, { target: "stm32f4x" }),
      "Error: libusb_open() failed with LIBUSB_ERROR_NOT_SUPPORTED",
      ...openocdProbe(v),
      ...openocdExamined("stm32f4x", 50000),
    ],
  },
  {
    name: "OpenOCD programs an empty chip",
    voice: loose,
    log: (v) => [
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined(),
      "Error: stm32f1x.cpu -- clearing lockup after double fault",
      "Polling target stm32f1x.cpu failed, trying to reexamine",
      ...openocdExamined().slice(0, 1),
      ...openocdHalted("0xfffffffe", "0x01000000", "0xfffffffc"),
      "** Programming Started **",
      ...openocdF1,
      "** Programming Finished **",
      "** Verify Started **",
      "** Verified OK **",
      "** Resetting Target **",
    ],
  },
  {
    name: "st-flash programs",
    voice: loose,
    log: (v) => [
      ...stFlash(v),
      ...stFlashErased(),
      "  11/11 pages written",
      "2023-03-01T10:11:14 INFO common.c: Starting verification of write complete",
      "2023-03-01T10:11:14 INFO common.c: Flash written and verified! jolly good!",
    ],
  },
  {
    name: "st-info finds a probe and a chip",
    voice: loose,
    log: (v) => [
      "$ st-info --probe",
      "Found 1 stlink programmers",
      `  version:    ${v.firmware}`,
      `  serial:     ${v.serial}`,
      "  flash:      65536 (pagesize: 1024)",
      "  sram:       20480",
      "  chipid:     0x0410",
      "  descr:      F1xx Medium-density",
    ],
  },
  {
    name: "st-util serves GDB",
    voice: loose,
    log: () => [
      "st-util 1.7.0",
      stFlashF1,
      "2023-03-01T10:11:12 INFO gdb-server.c: Listening at *:4242...",
      "2023-03-01T10:11:20 INFO gdb-server.c: GDB connected.",
    ],
  },
  {
    name: "pyOCD programs",
    voice: loose,
    log: (v) => [
      ...pyocdStart(v),
      ...pyocdConnected,
      "0000800 I Loading firmware.elf [load_cmd]",
      "[==================================================] 100%",
      "0001286 I Erased 11264 bytes (11 sectors), programmed 11264 bytes (11 pages), skipped 0 bytes (0 pages) at 12.43 kB/s [loader]",
    ],
  },
  {
    name: "pyOCD serves GDB",
    voice: loose,
    log: (v) => [
      ...pyocdStart(v),
      ...pyocdConnected,
      "0000700 I Semihost server started on port 4444 (core 0) [server]",
      "0000702 I GDB server started on port 3333 (core 0) [gdbserver]",
      "0003702 I Client connected to port 3333! [gdbserver]",
    ],
  },
  {
    name: "probe-rs runs",
    voice: loose,
    log: (v) => [
      ...probeRsStart(v),
      "      Erasing \u2714 100% [####################]  15.00 KiB @  46.78 KiB/s (took 0s)",
      "  Programming \u2714 100% [####################]  15.00 KiB @  11.11 KiB/s (took 1s)",
      "     Finished in 1.69s",
      "0.000000 INFO  Hello World!",
    ],
  },
  {
    name: "GDB loads and runs to main",
    voice: loose,
    log: (v) => [
      ...gdbStart(v),
      "Remote debugging using localhost:3333",
      "0x08000268 in Reset_Handler ()",
      ...gdbLoad(),
      ...gdbLoaded,
      "(gdb) tbreak main",
      "Temporary breakpoint 1 at 0x80001b6: file Core/Src/main.c, line 70.",
      "Note: automatically using hardware breakpoints for read-only addresses.",
      "(gdb) continue",
      "Continuing.",
      "",
      "Temporary breakpoint 1, main () at Core/Src/main.c:70",
      "70\t  HAL_Init();",
    ],
  },
  {
    name: "cortex-debug with OpenOCD",
    voice: nucleo,
    log: (v) => [
      ...cortexDebug(v),
      "Finished reading symbols from objdump: Time: 39 ms",
      ...openocdStart(v),
      ...openocdProbe(v),
      ...openocdExamined("stm32f1x", 50000),
      "Output radix now set to decimal 10, hex a, octal 12.",
      "Note: automatically using hardware breakpoints for read-only addresses.",
      "Program stopped, probably due to a reset and/or halt issued by debugger",
    ],
  },
  {
    name: "J-Link serves GDB",
    voice: loose,
    log: () => [
      "SEGGER J-Link GDB Server V7.88j Command Line Version",
      "Connecting to J-Link...",
      "J-Link is connected.",
      "Target voltage: 3.29 V",
      "Listening on TCP/IP port 2331",
      "Connecting to target...",
      "Connected to target",
      "Waiting for GDB connection...Connected to 127.0.0.1",
    ],
  },
];
