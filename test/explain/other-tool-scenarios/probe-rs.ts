/** Failures as probe-rs and its front ends tell them. */
import { probeRsFailed, probeRsStart } from "../other-tool-logs.ts";
import { scenario, silent, type ToolScenario } from "./scenario.ts";

export const probeRs: readonly ToolScenario[] = [
  scenario(
    "probe-rs, no response",
    silent,
    (v) => [
      ...probeRsStart(v),
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "An error occurred in the communication with an access port or debug port.",
        "Target device did not respond to request.",
      ),
    ],
    { row: 5 },
  ),
  scenario(
    "probe-rs 0.2x, no device",
    silent,
    (v) => [
      ...probeRsStart(v),
      ...probeRsFailed(
        "An error with the usage of the probe occurred",
        "An error which is specific to the debug probe in use occurred.",
        "Command failed with status JtagNoDeviceConnected",
      ),
    ],
    { row: 5 },
  ),
  scenario(
    "probe-rs, no power",
    ["target-no-power"],
    (v) => [
      ...probeRsStart(v),
      " WARN probe_rs::probe::stlink: Target voltage (VAPP) is 0.01 V. Is your target device powered?",
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "The debug probe encountered an error.",
        "Command failed with status JtagGetIdcodeError",
      ),
    ],
    { row: 20 },
  ),
  scenario(
    "probe-rs, core asleep",
    ["core-does-not-halt", "firmware-low-power"],
    (v) => [
      ...probeRsStart(v, "STM32WLE5JC"),
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "The debug probe encountered an error.",
        "An error which is specific to the debug probe in use occurred.",
        "Command failed with status SwdApFault",
      ),
    ],
    { row: 11 },
  ),
  scenario(
    "probe-rs, one of two cores not started or asleep",
    ["second-core-off", "core-does-not-halt"],
    (v) => [
      ...probeRsStart(v, "STM32WL55JC"),
      ...probeRsFailed(
        "An ARM specific error occurred.",
        "The debug probe encountered an error.",
        "An error which is specific to the debug probe in use occurred.",
        "Command failed with status SwdApFault",
      ),
    ],
    { row: 11 },
  ),
  scenario("probe-rs, NRST not wired", ["nrst-not-wired", "core-does-not-halt"], (v) => [
    probeRsStart(v)[0],
    `     Running \`probe-rs run --chip STM32F103C8 --connect-under-reset ${v.folder}/blinky\``,
    "Error: Connecting to the chip was unsuccessful.",
    "",
    "Caused by:",
    "    Timeout while attaching to target under reset. This can happen if the target is not responding to the reset sequence. Ensure the chip's reset pin is connected, or try attaching without reset (`connectUnderReset = false` for DAP Clients, or remove `connect-under-reset` option from CLI options.).",
  ]),
  scenario(
    "probe-rs, no probe",
    ["probe-none"],
    (v) => [...probeRsStart(v), "Error: No connected probes were found."],
    { row: 29 },
  ),
  scenario(
    "cargo-flash, probe cannot be opened",
    ["probe-permission", "probe-busy"],
    () => [
      "$ cargo flash --release --chip STM32F103C8",
      "       Error Failed to open the debug probe.",
      "",
      "        Hint This could be a permission issue. Check our guide on how to make all probes work properly on your system",
    ],
    { row: 31 },
  ),
  scenario(
    "probe-rs, old firmware",
    ["probe-firmware-old"],
    (v) => [
      ...probeRsStart(v),
      "Error: Failed to open probe: The firmware on the probe is outdated, and not supported by probe-rs.",
    ],
    { row: 21 },
  ),
  scenario("probe-rs, unknown chip", ["tool-lacks-chip"], (v) => [
    ...probeRsStart(v, "STM32F103C9"),
    "Error: The chip 'STM32F103C9' was not found in the database.",
  ]),
  scenario("probe-rs, page write fails", ["flash-refused"], (v) => [
    ...probeRsStart(v),
    "      Erasing \u2714 100% [####################]  15.00 KiB @  46.78 KiB/s (took 0s)",
    "Error: Failed to flash",
    "",
    "Caused by:",
    "    0: The page write of the page at address 0x08000000 failed.",
    "    1: The execution of 'program_page' failed with code 1. This might indicate a problem with the flash algorithm.",
  ]),
  scenario("probe-rs, image outside of flash", ["image-outside-flash"], (v) => [
    ...probeRsStart(v),
    "Error: Failed to flash",
    "",
    "Caused by:",
    "    No flash memory contains the entire requested memory range: 0x08010000..0x08012000.",
  ]),
  scenario("probe-rs, a panic in HardFault", ["firmware-faults"], (v) => [
    ...probeRsStart(v),
    "    Finished in 1.23s",
    "WARN  probe_rs::cmd::run: Core 0 halted: exception",
    "Frame 0: HardFault @ 0x08000a12",
  ]),
];
