/**
 * Several failures in one log: one that comes earlier on the way from the host's files to flash brings about those that
 * come later, and is named first.
 */
import { describe, expect, it } from "vitest";
import { explainLog } from "../../src/diagnose/logs/explain-log.ts";

/** In the order in which one explains the next: a failure, the lines that tell it, and what it is called. */
interface Link {
  readonly name: string;
  readonly lines: readonly string[];
  readonly codes: readonly string[];
}

const started = ["Open On-Chip Debugger 0.12.0", "Licensed under GNU GPL v2"];
const adapter = ["Info : STLINK V2J43S7 (API v2) VID:PID 0483:3748", "Info : Target voltage: 3.25"];
const core = [...adapter, "Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected"];

/** OpenOCD's own words, stage by stage; what a session printed until then stands before the failure. */
const openocd: readonly Link[] = [
  {
    name: "a configuration file that is missing",
    lines: ["embedded:startup.tcl:28: Error: Can't find target/stm32f4x.cfg"],
    codes: ["file-missing"],
  },
  {
    name: "no probe",
    lines: ["Error: open failed"],
    codes: ["probe-none", "probe-permission", "probe-busy"],
  },
  {
    name: "a USB device that may not be opened",
    lines: ["Error: libusb_open() failed with LIBUSB_ERROR_ACCESS"],
    codes: ["probe-permission"],
  },
  {
    name: "wires",
    lines: [...adapter, "Error: init mode failed (unable to connect to the target)"],
    codes: ["target-silent", "wires-open", "firmware-disables-swd", "firmware-low-power"],
  },
  {
    name: "the chip's family",
    lines: [...core, "Info : device id = 0x10036415", "Warn : Cannot identify target as a STM32 family."],
    codes: ["tool-lacks-chip", "chip-mismatch", "chip-unknown"],
  },
  {
    name: "a core that does not halt",
    lines: [...core, "Error: timed out while waiting for target halted"],
    codes: ["core-does-not-halt", "nrst-not-wired"],
  },
  {
    name: "read protection",
    lines: [...core, "Info : device id = 0x10076413", "Error: Device Security Bit Set"],
    codes: ["read-protected"],
  },
  {
    name: "an image that is missing",
    lines: [...core, "Error: couldn't open C:UsersmeAppDataLocalTempmain.elf"],
    codes: ["file-missing"],
  },
];

/** What is said at the end of a session in which something had failed before. */
const consequences: readonly string[][] = [
  ["** Programming Failed **"],
  ["** OpenOCD init failed **", "shutdown command invoked"],
  ["Error: Target not examined yet"],
  ["Remote communication error.  Target disconnected.: Success."],
  ["Error erasing flash with vFlashErase packet", "Load failed"],
  [":3333: Connection refused."],
];

describe("a failure and what follows from it", () => {
  for (const { name, lines, codes } of openocd) {
    it(`${name} comes first`, () => {
      for (const tail of consequences) {
        const text = [...started, ...lines, ...tail].join("\n");
        const { findings } = explainLog(Buffer.from(text));
        expect(codes, text).toContain(findings[0]?.code);
        for (const each of findings.slice(1)) expect(each.certainty, `${text}\n${each.code}`).not.toBe("certain");
      }
    });
  }
});
