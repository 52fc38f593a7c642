/** The open-source stlink tools 1.3 to 1.8: their messages, behind the lines that a session has by then. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|not-enough-to-tell|target-no-power";
const at = "2023-01-01T10:00:00";

const attached = [
  "st-flash 1.7.0",
  `${at} INFO common.c: F4xx: 128 KiB SRAM, 512 KiB flash in at least 16 KiB pages.`,
  "file main.bin md5 checksum: 1ad1b3b5c1f6, stlink checksum: 0x0000d8aa",
  `${at} INFO common.c: Attempting to write 15404 (0x3c2c) bytes to stm32 address: 134217728 (0x8000000)`,
];

export const stlinkMessages: readonly MessageGroup[] = [
  {
    tool: "st-flash, before the chip was found",
    before: ["st-flash 1.7.0"],
    messages: [
      ["2021-03-04T10:11:12 WARN common.c: unknown chip id! 0xa05f0003", "target-silent"],
      ["2021-03-04T10:11:12 WARN common.c: unknown chip id! 0", "target-silent"],
      ["2021-03-04T10:11:12 DEBUG common.c: core_id = 0x00000000", "target-silent"],
      ["2021-03-04T10:11:12 DEBUG common.c: core_id = 0xffffffff", "target-silent"],
      ["2021-03-04T10:11:12 WARN common.c: unknown chip id! 0xa05f0003\nFailed to enter SWD mode", "target-silent"],
      [`${at} WARN usb.c: Couldn't find any ST-Link devices\nFailed to connect to target`, "probe-none"],
      ["Couldn't find any ST-Link/V2 devices", "probe-none"],
      [
        `${at} WARN usb.c: Could not open USB device 0x0483  0x374b, access error.\nFailed to connect to target`,
        "probe-permission",
      ],
      [
        `libusb: error [get_usbfs_fd] libusb couldn't open USB device /dev/bus/usb/002/007, errno=1\n${at} WARN usb.c: Couldn't find any ST-Link devices`,
        "probe-permission",
      ],
      [`${at} ERROR usb.c: Could not open USB device 0x0483:0x3748, access error.`, "probe-permission"],
      [`${at} WARN usb.c: Error -3 (LIBUSB_ERROR_ACCESS) opening ST-Link v2 device 001:004`, "probe-permission"],
      [`${at} WARN usb.c: Error -6 (LIBUSB_ERROR_BUSY) opening ST-Link v2 device 001:004`, "probe-busy"],
      [
        `${at} WARN usb.c: Error -12 (LIBUSB_ERROR_NOT_SUPPORTED) opening ST-Link v2 device 001:004`,
        "probe-driver-missing",
      ],
      [`${at} WARN usb.c: Stlink usb device found, but unable to claim (probably already in use?)`, "probe-busy"],
      [`${at} WARN usb.c: libusb_claim_interface() failed`, "probe-busy|probe-permission"],
      [`${at} WARN usb.c: libusb_detach_kernel_driver(() error LIBUSB_ERROR_ACCESS`, "probe-permission"],
      [`${at} WARN usb.c: failed to init libusb context, wrong version of libraries?`, "probe-no-usb-bus"],
      [`${at} WARN usb.c: STLINK_DEVICE must be <USB_BUS>:<USB_ADDR> format`, "option-unknown|not-enough-to-tell"],
      [`${at} ERROR usb.c: [!] send_recv read reply failed: LIBUSB_ERROR_TIMEOUT`, "probe-usb-trouble"],
      [`${at} ERROR usb.c: [!] send_recv send request failed: LIBUSB_ERROR_NO_DEVICE`, "probe-unplugged"],
      [`${at} ERROR usb.c: [!] send_recv STLINK_GET_CORE_ID`, `probe-usb-trouble|${silent}`],
      ["Could not open stlink device", "probe-permission|probe-none|probe-busy|not-enough-to-tell"],
      ["WTF? successfully opened, but unable to read version details. BROKEN!", "probe-usb-trouble|not-enough-to-tell"],
      [`${at} WARN common.c: Failed to exit DFU mode`, "probe-in-update-mode"],
      ["Failed to enter SWD mode\nFailed to connect to target", silent],
      [`${at} ERROR common.c: Failed to read core_id`, silent],
      [`${at} ERROR common.c: Could not find chip id!`, silent],
      [`${at} ERROR common.c: Unsupported Target (Chip ID is 0000000000, Core ID is 0000000000).`, silent],
      [`${at} ERROR common.c: Unsupported Target (Chip ID is 0x00000484, Core ID is 0x6ba02477).`, "tool-lacks-chip"],
      ["Unsupported Target (Chip ID is 0x10006410, Core ID is 0x1ba01477).", "file-missing"],
      [`${at} WARN common.c: unknown chip id! 0`, "target-silent"],
      [`${at} WARN common.c: unknown chip id! 0x20036410`, "file-missing"],
      [`${at} ERROR common.c: Failed to get Core's status`, silent],
      ["error reading target voltage", "probe-usb-trouble|not-enough-to-tell"],
      ["Can not connect to target. Please use 'connect under reset' and try again", silent],
      ["/etc/stlink/chips: No such file or directory", "file-missing"],
      ["open(firmware.bin) == -1\nerror", "file-missing"],
      ["st-flash: unrecognized option '--conect-under-reset'", "option-unknown"],
      ["invalid option: --area=foo", "option-unknown"],
      ["invalid command line", "option-unknown|not-enough-to-tell"],
      ["mmap() == MAP_FAILED for file blink.bin", "file-missing|program-unusable|not-enough-to-tell"],
      ["Cannot open file", "file-missing|not-enough-to-tell"],
      ["Cannot parse blink.elf as Intel-HEX file", "program-unusable|not-enough-to-tell"],
      ["Wrong file format - no marker", "program-unusable|not-enough-to-tell"],
      ["No EoF recond", "program-unusable|not-enough-to-tell"],
      ["No data found in file", "program-unusable|not-enough-to-tell"],
    ],
  },
  {
    tool: "st-flash, at a chip that was found",
    before: attached,
    messages: [
      [`${at} ERROR common.c: Flash memory is write protected`, "flash-protected|write-protected"],
      [`${at} ERROR common.c: Flash programming error: 0x00000010`, "flash-protected|write-protected|flash-refused"],
      [
        `${at} ERROR common.c: Flash programming error: 0x000000a0`,
        "flash-refused|programmer-alignment|flash-not-erased",
      ],
      [
        `${at} ERROR common.c: Failed to erase_flash_page(0x8000000) == -1`,
        "flash-refused|flash-protected|write-protected",
      ],
      [`${at} ERROR flash_loader.c: Failed to write flash loader to sram!`, "flash-refused"],
      [`${at} WARN flash_loader.c: Failed to write flash loader to sram!`, "flash-refused"],
      [`${at} ERROR common.c: stlink_flash_loader_init() == -1`, "flash-refused"],
      [`${at} ERROR common.c: stlink_flash_loader_run(0x8000000) failed! == -1`, "flash-refused"],
      [`${at} ERROR flash_loader.c: write error, count == 8192`, "flash-refused"],
      [
        `${at} WARN common.c: unknown coreid, not sure what flash loader to use, aborting! coreid: 6ba02477, chipid: 450`,
        "tool-lacks-chip",
      ],
      [
        `${at} WARN common.c: unknown coreid bb11477, page erase failed`,
        "tool-lacks-chip|flash-refused|flash-protected|chip-unknown",
      ],
      [
        `${at} ERROR common.c: Flash unlock failed! System reset required to be able to unlock it again!`,
        "flash-protected|flash-refused",
      ],
      [`${at} ERROR common.c: Failed to unlock flash!`, "flash-protected|flash-refused"],
      [
        `${at} WARN common.c: pecr.pelock not clear`,
        "flash-protected|flash-refused|not-enough-to-tell|write-protected",
      ],
      [
        `${at} ERROR common.c: unsupported flash method, abort`,
        "tool-lacks-chip|chip-unknown|flash-refused|not-enough-to-tell",
      ],
      [`${at} ERROR common.c: write_half_pages failed == -1`, "flash-refused"],
      [`${at} ERROR common.c: l1_stlink_flash_loader_run(0x8000000) failed! == -1`, "flash-refused"],
      [`${at} ERROR common.c: Verification of flash failed at offset: 4096`, "flash-differs"],
      [`${at} ERROR common.c: addr too high`, "image-outside-flash|image-too-large|flash-refused"],
      [`${at} ERROR common.c: addr too low 0x0 < 0x8000000`, "image-outside-flash|flash-refused"],
      ["Unknown memory region", "image-outside-flash|flash-refused"],
      [`${at} ERROR common.c: Invalid flash address`, "image-outside-flash|flash-refused|not-enough-to-tell"],
      [
        `${at} ERROR common.c: addr not a multiple of current pagesize (2048 bytes), not supported`,
        "programmer-alignment",
      ],
      [
        `${at} ERROR common.c: Target voltage (0 mV) too low for flash writes!`,
        "target-no-power|target-voltage-low|vtref-not-wired",
      ],
      [`${at} ERROR common.c: could not read main memory (-1)`, "flash-refused|read-protected|not-enough-to-tell"],
      [`${at} ERROR common.c: Failed to halt the core`, "core-does-not-halt"],
      [`${at} WARN common.c: Soft reset failed: timeout`, "target-lost"],
      [`${at} ERROR common.c: Could not unlock flash option!`, "option-bytes-wrong|flash-refused|flash-protected"],
      [`${at} ERROR common.c: Flash option write failed!`, "option-bytes-wrong|flash-refused"],
      [
        "Option bytes writing is currently not implemented for connected chip",
        "tool-lacks-chip|option-bytes-wrong|not-enough-to-tell",
      ],
      [`${at} ERROR usb.c: [!] send_recv send request failed: LIBUSB_ERROR_IO`, "probe-usb-trouble"],
      ["Mass erase failed", "flash-refused|flash-protected|write-protected"],
    ],
  },
  {
    tool: "st-util",
    before: [
      "st-util 1.7.0",
      `${at} INFO common.c: F1xx Medium-density: 20 KiB SRAM, 64 KiB flash in at least 1 KiB pages.`,
    ],
    messages: [
      ["bind: Address already in use", "port-taken"],
      [`${at} ERROR gdb-server.c: cannot bind to port 4242`, "port-taken"],
      ["Can't use a negative port to listen on: -1", "option-unknown|port-taken|not-enough-to-tell"],
      [`${at} ERROR gdb-server.c: Semihost: do_semihosting failed`, "not-enough-to-tell"],
      [
        `${at} ERROR gdb-server.c: Rcmd: reset failed with reset`,
        "not-enough-to-tell|firmware-disables-swd|wires-open",
      ],
      [
        `${at} ERROR gdb-server.c: Step: cannot send step request`,
        "not-enough-to-tell|core-does-not-halt|firmware-disables-swd",
      ],
      [
        `${at} ERROR gdb-server.c: g packet: read_all_regs failed`,
        "not-enough-to-tell|firmware-disables-swd|wires-open|core-does-not-halt|firmware-low-power",
      ],
      ["flash_go: failed to erase at 8000000", "flash-refused|flash-protected|write-protected"],
    ],
  },
  {
    tool: "st-info",
    before: ["$ st-info --probe"],
    messages: [
      [
        "Found 1 stlink programmers\n version:    V3J10\n serial:     003000175553500920393256\n flash:      0 (pagesize: 0)\n sram:       0\n chipid:     0x0497\n dev-type:   unknown",
        "tool-lacks-chip",
      ],
      [
        "Found 1 stlink programmers\n serial: 066bff303435554157121019\n flash: 0 (pagesize: 0)\n sram: 0\n chipid: 0x0000\n descr: unknown device",
        "target-silent",
      ],
      ["Found 0 stlink programmers", "probe-none"],
      [
        "Found 1 stlink programmers\n  version:    V2J37S7\n  serial:     34FF6D065250343846\n  flash:      0 (pagesize: 0)\n  sram:       0\n  chipid:     0x0000\n  descr:      unknown device",
        "target-silent",
      ],
      [
        'Found 1 stlink programmers\n serial: 303030303030303030303031\nopenocd: "\\x30\\x30"\n  flash: 0 (pagesize: 0)\n   sram: 0\n chipid: 0x0000\n  descr: unknown device',
        "target-silent",
      ],
      ["Failed to parse flash type or unrecognized flash type", "versions-differ"],
      [
        "st-info: error while loading shared libraries: libstlink.so.1: cannot open shared object file: No such file or directory",
        "library-missing",
      ],
    ],
  },
];
