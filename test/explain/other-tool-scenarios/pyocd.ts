/** Failures as pyOCD tells them. */
import { pyocdConnected, pyocdStart } from "../other-tool-logs.ts";
import { scenario, silent, type ToolScenario } from "./scenario.ts";

export const pyocd: readonly ToolScenario[] = [
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
