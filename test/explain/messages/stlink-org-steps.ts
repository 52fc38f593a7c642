/** The open-source stlink tools: the step that failed, what the command line lacks, and what is checked before flash. */
import type { MessageGroup } from "./message-group.ts";

const at = "2023-01-01T10:00:00";
const lib = (file: string, text: string) => `${at} ERROR ${file}: ${text}`;

export const stlinkSteps: readonly MessageGroup[] = [
  {
    tool: "st-flash, before a chip",
    before: ["$ st-flash write main.bin 0x8000000", "st-flash 1.8.0"],
    messages: [
      ["*** Error: Expected args for this command: write <path> <addr>", "option-unknown"],
      ["*** Error: Invalid value for addr", "option-unknown"],
      ["Can't parse a frequency: 12x", "option-unknown"],
      [lib("trace.c", "Unknown command line argument: 'main'"), "option-unknown"],
      [`${at} WARN usb.c: libusb_get_configuration()`, "probe-usb-trouble"],
      ["[!] send_recv send request wrote 8 bytes (instead of 16).", "probe-usb-trouble"],
      ["[!] send_recv STLINK_GET_VERSION", "probe-usb-trouble"],
      ["[!] _stlink_usb_core_id() send_recv", "probe-usb-trouble"],
      ["libusb_handle_events() | has_error", "probe-usb-trouble"],
      ["[!] wrong length STLINK_GET_TARGET_VOLTAGE", "probe-usb-trouble"],
      [lib("usb.c", "GET_TARGET_VOLTAGE wrong reply length"), "probe-usb-trouble"],
      [lib("usb.c", "READDEBUGREG read reply failed: LIBUSB_ERROR_TIMEOUT"), "probe-usb-trouble"],
      [lib("usb.c", "READDEBUGREG read reply failed: LIBUSB_ERROR_PIPE"), "target-silent"],
      [lib("usb.c", "DRIVE_NRST read reply failed: LIBUSB_ERROR_PIPE"), "probe-usb-trouble"],
      ["invalid command line", "option-unknown"],
      [
        `/usr/local/share/stlink/chips: No such file or directory\n${at} WARN common.c: unknown chip id! 0x413`,
        "file-missing",
      ],
    ],
  },
  {
    tool: "st-flash, at a chip",
    before: [
      "st-flash 1.8.0",
      `${at} INFO common.c: L4xx: 96 KiB SRAM, 1024 KiB flash in at least 2 KiB pages.`,
      "file main.bin md5 checksum: 1ad1b3b5c1f6, stlink checksum: 0x0000d8aa",
      `${at} INFO common_flash.c: Attempting to write 15404 (0x3c2c) bytes to stm32 address: 134217728 (0x8000000)`,
    ],
    messages: [
      [lib("common_flash.c", "Invalid address, it should be within 0x08000000 - 0x080fffff"), "image-outside-flash"],
      [
        lib("common_flash.c", "The size exceeds the size of the OTP Area (0x00000200 bytes available)"),
        "image-outside-flash|image-too-large",
      ],
      [
        lib("common_flash.c", "unknown coreid bc11477, page erase failed") +
          `\n${at} WARN common_flash.c: Failed to erase_flash_page(0x8000000) == -1`,
        "tool-lacks-chip",
      ],
      [
        lib("common_flash.c", "The address to erase is not aligned with the beginning of a page"),
        "programmer-alignment",
      ],
      [
        lib("common_flash.c", "Invalid size (not aligned with a page). Page size at address 0x8000000 is 0x800"),
        "programmer-alignment",
      ],
      [lib("common_flash.c", "Invalid flash address"), "flash-refused"],
      [lib("common_flash.c", "method 'is_flash_busy' is unsupported"), "tool-lacks-chip"],
      [lib("flash_loader.c", "unknown coreid, not sure how to write: 6ba02477"), "tool-lacks-chip"],
      [lib("flash_loader.c", "Target voltage (1660 mV) too low for flash writes!"), "target-voltage-low"],
      [`${lib("common_flash.c", "map_file() == -1")}\nstlink_fwrite_flash() == -1`, "file-missing"],
      ["addr overruns\nstlink_fwrite_sram() == -1", "image-outside-flash"],
      ["stlink_erase_flash_section() == -1", "flash-refused|flash-protected"],
      ["stlink_fwrite_option_bytes() == -1", "option-bytes-wrong"],
      ["stlink_write_option_bytes32() == -1", "option-bytes-wrong"],
      ["could not read option bytes (-1)", "option-bytes-wrong"],
      ["attempting to set option byte to 0, abort.", "option-bytes-wrong"],
      [`${at} WARN option_bytes.c: Only full write of option bytes area is supported`, "option-unknown"],
      [
        lib("option_bytes.c", "Option bytes boot address writing is currently not implemented for connected chip"),
        "tool-lacks-chip",
      ],
      [
        `${at} INFO flash_loader.c: Target voltage (2400 mV) too low for 32-bit flash, using 8-bit flash writes\n${at} INFO common_flash.c: Flash written and verified! jolly good!`,
        "none",
      ],
    ],
  },
  {
    tool: "st-util, as GDB loads",
    before: [
      "st-util 1.8.0",
      `${at} INFO common.c: L4xx: 96 KiB SRAM, 1024 KiB flash in at least 2 KiB pages.`,
      `${at} INFO gdb-server.c: Listening at *:4242...`,
      `${at} INFO gdb-server.c: GDB connected.`,
    ],
    messages: [
      [lib("gdb-server.c", "flash_add_block: incorrect bounds"), "image-outside-flash"],
      [lib("gdb-server.c", "flash_add_block: unaligned block"), "tool-defect"],
    ],
  },
];
