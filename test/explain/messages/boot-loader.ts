/** Tools that talk to ST's boot loader over a serial port or USB DFU, and serial ports that cannot be opened. */
import type { MessageGroup } from "./message-group.ts";

const uart = [
  "10:47:17:298 : Serial Port COM7 is successfully opened.",
  "10:47:17:298 : Port configuration: parity = even, baudrate = 115200, data-bit = 8, stop-bit = 1.0, flow-control = off",
  "10:47:17:299 : Sending init command:",
  "10:47:17:302 : byte 0x7F sent successfully to target",
];
const activated = [
  ...uart,
  "10:47:17:310 : Received response from target: 0x79",
  "10:47:17:311 : Activating device: OK",
];
const stm32flash = ["stm32flash 0.7", "", "http://stm32flash.sourceforge.net/", ""];
const stm32flashThere = [
  ...stm32flash,
  "Interface serial_posix: 57600 8E1",
  "Version      : 0x22",
  "Option 1     : 0x00",
  "Device ID    : 0x0410 (STM32F10xxx Medium-density)",
];
const dfu = [
  "$ dfu-util -a 0 -s 0x08000000:leave -D app.bin",
  "dfu-util 0.11",
  "Copyright 2010-2021 Tormod Volden and Stefan Schmidt",
  "Opening DFU capable USB device...",
  "Run-time device DFU version 011a",
  "Claiming USB DFU Interface...",
  "Determining device status...",
  "DFU state(2) = dfuIDLE, status(0) = No error condition is present",
  "Downloading element to address = 0x08000000, size = 34064",
];
const dfuse = [
  "DfuSeCommand.exe -c -d --v --fn app.dfu",
  "1 Device(s) found :",
  "Device [1]: STM Device in DFU Mode, having [4] alternate targets",
];

export const bootLoaderMessages: readonly MessageGroup[] = [
  {
    tool: "STM32CubeProgrammer over a serial port",
    before: uart,
    messages: [
      [
        "Timeout error occured while waiting for acknowledgement.\nNo response from target received\nError: Activating device: KO. Please, verify the boot mode configuration and check the serial port configuration.",
        "boot-loader-silent",
      ],
      ["Error: Activating device: KO. Please, verify the boot mode configuration.", "boot-loader-silent"],
      ["Received response from target: 0x7f\nError: Activating device: KO.", "boot-loader-garbled"],
      ["Received response from target: 0x1f\nActivating device: OK", "none"],
      // Three commands: their number less one and the version, the codes, an acknowledge.
      ["Activating device: OK\nFull received response: 0331000102de", "boot-loader-garbled"],
      ["Activating device: OK\nFull received response: 0331000102", "none"],
      ["Activating device: OK\nFull received response: 033100010279", "none"],
    ],
  },
  {
    tool: "STM32CubeProgrammer at a boot loader on a serial port",
    before: activated,
    messages: [
      ["Sending Get command and its XOR:\nReceived response from target: 0x5b", "boot-loader-garbled"],
      ["Sending GetID command and its XOR:\nReceived response from target: 0x1f", "boot-loader-refuses"],
      ["Sending Read Memory command and its XOR:\nReceived response from target: 0x1f", "read-protected"],
      ["Sending Extended erase command and its XOR:\nReceived response from target: 0x1f", "read-protected"],
      [
        "Sending Read command and its XOR:\nReceived response from target: 0x79\nSending Read address and its checksum:\nReceived response from target: 0x1f",
        "boot-loader-refuses",
      ],
      ["Sending Get command and its XOR:\nNo response from target received", "boot-loader-silent"],
      ["Error: GETID command not acknowledged!", "boot-loader-refuses"],
      [
        "Sending Get command and its XOR:\nReceived response from target: 0x76\nReceived response from target: 0x79",
        "none",
      ],
    ],
  },
  {
    tool: "STM32CubeProgrammer over USB DFU",
    before: ["      STM32CubeProgrammer v2.16.0"],
    messages: [
      ["Error: Unable to get device info through USB1", "boot-loader-silent"],
      ["Error: No target device found in DFU mode", "boot-loader-silent"],

      ["Error: Target device not found\nEstablishing connection with the device failed", "boot-loader-silent"],
    ],
  },
  {
    tool: "stm32flash, before the chip answered",
    before: stm32flash,
    messages: [
      ['Error probing interface "serial_posix"\nCannot handle device "/dev/ttyUSB0"', "serial-port-unavailable"],
      ["Failed to init device.", "boot-loader-silent"],
      ["Failed to init device, timeout.", "boot-loader-silent"],
      ["Failed to get init ACK from device", "boot-loader-silent"],
      ["Got byte 0x3f instead of ACK", "boot-loader-garbled"],
      ["/dev/ttyUSB0: No such file or directory", "serial-port-unavailable"],
    ],
  },
  {
    tool: "stm32flash at a boot loader",
    before: stm32flashThere,
    messages: [
      ["Got NACK from device on command 0x11", "read-protected"],
      [
        "Got NACK from device on command 0x43\nCan't initiate chip mass erase!\nFailed to erase memory",
        "read-protected",
      ],
      ["Got NACK from device on command 0x02", "boot-loader-refuses"],
      ["Unexpected reply from device on command 0x31", "boot-loader-garbled"],
      ["Mass erase failed. Try specifying the number of pages to be erased.", "flash-refused"],
      ["Failed to write memory at address 0x08000000", "flash-refused"],
      ["Failed to verify at address 0x08000100, expected 0x12 and found 0xff", "flash-differs"],
    ],
  },
  {
    tool: "dfu-util at a boot loader",
    before: dfu,
    messages: [
      ['dfu-util: Error during special command "ERASE_PAGE" get_status: LIBUSB_ERROR_PIPE', "boot-loader-refuses"],

      ['dfu-util: Error during special command "ERASE_PAGE" get_status', "probe-usb-trouble"],
      [
        'dfu-util: dfuse_download: libusb_control_transfer returned -9 (LIBUSB_ERROR_PIPE)\ndfu-util: Error during special command "SET_ADDRESS" download',
        "probe-usb-trouble",
      ],
      ["state(10) = dfuERROR, status(11) = Device returned vendor-specific error", "read-protected"],
      ["state(10) = dfuERROR, status(4) = Memory erase function failed", "flash-refused"],
      ["state(10) = dfuERROR, status(3) = Device is unable to write memory", "flash-refused"],
      ["state(10) = dfuERROR, status(7) = Programmed memory failed verification", "flash-differs"],
      [
        "state(10) = dfuERROR, status(8) = Cannot program memory due to received address that is out of range",
        "image-outside-flash",
      ],
      ["state(10) = dfuERROR, status(15) = Device stalled an unexpected request", "boot-loader-refuses"],
      ["dfu-util: Last page at 0x08020000 is not writeable", "image-outside-flash"],
      ['dfu-util: Wrong state after command "ERASE_PAGE" download', "flash-refused"],
      [
        'Download        [=      ]   4%         2048 bytesError during special command "ERASE_PAGE" get_status',
        "probe-usb-trouble",
      ],
      ["dfu-util: Only DfuSe file version 1.1a is supported", "program-unusable"],
      ["dfu-util: the gearbox of the boot loader is bent", "not-enough-to-tell"],
      ["File downloaded successfully\ndfu-util: Error during download get_status", "none"],
      ['File downloaded successfully\ndfu-util: Error during special command "LEAVE" get_status', "none"],
      ["DFU state(10) = dfuERROR, status(10) = Device's firmware is corrupt\ndfuERROR, clearing status", "none"],
    ],
  },
  {
    tool: "dfu-util without a device",
    before: ["dfu-util 0.11", "Copyright 2010-2021 Tormod Volden and Stefan Schmidt"],
    messages: [
      ["Couldn't find the DFU device: [1EAF:0003]", "boot-loader-silent"],

      ["dfu-util: No DFU capable USB device available", "boot-loader-silent"],
      ["dfu-util: Lost device after RESET?", "boot-loader-silent"],
      [
        "dfu-util: Cannot open DFU device 2341:0364 found on devnum 10 (LIBUSB_ERROR_ACCESS)\ndfu-util: No DFU capable USB device available",
        "probe-permission",
      ],
      ["C:\\Users\\me\\AppData\\Local\\sketch.bin\nCannot open DFU device 0483:df11", "probe-driver-missing"],
      ["Cannot claim the interface", "probe-permission|probe-busy"],
      ["dfu-util: Could not read name, sscanf returned 0\ndfu-util: Failed to parse memory layout", "versions-differ"],
      [
        "dfu-util: Cannot open DFU device 0483:df11 found on devnum 9 (LIBUSB_ERROR_NOT_SUPPORTED)",
        "probe-driver-missing",
      ],
      ["dfu-util: Cannot open DFU device 0483:df11 found on devnum 9 (LIBUSB_ERROR_ACCESS)", "probe-permission"],
    ],
  },
  {
    tool: "stm32loader",
    before: [
      "$ stm32loader -p /dev/ttyUSB0 -e -w -v firmware.bin",
      "Bootloader version: 0x22",
      "Chip id: 0x410 (STM32F10x Medium-density)",
    ],
    messages: [
      ["stm32loader.bootloader.CommandError: NACK 0x31 (write memory) failed", "read-protected"],
      ["stm32loader.bootloader.CommandError: NACK 0x2 (get id) failed", "boot-loader-refuses"],
      ["stm32loader.bootloader.CommandError: Unknown response. 0x57 (write memory)", "boot-loader-garbled"],
      ["Verification FAILED", "flash-differs"],
      ["Verification OK", "none"],
    ],
  },
  {
    tool: "stm32loader, before the chip answered",
    before: ["$ stm32loader -p /dev/ttyUSB0 -e -w -v firmware.bin"],
    messages: [
      ["Can't init into bootloader. Ensure that BOOT0 is enabled and reset the device.", "boot-loader-silent"],
      [
        "Error: could not open port 'COM4': FileNotFoundError(2, 'The system cannot find the file specified.', None, 2)",
        "serial-port-unavailable",
      ],
    ],
  },
  {
    tool: "STM Flash Loader",
    before: ["STMFlashLoader.exe -c --pn 3 --br 115200 -e --all -d --fn app.bin"],
    messages: [
      [" Opening Port 				[KO]", "serial-port-unavailable"],
      [" Opening Port 				[OK]\n Activating device 			[KO]", "boot-loader-silent"],
    ],
  },
  {
    tool: "DfuSeCommand",
    before: dfuse,
    messages: [
      ["Target 00: Upgrading - Erase Phase (14)...\nTarget 00: Error Code: Unexpected error", "flash-refused"],
      ["Target 00: Upgrading - Download Phase (3)...\nTarget 00: Error Code: errVENDOR", "read-protected"],
      [
        "Target 00: Uploading (100)...Target 00: Verify successful, but data not matching...Matching not good. First Difference at address 0x08080000:",
        "flash-differs",
      ],
      ["0 Device(s) found. Plug your DFU Device !", "boot-loader-silent"],
      ["Upgrade successful !", "none"],
    ],
  },
  {
    tool: "a serial port, in any program's words",
    before: ["Uploading firmware.bin to the STM32 over its boot loader"],
    messages: [
      ["could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)", "serial-port-unavailable"],
      [
        "could not open port /dev/ttyUSB0: [Errno 2] No such file or directory: '/dev/ttyUSB0'",
        "serial-port-unavailable",
      ],
      [
        "could not open port /dev/ttyACM0: [Errno 16] Device or resource busy: '/dev/ttyACM0'",
        "serial-port-unavailable",
      ],
      ["Error opening serial port 'COM12'. (Port busy)", "serial-port-unavailable"],
      ["Failed to open port: /dev/cu.usbserial-1420", "serial-port-unavailable"],
      ["processing.app.SerialException: Error touching serial port 'COM4'.", "serial-port-unavailable"],
      ["stm32 upload: opening port at 1200bps: Serial port not found", "serial-port-unavailable"],
      ["Serial port COM3 is successfully opened.", "none"],
    ],
  },
];
