/** pyOCD 0.20 to 0.36: its messages, behind the lines that a session has by then. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|not-enough-to-tell|target-no-power";
const behindThePort = "firmware-low-power|core-does-not-halt|not-enough-to-tell|access-port-closed";
const started = ["$ pyocd flash -t stm32f103rc main.hex", "0000340 I Target type is stm32f103rc [board]"];
const attached = [
  ...started,
  "0000420 I DP IDR = 0x1ba01477 (v1 rev1) [dap]",
  "0000440 I AHB-AP#0 IDR = 0x14770011 (AHB-AP var1 rev1) [ap]",
  "0000480 I CPU core #0 is Cortex-M3 r1p1 [cortex_m]",
];

export const pyocdMessages: readonly MessageGroup[] = [
  {
    tool: "pyOCD, before the target was reached",
    before: started,
    messages: [
      ["0000712 E Error probing AP#3: STLink error (22): DP error [discovery]", "not-enough-to-tell"],
      [
        "0000610:INFO:ap:AP#0 IDR = 0x84770001 (AHB-AP var0 rev8)\n0000615:ERROR:ap:Transfer error while reading AP#0 ROM table: SWD/JTAG Transfer Fault @ 0xe00fefd0-0xe00ff00f\n0000633:CRITICAL:__main__:No cores were discovered!",
        "core-does-not-halt|access-port-closed|firmware-low-power",
      ],
      ["No available debug probes are connected", "probe-none"],
      ["Waiting for a debug probe to be connected...", "probe-none"],
      ["0001000 C No connected debug probe matches unique ID '066D' [__main__]", "probe-serial-missing"],
      ["0001000 C [Errno 13] Access denied (insufficient permissions) [__main__]", "probe-permission"],
      ["0001000 W STLink USB device (0483:374b) could not be opened due to permissions [stlink]", "probe-permission"],
      ["usb.core.USBError: [Errno 16] Resource busy", "probe-busy"],
      ["usb.core.USBError: [Errno 110] Operation timed out", "probe-usb-trouble"],
      ["usb.core.USBError: [Errno 32] Pipe error", "probe-usb-trouble"],
      ["usb.core.NoBackendError: No backend available", "probe-driver-missing|library-missing"],
      [
        "0001000 C Unable to open device: open failed [__main__]",
        "probe-permission|probe-busy|not-enough-to-tell|probe-usb-trouble",
      ],
      ["0001000 E STLink error (9): Get IDCODE error [__main__]", silent],
      ["0001000 C Unexpected ACK value (7) [__main__]", silent],
      ["0001000 C Memory transfer fault (No ACK) @ 0xe000ed00-0xe000ed03 [__main__]", silent],
      ["0001000 C SWD/JTAG communication failure (No ACK) [__main__]", silent],
      ["0001000 C SWD/JTAG communication failure (FAULT ACK) [__main__]", behindThePort],
      ["0001000 C SWD/JTAG communication failure (WAIT ACK) [__main__]", behindThePort],
      [
        "0001000 C SWD/JTAG communication failure (Invalid parity) [__main__]",
        "wire-noisy|wire-clock-too-fast|wires-open|not-enough-to-tell",
      ],
      [
        "pyocd.core.exceptions.TransferError: SWD/JTAG communication failure (Unexpected ACK)",
        `${silent}|wire-noisy|wire-clock-too-fast`,
      ],
      ["pyocd.probe.pydapaccess.dap_access_api.DAPAccessIntf.TransferError: No ACK", silent],
      ["pyocd.core.exceptions.ProbeError: STLink error (8): Command error", "probe-usb-trouble|not-enough-to-tell"],
      [
        "pyocd.core.exceptions.ProbeError: Unsupported STLink firmware version V2J20, must be at least V2J24",
        "probe-firmware-old",
      ],
      [
        "0001000 C Target type stm32u585zit6q not recognized. Use 'pyocd list --targets' to see currently available target types. [__main__]",
        "tool-lacks-chip",
      ],
      ["0001000 C Target type 'stm32h743' is not recognised. [__main__]", "tool-lacks-chip"],
      [
        "0001000 W Generic 'cortex_m' target type is selected by default; is this intentional? [board]",
        "none|tool-lacks-chip|not-enough-to-tell",
      ],
      ["0001000 C unknown option '--targt' [__main__]", "option-unknown|not-enough-to-tell"],
      ["pyocd: error: unrecognized arguments: --connect-under-reset", "option-unknown"],
      ["pyocd: error: argument subcommand: invalid choice: 'flsh' (choose from 'flash')", "option-unknown"],
      ["0001000 C [Errno 2] No such file or directory: 'main.hex' [__main__]", "file-missing"],
      ["FileNotFoundError: [Errno 2] No such file or directory: 'build/zephyr/zephyr.hex'", "file-missing"],
      [
        "0001000 C No flash memory found! [__main__]",
        "tool-lacks-chip|not-enough-to-tell|chip-unknown|image-outside-flash",
      ],
      ["0001000 C OSError: [Errno 98] Address already in use [__main__]", "port-taken"],
      [
        "0001000 E [Errno 48] error while attempting to bind on address ('', 3333): address already in use [gdbserver]",
        "port-taken",
      ],
      ["ModuleNotFoundError: No module named 'pyocd'", "library-missing|program-missing"],
      ["0001000 C No cores were discovered! [__main__]", behindThePort],
      ["0001000 E Timed out waiting for DP power up [dap]", behindThePort],
      ["0001000 W Invalid coresight component, cidr=0x0 [rom_table]", `none|${behindThePort}|read-protected`],
      ["0001000 E Error attempting to probe AP#0: Memory transfer fault [discovery]", behindThePort],
    ],
  },
  {
    tool: "pyOCD at a core that it found",
    before: attached,
    messages: [
      [
        "0001000 C flash erase sector failure (address 0x08000000; result code 0x1) [__main__]",
        "flash-refused|flash-protected|write-protected",
      ],
      ["0001000 C flash program page failure (address 0x08000000; result code 0x1) [__main__]", "flash-refused"],
      ["0001000 C flash init failure (address 0x08000000; result code 0x1) [__main__]", "flash-refused"],
      [
        "pyocd.core.exceptions.FlashEraseFailure: flash erase all failure (result code 0x1)",
        "flash-refused|flash-protected",
      ],
      [
        "0001000 C target was not halted as expected after calling flash algorithm routine (IPSR=3) [__main__]",
        "flash-refused",
      ],
      ["0001000 C Timed out waiting for core to halt [__main__]", "core-does-not-halt"],
      ["0001000 E Error during step, core did not halt [cortex_m]", "core-does-not-halt|not-enough-to-tell"],
      ["0001000 E Timeout waiting for core to halt after reset [cortex_m]", "core-does-not-halt"],
      ["0001000 C no memory region defined for address 0x90000000 [__main__]", "image-outside-flash"],
      ["0001000 C address 0x20010000-0x20010fff is not within a flash region [__main__]", "image-outside-flash"],
      ["0001000 C Memory transfer fault (No ACK) @ 0x08000000-0x080003ff [__main__]", "target-lost"],
      [
        "0001000 C Memory transfer fault @ 0x08000000-0x080003ff [__main__]",
        "not-enough-to-tell|read-protected|gdb-server-gone",
      ],
      [
        "0001000 E Target is in secure state, debug access is not allowed [__main__]",
        "read-protected|flash-secured|not-enough-to-tell",
      ],
      ["0001000 W core #0 is locked up [cortex_m]", "core-lockup|vector-table-empty"],
      ["elftools.common.exceptions.ELFError: Magic number does not match", "program-unusable"],
      ["0001000 C unknown file extension: .axf2 [__main__]", "program-unusable|not-enough-to-tell|option-unknown"],
      ["usb.core.USBError: [Errno 19] No such device (it may have been disconnected)", "probe-unplugged"],
      ["0001000 C flash init timed out [__main__]", "flash-refused"],
      ["0001000 C flash uninit timed out [__main__]", "flash-refused"],
      ["0001000 C flash erase all timed out [__main__]", "flash-refused"],
      ["0001000 C flash erase sector timed out (address 0x08000000) [__main__]", "flash-refused"],
      ["0001000 C flash program page timed out (address 0x08000000) [__main__]", "flash-refused"],
      ["0001000 C V2J0M4 firmware does not support JTAG/SWD. [__main__]", "probe-firmware-old"],
      ["0001000 E Out of hardware breakpoints [gdbserver]", "comparators-used-up|not-enough-to-tell"],
      ["0001000 E Failed to set breakpoint at 0x08000400 [gdbserver]", "comparators-used-up|not-enough-to-tell"],
    ],
  },
];
