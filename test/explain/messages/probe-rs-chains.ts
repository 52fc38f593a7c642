/** Chains of probe-rs' errors, from what was to be done down to what made it fail. */
import type { MessageGroup } from "./message-group.ts";

const run = ["     Running `probe-rs run --chip STM32G474RETx target/thumbv7em-none-eabihf/debug/blinky`"];

/** `Error: what\n\nCaused by:\n    0: why\n    1: why that`. */
function chain(what: string, ...causes: readonly string[]): string {
  const numbered = causes.map((cause, level) => (causes.length === 1 ? `    ${cause}` : `    ${level}: ${cause}`));
  return [`Error: ${what}`, "", "Caused by:", ...numbered].join("\n");
}

const probe = "Failed to open the debug probe.";
const attach = "Connecting to the chip was unsuccessful.";
const ofTheProbe = "An error which is specific to the debug probe in use occurred.";
const noFile = "No such file or directory (os error 2)";

export const probeRsChains: readonly MessageGroup[] = [
  {
    tool: "probe-rs, chains about the probe",
    before: run,
    messages: [
      [chain(probe, "JTAG not supported on probe.", "The firmware lacks it."), "probe-unsupported"],
      [chain(probe, ofTheProbe, "Unknown mode"), "probe-usb-trouble"],
      [chain(probe, ofTheProbe, "Invalid voltage values returned by probe."), "probe-usb-trouble"],
      [chain(probe, ofTheProbe, "Not enough bytes read. Expected 12, got 0"), "probe-usb-trouble"],
      [chain(attach, "The selected probe does not support the 'ARM' interface.", "none"), "probe-unsupported"],
      ["Error: The connected probe does not support the interface 'ARM'", "probe-unsupported"],
      [
        chain("The protocol 'JTAG' could not be selected.", "The probe does not support the JTAG protocol.", "none"),
        "probe-unsupported",
      ],
    ],
  },
  {
    tool: "probe-rs, chains about chip and file",
    before: run,
    messages: [
      ["Error: The requested chip was not found.", "tool-lacks-chip"],
      ["Error: Failed to read or decode the IHEX file.", "program-unusable"],
      ["Error: Failed to read or decode the ELF file.", "program-unusable"],
      [chain("An IO error has occurred while reading the firmware file.", noFile), "file-missing"],
      [chain("Failed to open the ELF file 'target/blinky' for flashing.", noFile), "file-missing"],
      [chain("Failed to open the chip description 'g4.yaml'.", noFile), "file-missing"],
      [noFile, "not-enough-to-tell|none"],
    ],
  },
  {
    tool: "probe-rs, told no chip",
    before: ["     Running `probe-rs run target/thumbv7em-none-eabihf/debug/blinky`"],
    messages: [
      [chain(attach, "The connected chip could not automatically be determined."), "option-unknown"],
      [
        `       Error ${attach}\n\n        Hint Try specifying your chip with the \`--chip\` argument.`,
        "option-unknown",
      ],
      [
        "       Error No flash memory contains the entire requested memory range: 0x08000000..0x08001000.\n\n        Hint A generic chip was selected as the target. For flashing, it is necessary to specify a concrete chip.",
        "tool-lacks-chip",
      ],
    ],
  },
  {
    tool: "probe-rs, which reads the program's defmt",
    before: run,
    messages: [
      [
        chain(
          "Failed to parse defmt data",
          "defmt wire format version mismatch: firmware is using 4, `probe-rs` supports 3",
        ),
        "versions-differ",
      ],
      ["Error: defmt version mismatch: firmware is using 0.3, `probe-run` supports 0.2", "versions-differ"],
    ],
  },
  {
    tool: "probe-run, and how the program ended",
    before: ["     Running `probe-run --chip STM32G474RETx blinky`", "(HOST) INFO  success!"],
    messages: [
      ["stack backtrace:\n   0: HardFaultTrampoline\n      <exception entry>\n   1: blinky::read", "firmware-faults"],
      [
        "stack backtrace:\n   0: HardFaultTrampoline\n      <exception entry>\n   1: rust_begin_unwind\n(HOST) ERROR the program panicked.",
        "program-gave-up",
      ],
      ["(HOST) ERROR the program has overflowed its stack", "firmware-faults"],
      ["(HOST) INFO  device halted without error", "none"],
      ["Error: can't find ELF file at `blinky`; are you sure you got the right path?", "file-missing"],
    ],
  },
  {
    tool: "probe-rs, the program that it runs",
    before: [...run, "      Erasing ✔ 100% [####################]  16.00 KiB @  20.46 KiB/s (took 1s)"],
    messages: [
      ["Error: CPU halted unexpectedly.", "not-enough-to-tell"],
      ["Error: Firmware exited unexpectedly: Exception", "firmware-faults"],
      [
        "Error: Performing certain operations (e.g device unlock or Chip-Erase) can leave the device in a state that requires a probe re-attach to resolve.",
        "not-enough-to-tell",
      ],
    ],
  },
];
