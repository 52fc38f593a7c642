/** Black Magic Probe, through GDB, and scripts that look for it. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|firmware-low-power";

export const blackMagicMessages: readonly MessageGroup[] = [
  {
    tool: "Black Magic Probe",
    before: ["Black Magic Probe v1.10.0", "(gdb) monitor swdp_scan", "Target voltage: 3.3V"],
    messages: [
      ["SW-DP scan failed!", silent],
      ["SWD scan failed!\nFailed", silent],
      ["JTAG device scan failed!", silent],
      ["Auto scan failed!", silent],
      ["Timeout during scan. Is target stuck in WFI?", silent],
      ["Available Targets:\nNo. Att Driver\nNo usable targets found.", "chip-unknown"],
      ["No. Att Driver\n 1      STM32F40x M4\nAttaching to Remote target failed", "core-does-not-halt"],
      [
        "No. Att Driver\n 1      STM32F40x M4\nError erasing flash with vFlashErase packet",
        "flash-protected|flash-refused",
      ],
    ],
  },
  {
    tool: "a Black Magic Probe at a board without power",
    before: ["Black Magic Probe v1.10.0"],
    messages: [["Target voltage: ABSENT!\nSW-DP scan failed!", "target-no-power"]],
  },
  {
    tool: "what looks for a Black Magic Probe",
    before: [],
    messages: [
      ["Failed to resolve Blackmagic hostname", "probe-none"],
      ["Error: No Black Magic Probe found", "probe-none"],
      ["Target voltage: 3.22V\nSW-DP scan failed!\nFailed", silent],
    ],
  },
];
