/** ST's own tools: STM32CubeProgrammer 2.x, ST-LINK Utility, ST-LINK_gdbserver and STM32CubeIDE. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|not-enough-to-tell|target-no-power|firmware-low-power";

const programmer = [
  "      -------------------------------------------------------------------",
  "                       STM32CubeProgrammer v2.16.0                  ",
  "      -------------------------------------------------------------------",
];
const probe = [...programmer, "ST-LINK SN  : 066DFF363154413043211234", "ST-LINK FW  : V2J43S7", "Voltage     : 3.26V"];
const chip = [
  ...probe,
  "SWD freq    : 4000 KHz",
  "Connect mode: Normal",
  "Reset mode  : Software reset",
  "Device ID   : 0x421",
  "Revision ID : Rev A",
  "Device name : STM32F446xx",
  "Flash size  : 512 KBytes",
  "Device type : MCU",
];
const server = [
  "STMicroelectronics ST-LINK GDB server. Version 7.8.0",
  "Copyright (c) 2024, STMicroelectronics. All rights reserved.",
];

export const stToolMessages: readonly MessageGroup[] = [
  {
    tool: "STM32CubeProgrammer and a file that is no HEX",
    before: [...chip, "Memory Programming ...", "Opening and parsing file: boot.hex"],
    messages: [
      [
        "Error: Parsing fail\nError: In line 7 :\nError: parsing count, expecting hex digit, found '<'",
        "program-unusable",
      ],
    ],
  },
  {
    tool: "what runs STM32CubeProgrammer",
    before: ["$ arduino-cli upload"],
    messages: [
      ["STM32_Programmer_CLI not found.", "cubeprogrammer-missing"],
      ["sh: 1: STM32_Programmer_CLI.sh: not found", "cubeprogrammer-missing"],
    ],
  },
  {
    tool: "ST-LINK_gdbserver, an erase after which the core tells nothing",
    before: server,
    messages: [
      [
        "Error: Mass erase operation failed. Please verify flash protection\nST-LINK device status: UNKNOWN\nDebugger connection lost.",
        "flash-refused",
      ],
      ["Error: Mass erase operation failed. Please verify flash protection", "flash-protected"],
      ["Error: failed to erase memory", "flash-refused"],
    ],
  },
  {
    tool: "STM32CubeIDE at a chip of two cores",
    before: ["STM32CubeIDE 1.14.0"],
    messages: [
      [
        "'Launching motor_CM7 Debug' has encountered a problem.\nFailed to start GDB server\nReason: (4) No device found on target.",
        "supply-configuration",
      ],
      [
        "'Launching motor Debug' has encountered a problem.\nFailed to start GDB server\nReason: (4) No device found on target.",
        "target-silent",
      ],
    ],
  },
  {
    tool: "STM32CubeProgrammer without a probe",
    before: programmer,
    messages: [
      ["Error: Wrong ST-LINK serial number", "probe-serial-missing|probe-none"],
      ["Error: Wrong command line option: -xx", "option-unknown"],
      ["Voltage     : 0.02V\nError: Unable to get core ID\nError: Cannot connect to access port 0!", "target-no-power"],

      ["Error: No debug probe detected.", "probe-none"],
      ["Error: No ST-LINK detected!", "probe-none"],
      ["Error: No STLink detected!", "probe-none"],
      ["Error: ST-LINK error (DEV_CONNECT_ERR)", "probe-busy|probe-usb-trouble|not-enough-to-tell"],
      ["Error: ST-LINK error (DEV_USB_COMM_ERR)", "probe-usb-trouble"],
      ["Error: Wrong serial number, no ST-LINK with SN 066D found", "probe-serial-missing|probe-none"],
      ["Error: ST-LINK is already used by another application", "probe-busy"],
      ["Error: Old ST-LINK firmware!", "probe-firmware-old"],
      ["Error: Old ST-LINK firmware version. Please upgrade ST-LINK firmware!", "probe-firmware-old"],
      ["Error: Wrong connect command", "option-unknown|not-enough-to-tell"],
      ["Error: Wrong command syntax", "option-unknown|not-enough-to-tell"],
      ["Error: Unknown command: -wr", "option-unknown|not-enough-to-tell"],
      ["Error: Wrong number of arguments", "option-unknown|not-enough-to-tell"],
      ["Error: Cannot open port COM5: Access denied", "serial-port-unavailable"],
      [
        "Error: Activating device: KO. Please, verify the boot mode configuration and check the serial port configuration. Reset your device then try again...",
        "boot-loader-silent",
      ],
      ["Error: Target device not found\nError: No STM32 device in DFU mode connected", "boot-loader-silent"],
      ["Error: File does not exist: build/app.elf", "file-missing"],
      ["Error: Wrong file path", "file-missing"],
      ["Error: Wrong or missing address for binary file", "option-unknown|image-outside-flash|not-enough-to-tell"],
      [
        "libusb: error [get_usbfs_fd] libusb couldn't open USB device /dev/bus/usb/001/009, errno=13\nError: No STLink detected!",
        "probe-permission",
      ],
      [
        "STM32_Programmer_CLI: error while loading shared libraries: libQt6Core.so.6: cannot open shared object file",
        "library-missing",
      ],
      [
        'qt.qpa.plugin: Could not load the Qt platform plugin "xcb" in "" even though it was found.',
        "library-missing|versions-differ|not-enough-to-tell",
      ],
    ],
  },
  {
    tool: "STM32CubeProgrammer with a probe",
    before: probe,
    messages: [
      ["Error: Could not verify ST device! Abort connection.", "chip-not-genuine"],

      ["Error: Unable to get core ID", silent],
      [
        "Error: No STM32 target found! If your product embeds Debug Authentication, please perform a discovery using Debug Authentication",
        silent,
      ],
      ["Error: Target is held under reset", "nrst-held-low"],
      ["Error: ST-LINK error (DEV_TARGET_HELD_UNDER_RESET)", "nrst-held-low"],
      ["Error: ST-LINK error (DEV_TARGET_CMD_ERR)", silent],
      ["Error: ST-LINK error (DEV_TARGET_COMM_ERR)", `${silent}|wire-noisy|wire-clock-too-fast`],
      ["Error: ST-LINK error (DEV_UNKNOWN_MCU_TARGET)", "chip-unknown|tool-lacks-chip|not-enough-to-tell"],
      ["Error: Cannot connect to access port 1!", "access-port-closed|access-port-wrong|second-core-off"],
      ["Error: Cannot identify the device", "chip-unknown|not-enough-to-tell"],
      ["Error: Device not supported", "chip-unknown|tool-lacks-chip|not-enough-to-tell"],
      ["Error: Unknown device (DevID = 0x4A5)", "chip-unknown|tool-lacks-chip"],
      ["Error: Core is locked up", "core-lockup|vector-table-empty"],
      ["Error: failed to reconnect after reset !", silent],
      ["Error: Target connection lost", "target-lost"],
    ],
  },
  {
    tool: "STM32CubeProgrammer at a chip",
    before: chip,
    messages: [
      ["Error: Wrong verify command use: it must be performed just after write command", "option-unknown"],
      ["Error: Wrong format of the file", "program-unusable"],
      ["Error: The file doesn't exist: b.hex", "file-missing"],
      ["Error: Data read failed", "flash-refused|read-protected|not-enough-to-tell"],
      ["Error: failed to read memory", "flash-refused|read-protected|not-enough-to-tell"],
      ["Error: failed to erase memory", "flash-protected|write-protected|flash-refused"],
      [
        "Error: Mass erase operation failed. Please verify flash protection",
        "flash-protected|write-protected|flash-refused|read-protected",
      ],
      ["Error: Sector erase operation failed", "flash-protected|write-protected|flash-refused"],
      ["Error: Flash memory is write protected", "write-protected|flash-protected"],
      ["Error: failed to write memory", "flash-refused|flash-protected"],
      ["Error: failed to download Sector[0]", "flash-refused|flash-protected"],
      ["Error: failed to download the File", "flash-refused"],
      ["Error: Download operation failed", "flash-refused|not-enough-to-tell"],
      ["Error: Data mismatch found at address 0x08000100 (byte = 0x00 instead of 0xFF)", "flash-differs"],
      ["Error: Verification failed: data mismatch", "flash-differs"],
      ["Error: Size of file exceeds flash memory size", "image-too-large|image-outside-flash"],
      ["Error: Address 0x90000000 is not valid", "image-outside-flash|not-enough-to-tell|elf-external-without-loader"],
      ["Error: Memory address 0x20020000 is out of range", "image-outside-flash|not-enough-to-tell"],
      ["Error: Failed to set the option byte nSWBOOT0", "option-bytes-wrong|flash-refused|not-enough-to-tell"],
      [
        "Error: Failed to load external loader",
        "external-loader|loader-init-failed|loader-failed|not-enough-to-tell|file-missing",
      ],
      ["Error: Failed to initialize External Loader", "loader-init-failed|loader-failed|external-loader"],
      ["Error: External Loader file does not exist: N25Q.stldr", "file-missing"],
      ["Error: Read Out Protection is activated, please disable it", "read-protected"],
      ["Warning: The core is locked up", "core-lockup|vector-table-empty"],
      ["Error: Unable to halt the core", "core-does-not-halt"],
      ["Error: Lost connection to device", "target-lost"],
    ],
  },
  {
    tool: "ST-LINK_gdbserver",
    before: server,
    messages: [
      ["STM32CubeProgrammer could not be found at the given path", "cubeprogrammer-missing"],
      [
        "Could not verify ST device! Please verify that the latest version of the GDB-server is used for the connection.",
        "chip-not-genuine",
      ],

      ["Error in initializing ST-LINK device.\nReason: No ST-LINK detected.", "probe-none"],
      ["Error in initializing ST-LINK device.\nReason: Device connect error.", "probe-busy|probe-usb-trouble"],
      ["Error in initializing ST-LINK device.\nReason: (4) No device found on target.", silent],
      ["Error in initializing ST-LINK device.\nReason: ST-LINK firmware upgrade required.", "probe-firmware-old"],
      ["Error in initializing ST-LINK device.\nReason: Target device held under reset.", "nrst-held-low"],
      ["Failed to bind to port 61234, error code -1: Address already in use", "port-taken"],
      ['Couldn\'t locate STM32CubeProgrammer in "/opt/st".', "cubeprogrammer-missing"],
      ["PARSE ERROR: Argument: --foo\n             Couldn't find match for argument", "option-unknown"],
      ["Error: cannot load libSTLinkUSBDriver.dylib: image not found", "library-missing"],
      ["Not able to connect to server", "probe-shared-server|probe-server-absent"],
      ["Target is not responding, retrying...", "target-lost"],
      [
        "Download verified successfully\nTarget is not responding, retrying...\nTarget is not responding, retrying...",
        "firmware-disables-swd|firmware-low-power",
      ],
    ],
  },
  {
    tool: "STM32CubeIDE",
    before: ["STM32CubeIDE 1.14.0"],
    messages: [
      ["Error in final launch sequence:\n\nFailed to start GDB server", "gdb-server-gone|not-enough-to-tell"],
      [
        "Error in final launch sequence:\nFailed to execute MI command:\ntarget remote localhost:61234\n\nError message from debugger back end:\nlocalhost:61234: Connection timed out.",
        "gdb-server-gone",
      ],
      [
        'Error in final launch sequence:\nFailed to execute MI command:\nload "C:/ws/app/Debug/app.elf"\n\nError message from debugger back end:\nLoad failed',
        "image-outside-flash",
      ],
      ["Could not determine GDB version using command: arm-none-eabi-gdb --version", "gdb-missing"],
      ["Program file does not exist\nC:\\ws\\app\\Debug\\app.elf not found", "file-missing"],
      [
        "Error: Could not verify ST device! Please verify that the latest version of the GDB-server is used for the connection.",
        "server-not-st|gdb-server-gone|not-enough-to-tell|chip-not-genuine|probe-clone",
      ],
      ["No ST-LINK detected! Please connect ST-LINK and restart the debug session.", "probe-none"],
      [
        "Target is not connected. Failed to start GDB server\nError: ST-LINK: 0667 not found",
        "probe-serial-missing|not-enough-to-tell|gdb-server-gone",
      ],
      ["The ST-LINK firmware is not up to date. ST-LINK firmware upgrade required", "probe-firmware-old"],
      ["Launching app has encountered a problem.\nProject 'app' does not exist", "launch-value-wrong"],
      [
        'Break at address "0x1fff3dc2" with no debug information available, or outside of program code.',
        "boot-not-from-flash",
      ],
      ["Error: Failed to launch the ST-LINK GDB server: address already in use", "port-taken"],
    ],
  },
  {
    tool: "ST-LINK Utility",
    before: ["STM32 ST-LINK CLI v3.6.0.0", "STM32 ST-LINK Command Line Interface"],
    messages: [
      ["No ST-LINK detected!", "probe-none"],
      ["No target connected", silent],
      [
        'Can not connect to target!\nIf the target is in low power mode, please enable "Debug in Low Power mode" option from Target->settings menu',
        silent,
      ],
      ["ST-LINK is already used by another application.", "probe-busy"],
      ["ST-LINK USB communication error", "probe-usb-trouble"],
      [
        "Old ST-LINK firmware version detected.\nPlease upgrade it from ST-LINK->'Firmware update' menu.",
        "probe-firmware-old",
      ],
      ["Internal command error", `${silent}|wire-noisy`],
      ["Could not set Core in Debug mode!", "core-does-not-halt"],
      ["Can not read memory!\nDisable Read Out Protection and retry.", "read-protected"],
      ["Error occured during program operation!", "flash-refused"],
      ["Error occurred during flash erase", "flash-refused|flash-protected|write-protected"],
      ["Programmation error @0x08000000!", "flash-refused"],
      ["Unknown target!", "chip-unknown|tool-lacks-chip"],
      ["Unable to open file!", "file-missing|not-enough-to-tell"],
    ],
  },
  {
    tool: "STM32CubeProgrammer at ST's boot loader over a UART",
    before: [
      "STM32CubeProgrammer v2.13.0",
      "Serial Port COM7 is successfully opened.",
      "Port configuration: parity = even, baudrate = 115200, data-bit = 8, stop-bit = 1.0, flow-control = off",
      "Activating device: OK",
      "Chip ID: 0x467",
      "BootLoader protocol version: 3.1",
      "Device name : STM32G0B1xx/C1xx",
    ],
    messages: [
      ["Mass erase ...\nError: Mass erase operation failed. Please verify flash protection", "flash-refused"],
      ["Error: Unable to get core ID", "not-enough-to-tell|none"],
      ["Error: Connection to target lost", "not-enough-to-tell|none"],
    ],
  },
  {
    tool: "STM32CubeProgrammer's trace of an erase",
    before: [],
    messages: [
      [
        "Error: failed to erase memory\n10:00:00:001 : MASS ERASE ...\n10:00:00:002 : halt ap 0\n10:00:00:003 : w ap 0 reg 15 PC (0x20000000)\n10:00:00:004 : Init flashloader...",
        "flash-protected|flash-refused",
      ],
    ],
  },
  {
    tool: "ST-LINK_gdbserver after a download",
    before: [
      "STMicroelectronics ST-LINK GDB server. Version 5.6.0",
      "Waiting for debugger connection...",
      "Debugger connected",
      "Download verified successfully",
    ],
    messages: [["(Read)Failed determine breakpoint type\nError! Failed to read target status", "not-enough-to-tell"]],
  },
];
