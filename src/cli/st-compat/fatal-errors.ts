import { isProbityError } from "../../base/errors.ts";

/** How ST's server reports a failed start: exit status, the text after `Reason:`, and a line that comes before. */
export interface FatalReport {
  readonly status: number;
  readonly reason: string;
  /** The line before; undefined when ST prints none. */
  readonly line?: string;
}

const unknown = "Unknown. Please check power and cabling to target.";

/**
 * ST's words and exit status for our error codes (docs/exit-codes.md). A code that ends in `-` stands for every code
 * that starts with it. Our own finding follows under ST's lines.
 */
const reports: readonly (readonly [code: string, report: FatalReport])[] = [
  ["link-busy", { status: 1, reason: "Failed to connect to device. Please check power and cabling to target." }],
  ["link-no-probe", { status: 20, reason: "No ST-LINK found. Please check ST-LINK USB cable." }],
  ["link-no-usb", { status: 20, reason: "No ST-LINK found. Please check ST-LINK USB cable." }],
  ["link-serial-not-found", { status: 17, reason: "ST-LINK: SERIAL not found." }],
  ["board-unknown", { status: 20, reason: "No ST-LINK found. Please check ST-LINK USB cable." }],
  ["probe-spec-invalid", { status: 20, reason: "No ST-LINK found. Please check ST-LINK USB cable." }],
  ["probe-firmware-invalid", { status: 20, reason: "No ST-LINK found. Please check ST-LINK USB cable." }],
  ["probe-serial-invalid", { status: 20, reason: "No ST-LINK found. Please check ST-LINK USB cable." }],
  [
    "probe-firmware-too-old",
    {
      status: 6,
      reason: "ST-LINK firmware upgrade required. Please upgrade the ST-LINK firmware using the upgrade tool.",
    },
  ],
  [
    "probe-v1-unsupported",
    {
      status: 6,
      reason: "ST-LINK firmware upgrade required. Please upgrade the ST-LINK firmware using the upgrade tool.",
    },
  ],
  ["jtag-not-wired", { status: 5, reason: "Unknown MCU found on target.", line: "Target unknown MCU target" }],
  ["swd-no-answer", { status: 4, reason: "No device found on target.", line: "Target no device found" }],
  ["swd-", { status: 4, reason: "No device found on target.", line: "Target no device found" }],
  // ST's status for these is not known; it is that of the catch-all.
  ["link-server-absent", { status: 13, reason: "ST-LINK DLL error.", line: "Not able to connect to server" }],
  ["link-server-unfit", { status: 13, reason: "ST-LINK DLL error.", line: "Not able to connect to server" }],
  ["link-server-failed", { status: 13, reason: "ST-LINK DLL error.", line: "Failed launching stlink-server" }],
  [
    "link-",
    {
      status: 13,
      reason: "USB communication error. Please reconnect the ST-LINK USB cable and try again.",
      line: "Target USB comms error",
    },
  ],
  // ST's status for this is not known; its reason is that of the catch-all.
  ["loader-", { status: 13, reason: unknown, line: "Failed to initialize external memory!" }],
  ["engine-invalid", { status: 1, reason: "Device connect error" }],
  ["shared-port-invalid", { status: 1, reason: "Device connect error" }],
  ["probe-", { status: 1, reason: "Device connect error" }],
];

/** What ST's server would say and return for this error; the catch-all is its status 13. */
export function fatalReport(error: unknown): FatalReport {
  if (isProbityError(error)) {
    const found = reports.find(([code]) => (code.endsWith("-") ? error.code.startsWith(code) : error.code === code));
    if (found !== undefined) {
      const serial = String(error.facts.serial ?? "");
      return { ...found[1], reason: found[1].reason.replace("SERIAL", serial) };
    }
  }
  return { status: 13, reason: unknown, line: "Target unknown error 0" };
}
