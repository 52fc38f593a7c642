/**
 * Which finding each fault may lead to, by what a tool can show of it at all: `-` where it may see nothing wrong. What a log
 * shows of a target that never answers is silence, whatever made it so.
 */
const silent = ["target-silent", "wires-open", "firmware-disables-swd", "firmware-low-power", "board-jumpers-off"];

export const causes: Readonly<Record<string, readonly string[]>> = {
  healthy: ["-"],
  "no-power": ["target-no-power", ...silent],
  "low-voltage": ["target-voltage-low", ...silent],
  "vtref-open": ["vtref-not-wired", "-"],
  "brown-out": ["supply-dips", "flash-refused", "target-lost", "-"],
  "swdio-open": silent,
  "swclk-open": silent,
  "swd-swapped": silent,
  "noisy-wire": ["wire-noisy", "wire-clock-too-fast", "target-lost", ...silent, "-"],
  "long-wires": ["wire-clock-too-fast", "wire-noisy", ...silent, "-"],
  "nrst-open": ["nrst-not-wired", "core-does-not-halt", "-"],
  // Without a reset flag in their output the tools see flash that takes nothing.
  "nrst-low": ["nrst-held-low", "core-does-not-halt", "flash-refused", "flash-protected", "-"],
  "old-probe-firmware": ["probe-firmware-old", "-"],
  "probe-unplugged": [
    "probe-unplugged",
    "probe-usb-trouble",
    "target-lost",
    "gdb-server-gone",
    "not-enough-to-tell",
    "-",
  ],
  "clone-cs32": ["chip-not-genuine", "chip-mismatch", "-"],
  "clone-gd32": ["chip-not-genuine", "chip-mismatch", "-"],
  "clone-apm32": ["chip-not-genuine", "-"],
  "clone-hk32": ["chip-not-genuine", "-"],
  rdp1: ["flash-protected", "read-protected", "-"],
  "write-protected": ["flash-protected", "write-protected", "-"],
  "wrong-flash-size": ["flash-size-wrong", "-"],
  "boot0-high": ["boot-not-from-flash", "-"],
  "flash-worn": ["flash-worn", "flash-refused", "flash-differs", "flash-not-erased", "-"],
  "swd-off": [...silent, "-"],
  "stop-mode": [...silent, "-"],
  "iwdg-reset": ["resets-again-and-again", "watchdog-resets", "target-lost", "-"],
  "bus-fault": ["firmware-faults", "-"],
  lockup: ["vector-table-empty", "core-lockup", "-"],
};
