/** How a fault is brought to light where looking alone does not do it. */
export type Step = "doctor" | "doctor --reset" | "gdbserver" | "gdbserver -k" | "load" | "run";

/** What a fault has to lead to: the code of the top finding, by doctor and by the server. */
export interface Expected {
  readonly code: string;
  /** Boards on which the same fault is called otherwise. */
  readonly codeOn?: Readonly<Record<string, string>>;
  /** `doctor` unless said; `load`: it shows only when flash is written. */
  readonly doctor?: Step;
  /** `gdbserver` unless said. */
  readonly server?: Step;
  /** Boards on which no step of this program brings it to light, and the error code that says why. */
  readonly outOfReach?: Readonly<Record<string, string>>;
  /** Keys that bring the fault about within the step. */
  readonly keys?: { readonly doctor?: string; readonly server?: string };
}

/** Flash of an F4 is not erased or programmed yet, so nothing shows that it is worn or that the supply dips meanwhile. */
const noF4Flash = { "stm32469i-eval": "flash-unsupported" } as const;

/** Every fault of the virtual boards. */
export const expected: Readonly<Record<string, Expected>> = {
  "no-power": { code: "target-no-power" },
  "low-voltage": { code: "target-voltage-low" },
  "vtref-open": { code: "vtref-not-wired" },
  "brown-out": { code: "supply-dips", doctor: "load", server: "load", outOfReach: noF4Flash },
  "swdio-open": { code: "wires-open" },
  "swclk-open": { code: "wires-open" },
  "swd-swapped": { code: "wires-open" },
  "noisy-wire": { code: "wire-noisy" },
  "long-wires": { code: "wire-clock-too-fast" },
  "nrst-open": { code: "nrst-not-wired", doctor: "doctor --reset", server: "gdbserver -k" },
  "nrst-low": { code: "nrst-held-low" },
  "old-probe-firmware": { code: "probe-firmware-old" },
  "probe-busy": { code: "probe-busy" },
  "probe-unplugged": { code: "probe-unplugged", keys: { doctor: "unplug-after=60", server: "unplug-after=15" } },
  "clone-cs32": { code: "chip-not-genuine" },
  "clone-gd32": { code: "chip-not-genuine" },
  "clone-apm32": { code: "chip-not-genuine" },
  "clone-hk32": { code: "chip-not-genuine" },
  rdp1: { code: "read-protected" },
  "write-protected": { code: "write-protected" },
  "wrong-flash-size": { code: "flash-size-wrong" },
  "boot0-high": { code: "boot-not-from-flash" },
  "flash-worn": { code: "flash-worn", doctor: "load", server: "load", outOfReach: noF4Flash },
  "swd-off": { code: "firmware-disables-swd" },
  "stop-mode": { code: "firmware-low-power" },
  "iwdg-reset": { code: "watchdog-resets", server: "run" },
  "bus-fault": { code: "firmware-faults", server: "run" },
  lockup: { code: "vector-table-empty", server: "run" },
  "foreign-loader": { code: "loader-needs-fsmc", codeOn: { "stm32469i-eval": "loader-other-family" } },
};

/** Ten pairs, and which of the two causes comes first: the one without which the other could not even be seen. */
export const pairs: readonly (readonly [one: string, other: string, first: readonly string[]])[] = [
  ["no-power", "swd-swapped", ["target-no-power"]],
  ["low-voltage", "nrst-low", ["target-voltage-low"]],
  ["vtref-open", "rdp1", ["read-protected"]],
  ["noisy-wire", "write-protected", ["wire-noisy"]],
  ["long-wires", "nrst-low", ["nrst-held-low", "wire-clock-too-fast"]],
  ["clone-cs32", "iwdg-reset", ["watchdog-resets"]],
  ["swdio-open", "boot0-high", ["wires-open"]],
  ["old-probe-firmware", "bus-fault", ["firmware-faults"]],
  ["long-wires", "swd-off", ["firmware-disables-swd", "wire-clock-too-fast"]],
  ["probe-busy", "stop-mode", ["probe-busy"]],
];
