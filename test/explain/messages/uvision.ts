/** Keil uVision: build output and dialogs. */
import type { MessageGroup } from "./message-group.ts";

const silent = "target-silent|wires-open|firmware-disables-swd|firmware-low-power";
const cancelled = "Error: Flash Download failed - Target DLL has been cancelled";

export const uvisionMessages: readonly MessageGroup[] = [
  {
    tool: "uVision",
    before: ['Load "Objects\\\\app.axf"'],
    messages: [
      ['SWD/JTAG Communication Failure\nError: Flash Download failed  -  "Cortex-M4"', "target-silent"],

      [`Unknow target connected\n${cancelled}`, "jtag-instead-of-swd"],
      [`Unknown target connected\n${cancelled}`, "jtag-instead-of-swd"],
      [`No target connected\n${cancelled}`, silent],
      [`No Cortex-M SW Device Found\n${cancelled}`, silent],
      [`SWD/JTAG Communication Failure\n${cancelled}`, "wire-noisy|target-silent"],
      [`No ULINK2/ME Device found\n${cancelled}`, "probe-none"],
      [cancelled, "not-enough-to-tell"],
      ["Error: Flash Download failed - Could not load file 'Objects\\\\app.axf'", "file-missing"],
      ['Cannot Load Flash Programming Algorithm !\nError: Flash Download failed - "Cortex-M4"', "flash-refused"],
      ['Erase Failed!\nError: Flash Download failed - "Cortex-M4"', "flash-refused|flash-protected"],
      [
        `Debug access failed - cannot read address 0xF0000FE4 (accsize '4', AP '0')\n${cancelled}`,
        "access-port-closed|core-does-not-halt",
      ],
      ["Contents mismatch at: 08000010H  (Flash=FFH  Required=20H) !", "flash-differs"],
      ["Could not stop Cortex-M device! Please check the JTAG cable.", "core-does-not-halt"],
    ],
  },
];
