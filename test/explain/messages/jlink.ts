/** SEGGER's J-Link Commander and GDB server at an STM32. */
import type { MessageGroup } from "./message-group.ts";

const commander = ["SEGGER J-Link Commander V7.88", "Connecting to J-Link via USB...O.K."];

export const jlinkMessages: readonly MessageGroup[] = [
  {
    tool: "J-Link Commander",
    before: commander,
    messages: [
      ["VTref=0.000V\nCannot connect to target.", "target-no-power|vtref-not-wired"],
      ["VTref=3.300V\nError occurred: Could not connect to the target device.", "target-silent"],
      ["The connected J-Link is defective.", "probe-unsupported"],
      ["VTref=3.300V\nDevice is secured.", "read-protected"],
      ["VTref=3.300V\nRead protection is set. Unsecure now?", "read-protected"],
      [
        "VTref=3.300V\nFound SW-DP with ID 0x2BA01477\nCould not find core in Coresight setup",
        "core-does-not-halt|firmware-low-power|access-port-closed",
      ],
      ["****** Error: Failed to erase sectors 0 @ address 0x08000000 (erase error)", "flash-refused"],
      ["ERROR: Failed to download RAMCode!", "flash-refused"],
      [
        "Found SW-DP with ID 0x0BB11477\nSTM32 (connect): Can not attach to CPU. Trying connect under reset.",
        "core-does-not-halt|firmware-low-power",
      ],
      ["CPU could not be halted", "core-does-not-halt"],
    ],
  },
  {
    tool: "what starts a J-Link",
    before: [],
    messages: [
      [
        "* JLink Info: Could not measure total IR len. TDO is constant high.\n*** JLink Error: Could not find supported CPU core on JTAG chain",
        "wires-open|jtag-instead-of-swd|firmware-disables-swd",
      ],
      ["J-Link>connect\nConnecting to J-Link via USB...FAILED: Cannot connect to J-Link.", "probe-none"],
      ["SEGGER J-Link GDB Server V7.94\nConnecting to J-Link failed. Connected correctly?", "probe-none"],
      ["SEGGER J-Link GDB Server V6.10\nERROR: Unknown device: STM32H743ZI", "tool-lacks-chip"],
      ["SEGGER J-Link GDB Server V7.94\nERROR: Failed to open listener port 2331", "port-taken"],
    ],
  },
];
