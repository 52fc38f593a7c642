/** What pyOCD says of a step that it refuses: the probe's limits, comparators, files, places that are no flash. */
import type { MessageGroup } from "./message-group.ts";

const started = ["$ pyocd gdbserver -t stm32g474re", "0000310 I Target type is stm32g474re [board]"];
const attached = [
  ...started,
  "0000402 I DP IDR = 0x2ba01477 (v1 rev2) [dap]",
  "0000431 I AHB-AP#0 IDR = 0x24770011 (AHB-AP var1 rev2) [ap]",
  "0000466 I CPU core #0 is Cortex-M4 r0p1 [cortex_m]",
];

export const pyocdSteps: readonly MessageGroup[] = [
  {
    tool: "pyOCD, as it takes the probe and the chip's description",
    before: started,
    messages: [
      ["0000702 C requested wire protocol JTAG not supported by the debug probe [__main__]", "probe-unsupported"],
      [
        "0000702 C connected to ADIv6 target with probe that does not support APv2 addresses [__main__]",
        "probe-unsupported",
      ],
      ["0000702 W Cannot use JTAG; already connected with SWD [dap]", "none|not-enough-to-tell"],
      ["0000702 W Failed to find FLM file: STM32G4xx_512.FLM [coresight_target]", "file-missing"],
      [
        "0000702 W flash region 'flash' has no flash algo [coresight_target]\n0000744 C flash memory region at address 0x08000000 has no flash instance [__main__]",
        "tool-lacks-chip",
      ],
      ["0000702 C unknown file format 'uf2' [__main__]", "program-unusable"],
      [
        "0000702 C file path 'build/app' does not have an extension and no format is set [__main__]",
        "program-unusable",
      ],
      ["0000702 C [Errno 2] No such file or directory: 'Keil.STM32G4xx_DFP.1.5.0.pack' [__main__]", "file-missing"],
      ["More than one debug probe matches unique ID '0670':", "option-unknown"],
    ],
  },
  {
    tool: "pyOCD, as it says what ends it and nothing else",
    before: [],
    messages: [
      [
        "0000335 C STLink V2 0670FF39 is using an unsupported, older firmware version. Please update to the latest STLink firmware. Current version is V2J17, must be at least version v2J24. [__main__]",
        "probe-firmware-old",
      ],
      ["0000335 C [Errno 16] Resource busy [__main__]", "probe-busy"],
    ],
  },
  {
    tool: "pyOCD, told no chip",
    before: ["$ pyocd load app.hex"],
    messages: [
      [
        "0000310 W Generic 'cortex_m' target type is selected by default; is this intentional? [board]\n0000702 C no memory region defined for address 0x08000000 [__main__]",
        "tool-lacks-chip",
      ],
    ],
  },
  {
    tool: "pyOCD, at work on the chip",
    before: attached,
    messages: [
      ["0001203 C memory region at address 0x20000000 is not flash [__main__]", "image-outside-flash"],
      ["0001203 W address 0x09000000 is not within a memory region [eraser]", "image-outside-flash"],
      ["0001203 W address 0x20000000 is not in flash [eraser]", "image-outside-flash"],
      ["0001203 C flash uninit (result code 0x1) [__main__]", "flash-refused"],
      ["0001203 E IPSR should be 0 but is 0x3 [flash]", "flash-refused"],
      [
        "0001203 C flash program phrase failure: unaligned start address (address 0x08000004) [__main__]",
        "programmer-alignment",
      ],
      [
        "0001203 C flash program phrase failure: phrase length is unaligned or too small (address 0x08000000) [__main__]",
        "programmer-alignment",
      ],
      ["0001203 E No more available breakpoints!!, dropped bp at 0x8000420 [fpb]", "comparators-used-up"],
      ["0001203 E No more watchpoints are available, dropped watchpoint at 0x20000040 [dwt]", "comparators-used-up"],
      // An old firmware's word for an access that the bus refused, at some place: the core was there.
      ["0001203 E Unexpected exception: STLink error (1): Unknown error [gdbserver]", "not-enough-to-tell"],
      ["0001203 C USB Error: [Errno 19] No such device (it may have been disconnected) [__main__]", "probe-unplugged"],
      ["0001203 E Invalid core number: 1 [gdbserver_cmd]", "option-unknown"],
    ],
  },
];
