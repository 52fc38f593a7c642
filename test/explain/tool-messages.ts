/**
 * What debug tools print when something fails, as their public sources and manuals have it: each message behind the lines
 * that a session of that tool begins with, and the finding that it leads to first.
 */
export interface ToolMessages {
  readonly tool: string;
  /** Lines before the message. */
  readonly before: readonly string[];
  readonly messages: readonly (readonly [message: string, code: string])[];
}

const openocd = [
  "Open On-Chip Debugger 0.12.0",
  "Info : auto-selecting first available session transport \"hla_swd\". To override use 'transport select <transport>'.",
  "Info : The selected transport took over low-level target control. The results might differ compared to plain JTAG/SWD",
  "Info : clock speed 1000 kHz",
  "Info : STLINK V2J39S7 (API v2) VID:PID 0483:3748",
  "Info : Target voltage: 3.253546",
];

const openocdConnected = [
  ...openocd,
  "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected",
  "Info : [stm32f4x.cpu] target has 6 breakpoints, 4 watchpoints",
  "Info : starting gdb server for stm32f4x.cpu on 3333",
];

const cubeProgrammer = [
  "                       STM32CubeProgrammer v2.15.0",
  "ST-LINK SN  : 066DFF363154413043211234",
  "ST-LINK FW  : V2J43S7",
  "Voltage     : 3.26V",
];

const cubeProgrammerConnected = [
  ...cubeProgrammer,
  "SWD freq    : 4000 KHz",
  "Connect mode: Normal",
  "Device ID   : 0x421",
  "Device name : STM32F446xx",
  "Flash size  : 512 KBytes",
];

const stFlash = ["st-flash 1.7.0"];

const stFlashConnected = [
  ...stFlash,
  "2023-01-01T10:00:00 INFO common.c: F4xx: 128 KiB SRAM, 512 KiB flash in at least 16 KiB pages.",
  "2023-01-01T10:00:00 INFO common.c: Attempting to write 15404 (0x3c2c) bytes to stm32 address: 134217728 (0x8000000)",
];

const pyocd = [
  "0000340 I Target type is stm32f103rc [board]",
  "0000345 D STLink probe 066DFF363154413043211234 firmware version: V2J37M27 [stlink]",
];

const probeRs = ["     Running `probe-rs run --chip STM32F103C8 target/thumbv7m-none-eabi/debug/blinky`"];

const gdb = ["GNU gdb (GNU Arm Embedded Toolchain 10.3-2021.10) 10.2.90", "Remote debugging using localhost:3333"];

const cortexDebug = ["Cortex-Debug: VSCode debugger extension version 1.12.1"];

export const toolMessages: readonly ToolMessages[] = [
  {
    tool: "OpenOCD, before the core was found",
    before: openocd,
    messages: [
      ["Error: init mode failed (unable to connect to the target)", "target-silent"],
      ["Error: DAP 'stm32f4x.dap' initialization failed (check connection, power, etc.)", "target-silent"],
      ["Error: Debug regions are unpowered, an unexpected reset might have happened", "firmware-low-power"],
      ["Error: Timeout during WAIT recovery", "firmware-low-power"],
      ["Error: stm32f1x.bs: IR capture error; saw 0x1f not 0x01", "wires-open"],
      ["Error: stm32f1x.bs: IR capture error; saw 0x15 not 0x01", "wire-clock-too-fast"],
      ["Error: [stm32f1x.cpu] Cortex-M CPUID: 0x00000000 is unrecognized", "firmware-low-power"],
      ["Error: Cortex-M PARTNO 0x0 is unrecognized", "firmware-low-power"],
      ["Error: Failed to read memory at 0xe000ed04", "firmware-low-power"],
      ["Error: jtag status contains invalid mode value - communication failure", "firmware-low-power"],
      ["Error: CMSIS-DAP command CMD_INFO failed.", "probe-usb-trouble"],
      ["Error: CMSIS-DAP command mismatch. Sent 0x5 received 0x7", "probe-usb-trouble"],
      ["Error: error reading USB data", "probe-usb-trouble"],
      ["Warn : Reset is not asserted because the target is not examined.", "not-enough-to-tell"],
      ["** Unable to reset target **", "not-enough-to-tell"],
    ],
  },
  {
    tool: "OpenOCD, at a core that was found",
    before: openocdConnected,
    messages: [
      ["Error: timed out while waiting for target halted", "core-does-not-halt"],
      ["Halt timed out, wake up GDB.", "core-does-not-halt"],
      ["TARGET: stm32f4x.cpu - Not halted", "core-does-not-halt"],
      ["Error: jtag status contains invalid mode value - communication failure", "target-lost"],
      ["Error: stm32x_wait_flash_op_queue, time out expired, status: 0x4", "flash-refused"],
      ["Error: wait_flash_op_queue, WRPERR detected", "flash-protected"],
      ["Error: flash write algorithm aborted by target", "flash-refused"],
      ["Error: unable to unlock flash", "flash-protected"],
      ["Error: stm32x device protected", "flash-protected"],
      ["Error: stm32x device programming failed / flash not erased", "flash-not-erased"],
      ["Warn : no flash bank found for address 0", "image-outside-flash"],
      ["Error: no flash bank found for address 0x08180000", "image-outside-flash"],
      ["Error: can't add breakpoint: resource not available", "comparators-used-up"],
    ],
  },
  {
    tool: "STM32CubeProgrammer, before the chip was found",
    before: cubeProgrammer,
    messages: [
      ["Error: No STM32 target found!", "target-silent"],
      ["Error: ST-LINK error (DEV_TARGET_CMD_ERR)", "target-silent"],
      [
        "Error: Unable to get core ID\nIf you are trying to connect to a device with TrustZone enabled please try to connect with HotPlug mode.",
        "target-silent",
      ],
      ["Error: Unable to reset MCU!", "target-silent"],
      ["Error: ST-LINK error (DEV_TARGET_NOT_HALTED)", "core-does-not-halt"],
      ["Error: Cannot connect to access port 0!", "access-port-closed"],
      ["Error: ST-LINK error (DEV_USB_COMM_ERR)", "probe-usb-trouble"],
      ["Error: The ST-LINK firmware is old. Please update your firmware", "probe-firmware-old"],
      ["Error: Debug probe is already in use by another application", "probe-busy"],
    ],
  },
  {
    tool: "STM32CubeProgrammer, at a chip that was found",
    before: cubeProgrammerConnected,
    messages: [
      ["Error: failed to erase memory", "flash-refused"],
      ["Error: failed to write memory", "flash-refused"],
      ["Error: failed to download Segment[0]", "flash-refused"],
      ["Error: Data mismatch found at address 0x08000000 (byte = 0xFF instead of 0x00)", "flash-differs"],
      ["Error: Expected values for Option Bytes mismatch", "option-bytes-wrong"],
      ["Error: the core is not halted", "core-does-not-halt"],
      ["Error: operation exceeds memory limits", "image-outside-flash"],
      ["Error: File does not exist: C:\\build\\main.elf", "file-missing"],
    ],
  },
  {
    tool: "st-flash, before the chip was found",
    before: stFlash,
    messages: [
      ["Failed to enter SWD mode", "target-silent"],
      ["2023-01-01T10:00:00 ERROR common.c: Failed to reset device", "target-silent"],
      ["2023-01-01T10:00:00 ERROR common.c: Could not find chip id!", "target-silent"],
      ["2023-01-01T10:00:00 ERROR common.c: Soft reset failed: error write to AIRCR", "target-silent"],
      [
        "2023-01-01T10:00:00 WARN common.c: NRST is not connected\n2023-01-01T10:00:00 ERROR common.c: Soft reset failed: timeout",
        "target-silent",
      ],
      ["2023-01-01T10:00:00 ERROR usb.c: Unknown/unexpected STLINK status code 0x09", "target-silent"],
      ["2023-01-01T10:00:00 WARN common.c: unknown chip id! 0x5fa0004", "target-silent"],
      ["2023-01-01T10:00:00 WARN common.c: unknown chip id! 0x1a", "chip-unknown"],
      ["2023-01-01T10:00:00 WARN common.c: unknown chip id! 0x474", "tool-lacks-chip"],
      [
        "2023-01-01T10:00:00 WARN common.c:     warning: stlink doesn't support JTAG/SWD interface",
        "probe-unsupported",
      ],
      ["[!] send_recv send request failed: LIBUSB_ERROR_TIMEOUT", "probe-usb-trouble"],
      ["2023-01-01T10:00:00 WARN usb.c: Couldn't find any ST-Link devices", "probe-none"],
    ],
  },
  {
    tool: "st-flash, at a chip that was found",
    before: stFlashConnected,
    messages: [
      ["2023-01-01T10:00:00 ERROR flash_loader.c: Flash loader run error", "flash-refused"],
      ["2023-01-01T10:00:00 ERROR flash_loader.c: Loader state: R2 0x20000 R15 0x20000000", "flash-refused"],
      ["2023-01-01T10:00:00 ERROR common_flash.c: Flash memory is write protected", "flash-protected"],
      ["2023-01-01T10:00:00 ERROR common.c: Verification of flash failed at offset: 0", "flash-differs"],
      ["2023-01-01T10:00:00 ERROR common.c: Failed to halt the core", "core-does-not-halt"],
    ],
  },
  {
    tool: "pyOCD",
    before: pyocd,
    messages: [
      ["0000700 C STLink error (1): Unknown error [__main__]", "firmware-low-power"],
      ["0000700 C STLink error (5): No device connected [__main__]", "target-silent"],
      ["0000700 C STLink error (8): Command error [__main__]", "probe-usb-trouble"],
      ["0000700 C STLink error (9): Get IDCODE error [__main__]", "target-silent"],
      ["0000700 C STLink error (11): Debug power error [__main__]", "firmware-low-power"],
      ["0000700 C STLink error (20): DP wait [__main__]", "firmware-low-power"],
      ["0000700 C STLink error (66): Unknown command [__main__]", "probe-firmware-old"],
      ["0000700 E DP power-up request timed out [dap]", "firmware-low-power"],
      ["0000700 C No cores were discovered! [__main__]", "not-enough-to-tell"],
      ["0000700 C No connected debug probes", "probe-none"],
    ],
  },
  {
    tool: "probe-rs",
    before: probeRs,
    messages: [
      ["    2: Command failed with status JtagNoDeviceConnected", "target-silent"],
      ["    2: Command failed with status JtagUnknownError", "firmware-low-power"],
      ["    2: Command failed with status JtagDbgPowerError", "firmware-low-power"],
      ["    2: Command failed with status SwdApWait", "firmware-low-power"],
      ["    2: Command failed with status JtagInternalError", "probe-usb-trouble"],
      ["    2: Command failed with status JtagUnknownCmd", "probe-firmware-old"],
      [
        "Error: Current version of the STLink firmware does not support accessing banked DP registers. Upgrading the firmware to the newest version might fix this.",
        "probe-firmware-old",
      ],
      ["Error: The probe does not support the JTAG protocol.", "probe-unsupported"],
      ["Error: Target power-up failed.", "firmware-low-power"],
      ["Error: A timeout occurred.", "core-does-not-halt"],
      [
        "Error: Failed to load the flash algorithm into RAM at given address. This can happen if there is not enough space.",
        "flash-refused",
      ],
      [
        "Error: Trying to write flash, but no suitable (default) flash loader algorithm is linked to the given target: STM32F103C8.",
        "tool-lacks-chip",
      ],
    ],
  },
  {
    tool: "GDB",
    before: gdb,
    messages: [
      ["Error erasing flash with vFlashErase packet", "flash-refused"],
      ["Could not insert hardware breakpoint 3.", "comparators-used-up"],
      ["Remote connection closed", "gdb-server-gone"],
    ],
  },
  {
    tool: "cortex-debug",
    before: cortexDebug,
    messages: [
      ["Failed to launch GDB: Load failed (from load)", "image-outside-flash"],
      ["Failed to launch GDB: Remote replied unexpectedly to 'vMustReplyEmpty': timeout", "gdb-server-gone"],
      ["Device Identifier is required for J-Link configurations.", "vscode-setting-missing"],
    ],
  },
  {
    tool: "a shell",
    before: [],
    messages: [
      ["bash: openocd: command not found", "program-missing"],
      ["zsh: command not found: st-flash", "program-missing"],
      ["sh: 1: STM32_Programmer_CLI: not found", "cubeprogrammer-missing"],
      ["make: openocd: No such file or directory", "program-missing"],
      ["'st-util' is not recognized as an internal or external command,", "program-missing"],
      ["Error: spawn openocd ENOENT", "program-missing"],
    ],
  },
  {
    tool: "an excerpt of one line",
    before: [],
    messages: [
      ["Error: open failed", "probe-none"],
      ["Error: libusb_open() failed with LIBUSB_ERROR_ACCESS", "probe-permission"],
      ["Error: failed to erase memory", "flash-refused"],
      ["Reason: No device found on target.", "target-silent"],
      ["localhost:3333: Connection refused.", "gdb-server-gone"],
    ],
  },
];
