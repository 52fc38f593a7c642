/** Chips that start in stages or hold a service of their own, and small programmers around ST's boot loader. */
import type { MessageGroup } from "./message-group.ts";

const programmer = ["      STM32CubeProgrammer v2.16.0"];
const byUsb = [
  ...programmer,
  "USB speed   : Full Speed (12MBit/s)",
  "Manuf. ID   : STMicroelectronics",
  "Product ID  : STM32  BOOTLOADER",
  "Device ID   : 0x0431",
];
const byUart = [...programmer, "Serial Port COM7 is successfully opened.", "Activating device: OK"];
const layout = [
  ...programmer,
  "Read TSV File: FlashLayout_sdcard.tsv",
  "Product ID : DFU in HS Mode @Device ID /0x500, @Revision ID /0x0000",
  "Device ID : 0x0500",
  "Start Embedded Flashing service",
  "Partition ID : 0x01",
  "Download in Progress:",
  "File download complete",
  "RUNNING Program ...",
];

export const stageMessages: readonly MessageGroup[] = [
  {
    tool: "STM32CubeProgrammer, of a WB's second core",
    before: programmer,
    messages: [
      ["FUS state is FUS_UPGRADE_ONGOING\nFUS status is FUS_IMAGE_NOT_AUTHENTIC", "fus-refuses"],
      ["Error: Firmware not authentic!", "fus-refuses"],
      ["Error: FUS_STATE_ERR_UNKNOWN", "fus-refuses"],
      ["Error: Could not execute fwupgrade command", "fus-refuses"],
      ["Error: Could not execute fwupgrade command, Impossible to install FUS V1.2.0 on this device", "fus-refuses"],
      ["Error: FUS_STATE_IMG_NOT_FOUND", "fus-refuses"],
      ["FUS status is FUS_NOT_ENOUGH_SPACE", "fus-refuses"],
      ["FUS status is FUS_FW_ROLLBACK_ERROR", "fus-refuses"],
      ["Error: Firmware Upgrade Failed!", "fus-refuses"],
      ["Error: FUS is not running, wireless stack is", "fus-refuses"],
      ["FUS state is FUS_IDLE\nFUS status is FUS_NO_ERROR\nFirmware Upgrade Success", "none"],
      ["FUS status is FUS_NOT_RUNNING\nFUS state is FUS_IDLE\nFirmware Upgrade Success", "none"],
    ],
  },
  {
    tool: "STM32CubeProgrammer with a layout of flash",
    before: layout,
    messages: [
      ["Error: Start operation failed at partition 0x01\nError: TSV flashing service failed", "boot-stage-not-started"],
      ["Error: Start operation failed at partition 0x03", "boot-stage-not-started"],
      [
        "RUNNING Program ...\n  Address:      : 0x1\nUnable to reconnect the target device: time out expired\nError: Start operation failed",
        "boot-stage-not-started",
      ],
      [
        "RUNNING Program ...\n  Address:      : 0x8000000\nError: Start operation failed",
        "boot-loader-refuses|not-enough-to-tell",
      ],
      ["Start operation done successfully at partition 0x01", "none"],
      ["Error: Start operation failed at partition 0x01\nStart operation done successfully at partition 0x01", "none"],
    ],
  },
  {
    tool: "STM32CubeProgrammer at the boot loader on USB",
    before: byUsb,
    messages: [
      ["Error: \nWrite failed at address: 0x8000000\nError: failed to download Segment[0]", "boot-loader-refuses"],
      ["Error: Erase failed at address: 0x08004000", "boot-loader-refuses"],
    ],
  },
  {
    tool: "STM32CubeProgrammer at the boot loader on a UART",
    before: byUart,
    messages: [
      [
        "Error: Write Command not acknowledged at address 0x8000000\nError: failed to download Segment[0]",
        "boot-loader-refuses",
      ],
      ["Error: READ command not acknowledged at address: 0x40023C1C", "boot-loader-refuses"],
    ],
  },
  {
    tool: "STM32CubeProgrammer through a probe's bridge",
    before: [...programmer, "ST-LINK FW  : V3J10M3B5S1", "Bridge freq : 192000 KHz"],
    messages: [
      ["Error: I2C Address 0x48 not acknowledged, target not found", "boot-loader-silent"],
      ["Error: SPI boot loader: SYNC byte not acknowledged", "boot-loader-silent"],
    ],
  },
  {
    tool: "stm32loader, comparing",
    before: ["Bootloader version 22", "Chip id: 0x410"],
    messages: [["Verification FAILED\n21140 vs 21140\n0x1: 0x50 vs 0x4\n0x4: 0xf1 vs 0x45", "flash-differs"]],
  },
  {
    tool: "dfu-util without a bus",
    before: ["dfu-util 0.9"],
    messages: [
      ["unable to initialize libusb: -99", "probe-no-usb-bus"],
      [
        "libusb: error [op_init] could not find usbfs\nunable to initialize libusb: LIBUSB_ERROR_OTHER",
        "probe-no-usb-bus",
      ],
    ],
  },
  {
    tool: "pystlink",
    before: ["$ pystlink.py flash:erase:verify:app.bin", "DEVICE: ST-Link/V2-1 V2J40M27"],
    messages: [
      [
        "SUPPLY: 0.01V\nCORE:   CortexM3\nMCU:    STM32F103xB\n*** Supply voltage is 0.01V, but minimum for FLASH program or erase is 2.0V ***",
        "vtref-not-wired",
      ],
      ["SUPPLY: 3.25V\nCORE:   CortexM3\n*** Verify error at block address: 0x08000400 ***", "flash-differs"],
    ],
  },
];
