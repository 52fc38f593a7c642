/** probe-rs 0.12 to 0.24 and its front ends: their messages, behind the line that starts them. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|not-enough-to-tell|target-no-power";
const behindThePort = "firmware-low-power|core-does-not-halt|not-enough-to-tell|access-port-closed";
const run = ["     Running `probe-rs run --chip STM32F446RETx target/thumbv7em-none-eabihf/debug/app`"];
const attached = [...run, "      Erasing ✔ 100% [####################]  16.00 KiB @  20.46 KiB/s (took 1s)"];

export const probeRsMessages: readonly MessageGroup[] = [
  {
    tool: "probe-rs, before the core was reached",
    before: run,
    messages: [
      ["Error: No RAM defined for target: STM32F446RETx.", "tool-lacks-chip"],
      [
        "    1: The AP with address FullyQualifiedApAddress { dp: Default, ap: V1(0) } does not exist.",
        "access-port-closed",
      ],
      [
        "    1: The AP with address FullyQualifiedApAddress { dp: Default, ap: V1(3) } does not exist.",
        "second-core-off",
      ],
      ["    1: Error reading ROM table.", behindThePort],
      ["    1: The debug port version 15 is not supported.", silent],
      ["    1: Failed to parse register DPIDR from 0x00000000", silent],
      ["    1: An error occurred in the SWD communication between probe and device.", "wire-noisy"],
      ["Error: Core 1 not found", "not-enough-to-tell"],
      ["Error: No core can access the NVM region NvmRegion { name: None }.", "tool-lacks-chip"],
      [
        "Error: Adding data for addresses 08000000..08000010 overlaps previously added data for addresses 08000008..08000100.",
        "program-unusable",
      ],
      ["Error: Probe could not be opened: access denied", "probe-permission"],
      ["error: invalid value 'fast' for '--speed <SPEED>'", "option-unknown"],
      [
        "Error: Failed to open probe: Probe could not be created\nCaused by: The interface is claimed by another process",
        "probe-busy",
      ],

      [
        "Error: Failed to open probe\n\nCaused by:\n    0: USB Communication Error\n    1: device or resource busy",
        "probe-busy",
      ],
      [
        "Error: Failed to open file 'app.elf' for flashing\n\nCaused by:\n    No such file or directory (os error 2)",
        "file-missing",
      ],

      [
        "Error: Trying to write flash, but found more than one suitable flash loader algorithm marked as default for NvmRegion",
        "tool-lacks-chip",
      ],
      [
        "Error: Trying to write flash, but no suitable flash loader algorithm is linked to the given target information.",
        "tool-lacks-chip",
      ],
      [
        "Debug Port: DPv2, DP Designer: STMicroelectronics\n0 MemoryAP (AmbaAhb3)\n    Error during access: gearbox refused",
        "not-enough-to-tell",
      ],
      ["Error: No connected probes were found.", "probe-none"],
      ["Error: no probe was found.", "probe-none"],
      ["Error: Probe not found", "probe-none|probe-serial-missing"],
      ["Error: No debug probes were found. Make sure that your probe is connected.", "probe-none"],
      ["Error: 2 probes were found: ST-Link V2, ST-Link V3", "option-unknown"],
      [
        "Error: Multiple probes found\n    The following devices were found:\n    [0]: STLink V2-1",
        "probe-serial-missing|not-enough-to-tell|option-unknown",
      ],
      [
        "Error: Failed to open probe\n\nCaused by:\n    0: Failed to open the debug probe.\n    1: Probe could not be created.\n    2: USB Communication Error\n    3: Access denied (insufficient permissions)",
        "probe-permission",
      ],
      [
        "Error: Failed to open probe: Failed to open the debug probe\n    Caused by: Permission denied (os error 13)",
        "probe-permission",
      ],
      ["Error: Failed to open probe: Probe is already in use", "probe-busy"],
      ["Caused by: could not be opened for exclusive access", "probe-busy"],
      ["    2: A USB communication error occurred.\n    3: Operation timed out", "probe-usb-trouble"],
      ["    2: USB Communication Error\n    3: Entity not found", "probe-driver-missing|probe-usb-trouble|probe-none"],
      [
        "Error: Connecting to the chip was unsuccessful.\n\nCaused by:\n    0: The debug probe encountered an error.\n    1: USB error.\n    2: timed out",
        "probe-usb-trouble",
      ],
      ["    1: USB error.\n    2: endpoint stalled", "probe-usb-trouble"],
      ["    1: USB error.\n    2: device disconnected", "probe-unplugged"],
      [
        "ERROR probe_rs::probe::common: Fewer IRs detected than TAPs\nError: An error occurred handling the JTAG scan chain.",
        "jtag-instead-of-swd",
      ],
      ["    2: Device or resource busy (os error 16)", "probe-busy"],
      [
        "Error: The firmware on the probe is outdated: V2J24. Please update it to at least V2J26.",
        "probe-firmware-old",
      ],
      ["Error: The debug probe could not be created.", "probe-permission|probe-busy|not-enough-to-tell|probe-none"],
      ["Error: The protocol 'JTAG' could not be selected.", "probe-unsupported|adapter-unfit|not-enough-to-tell"],
      ["Error: The selected probe does not support the 'JTAG' interface.", "probe-unsupported|adapter-unfit"],
      [
        "Error: The protocol speed could not be set to '50000' kHz.",
        "option-unknown|not-enough-to-tell|wire-clock-too-fast",
      ],
      [
        "Error: The requested speed setting (50000 kHz) is not supported by the debug probe.",
        "option-unknown|not-enough-to-tell|wire-clock-too-fast",
      ],
      [
        "Error: Connecting to the chip was unsuccessful.\n\nCaused by:\n    0: An ARM specific error occurred.\n    1: Error using access port\n    2: Failed to read register DRW at address 0xc\n    3: An error specific to the debug probe occurred: Command failed with status SwdDpError",
        silent,
      ],
      [
        "Error: Connecting to the chip was unsuccessful.\n    Caused by: Target device did not respond to request.",
        silent,
      ],
      ["    1: The target device did not respond to the request.", silent],
      ["Error: Failed to attach to probe\n    Caused by: Failed to find the target or attach to the target.", silent],
      ["    2: No acknowledgement received (NoAcknowledge)", silent],
      ["    3: Target device responded with a FAULT response to the request.", behindThePort],
      ["    3: Target device responded with a WAIT response to the request.", behindThePort],
      ["    3: Command failed with status SwdApFault", behindThePort],
      [
        "    3: Command failed with status SwdDpParityError",
        "wire-noisy|wire-clock-too-fast|wires-open|not-enough-to-tell",
      ],
      ["    3: Command failed with status JtagGetIdcodeError", silent],
      ["Error: Failed to read the ROM table\n    Caused by: The ROM table could not be read", behindThePort],
      ["Error: The debug port is not powered up", behindThePort],
      [
        "Error: Unable to find an AP for the core",
        "access-port-closed|access-port-wrong|not-enough-to-tell|core-does-not-halt|firmware-low-power",
      ],
      ["Error: No core found on the target", `${behindThePort}`],
      [
        "Error: Unable to load specification for chip\n\nCaused by:\n    The connected chip could not automatically be determined.",
        "chip-unknown|not-enough-to-tell|tool-lacks-chip",
      ],
      ["Error: The chip 'STM32F999' was not found in the database.", "tool-lacks-chip"],
      ["Error: Chip not found: stm32h7rs", "tool-lacks-chip"],
      [
        "Error: Found multiple chips matching 'STM32F4', unable to select a single chip. (STM32F401CB, STM32F401CC)",
        "tool-lacks-chip|option-unknown",
      ],
      [
        "Error: Failed to open the chip description 'chip.yaml'.\n    Caused by: No such file or directory (os error 2)",
        "file-missing|not-enough-to-tell",
      ],
      ["Error: Unable to open file 'target/app': No such file or directory (os error 2)", "file-missing"],
      ["error: no such command: `flash`", "program-missing"],
      [
        "error: could not execute process `probe-rs run --chip STM32F446RETx app` (never executed)\n\nCaused by:\n  No such file or directory (os error 2)",
        "program-missing",
      ],
      ["error: linking with `rust-lld` failed: exit status: 1", "not-enough-to-tell|none"],
      [
        "error: the following required arguments were not provided:\n  --chip <CHIP>",
        "option-unknown|not-enough-to-tell",
      ],
      ["error: unexpected argument '--chp' found", "option-unknown"],
      [
        "Error: Timeout while attaching to target under reset. This can happen if the target is not responding to the reset sequence.",
        "core-does-not-halt|nrst-not-wired",
      ],
      [
        "thread 'main' panicked at 'called `Result::unwrap()` on an `Err` value: ProbeNotFound'",
        "probe-none|probe-serial-missing|not-enough-to-tell",
      ],
      ["(HOST) ERROR no probe was found", "probe-none"],
      ["Error: more than one probe found; use --probe to specify which one to use", "option-unknown"],
      ["(HOST) ERROR more than one probe found", "probe-serial-missing|not-enough-to-tell|option-unknown"],
      [
        "Error: `STM32F4` is not a known chip; run `probe-run --list-chips`",
        "tool-lacks-chip|not-enough-to-tell|chip-unknown",
      ],
    ],
  },
  {
    tool: "probe-rs at a core that it reached",
    before: attached,
    messages: [
      ["Caused by:\n    0: Verify failed.", "flash-differs"],
      ["Caused by:\n    0: 0x08100000 is not contained in NvmRegion { name: None }", "image-outside-flash"],

      [
        "Blank check. logical_address: 0x70000000, size: 0x00001000\nFinished programming in 662ms\n WARN probe_rs::probe::stlink: send_jtag_command 242 failed: SwdApFault",
        "loader-controller-off",
      ],
      [
        "ERROR probe_rs::flashing::flasher: Failed to verify flash algorithm. Data mismatch at address 0x30000000",
        "flash-refused",
      ],
      [
        "Error: An ARM specific error occurred.\n\nCaused by:\n    0: The debug probe encountered an error.\n    1: USB\n    2: Pipe error",
        "probe-usb-trouble",
      ],
      ["Error: Failed to erase flash sector at address 0x08000000.", "flash-refused|flash-protected|write-protected"],
      ["Error: The page write of the page at address 0x08000000 failed with error code 1.", "flash-refused"],
      [
        "    2: The execution of 'erase_sector' failed with code 1. This might indicate a problem with the flash algorithm.",
        "flash-refused|flash-protected",
      ],
      ["    2: The execution of 'program_page' failed with code 6.", "flash-refused"],
      [
        "    1: No flash memory contains the entire requested memory range 0x20000000..0x20000100.",
        "image-outside-flash",
      ],
      ["Error: No NVM region contains the requested range 0x90000000..0x90001000", "image-outside-flash"],
      [
        "Error: The data at 0x08080000..0x08080100 is not in any flash region",
        "image-outside-flash|not-enough-to-tell",
      ],
      ["Error: flash content verification failed.", "flash-differs"],
      [
        "    1: The RAM contents did not match the expected contents after loading the flash algorithm.",
        "flash-refused",
      ],
      ["    1: The initialization of the flash algorithm failed.\n    2: A timeout occurred.", "flash-refused"],
      ["    1: The core entered an unexpected status: LockedUp.", "flash-refused|core-lockup"],
      [
        "    1: The core has to be halted for the operation, but was not.",
        "core-does-not-halt|flash-refused|not-enough-to-tell",
      ],
      ["Error: There are no hardware breakpoint units left.", "comparators-used-up|not-enough-to-tell"],
      [
        "Error: Failed to set a hardware breakpoint: all breakpoint units are in use",
        "comparators-used-up|not-enough-to-tell",
      ],
      ["Error: No loadable ELF sections were found.", "program-unusable"],
      ["Error: RTT control block not found in target memory.", "rtt-not-found"],
      ["(HOST) ERROR Max number of RTT attach retries exceeded.", "rtt-not-found"],
      ["Firmware exited unexpectedly: Exception", "firmware-faults"],
      ["WARN probe_rs: Core 0 is locked up", "core-lockup|firmware-faults|not-enough-to-tell|vector-table-empty"],
      ["(HOST) ERROR the program panicked\nFrame 0: HardFault_ @ 0x08000a10", "program-gave-up"],
      [
        "Error: Failed to attach to RTT: An error with the usage of the probe occurred\n    Caused by: A USB communication error occurred.",
        "probe-usb-trouble",
      ],
      ["Error: The target seems to be read protected. Missing permissions to erase all.", "read-protected"],
    ],
  },
];
